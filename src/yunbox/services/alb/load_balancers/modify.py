"""What changes a load balancer. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request, Text
from yunbox.services.alb.checks import check_name
from yunbox.services.alb.errors import denied, not_found
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.load_balancers.create import ONE_PLACE, ReadOnly, check_read_only
from yunbox.services.alb.load_balancers.model import AddressType, Edition, LoadBalancer, Zone
from yunbox.services.alb.load_balancers.zones import (
    ZoneAsked,
    ZoneKept,
    ZoneNamed,
    check_distinct,
    publish,
    release_zone,
    sorted_zones,
    take_zone,
    unpublish,
)
from yunbox.services.alb.product import alb

_ON = "loadbalancer/{load_balancer_id}"


class UpdateLoadBalancerAttribute(Request):
    """Rename a load balancer, or protect it from the console."""

    load_balancer_id: str
    load_balancer_name: Text = UNSET
    modification_protection_config: ReadOnly | UnsetType = UNSET


class UpdateLoadBalancerEdition(Request):
    """Change what a load balancer would cost."""

    load_balancer_id: str
    load_balancer_edition: Edition


class UpdateLoadBalancerZones(Request):
    """Have a load balancer in these zones and no others; it keeps its addresses in those that stay."""

    load_balancer_id: str
    zone_mappings: Annotated[list[ZoneAsked], Meta(max_length=10)]


class UpdateLoadBalancerAddressTypeConfig(Request):
    """Give a load balancer public addresses, or take them."""

    load_balancer_id: str
    address_type: AddressType
    zone_mappings: Annotated[list[ZoneKept], Meta(max_length=10)] = []


class EnableDeletionProtection(Request):
    """Protect a load balancer from being deleted."""

    resource_id: str


class DisableDeletionProtection(Request):
    """Protect a load balancer no more."""

    resource_id: str


def balancer(call: Call, id_: str) -> LoadBalancer:
    """Return a load balancer of the caller's. Raises CloudError: ResourceNotFound.LoadBalancer."""
    return call.require(LoadBalancer, id_, not_found("LoadBalancer"))


@alb.action(UpdateLoadBalancerAttribute, on=_ON)
def update_load_balancer_attribute(request: UpdateLoadBalancerAttribute, call: Call) -> Started:
    """Change what is given. Raises CloudError: ResourceNotFound.LoadBalancer, IllegalParam.LoadBalancerName."""
    found = balancer(call, request.load_balancer_id)
    if request.load_balancer_name:
        found = msgspec.structs.replace(
            found, name=check_name(request.load_balancer_name, "LoadBalancerName")
        )
    if request.modification_protection_config is not UNSET:
        asked = request.modification_protection_config
        found = msgspec.structs.replace(
            found, read_only=check_read_only(asked), read_only_reason=asked.reason
        )
    call.change.replace(found)
    return Started(job_id=begin_job(call, "loadbalancer", found.id))


@alb.action(UpdateLoadBalancerEdition, on=_ON, partial=ONE_PLACE)
def update_load_balancer_edition(request: UpdateLoadBalancerEdition, call: Call) -> Empty:
    """Write it down. Raises CloudError: ResourceNotFound.LoadBalancer."""
    found = balancer(call, request.load_balancer_id)
    call.change.replace(msgspec.structs.replace(found, edition=request.load_balancer_edition))
    return Empty()


@alb.action(UpdateLoadBalancerZones, on=_ON)
def update_load_balancer_zones(request: UpdateLoadBalancerZones, call: Call) -> Started:
    """Take addresses in new zones and give back those of the others.

    Raises CloudError: ResourceNotFound.LoadBalancer, InvalidVswitchID.NotFound, Mismatch.*.
    """
    found = balancer(call, request.load_balancer_id)
    check_distinct(request.zone_mappings)
    asked = {(each.zone_id, each.v_switch_id): each for each in request.zone_mappings}
    kept: dict[tuple[str, str], Zone] = {}
    for zone in found.zones:
        key = (zone.zone_id, zone.vswitch_id)
        if key in asked and asked[key].intranet_address in ("", zone.address):
            wanted = asked[key].allocation_id
            if found.address_type == "Internet" and wanted not in ("", zone.eip):
                zone = publish(call, found.id, unpublish(call, zone), wanted)  # noqa: PLW2901 - the same zone
            kept[key] = zone
        else:
            release_zone(call, zone)
    public = found.address_type == "Internet"
    zones = [
        kept.get(key) or take_zone(call, found.id, found.vpc_id, each, public=public)
        for key, each in asked.items()
    ]
    call.change.replace(msgspec.structs.replace(found, zones=sorted_zones(zones)))
    return Started(job_id=begin_job(call, "loadbalancer", found.id))


