"""ModifyVSwitchAttribute and DeleteVSwitch. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request, Text
from yunbox.services.vpc.checks import check_description, check_name, must_be_off
from yunbox.services.vpc.errors import in_use, vswitch_not_found
from yunbox.services.vpc.nat_gateways.model import SnatEntry
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vswitches.addresses import AddressLease
from yunbox.services.vpc.vswitches.model import VSwitch

_OWNERS = {"eni": "NetworkInterface", "ngw": "EnhancedNatgw", "i": "EcsInstance"}


class ModifyVSwitchAttribute(Request):
    """Change a vSwitch's name or description."""

    v_switch_id: str
    v_switch_name: Text = UNSET
    description: Text = UNSET
    enable_ipv6: bool = msgspec.field(default=False, name="EnableIPv6")


class DeleteVSwitch(Request):
    """Delete a vSwitch that nothing is in."""

    v_switch_id: str


@vpc.action(ModifyVSwitchAttribute, on="vswitch/{v_switch_id}", partial="IPv4 alone.")
def modify_vswitch_attribute(request: ModifyVSwitchAttribute, call: Call) -> Empty:
    """Change what is given. Raises CloudError: InvalidVswitchID.NotFound, InvalidVSwitchName.Malformed."""
    found = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    must_be_off(request.enable_ipv6, "EnableIPv6", call.action)
    if request.v_switch_name is not UNSET:
        found = msgspec.structs.replace(found, name=check_name(request.v_switch_name, "VSwitchName"))
    if request.description is not UNSET:
        found = msgspec.structs.replace(found, description=check_description(request.description))
    call.change.replace(found)
    return Empty()


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
