"""The zones of a load balancer: an address in each, taken and given back with them."""

from __future__ import annotations

from collections.abc import Sequence

from yunbox.api.call import Call
from yunbox.api.shapes import Shape
from yunbox.services.alb.errors import already_exists, illegal, mismatch
from yunbox.services.alb.load_balancers.model import Zone
from yunbox.services.vpc.eips.pool import release_public_address, take_public_address
from yunbox.services.vpc.errors import vswitch_not_found
from yunbox.services.vpc.vswitches.addresses import release_address, take_address
from yunbox.services.vpc.vswitches.model import VSwitch


class ZoneAsked(Shape):
    """A zone, and the vSwitch there to take an address of: `intranet_address`, or any."""

    zone_id: str
    v_switch_id: str
    intranet_address: str = ""


class ZoneKept(Shape):
    """A zone and its vSwitch, where nothing else may be said."""

    zone_id: str
    v_switch_id: str


def take_zone(call: Call, owner: str, vpc_id: str, asked: ZoneAsked, *, public: bool) -> Zone:
    """Take addresses in a zone for a load balancer. Raises CloudError: InvalidVswitchID.NotFound, Mismatch.* ..."""
    vswitch = call.require(VSwitch, asked.v_switch_id, vswitch_not_found)
    if vswitch.vpc_id != vpc_id:
        raise mismatch("VpcId", f"The vSwitch {vswitch.id} is not in the VPC {vpc_id}.")
    if vswitch.zone_id != asked.zone_id:
        raise mismatch("ZoneId", f"The vSwitch {vswitch.id} is in the zone {vswitch.zone_id}.")
    return Zone(
        zone_id=vswitch.zone_id,
        vswitch_id=vswitch.id,
        address=take_address(call, vswitch, owner, asked.intranet_address),
        public_address=take_public_address(call, owner) if public else "",
    )


def release_zone(call: Call, zone: Zone) -> None:
    """Give the addresses of a zone back."""
    release_address(call.change, zone.vswitch_id, zone.address)
    if zone.public_address:
        release_public_address(call.change, zone.public_address)


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
