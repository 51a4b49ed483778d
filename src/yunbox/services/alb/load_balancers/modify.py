"""What changes a load balancer. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request, Text
from yunbox.services.alb.checks import check_name
from yunbox.services.alb.errors import not_found
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.load_balancers.create import ONE_PLACE, ReadOnly, check_read_only
from yunbox.services.alb.load_balancers.model import AddressType, Edition, LoadBalancer, Zone
from yunbox.services.alb.load_balancers.zones import (
    ZoneAsked,
    ZoneKept,
    check_distinct,
    release_zone,
    sorted_zones,
    take_zone,
)
from yunbox.services.alb.product import alb
from yunbox.services.vpc.eips.pool import release_public_address, take_public_address

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
    zones = []
    for zone in found.zones:
        address = zone.public_address
        if request.address_type == "Internet" and not address:
            address = take_public_address(call, found.id)
        elif request.address_type == "Intranet" and address:
            release_public_address(call.change, address)
            address = ""
        zones.append(msgspec.structs.replace(zone, public_address=address))
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
