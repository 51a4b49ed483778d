"""Options of instances: the metadata service, maintenance, private pools. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, PageNumber, Request, Shape
from yunbox.services.ecs.instances.model import Instance, MaintenanceWindow
from yunbox.services.ecs.instances.parameters import PrivatePool
from yunbox.services.ecs.instances.status import find_instance
from yunbox.services.ecs.product import ecs

Some = Annotated[list[str], Meta(max_length=100)]
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?", re.ASCII)
_ACTIONS = ["Stop", "AutoRecover", "AutoRedeploy"]


class ModifyInstanceMetadataOptions(Request):
    """Set how the metadata service answers an instance."""

    instance_id: str
    http_endpoint: Literal["enabled", "disabled"]
    http_tokens: Literal["optional", "required"] | None = None
    http_put_response_hop_limit: Annotated[int, Meta(ge=1, le=64)] | None = None
    instance_metadata_tags: Literal["enabled", "disabled"] | None = None


@ecs.action(ModifyInstanceMetadataOptions, on="instance/{instance_id}")
def modify_instance_metadata_options(request: ModifyInstanceMetadataOptions, call: Call) -> Empty:
    """Write what was given."""
    instance = find_instance(call, request.instance_id)
    fields: dict[str, Any] = {"http_endpoint": request.http_endpoint}
    if request.http_tokens is not None:
        fields["http_tokens"] = request.http_tokens
    if request.http_put_response_hop_limit is not None:
        fields["http_hops"] = request.http_put_response_hop_limit
    if request.instance_metadata_tags is not None:
        fields["metadata_tags"] = request.instance_metadata_tags
    call.change.replace(msgspec.structs.replace(instance, **fields))
    return Empty()


class Window(Shape):
    """A daily time for maintenance, `HH:mm:ss` in UTC."""

    start_time: str
    end_time: str


class ModifyInstanceMaintenanceAttributes(Request):
    """Set when maintenance may take place and what it may do. There is none here: it is recorded."""

    instance_id: Annotated[list[str], Meta(min_length=1, max_length=100)]
    maintenance_window: Annotated[list[Window], Meta(max_length=1)] = []
    action_on_maintenance: Literal["Stop", "AutoRecover", "AutoRedeploy"] | None = None
    notify_on_maintenance: bool | None = None


@ecs.action(ModifyInstanceMaintenanceAttributes, on="instance/{instance_id}")
def modify_instance_maintenance_attributes(request: ModifyInstanceMaintenanceAttributes, call: Call) -> Empty:
    """Write what was given."""
    fields: dict[str, Any] = {}
    if request.maintenance_window:
        for each in request.maintenance_window:
            if not _TIME.fullmatch(each.start_time) or not _TIME.fullmatch(each.end_time):
                raise invalid_parameter("MaintenanceWindow", "HH:mm:ss is expected")
        fields["maintenance_windows"] = tuple(
            MaintenanceWindow(start=each.start_time, end=each.end_time) for each in request.maintenance_window
        )
    if request.action_on_maintenance is not None:
        fields["maintenance_action"] = request.action_on_maintenance
    if request.notify_on_maintenance is not None:
        fields["maintenance_notify"] = request.notify_on_maintenance
    for id_ in dict.fromkeys(request.instance_id):
        call.change.replace(msgspec.structs.replace(find_instance(call, id_), **fields))
    return Empty()


class DescribeInstanceMaintenanceAttributes(Request):
    """Ask about maintenance."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    instance_id: Some = []


class WindowList(Shape):
    """The wrapping of a list of windows."""

    maintenance_window: list[Window]


class Supported(Shape):
    """The wrapping of a list of values."""

    supported_value: list[str]


class MaintenanceAction(Shape):
    """What maintenance does."""

    value: str
    default_value: str
    supported_values: Supported


class Maintenance(Shape):
    """The maintenance of one instance."""

    instance_id: str
    maintenance_windows: WindowList
    action_on_maintenance: MaintenanceAction
    notify_on_maintenance: bool


class MaintenanceList(Shape):
    """The wrapping of a list of them."""

    maintenance_attribute: list[Maintenance]


class MaintenanceDescribed(Answer):
    """A page of them."""

    maintenance_attributes: MaintenanceList
    total_count: int
    page_number: int
    page_size: int


@ecs.action(DescribeInstanceMaintenanceAttributes, on="instance/{instance_id}")
def describe_instance_maintenance_attributes(
    request: DescribeInstanceMaintenanceAttributes, call: Call
) -> MaintenanceDescribed:
    """Answer a page."""
    found, total = _some(call, request.instance_id, request.page_number, request.page_size)
    return MaintenanceDescribed(
        maintenance_attributes=MaintenanceList(maintenance_attribute=[_maintenance(each) for each in found]),
        total_count=total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _maintenance(instance: Instance) -> Maintenance:
    windows = [Window(start_time=each.start, end_time=each.end) for each in instance.maintenance_windows]
    return Maintenance(
        instance_id=instance.id,
        maintenance_windows=WindowList(maintenance_window=windows),
        action_on_maintenance=MaintenanceAction(
            value=instance.maintenance_action,
            default_value="AutoRecover",
            supported_values=Supported(supported_value=_ACTIONS),
        ),
        notify_on_maintenance=instance.maintenance_notify,
    )


def _some(call: Call, ids: list[str], page: int, size: int) -> tuple[list[Instance], int]:
    """Return a page of the instances of those ids, or of all, and how many there are."""
    first = (page - 1) * size
    if not ids:
        return call.find(Instance, descending=True, offset=first, limit=size), call.count(Instance)
    found = [one for id_ in dict.fromkeys(ids) if (one := call.get(Instance, id_)) is not None]
    return found[first : first + size], len(found)


class ModifyInstanceAttachmentAttributes(Request):
    """Set from which private pool an instance is taken: there is none to be named."""

    instance_id: str
    private_pool_options: PrivatePool


@ecs.action(ModifyInstanceAttachmentAttributes, on="instance/{instance_id}")
def modify_instance_attachment_attributes(request: ModifyInstanceAttachmentAttributes, call: Call) -> Empty:
    """Write it."""
    instance = find_instance(call, request.instance_id)
    criteria = request.private_pool_options.match_criteria
    call.change.replace(msgspec.structs.replace(instance, pool_criteria=criteria))
    return Empty()


class DescribeInstanceAttachmentAttributes(Request, kw_only=True):
    """Ask from which private pools instances are taken."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    instance_ids: Annotated[list[str], Meta(min_length=1, max_length=100)]


class Pool(Shape):
    """The private pool of one instance."""

    instance_id: str
    private_pool_options_match_criteria: str
    private_pool_options_id: str


class Pools(Shape):
    """The wrapping of a list of them."""

    instance: list[Pool]


class PoolsDescribed(Answer):
    """A page of them."""

    instances: Pools
    total_count: int
    page_number: int
    page_size: int


@ecs.action(DescribeInstanceAttachmentAttributes, on="instance/{instance_ids}")
def describe_instance_attachment_attributes(
    request: DescribeInstanceAttachmentAttributes, call: Call
) -> PoolsDescribed:
    """Answer a page."""
    found, total = _some(call, request.instance_ids, request.page_number, request.page_size)
    shown = [
        Pool(
            instance_id=each.id,
            private_pool_options_match_criteria=each.pool_criteria,
            private_pool_options_id=each.pool_id,
        )
        for each in found
    ]
    return PoolsDescribed(
        instances=Pools(instance=shown),
        total_count=total,
        page_number=request.page_number,
        page_size=request.page_size,
    )