@alb.action(UpdateLoadBalancerAddressTypeConfig, on=_ON)
def update_load_balancer_address_type_config(
    request: UpdateLoadBalancerAddressTypeConfig, call: Call
) -> Started:
    """Take or give back public addresses; the private ones stay. Raises CloudError: ResourceNotFound.LoadBalancer."""
    found = balancer(call, request.load_balancer_id)
    named = {each.zone_id: each.allocation_id for each in request.zone_mappings}
    zones = []
    for zone in found.zones:
        if request.address_type == "Internet" and not zone.public_address:
            zones.append(publish(call, found.id, zone, named.get(zone.zone_id, "")))
        else:
            zones.append(zone if request.address_type == "Internet" else unpublish(call, zone))
    call.change.replace(msgspec.structs.replace(found, address_type=request.address_type, zones=tuple(zones)))
    return Started(job_id=begin_job(call, "loadbalancer", found.id))


@alb.action(EnableDeletionProtection, on="loadbalancer/{resource_id}")
def enable_deletion_protection(request: EnableDeletionProtection, call: Call) -> Empty:
    """Protect it. Raises CloudError: ResourceNotFound.LoadBalancer."""
    found = balancer(call, request.resource_id)
    since = found.deletion_protected or call.now
    call.change.replace(msgspec.structs.replace(found, deletion_protected=since))
    return Empty()


@alb.action(DisableDeletionProtection, on="loadbalancer/{resource_id}")
def disable_deletion_protection(request: DisableDeletionProtection, call: Call) -> Empty:
    """Protect it no more. Raises CloudError: ResourceNotFound.LoadBalancer."""
    found = balancer(call, request.resource_id)
    call.change.replace(msgspec.structs.replace(found, deletion_protected=0.0))
    return Empty()


class StartShiftLoadBalancerZones(Request):
    """Lead traffic away from a zone."""

    load_balancer_id: str
    zone_mappings: Annotated[list[ZoneNamed], Meta(min_length=1, max_length=10)]


class CancelShiftLoadBalancerZones(Request):
    """Let traffic come to a zone again."""

    load_balancer_id: str
    zone_mappings: Annotated[list[ZoneNamed], Meta(min_length=1, max_length=10)]


@alb.action(StartShiftLoadBalancerZones, on=_ON)
def start_shift_load_balancer_zones(request: StartShiftLoadBalancerZones, call: Call) -> Empty:
    """Listen there no more. Raises CloudError: ResourceNotFound.*, OperationDenied.OnlyOneZone."""
    return _shift(call, request.load_balancer_id, request.zone_mappings, shifted=True)


@alb.action(CancelShiftLoadBalancerZones, on=_ON)
def cancel_shift_load_balancer_zones(request: CancelShiftLoadBalancerZones, call: Call) -> Empty:
    """Listen there again. Raises CloudError: ResourceNotFound.*."""
    return _shift(call, request.load_balancer_id, request.zone_mappings, shifted=False)


def _shift(call: Call, id_: str, asked: list[ZoneNamed], *, shifted: bool) -> Empty:
    found = balancer(call, id_)
    zones = {(each.zone_id, each.vswitch_id): each for each in found.zones}
    for each in asked:
        zone = zones.get((each.zone_id, each.v_switch_id))
        if zone is None:
            raise not_found("Zone")(each.zone_id)
        zones[zone.zone_id, zone.vswitch_id] = msgspec.structs.replace(zone, shifted=shifted)
    if all(each.shifted for each in zones.values()):
        raise denied("OnlyOneZone", f"{found.id} would listen in no zone at all.")
    call.change.replace(msgspec.structs.replace(found, zones=tuple(zones.values())))
    return Empty()
