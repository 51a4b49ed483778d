"""DescribeNetworkInterfaces and DescribeNetworkInterfaceAttribute. Wire shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape, TagFilter
from yunbox.services.ecs.errors import interface_not_found
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.network_interfaces.shown import ShownInterface, shown
from yunbox.services.ecs.pages import Listing, Page, page_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups.model import Membership

_Hundred = Annotated[list[str], Meta(max_length=100)]


class DescribeNetworkInterfaces(Listing):
    """Ask for interfaces by what they are, what they belong to, and their addresses."""

    network_interface_id: _Hundred = []
    network_interface_name: str = ""
    instance_id: str = ""
    v_switch_id: str = ""
    vpc_id: str = ""
    security_group_id: str = ""
    type: Literal["", "Primary", "Secondary"] = ""
    status: Literal["", "Available", "Attaching", "InUse", "Detaching", "Deleting"] = ""
    primary_ip_address: str = ""
    private_ip_address: _Hundred = []
    ipv6_address: _Hundred = []
    resource_group_id: str = ""
    service_managed: bool = False
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []

    @property
    def most(self) -> int:
        """How many a page holds at most."""
        return 500 if self.from_token else 1000


class ItemList(Shape):
    """The wrapping of a list of interfaces."""

    network_interface_set: list[ShownInterface]


class NetworkInterfacesDescribed(Answer):
    """One page of interfaces."""

    network_interface_sets: ItemList
    total_count: int
    page_number: int
    page_size: int
    next_token: str = ""


class DescribeNetworkInterfaceAttribute(Request):
    """Ask for one interface."""

    network_interface_id: str
    attribute: Literal["", "attachment"] = ""


@ecs.action(DescribeNetworkInterfaces, on="eni/{network_interface_id}")
def describe_network_interfaces(request: DescribeNetworkInterfaces, call: Call) -> NetworkInterfacesDescribed:
    """Answer with one page, newest first."""
    page = _page(request, call)
    return NetworkInterfacesDescribed(
        network_interface_sets=ItemList(network_interface_set=[shown(call, one) for one in page.found]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.size,
        next_token=page.next_token,
    )


@ecs.action(DescribeNetworkInterfaceAttribute, on="eni/{network_interface_id}")
def describe_network_interface_attribute(
    request: DescribeNetworkInterfaceAttribute, call: Call
) -> ShownInterface:
    """Answer with the interface."""
    return shown(call, call.require(NetworkInterface, request.network_interface_id, interface_not_found))


def _page(request: DescribeNetworkInterfaces, call: Call) -> Page[NetworkInterface]:
    ids = set(request.network_interface_id)
    if request.security_group_id:
        members = {one.name for one in call.find(Membership, parent=request.security_group_id)}
        ids = ids & members if ids else members
        if not ids:
            return Page([], 0)
    return page_of(call, NetworkInterface, request, _filter(request), ids=ids, parent=request.instance_id)


def _filter(request: DescribeNetworkInterfaces) -> Callable[[NetworkInterface], bool] | None:
    """Return what an interface must be like, or None when a request asks for no more than ids and an instance."""
    wanted = {
        "name": request.network_interface_name,
        "vswitch_id": request.v_switch_id,
        "vpc_id": request.vpc_id,
        "status": request.status,
        "private_ip": request.primary_ip_address,
        "resource_group": request.resource_group_id,
    }
    equal = [(field, value) for field, value in wanted.items() if value]
    addresses = set(request.private_ip_address)
    nobody = request.service_managed or bool(request.ipv6_address)
    if not (equal or addresses or nobody or request.type or request.tag):
        return None

    def keep(one: NetworkInterface) -> bool:
        return (
            not nobody
            and all(getattr(one, field) == value for field, value in equal)
            and request.type in ("", "Primary" if one.primary else "Secondary")
            and (not addresses or not addresses.isdisjoint(one.addresses))
            and one.has_tags(request.tag)
        )

    return keep
