"""DescribeInstances, DescribeInstanceStatus. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, PageNumber, Request, Shape, TagFilter
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.moments import read_moment
from yunbox.services.ecs.instances.shown import ShownInstance, family_of, shown
from yunbox.services.ecs.pages import Listing, Page, page_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups.model import Membership

Hundred = Annotated[list[str], Meta(max_length=100)]
StatusFilter = Literal["", "Pending", "Starting", "Running", "Stopping", "Stopped"]

_BOUNDS = {
    "CreationStartTime": ("created", True),
    "CreationEndTime": ("created", False),
    "ExpiredStartTime": ("expires", True),
    "ExpiredEndTime": ("expires", False),
}


class TimeFilter(Shape):
    """A bound of a time, such as `CreationStartTime`."""

    key: str = ""
    value: str = ""


class DescribeInstances(Listing):
    """List instances."""

    accepted: ClassVar[dict[str, str]] = {
        "AdditionalAttributes": "the additional attributes are always shown",
        "NeedSaleCycle": "nothing is sold",
        "DeviceAvailable": "devices always are",
    }

    instance_ids: Hundred | None = None
    instance_name: str = ""
    status: StatusFilter = ""
    vpc_id: str = ""
    v_switch_id: str = ""
    zone_id: str = ""
    security_group_id: str = ""
    image_id: str = ""
    instance_type: str = ""
    instance_type_family: str = ""
    instance_charge_type: str = ""
    internet_charge_type: str = ""
    instance_network_type: str = ""
    key_pair_name: str = ""
    resource_group_id: str = ""
    http_endpoint: str = ""
    http_tokens: str = ""
    hpc_cluster_id: str = ""
    lock_reason: str = ""
    io_optimized: bool | None = None
    private_ip_addresses: Hundred | None = None
    public_ip_addresses: Hundred | None = None
    eip_addresses: Hundred | None = None
    inner_ip_addresses: Hundred | None = None
    rdma_ip_addresses: Hundred | None = None
    ipv6_address: Hundred | None = None
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    filter: Annotated[list[TimeFilter], Meta(max_length=4)] = []


class InstanceList(Shape):
    """The wrapping of a list of instances."""

    instance: list[ShownInstance]


class InstancesDescribed(Answer):
    """A page of instances."""

    instances: InstanceList
    total_count: int
    page_number: int
    page_size: int
    next_token: str = ""


_PLAIN = frozenset({"page_number", "page_size", "next_token", "max_results"})


@ecs.action(DescribeInstances, on="instance/*")
def describe_instances(request: DescribeInstances, call: Call) -> InstancesDescribed:
    """Answer a page, newest first."""
    page = _page(request, call)
    return InstancesDescribed(
        instances=InstanceList(instance=[shown(each) for each in page.found]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.size,
        next_token=page.next_token,
    )


def _page(request: DescribeInstances, call: Call) -> Page[Instance]:
    given = {
        name
        for name in request.__struct_fields__
        if name not in _PLAIN and getattr(request, name) not in ("", None, [])
    }
    if request.instance_ids is not None:
        found = [
            one for id_ in dict.fromkeys(request.instance_ids) if (one := call.get(Instance, id_)) is not None
        ]
        found = [one for one in found if _matches(request, one)]
        return Page(found, len(found))
    if not given:
        return page_of(call, Instance, request)
    if given == {"v_switch_id"}:
        return page_of(call, Instance, request, parent=request.v_switch_id[:512])
    if given == {"instance_name"} and "*" not in request.instance_name:
        return page_of(call, Instance, request, name=request.instance_name[:512])
    if request.security_group_id:
        members = {one.instance for one in call.view.find(Membership, parent=request.security_group_id[:512])}
        return page_of(call, Instance, request, lambda one: one.id in members and _matches(request, one))
    return page_of(call, Instance, request, lambda one: _matches(request, one))


def _matches(request: DescribeInstances, one: Instance) -> bool:
    """Return whether an instance is one of those asked for, but for its security groups' other interfaces."""
    equal = (
        (request.status, one.status),
        (request.vpc_id, one.vpc_id),
        (request.v_switch_id, one.vswitch_id),
        (request.zone_id, one.zone_id),
        (request.image_id, one.image_id),
        (request.instance_type, one.instance_type),
        (request.instance_type_family, family_of(one.instance_type)),
        (request.instance_charge_type, one.charge_type),
        (request.internet_charge_type, one.internet_charge_type),
        (request.instance_network_type, "vpc"),
        (request.key_pair_name, one.key_pair),
        (request.resource_group_id, one.resource_group),
        (request.http_endpoint, one.http_endpoint),
        (request.http_tokens, one.http_tokens),
        (request.hpc_cluster_id, ""),
        (request.lock_reason, ""),
    )
    if any(wanted and wanted != has for wanted, has in equal) or request.io_optimized is False:
        return False
    if request.instance_name and not fnmatchcase(one.name, _pattern(request.instance_name)):
        return False
    return _has_addresses(request, one) and one.has_tags(request.tag) and _in_time(request.filter, one)


