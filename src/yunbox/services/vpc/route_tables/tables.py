"""CreateRouteTable, ModifyRouteTableAttributes, DeleteRouteTable, and which vSwitch has which.

Wire shapes: VPC API 2016-04-28.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Text
from yunbox.api.tagging import check_tags
from yunbox.services.vpc.checks import Tags, check_description, check_name
from yunbox.services.vpc.errors import (
    already_associated,
    in_use,
    not_associated,
    other_vpc,
    quota_exceeded,
    route_table_not_found,
    system_route_table,
    vpc_not_found,
    vswitch_not_found,
)
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.quotas import ROUTE_TABLES_PER_VPC
from yunbox.services.vpc.route_tables.model import RouteEntry, RouteTable
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.model import VSwitch

NOT_ROUTED = "Tables and entries are recorded and shown; the compute engine routes between vSwitches alone."


class CreateRouteTable(Request):
    """Make a custom route table in a VPC."""

    vpc_id: str
    route_table_name: str = ""
    description: str = ""
    associate_type: Literal["VSwitch"] = "VSwitch"
    tag: Tags = []


class RouteTableCreated(Answer):
    """The route table."""

    route_table_id: str


class ModifyRouteTableAttributes(Request):
    """Change a route table's name, description, or whether routes of other networks are received."""

    route_table_id: str
    route_table_name: Text = UNSET
    description: Text = UNSET
    route_propagation_enable: bool | UnsetType = UNSET


class DeleteRouteTable(Request):
    """Delete a custom route table without entries and vSwitches."""

    route_table_id: str


class AssociateRouteTable(Request):
    """Let a custom route table count for a vSwitch."""

    route_table_id: str
    v_switch_id: str


class UnassociateRouteTable(Request):
    """Let the system's route table count for a vSwitch again."""

    route_table_id: str
    v_switch_id: str


def _custom(call: Call, table_id: str) -> RouteTable:
    found = call.require(RouteTable, table_id, route_table_not_found)
    if found.type != "Custom":
        raise system_route_table(found.id)
    return found


@vpc.action(CreateRouteTable, on="routetable/*", partial=NOT_ROUTED)
def create_route_table(request: CreateRouteTable, call: Call) -> RouteTableCreated:
    """Store a route table. Raises CloudError: InvalidVpcId.NotFound, QuotaExceeded.RouteTable."""
    parent = call.require(Vpc, request.vpc_id, vpc_not_found)
    if call.count(RouteTable, parent=parent.id) > ROUTE_TABLES_PER_VPC:
        raise quota_exceeded("RouteTable", ROUTE_TABLES_PER_VPC)
    made = call.change.create(
        RouteTable(
            id=call.new_id("vtb"),
            account=call.account,
            region=call.region,
            parent=parent.id,
            name=check_name(request.route_table_name, "RouteTableName"),
            description=check_description(request.description),
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=parent.resource_group,
            type="Custom",
        )
    )
    return RouteTableCreated(route_table_id=made.id)


@vpc.action(
    ModifyRouteTableAttributes,
    on="routetable/{route_table_id}",
    partial="Whether routes of other networks are received is recorded; there are none to receive.",
)
def modify_route_table_attributes(request: ModifyRouteTableAttributes, call: Call) -> Empty:
    """Change what is given, of a system's table too. Raises CloudError: InvalidRouteTable.NotFound."""
    found = call.require(RouteTable, request.route_table_id, route_table_not_found)
    if request.route_table_name is not UNSET:
        found = msgspec.structs.replace(found, name=check_name(request.route_table_name, "RouteTableName"))
    if request.description is not UNSET:
        found = msgspec.structs.replace(found, description=check_description(request.description))
    if request.route_propagation_enable is not UNSET:
        found = msgspec.structs.replace(found, propagation=request.route_propagation_enable)
    call.change.replace(found)
    return Empty()


@vpc.action(DeleteRouteTable, on="routetable/{route_table_id}")
def delete_route_table(request: DeleteRouteTable, call: Call) -> Empty:
    """Delete it.

    Raises CloudError: OperationDenied.SystemRouteTable, DependencyViolation.VSwitch or .RouteEntry.
    """
    found = _custom(call, request.route_table_id)
    for each in call.find(VSwitch, parent=found.parent):
        if each.route_table_id == found.id:
            raise in_use("VSwitch", found.id, each.id)
    entries = call.find(RouteEntry, parent=found.id, limit=1)
    if entries:
        raise in_use("RouteEntry", found.id, entries[0].id)
    call.change.delete(RouteTable, found.id)
    return Empty()


@vpc.action(AssociateRouteTable, on="routetable/{route_table_id}", partial=NOT_ROUTED)
def associate_route_table(request: AssociateRouteTable, call: Call) -> Empty:
    """Associate them. Raises CloudError: ResourceAlreadyAssociated.VSwitch, InvalidParameter.VSwitchId ..."""
    table = _custom(call, request.route_table_id)
    vswitch = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    if vswitch.parent != table.parent:
        raise other_vpc("VSwitchId", vswitch.id)
    if vswitch.route_table_id:
        raise already_associated(vswitch.id, vswitch.route_table_id)
    call.change.replace(msgspec.structs.replace(vswitch, route_table_id=table.id))
    return Empty()


@vpc.action(UnassociateRouteTable, on="routetable/{route_table_id}")
def unassociate_route_table(request: UnassociateRouteTable, call: Call) -> Empty:
    """Take them apart. Raises CloudError: ResourceNotAssociated.VSwitch, InvalidRouteTable.NotFound ..."""
    table = _custom(call, request.route_table_id)
    vswitch = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    if vswitch.route_table_id != table.id:
        raise not_associated(vswitch.id, table.id)
    call.change.replace(msgspec.structs.replace(vswitch, route_table_id=""))
    return Empty()
