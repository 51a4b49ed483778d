"""ModifyVSwitchAttribute and DeleteVSwitch. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Empty, Request, Text
from yunbox.services.vpc.checks import check_description, check_name
from yunbox.services.vpc.errors import in_use, ipv6_conflict, vpc_not_found, vswitch_not_found
from yunbox.services.vpc.ipv6 import ADDRESS_PLAN
from yunbox.services.vpc.nat_gateways.model import SnatEntry
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.addresses import AddressLease
from yunbox.services.vpc.vswitches.create import Ipv6Number, ipv6_block
from yunbox.services.vpc.vswitches.model import VSwitch

_OWNERS = {"eni": "NetworkInterface", "ngw": "EnhancedNatgw", "i": "EcsInstance", "lb": "Slb", "alb": "Alb"}


class ModifyVSwitchAttribute(Request):
    """Change a vSwitch's name or description."""

    v_switch_id: str
    v_switch_name: Text = UNSET
    description: Text = UNSET
    enable_ipv6: bool | UnsetType = msgspec.field(default=UNSET, name="EnableIPv6")
    ipv6_cidr_block: Ipv6Number | UnsetType = UNSET
    vpc_ipv6_cidr_block: str = ""


class DeleteVSwitch(Request):
    """Delete a vSwitch that nothing is in."""

    v_switch_id: str


@vpc.action(ModifyVSwitchAttribute, on="vswitch/{v_switch_id}", partial=ADDRESS_PLAN)
def modify_vswitch_attribute(request: ModifyVSwitchAttribute, call: Call) -> Empty:
    """Change what is given. Raises CloudError: InvalidVswitchID.NotFound, InvalidVSwitchName.Malformed."""
    found = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    if request.v_switch_name is not UNSET:
        found = msgspec.structs.replace(found, name=check_name(request.v_switch_name, "VSwitchName"))
    if request.description is not UNSET:
        found = msgspec.structs.replace(found, description=check_description(request.description))
    call.change.replace(_with_ipv6(request, call, found))
    return Empty()


def _with_ipv6(request: ModifyVSwitchAttribute, call: Call, found: VSwitch) -> VSwitch:
    """Return a vSwitch with the IPv6 block that a request asks for, or without one. Raises CloudError."""
    if request.enable_ipv6 is False:
        return msgspec.structs.replace(found, ipv6_block="")
    if request.ipv6_cidr_block is UNSET:
        if request.enable_ipv6 is True and not found.ipv6_block:
            raise missing_parameter("Ipv6CidrBlock")
        return found
    parent = call.require(Vpc, found.parent, vpc_not_found)
    siblings = [each for each in call.find(VSwitch, parent=parent.id) if each.id != found.id]
    block = ipv6_block(parent, siblings, request.ipv6_cidr_block, request.vpc_ipv6_cidr_block)
    if found.ipv6_block not in ("", block):
        raise ipv6_conflict(block, found.ipv6_block)
    return msgspec.structs.replace(found, ipv6_block=block)


@vpc.action(DeleteVSwitch, on="vswitch/{v_switch_id}")
def delete_vswitch(request: DeleteVSwitch, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidVswitchID.NotFound, DependencyViolation.*."""
    found = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    leases = call.change.find(AddressLease, parent=found.id, limit=1)
    if leases:
        owner = leases[0].name
        raise in_use(_OWNERS.get(owner.partition("-")[0], "Resource"), found.id, owner)
    if found.route_table_id:
        raise in_use("RouteTable", found.id, found.route_table_id)
    for entry in call.find(SnatEntry):
        if entry.source_vswitch_id == found.id:
            raise in_use("SNAT", found.id, entry.id)
    call.change.delete(VSwitch, found.id)
    return Empty()
