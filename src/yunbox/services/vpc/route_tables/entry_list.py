"""DescribeRouteEntryList and ListVpcPublishedRouteEntries. Wire shapes: the SDK alibabacloud_vpc20160428."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.vpc.errors import route_table_not_found
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.route_tables.entries import Entry, entries_of
from yunbox.services.vpc.route_tables.model import RouteTable


class DescribeRouteEntryList(Request):
    """List the entries of a route table."""

    route_table_id: str
    destination_cidr_block: str = ""
    dest_cidr_block_list: Annotated[list[str], Meta(max_length=100)] = []
    ip_version: str = ""
    next_hop_id: str = ""
    next_hop_type: str = ""
    route_entry_id: str = ""
    route_entry_name: str = ""
    route_entry_type: str = ""
    service_type: str = ""
    next_token: Annotated[str, Meta(max_length=256)] = ""
    max_result: Annotated[int, Meta(ge=1, le=100)] = 10


class ListVpcPublishedRouteEntries(Request):
    """List the entries that are published to other networks."""

    route_table_id: str
    target_type: str
    destination_cidr_block: str = ""
    target_instance_id: str = ""
    next_token: Annotated[str, Meta(max_length=256)] = ""
    max_results: Annotated[int, Meta(ge=1, le=500)] = 50


class RelatedInfo(Shape):
    """What a next hop belongs to."""

    instance_id: str = ""
    instance_type: str = ""
    region_id: str = ""


class ListedHop(Shape):
    """A next hop."""

    next_hop_id: str
    next_hop_type: str
    next_hop_region_id: str
    enabled: int = 1
    weight: int = 0
    next_hop_related_info: RelatedInfo = RelatedInfo()


class ListedHops(Shape):
    """The wrapping of next hops."""

    next_hop: list[ListedHop]


class ListedEntry(Shape):
    """An entry."""

    route_entry_id: str
    route_entry_name: str
    route_table_id: str
    destination_cidr_block: str
    description: str
    type: str
    gmt_modified: str
    next_hops: ListedHops
    ip_version: str = "IPv4"
    status: str = "Available"
    service_type: str = ""
    origin: str = ""


class ListedEntries(Shape):
    """The wrapping of entries."""

    route_entry: list[ListedEntry]


class RouteEntriesListed(Answer):
    """Some entries, and how to go on."""

    route_entrys: ListedEntries
    total_count: int
    next_token: str = ""


class PublishedListed(Answer):
    """What is published: nothing, there is no transit router and no Express Connect router."""

    route_entries: list[dict[str, str]] = []
    next_token: str = ""


@vpc.action(DescribeRouteEntryList, on="routetable/{route_table_id}")
def describe_route_entry_list(request: DescribeRouteEntryList, call: Call) -> RouteEntriesListed:
    """Answer with the entries that the filters keep. Raises CloudError: InvalidRouteTable.NotFound."""
    table = call.require(RouteTable, request.route_table_id, route_table_not_found)
    wanted = {
        "id": request.route_entry_id,
        "destination": request.destination_cidr_block,
        "type": request.route_entry_type,
        "next_hop_id": request.next_hop_id,
        "next_hop_type": request.next_hop_type,
        "name": request.route_entry_name,
    }
    wanted = {name: value for name, value in wanted.items() if value}
    found = [
        each
        for each in entries_of(call, table)
        if all(getattr(each, name) == value for name, value in wanted.items())
        and (not request.dest_cidr_block_list or each.destination in request.dest_cidr_block_list)
        and request.ip_version.lower() != "ipv6"
        and not request.service_type
    ]
    rest = [each for each in found if each.id > request.next_token]
    page = rest[: request.max_result]
    return RouteEntriesListed(
        route_entrys=ListedEntries(route_entry=[_shown(call, table.id, each) for each in page]),
        total_count=len(found),
        next_token=page[-1].id if len(rest) > len(page) else "",
    )


def _shown(call: Call, table_id: str, each: Entry) -> ListedEntry:
    hop = ListedHop(
        next_hop_id=each.next_hop_id, next_hop_type=each.next_hop_type, next_hop_region_id=call.region
    )
    return ListedEntry(
        route_entry_id=each.id,
        route_entry_name=each.name,
        route_table_id=table_id,
        destination_cidr_block=each.destination,
        description=each.description,
        type=each.type,
        gmt_modified=seconds(each.modified),
        next_hops=ListedHops(next_hop=[hop]),
    )


@vpc.action(ListVpcPublishedRouteEntries, on="routetable/{route_table_id}")
def list_vpc_published_route_entries(request: ListVpcPublishedRouteEntries, call: Call) -> PublishedListed:
    """Answer that nothing is published. Raises CloudError: InvalidRouteTable.NotFound."""
    call.require(RouteTable, request.route_table_id, route_table_not_found)
    return PublishedListed()
