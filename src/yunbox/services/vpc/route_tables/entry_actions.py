"""Custom route entries: making, changing and deleting them, one or several. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta

from yunbox.api.call import Call, resource_of
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.control.store_resource import Resource
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.vpc.checks import check_description, check_name
from yunbox.services.vpc.cidr import read_block
from yunbox.services.vpc.errors import (
    bad_destination,
    next_hop_not_found,
    other_vpc,
    quota_exceeded,
    route_entry_exists,
    route_entry_not_found,
    route_table_not_found,
)
from yunbox.services.vpc.nat_gateways.model import NatGateway
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.quotas import ENTRIES_PER_ROUTE_TABLE
from yunbox.services.vpc.route_tables.entries import SERVICES
from yunbox.services.vpc.route_tables.model import RouteEntry, RouteTable
from yunbox.services.vpc.route_tables.tables import NOT_ROUTED
from yunbox.services.vpc.vswitches.model import VSwitch

HopType = Literal["Instance", "NetworkInterface", "NatGateway"]

_HOPS: dict[str, type[Resource]] = {
    "Instance": Instance,
    "NetworkInterface": NetworkInterface,
    "NatGateway": NatGateway,
}


class CreateRouteEntry(Request):
    """Add an entry to a route table."""

    route_table_id: str
    destination_cidr_block: str
    next_hop_id: str
    next_hop_type: HopType = "Instance"
    route_entry_name: str = ""
    description: str = ""


class RouteEntryCreated(Answer):
    """The entry."""

    route_entry_id: str


class NewEntry(Shape):
    """One of several new entries."""

    route_table_id: str
    dst_cidr_block: str
    next_hop: str
    next_hop_type: HopType
    name: str = ""
    description: str = ""
    ip_version: Annotated[int, Meta(ge=4, le=4)] = 4


class CreateRouteEntries(Request):
    """Add several entries; those that cannot be are reported and keep no other from being added."""

    route_entries: Annotated[list[NewEntry], Meta(min_length=1, max_length=50)]


class FailedEntry(Shape):
    """An entry that was not added, or not deleted, and why."""

    dst_cidr_block: str
    next_hop: str
    failed_code: str
    failed_message: str


class EntriesCreated(Answer):
    """What was added, and what was not."""

    route_entry_ids: list[str]
    success_count: int
    failed_count: int
    failed_route_entries: list[FailedEntry]


class DeleteRouteEntry(Request):
    """Delete an entry, named by its id or by table and destination."""

    route_entry_id: str = ""
    route_table_id: str = ""
    destination_cidr_block: str = ""
    next_hop_id: str = ""


class OldEntry(Shape):
    """One of several entries to delete."""

    route_table_id: str
    route_entry_id: str = ""
    dst_cidr_block: str = ""
    next_hop: str = ""


class DeleteRouteEntries(Request):
    """Delete several entries; those that cannot be are reported."""

    route_entries: Annotated[list[OldEntry], Meta(min_length=1, max_length=50)]


class EntriesDeleted(Answer):
    """How many were deleted, and which were not."""

    success_count: int
    failed_count: int
    failed_route_entries: list[FailedEntry]


class ModifyRouteEntry(Request):
    """Change an entry's name, description or next hop."""

    route_entry_id: str = ""
    route_table_id: str = ""
    destination_cidr_block: str = ""
    route_entry_name: Text = UNSET
    description: Text = UNSET
    new_next_hop_id: str = ""
    new_next_hop_type: Literal["", "Instance", "NetworkInterface", "NatGateway"] = ""


@vpc.action(CreateRouteEntry, on="routetable/{route_table_id}", partial=NOT_ROUTED)
def create_route_entry(request: CreateRouteEntry, call: Call) -> RouteEntryCreated:
    """Store an entry.

    Raises CloudError: InvalidRouteTable.NotFound, InvalidDestCidrBlock, RouterEntryConflict.Duplicated,
    InvalidNextHop.NotFound, QuotaExceeded.RouteEntry.
    """
    made = _add(
        call,
        NewEntry(
            route_table_id=request.route_table_id,
            dst_cidr_block=request.destination_cidr_block,
            next_hop=request.next_hop_id,
            next_hop_type=request.next_hop_type,
            name=request.route_entry_name,
            description=request.description,
        ),
    )
    return RouteEntryCreated(route_entry_id=made.id)


# Each table is asked about on its own: see `_add`.
@vpc.action(CreateRouteEntries, on="", partial=NOT_ROUTED)
def create_route_entries(request: CreateRouteEntries, call: Call) -> EntriesCreated:
    """Store what can be stored."""
    for table_id in sorted({each.route_table_id for each in request.route_entries}):
        call.authorise(resource_of("routetable", table_id))
    made, failed = [], []
    for each in request.route_entries:
        try:
            made.append(_add(call, each).id)
        except CloudError as error:
            failed.append(_failed(each.dst_cidr_block, each.next_hop, error))
    return EntriesCreated(
        route_entry_ids=made,
        success_count=len(made),
        failed_count=len(failed),
        failed_route_entries=failed,
    )


def _failed(destination: str, hop: str, error: CloudError) -> FailedEntry:
    return FailedEntry(
        dst_cidr_block=destination, next_hop=hop, failed_code=error.code, failed_message=error.message
    )