def _pattern(name: str) -> str:
    """Return a name with asterisks as fnmatch reads it: nothing else in it is special."""
    return name.replace("[", "[[]").replace("?", "[?]")


def _has_addresses(request: DescribeInstances, one: Instance) -> bool:
    private = {address for each in one.interfaces for address in (each.private_ip, *each.secondary)}
    none: set[str] = set()
    has = (
        (request.private_ip_addresses, private),
        (request.public_ip_addresses, set(one.public_addresses)),
        (request.eip_addresses, {one.eip.address} if one.eip is not None else none),
        (request.inner_ip_addresses, none),
        (request.rdma_ip_addresses, none),
        (request.ipv6_address, none),
    )
    return all(wanted is None or any(each in found for each in wanted if each) for wanted, found in has)


def _in_time(bounds: list[TimeFilter], one: Instance) -> bool:
    for each in bounds:
        if not each.key:
            continue
        if each.key not in _BOUNDS:
            raise invalid_parameter("Filter.N.Key", f"{', '.join(_BOUNDS)} are expected")
        moment = read_moment(each.value)
        if moment is None:
            raise invalid_parameter("Filter.N.Value", "yyyy-MM-ddTHH:mmZ is expected")
        name, after = _BOUNDS[each.key]
        value = getattr(one, name) or float("inf")
        if (value < moment) if after else (value > moment):
            return False
    return True


class DescribeInstanceStatus(Request):
    """List the statuses of instances."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=50)] = 10
    zone_id: str = ""
    instance_id: Hundred = []


class ShownStatus(Shape):
    """The status of one instance."""

    instance_id: str
    status: str


class StatusList(Shape):
    """The wrapping of a list of statuses."""

    instance_status: list[ShownStatus]


class StatusesDescribed(Answer):
    """A page of statuses."""

    instance_statuses: StatusList
    total_count: int
    page_number: int
    page_size: int


@ecs.action(DescribeInstanceStatus, on="instance/{instance_id}")
def describe_instance_status(request: DescribeInstanceStatus, call: Call) -> StatusesDescribed:
    """Answer a page, newest first."""
    first = (request.page_number - 1) * request.page_size
    if request.instance_id or request.zone_id:
        if request.instance_id:
            some = [call.get(Instance, id_) for id_ in dict.fromkeys(request.instance_id)]
            found = [one for one in some if one is not None]
        else:
            found = call.find(Instance, descending=True)
        found = [one for one in found if request.zone_id in ("", one.zone_id)]
        total, page = len(found), found[first : first + request.page_size]
    else:
        total = call.count(Instance)
        page = call.find(Instance, descending=True, offset=first, limit=request.page_size)
    return StatusesDescribed(
        instance_statuses=StatusList(
            instance_status=[ShownStatus(instance_id=one.id, status=one.status) for one in page]
        ),
        total_count=total,
        page_number=request.page_number,
        page_size=request.page_size,
    )
