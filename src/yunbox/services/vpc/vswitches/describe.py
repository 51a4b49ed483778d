"""DescribeVSwitches and DescribeVSwitchAttributes. Wire shapes: the SDK alibabacloud_vpc20160428."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape, TagFilter
from yunbox.services.vpc.cidr import read_address
from yunbox.services.vpc.errors import malformed_address, vswitch_not_found
from yunbox.services.vpc.pages import Listed, Listing, find_page
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vpcs.describe import TagList, tag_list
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.addresses import free_addresses, is_free
from yunbox.services.vpc.vswitches.model import VSwitch


class AssociatedTable(Shape):
    """The route table that counts for a vSwitch."""

    route_table_id: str
    route_table_type: str


class VSwitchDescribed(Answer):
    """A vSwitch."""

    v_switch_id: str
    v_switch_name: str
    description: str
    vpc_id: str
    zone_id: str
    cidr_block: str
    available_ip_address_count: int
    creation_time: str
    resource_group_id: str
    owner_id: int
    is_default: bool
    route_table: AssociatedTable
    tags: TagList
    ipv6_cidr_block: str
    enabled_ipv6: bool
    status: str = "Available"
    network_acl_id: str = ""
    share_type: str = ""


class VSwitchList(Shape):
    """The wrapping of vSwitches."""

    v_switch: list[VSwitchDescribed]


class VSwitchesDescribed(Listed):
    """A page of vSwitches."""

    v_switches: VSwitchList


class DescribeVSwitches(Listing):
    """List vSwitches."""

    vpc_id: str = ""
    v_switch_id: str = ""
    v_switch_name: str = ""
    zone_id: str = ""
    is_default: bool | UnsetType = UNSET
    resource_group_id: str = ""
    route_table_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    v_switch_owner_id: int | UnsetType = UNSET
    enable_ipv6: bool | UnsetType = UNSET


class DescribeVSwitchAttributes(Request):
    """Ask for one vSwitch."""

    v_switch_id: str


class CheckCanAllocateVpcPrivateIpAddress(Request):
    """Ask whether an address of a vSwitch can be had."""

    v_switch_id: str
    private_ip_address: str
    ip_version: Literal["", "ipv4", "IPv4"] = ""


class CanAllocate(Answer):
    """Whether it can."""

    can_allocate: bool


@vpc.action(DescribeVSwitches, on="vswitch/*")
def describe_vswitches(request: DescribeVSwitches, call: Call) -> VSwitchesDescribed:
    """Answer with a page of the vSwitches that the filters keep."""
    wanted: dict[str, Any] = {
        "id": request.v_switch_id,
        "name": request.v_switch_name,
        "zone_id": request.zone_id,
        "resource_group": request.resource_group_id,
    }
    wanted = {name: value for name, value in wanted.items() if value}
    if request.is_default is not UNSET:
        wanted["is_default"] = request.is_default
    tables = _Tables(call)

    def keep(each: VSwitch) -> bool:
        return (
            all(getattr(each, name) == value for name, value in wanted.items())
            and (not request.route_table_id or tables.of(each).route_table_id == request.route_table_id)
            and (request.v_switch_owner_id is UNSET or int(each.account) == request.v_switch_owner_id)
            and (request.enable_ipv6 is UNSET or bool(each.ipv6_block) == request.enable_ipv6)
            and each.has_tags(request.tag)
        )

    plain = not (wanted or request.route_table_id or request.tag) and request.enable_ipv6 is UNSET
    plain = plain and request.v_switch_owner_id is UNSET
    page = find_page(
        call, VSwitch, request.page_number, request.page_size, None if plain else keep, parent=request.vpc_id
    )
    return VSwitchesDescribed(
        v_switches=VSwitchList(v_switch=[_shown(call, each, tables) for each in page.items]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


@vpc.action(DescribeVSwitchAttributes, on="vswitch/{v_switch_id}")
def describe_vswitch_attributes(request: DescribeVSwitchAttributes, call: Call) -> VSwitchDescribed:
    """Answer with one vSwitch. Raises CloudError: InvalidVswitchID.NotFound."""
    return _shown(call, call.require(VSwitch, request.v_switch_id, vswitch_not_found), _Tables(call))


@vpc.action(CheckCanAllocateVpcPrivateIpAddress, on="vswitch/{v_switch_id}")
def check_can_allocate(request: CheckCanAllocateVpcPrivateIpAddress, call: Call) -> CanAllocate:
    """Answer whether an address is free.

    Raises CloudError: InvalidVswitchID.NotFound, InvalidPrivateIpAddress.Malformed.
    """
    found = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    try:
        address = read_address(request.private_ip_address)
    except ValueError:
        raise malformed_address(request.private_ip_address) from None
    return CanAllocate(can_allocate=is_free(call.view, found, address))


class _Tables:
    """The route tables of vSwitches; each VPC is read once."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._system: dict[str, str] = {}

    def of(self, vswitch: VSwitch) -> AssociatedTable:
        if vswitch.route_table_id:
            return AssociatedTable(route_table_id=vswitch.route_table_id, route_table_type="Custom")
        system = self._system.get(vswitch.parent)
        if system is None:
            parent = self._call.get(Vpc, vswitch.parent)
            system = self._system[vswitch.parent] = parent.route_table_id if parent else ""
        return AssociatedTable(route_table_id=system, route_table_type="System")


def _shown(call: Call, each: VSwitch, tables: _Tables) -> VSwitchDescribed:
    return VSwitchDescribed(
        v_switch_id=each.id,
        v_switch_name=each.name,
        description=each.description,
        vpc_id=each.parent,
        zone_id=each.zone_id,
        cidr_block=each.cidr_block,
        available_ip_address_count=free_addresses(call, each),
        creation_time=seconds(each.created),
        resource_group_id=each.resource_group,
        owner_id=int(each.account),
        is_default=each.is_default,
        route_table=tables.of(each),
        tags=tag_list(each.tags),
        ipv6_cidr_block=each.ipv6_block,
        enabled_ipv6=bool(each.ipv6_block),
    )