def _add(call: Call, new: NewEntry) -> RouteEntry:
    table = call.require(RouteTable, new.route_table_id, route_table_not_found)
    name, description = check_name(new.name, "RouteEntryName"), check_description(new.description)
    destination = _destination(call, table, new.dst_cidr_block)
    others = call.find(RouteEntry, parent=table.id)
    if any(each.destination == destination for each in others):
        raise route_entry_exists(destination)
    if len(others) >= ENTRIES_PER_ROUTE_TABLE:
        raise quota_exceeded("RouteEntry", ENTRIES_PER_ROUTE_TABLE)
    _check_hop(call, table, new.next_hop_type, new.next_hop)
    return call.change.create(
        RouteEntry(
            id=call.new_id("rte"),
            account=call.account,
            region=call.region,
            parent=table.id,
            name=name,
            description=description,
            created=call.now,
            destination=destination,
            next_hop_type=new.next_hop_type,
            next_hop_id=new.next_hop,
        )
    )


def _destination(call: Call, table: RouteTable, text: str) -> str:
    """Return a destination that is no vSwitch's and not among the vendor's services. Raises CloudError."""
    try:
        block = read_block(text)
    except ValueError as error:
        raise bad_destination(text, str(error)) from None
    if block.subnet_of(read_block(SERVICES)):
        raise bad_destination(text, f"It is within {SERVICES}.")
    for vswitch in call.find(VSwitch, parent=table.parent):
        if block.subnet_of(read_block(vswitch.cidr_block)):
            raise bad_destination(text, f"It is within {vswitch.cidr_block} of the vSwitch {vswitch.id}.")
    return str(block)


def _check_hop(call: Call, table: RouteTable, type_: str, id_: str) -> None:
    hop = call.require(_HOPS[type_], id_, next_hop_not_found)
    home = hop.parent if isinstance(hop, NatGateway) else getattr(hop, "vpc_id", "")
    if home != table.parent:
        raise other_vpc("NextHopId", id_)


def _find(call: Call, entry_id: str, table_id: str, destination: str, hop: str = "") -> RouteEntry:
    """Return the entry that a request names. Raises CloudError."""
    if not entry_id and not (table_id and destination):
        raise missing_parameter("RouteEntryId")
    if entry_id:
        found = call.require(RouteEntry, entry_id, lambda _: route_entry_not_found())
        named = [found] if not table_id or found.parent == table_id else []
    else:
        call.require(RouteTable, table_id, route_table_not_found)
        named = call.find(RouteEntry, parent=table_id)
    for each in named:
        if (not destination or each.destination == destination) and (not hop or each.next_hop_id == hop):
            return each
    raise route_entry_not_found()


# The request may name the entry alone: then its table is asked about once it is known.
@vpc.action(DeleteRouteEntry, on="")
def delete_route_entry(request: DeleteRouteEntry, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidRouteEntry.NotFound, InvalidRouteTable.NotFound."""
    if request.route_table_id:
        call.authorise(resource_of("routetable", request.route_table_id))
    found = _find(
        call,
        request.route_entry_id,
        request.route_table_id,
        request.destination_cidr_block,
        request.next_hop_id,
    )
    call.authorise(resource_of("routetable", found.parent))
    call.change.delete(RouteEntry, found.id)
    return Empty()


@vpc.action(DeleteRouteEntries, on="")
def delete_route_entries(request: DeleteRouteEntries, call: Call) -> EntriesDeleted:
    """Delete what can be deleted."""
    for table_id in sorted({each.route_table_id for each in request.route_entries}):
        call.authorise(resource_of("routetable", table_id))
    failed = []
    for each in request.route_entries:
        try:
            found = _find(call, each.route_entry_id, each.route_table_id, each.dst_cidr_block, each.next_hop)
        except CloudError as error:
            failed.append(_failed(each.dst_cidr_block, each.next_hop, error))
            continue
        call.change.delete(RouteEntry, found.id)
    return EntriesDeleted(
        success_count=len(request.route_entries) - len(failed),
        failed_count=len(failed),
        failed_route_entries=failed,
    )


@vpc.action(ModifyRouteEntry, on="", partial=NOT_ROUTED)
def modify_route_entry(request: ModifyRouteEntry, call: Call) -> Empty:
    """Change what is given. Raises CloudError: InvalidRouteEntry.NotFound, InvalidNextHop.NotFound."""
    if request.route_table_id:
        call.authorise(resource_of("routetable", request.route_table_id))
    found = _find(call, request.route_entry_id, request.route_table_id, request.destination_cidr_block)
    call.authorise(resource_of("routetable", found.parent))
    if request.route_entry_name is not UNSET:
        found = msgspec.structs.replace(found, name=check_name(request.route_entry_name, "RouteEntryName"))
    if request.description is not UNSET:
        found = msgspec.structs.replace(found, description=check_description(request.description))
    if request.new_next_hop_id or request.new_next_hop_type:
        type_ = request.new_next_hop_type or found.next_hop_type
        hop = request.new_next_hop_id or found.next_hop_id
        _check_hop(call, call.require(RouteTable, found.parent, route_table_not_found), type_, hop)
        found = msgspec.structs.replace(found, next_hop_type=type_, next_hop_id=hop)
    call.change.replace(found)
    return Empty()
