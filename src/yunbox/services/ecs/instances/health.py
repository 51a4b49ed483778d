"""DescribeInstancesFullStatus. Wire shape: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, PageNumber, Request, Shape
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.product import ecs

_CODES = {"Pending": 0, "Starting": 2, "Running": 1, "Stopping": 4, "Stopped": 8}


class DescribeInstancesFullStatus(Request):
    """Ask how instances do. There are no system events here."""

    accepted: ClassVar[dict[str, str]] = {
        "EventType": "there are no system events",
        "InstanceEventType": "there are no system events",
        "EventPublishTime": "there are no system events",
        "NotBefore": "there are no system events",
    }

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    instance_id: Annotated[list[str], Meta(max_length=100)] = []
    status: Literal["", "Starting", "Running", "Stopped"] = ""
    health_status: Literal["", "Ok", "Impaired", "Initializing"] = ""


class Coded(Shape):
    """A word and its number."""

    code: int
    name: str


class Event(Shape):
    """A scheduled system event."""

    event_id: str


class Events(Shape):
    """The wrapping of a list of events: there are none."""

    scheduled_system_event_type: list[Event] = []


class FullStatus(Shape):
    """How one instance does."""

    instance_id: str
    status: Coded
    health_status: Coded
    scheduled_system_event_set: Events = Events()


class FullStatuses(Shape):
    """The wrapping of a list of them."""

    instance_full_status_type: list[FullStatus]


class FullStatusesDescribed(Answer):
    """A page of them."""

    instance_full_status_set: FullStatuses
    total_count: int
    page_number: int
    page_size: int


@ecs.action(DescribeInstancesFullStatus, on="instance/{instance_id}")
def describe_instances_full_status(request: DescribeInstancesFullStatus, call: Call) -> FullStatusesDescribed:
    """Answer a page: an instance that does not come up is impaired."""
    if request.instance_id:
        named = [call.get(Instance, id_) for id_ in dict.fromkeys(request.instance_id)]
        found = [one for one in named if one is not None]
    else:
        found = call.find(Instance, descending=True)
    found = [
        one
        for one in found
        if request.status in ("", one.status) and request.health_status in ("", _health(one).name)
    ]
    first = (request.page_number - 1) * request.page_size
    shown = [
        FullStatus(
            instance_id=one.id,
            status=Coded(code=_CODES[one.status], name=one.status),
            health_status=_health(one),
        )
        for one in found[first : first + request.page_size]
    ]
    return FullStatusesDescribed(
        instance_full_status_set=FullStatuses(instance_full_status_type=shown),
        total_count=len(found),
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _health(one: Instance) -> Coded:
    if one.failure:
        return Coded(code=48, name="Impaired")
    if one.status in ("Pending", "Starting"):
        return Coded(code=32, name="Initializing")
    return Coded(code=0, name="Ok")
