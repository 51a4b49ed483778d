"""The zones of a load balancer: an address in each, taken and given back with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Shape
from yunbox.services.alb.errors import already_exists, illegal, mismatch
from yunbox.services.alb.load_balancers.model import Zone
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.eips.pool import release_public_address, take_public_address
from yunbox.services.vpc.errors import eip_not_found, eip_status, vswitch_not_found
from yunbox.services.vpc.vswitches.addresses import release_address, take_address
from yunbox.services.vpc.vswitches.model import VSwitch


class ZoneAsked(Shape):
    """A zone, and the vSwitch there to take an address of: `intranet_address`, or any.

    `allocation_id` names an elastic address to be the public one.
    """

    zone_id: str
    v_switch_id: str
    intranet_address: str = ""
    allocation_id: str = ""
    eip_type: Literal["", "Common"] = ""


class ZoneNamed(Shape):
    """A zone that a load balancer is in."""

    zone_id: str
    v_switch_id: str


class ZoneKept(ZoneNamed):
    """A zone that a load balancer is in, and the elastic address to be its public one there, or any."""

    allocation_id: str = ""
    eip_type: Literal["", "Common"] = ""


def take_zone(call: Call, owner: str, vpc_id: str, asked: ZoneAsked, *, public: bool) -> Zone:
    """Take addresses in a zone for a load balancer. Raises CloudError: InvalidVswitchID.NotFound, Mismatch.* ..."""
    vswitch = call.require(VSwitch, asked.v_switch_id, vswitch_not_found)
    if vswitch.vpc_id != vpc_id:
        raise mismatch("VpcId", f"The vSwitch {vswitch.id} is not in the VPC {vpc_id}.")
    if vswitch.zone_id != asked.zone_id:
        raise mismatch("ZoneId", f"The vSwitch {vswitch.id} is in the zone {vswitch.zone_id}.")
    zone = Zone(
        zone_id=vswitch.zone_id,
        vswitch_id=vswitch.id,
        address=take_address(call, vswitch, owner, asked.intranet_address),
    )
    return publish(call, owner, zone, asked.allocation_id) if public else zone


def publish(call: Call, owner: str, zone: Zone, allocation_id: str = "") -> Zone:
    """Return a zone with a public address: an elastic one, or one that comes with the load balancer.

    Raises CloudError: InvalidAllocationId.NotFound, IncorrectEipStatus.
    """
    if not allocation_id:
        return msgspec.structs.replace(zone, public_address=take_public_address(call, owner))
    eip = call.require(Eip, allocation_id, eip_not_found)
    if eip.parent:
        raise eip_status(eip.id, eip.status, "Available")
    call.change.replace(
        msgspec.structs.replace(eip, parent=owner, instance_type="SlbInstance", private_ip=zone.address)
    )
    return msgspec.structs.replace(zone, public_address=eip.address, eip=eip.id)


def unpublish(call: Call, zone: Zone) -> Zone:
    """Return a zone without a public address; an elastic one is free again."""
    if zone.eip:
        eip = call.get(Eip, zone.eip)
        if eip is not None:
            call.change.replace(eip.unbound())
    elif zone.public_address:
        release_public_address(call.change, zone.public_address)
    return msgspec.structs.replace(zone, public_address="", eip="")


def release_zone(call: Call, zone: Zone) -> None:
    """Give the addresses of a zone back."""
    release_address(call.change, zone.vswitch_id, zone.address)
    unpublish(call, zone)


def check_distinct(zones: Sequence[ZoneAsked | ZoneKept]) -> None:
    """Refuse a list that names no zone, or one twice. Raises CloudError."""
    named = [each.zone_id for each in zones]
    if not named:
        raise illegal("ZoneMappings", "at least one zone is expected")
    if len(named) != len(set(named)):
        raise already_exists("ZoneMapping", "ZoneMappings")


def sorted_zones(zones: Sequence[Zone]) -> tuple[Zone, ...]:
    """Return zones in the order in which they are stored."""
    return tuple(sorted(zones, key=lambda each: each.zone_id))
