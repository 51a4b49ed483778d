"""DescribeRouteTableList and DescribeRouteTables. Wire shapes: the SDK alibabacloud_vpc20160428."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Shape, TagFilter
from yunbox.services.vpc.pages import Listed, Listing, find_page
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.route_tables.entries import Entry, entries_of
from yunbox.services.vpc.route_tables.model import RouteTable
from yunbox.services.vpc.vpcs.describe import TagList, VSwitchIdList, tag_list
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.model import VSwitch


class GatewayIdList(Shape):
    """The wrapping of ids of gateways: there are none."""

    gateway_ids: list[str] = []


class RouterTableListType(Shape):
    """A route table, without its entries."""

    route_table_id: str
    route_table_name: str
    description: str
    route_table_type: str
    vpc_id: str
    router_id: str
    creation_time: str
    resource_group_id: str
    owner_id: int
    route_propagation_enable: bool
    v_switch_ids: VSwitchIdList
    tags: TagList
    router_type: str = "VRouter"
    associate_type: str = "VSwitch"
    status: str = "Available"
    gateway_ids: GatewayIdList = GatewayIdList()


class RouterTableList(Shape):
    """The wrapping of route tables."""

    router_table_list_type: list[RouterTableListType]


class RouteTableListDescribed(Listed):
    """A page of route tables."""

    router_table_list: RouterTableList


class NextHop(Shape):
    """A next hop."""

    next_hop_id: str
    next_hop_type: str
    enabled: int = 1
    weight: int = 0


class NextHopList(Shape):
    """The wrapping of next hops."""

    next_hop: list[NextHop]


class RouteEntryShown(Shape):
    """An entry of a route table."""

    route_entry_id: str
    route_entry_name: str
    route_table_id: str
    destination_cidr_block: str
    description: str
    type: str
    instance_id: str
    next_hop_type: str
    next_hops: NextHopList
    status: str = "Available"


class RouteEntryShownList(Shape):
    """The wrapping of entries."""

    route_entry: list[RouteEntryShown]


class RouteTableShown(Shape):
    """A route table with its entries."""

    route_table_id: str
    route_table_type: str
    v_router_id: str
    creation_time: str
    resource_group_id: str
    v_switch_ids: VSwitchIdList
    route_entrys: RouteEntryShownList
    status: str = "Available"


class RouteTableShownList(Shape):
    """The wrapping of route tables."""

    route_table: list[RouteTableShown]


class RouteTablesDescribed(Listed):
    """A page of route tables with their entries."""

    route_tables: RouteTableShownList


class DescribeRouteTableList(Listing):
    """List route tables."""

    vpc_id: str = ""
    route_table_id: str = ""
    route_table_name: str = ""
    route_table_type: Literal["", "System", "Custom"] = ""
    router_id: str = ""
    router_type: Literal["", "VRouter"] = ""
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class DescribeRouteTables(Listing):
    """List route tables with their entries; `type` keeps the entries of one type."""

    route_table_id: str = ""
    route_table_name: str = ""
    v_router_id: str = ""
    router_id: str = ""
    router_type: Literal["", "VRouter"] = ""
    resource_group_id: str = ""
    type: str = ""


@vpc.action(DescribeRouteTableList, on="routetable/*")
def describe_route_table_list(request: DescribeRouteTableList, call: Call) -> RouteTableListDescribed:
    """Answer with a page of the route tables that the filters keep."""
    keep = _kept(
        call,
        router_id=request.router_id,
        id=request.route_table_id,
        name=request.route_table_name,
        type=request.route_table_type,
        resource_group=request.resource_group_id,
    )
    tagged = (
        (lambda each: each.has_tags(request.tag) and (keep is None or keep(each))) if request.tag else keep
    )
    page = find_page(call, RouteTable, request.page_number, request.page_size, tagged, parent=request.vpc_id)
    return RouteTableListDescribed(
        router_table_list=RouterTableList(
            router_table_list_type=[_listed(call, each) for each in page.items]
        ),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


@vpc.action(DescribeRouteTables, on="routetable/*")
def describe_route_tables(request: DescribeRouteTables, call: Call) -> RouteTablesDescribed:
    """Answer with a page of the route tables that the filters keep, each with all of its entries."""
    keep = _kept(
        call,
        router_id=request.v_router_id or request.router_id,
        id=request.route_table_id,
        name=request.route_table_name,
        resource_group=request.resource_group_id,
    )
    page = find_page(call, RouteTable, request.page_number, request.page_size, keep)
    return RouteTablesDescribed(
        route_tables=RouteTableShownList(
            route_table=[_shown(call, each, request.type) for each in page.items]
        ),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _kept(call: Call, *, router_id: str, **fields: str) -> Callable[[RouteTable], bool] | None:
    """Return what a listing keeps, or None for everything. Empty filters keep all."""
    wanted = {name: value for name, value in fields.items() if value}
    if not (wanted or router_id):
        return None
    homes = {each.id for each in call.find(Vpc) if each.router_id == router_id} if router_id else set()

    def keep(each: RouteTable) -> bool:
        return (not router_id or each.parent in homes) and all(
            getattr(each, name) == value for name, value in wanted.items()
        )

    return keep


def _vswitches(call: Call, table: RouteTable) -> VSwitchIdList:
    """Return the vSwitches that a table counts for."""
    own = "" if table.type == "System" else table.id
    found = call.find(VSwitch, parent=table.parent)
    return VSwitchIdList(v_switch_id=[each.id for each in found if each.route_table_id == own])


def _router(call: Call, table: RouteTable) -> str:
    parent = call.get(Vpc, table.parent)
    return parent.router_id if parent else ""


def _listed(call: Call, each: RouteTable) -> RouterTableListType:
    return RouterTableListType(
        route_table_id=each.id,
        route_table_name=each.name,
        description=each.description,
        route_table_type=each.type,
        vpc_id=each.parent,
        router_id=_router(call, each),
        creation_time=seconds(each.created),
        resource_group_id=each.resource_group,
        owner_id=int(each.account),
        route_propagation_enable=each.propagation,
        v_switch_ids=_vswitches(call, each),
        tags=tag_list(each.tags),
    )


def _shown(call: Call, each: RouteTable, type_: str) -> RouteTableShown:
    entries = [_entry(each.id, one) for one in entries_of(call, each) if not type_ or one.type == type_]
    return RouteTableShown(
        route_table_id=each.id,
        route_table_type=each.type,
        v_router_id=_router(call, each),
        creation_time=seconds(each.created),
        resource_group_id=each.resource_group,
        v_switch_ids=_vswitches(call, each),
        route_entrys=RouteEntryShownList(route_entry=entries),
    )


def _entry(table_id: str, each: Entry) -> RouteEntryShown:
    hop = NextHop(next_hop_id=each.next_hop_id, next_hop_type=each.next_hop_type)
    return RouteEntryShown(
        route_entry_id=each.id,
        route_entry_name=each.name,
        route_table_id=table_id,
        destination_cidr_block=each.destination,
        description=each.description,
        type=each.type,
        instance_id=each.next_hop_id,
        next_hop_type=each.next_hop_type,
        next_hops=NextHopList(next_hop=[hop]),
    )
