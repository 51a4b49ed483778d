"""DescribeCloudAssistantStatus and InstallCloudAssistant. Wire shapes: ECS API 2014-05-26.

No agent runs inside an instance: the engine runs commands there. So it is there wherever an instance runs, and
there is nothing to install.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.services.ecs.cloud_assistant.commands import AssistantListing
from yunbox.services.ecs.cloud_assistant.instances import chosen
from yunbox.services.ecs.cloud_assistant.invoke import Instances
from yunbox.services.ecs.cloud_assistant.model import ACTIVE, Target
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.pages import Page, page_of
from yunbox.services.ecs.product import ecs

VERSION = "2.2.4.1050"
"""The version of the vendor's agent whose behaviour is meant."""

MAX_INSTANCES = 100
MAX_INSTALLED = 50


class DescribeCloudAssistantStatus(AssistantListing):
    """Ask whether commands can be run in instances."""

    instance_id: Instances = []
    os_type: Literal["", "Windows", "Linux", "FreeBSD"] = msgspec.field(name="OSType", default="")


class AssistantStatus(Shape):
    """Whether commands can be run in an instance, and how many have been."""

    instance_id: str
    os_type: str = msgspec.field(name="OSType")
    cloud_assistant_status: str
    cloud_assistant_version: str
    active_task_count: int
    invocation_count: int
    last_heartbeat_time: str
    last_invoked_time: str
    support_session_manager: bool


class AssistantStatusList(Shape):
    """The wrapping of a list of statuses."""

    instance_cloud_assistant_status: list[AssistantStatus]


class CloudAssistantStatusDescribed(Answer):
    """A page of statuses."""

    instance_cloud_assistant_status_set: AssistantStatusList
    total_count: int
    page_number: int
    page_size: int
    next_token: str


class InstallCloudAssistant(Request):
    """Ask that commands can be run in instances."""

    instance_id: Annotated[list[str], Meta(min_length=1, max_length=1000)]


@ecs.action(DescribeCloudAssistantStatus, on="instance/{instance_id}")
def describe_cloud_assistant_status(
    request: DescribeCloudAssistantStatus, call: Call
) -> CloudAssistantStatusDescribed:
    """Answer one page, newest first; of named instances, all.

    Raises CloudError: InvalidInstance.NotFound, InstanceIds.ExceedLimit.
    """
    page = _page(call, request)
    return CloudAssistantStatusDescribed(
        instance_cloud_assistant_status_set=AssistantStatusList(
            instance_cloud_assistant_status=[_status(call, each) for each in page.found]
        ),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.size,
        next_token=page.next_token,
    )


def _page(call: Call, request: DescribeCloudAssistantStatus) -> Page[Instance]:
    keep: Callable[[Instance], bool] | None = None
    if request.os_type:
        wanted = request.os_type.lower()

        def of_type(instance: Instance) -> bool:
            return instance.os_type == wanted

        keep = of_type
    if request.instance_id:
        found = chosen(call, request.instance_id, (), MAX_INSTANCES)
        found = [each for each in found if keep is None or keep(each)]
        return Page(found, len(found))
    return page_of(call, Instance, request, keep)


def _status(call: Call, instance: Instance) -> AssistantStatus:
    running = instance.status == "Running"
    newest = call.find(Target, name=instance.id, descending=True, limit=MAX_INSTANCES)
    began = [each.began for each in newest if each.began]
    return AssistantStatus(
        instance_id=instance.id,
        os_type="Windows" if instance.os_type == "windows" else "Linux",
        cloud_assistant_status="true" if running else "false",
        cloud_assistant_version=VERSION if running else "",
        active_task_count=sum(each.status in ACTIVE for each in newest),
        invocation_count=call.count(Target, name=instance.id),
        last_heartbeat_time=seconds(call.now - call.now % 60) if running else "",
        last_invoked_time=seconds(max(began, default=0.0)),
        support_session_manager=False,
    )


@ecs.action(InstallCloudAssistant, on="instance/{instance_id}")
def install_cloud_assistant(request: InstallCloudAssistant, call: Call) -> Empty:
    """Answer that it is there. Raises CloudError: InvalidInstance.NotFound, InstanceIds.ExceedLimit."""
    chosen(call, request.instance_id, (), MAX_INSTALLED)
    return Empty()
