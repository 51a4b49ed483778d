"""DeleteVpc. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.services.ecs.security_groups.model import SecurityGroup
from yunbox.services.vpc.errors import in_use, vpc_not_found
from yunbox.services.vpc.ipv6 import release_block
from yunbox.services.vpc.nat_gateways.model import NatGateway
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.route_tables.entries import delete_entries
from yunbox.services.vpc.route_tables.model import RouteTable
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.model import VSwitch


class DeleteVpc(Request):
    """Delete a VPC that nothing is in."""

    vpc_id: str
    accepted = {"ForceDelete": "it overlooks IPv4 and IPv6 gateways alone, which are not implemented"}


@vpc.action(DeleteVpc, on="vpc/{vpc_id}")
def delete_vpc(request: DeleteVpc, call: Call) -> Empty:
    """Delete it with its router and system route table.

    Raises CloudError: InvalidVpcId.NotFound, DependencyViolation.*.
    """
    found = call.require(Vpc, request.vpc_id, vpc_not_found)
    change = call.change
    for what, type_ in (("VSwitch", VSwitch), ("NatGateway", NatGateway), ("SecurityGroup", SecurityGroup)):
        first = change.find(type_, parent=found.id, limit=1)
        if first:
            raise in_use(what, found.id, first[0].id)
    tables = change.find(RouteTable, parent=found.id)
    custom = next((each for each in tables if each.type == "Custom"), None)
    if custom is not None:
        raise in_use("RouteTable", found.id, custom.id)
    for table in tables:
        delete_entries(call, table.id)
        change.delete(RouteTable, table.id)
    for block in found.ipv6_blocks:
        release_block(change, block)
    change.delete(Vpc, found.id)
    return Empty()
