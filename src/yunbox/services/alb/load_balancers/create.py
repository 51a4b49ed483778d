"""CreateLoadBalancer and DeleteLoadBalancer. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.alb.checks import Tags, check_name, group_of
from yunbox.services.alb.errors import denied, missing, not_found, quota_exceeded
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.listeners.delete import drop_listener
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.load_balancers.model import AddressType, Edition, LoadBalancer
from yunbox.services.alb.load_balancers.zones import (
    ZoneAsked,
    check_distinct,
    release_zone,
    sorted_zones,
    take_zone,
)
from yunbox.services.alb.product import alb
from yunbox.services.balancing.settings import checked_tags
from yunbox.services.vpc.vpcs.model import Vpc

LOAD_BALANCERS_PER_REGION = 60

ONE_PLACE = (
    "It is Active at once; the name is resolved by no server; the edition is recorded and changes nothing, and there "
    "is no Web application firewall."
)


class Billing(Shape):
    """How it would be paid: nothing is."""

    pay_type: Literal["PostPay"]


class ReadOnly(Shape):
    """Whether the vendor's console may change it."""

    status: Literal["NonProtection", "ConsoleProtection"] = "NonProtection"
    reason: str = ""


class CreateLoadBalancer(Request):
    """Make a load balancer with an address in each of some zones."""

    address_type: AddressType
    vpc_id: str
    load_balancer_edition: Edition
    load_balancer_billing_config: Billing
    zone_mappings: Annotated[list[ZoneAsked], Meta(max_length=10)]
    load_balancer_name: str = ""
    address_allocated_mode: Literal["", "Fixed", "Dynamic"] = ""
    address_ip_version: Literal["IPv4"] = "IPv4"
    deletion_protection_enabled: bool = False
    modification_protection_config: ReadOnly = ReadOnly()
    resource_group_id: str = ""
    tag: Tags = []


class LoadBalancerCreated(Answer):
    """The load balancer."""

    load_balancer_id: str


class DeleteLoadBalancer(Request):
    """Delete a load balancer with its listeners and their rules."""

    load_balancer_id: str


@alb.action(CreateLoadBalancer, on="loadbalancer/*", partial=ONE_PLACE)
def create_load_balancer(request: CreateLoadBalancer, call: Call) -> LoadBalancerCreated:
    """Store a load balancer.

    Raises CloudError: ResourceNotFound.Vpc, InvalidVswitchID.NotFound, Mismatch.*, QuotaExceeded.LoadBalancersNum.
    """
    vpc = call.require(Vpc, request.vpc_id, not_found("Vpc"))
    check_distinct(request.zone_mappings)
    if call.count(LoadBalancer) >= LOAD_BALANCERS_PER_REGION:
        raise quota_exceeded("LoadBalancersNum", LOAD_BALANCERS_PER_REGION, call.region)
    id_ = call.new_id("alb")
    public = request.address_type == "Internet"
    zones = [take_zone(call, id_, vpc.id, each, public=public) for each in request.zone_mappings]
    name = request.load_balancer_name
    made = call.change.create(
        LoadBalancer(
            id=id_,
            account=call.account,
            region=call.region,
            parent=vpc.id,
            name=check_name(name, "LoadBalancerName") if name else "",
            created=call.now,
            tags=checked_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
            address_type=request.address_type,
            edition=request.load_balancer_edition,
            zones=sorted_zones(zones),
            allocated_mode=request.address_allocated_mode,
            deletion_protected=call.now if request.deletion_protection_enabled else 0.0,
            read_only=check_read_only(request.modification_protection_config),
            read_only_reason=request.modification_protection_config.reason,
        )
    )
    return LoadBalancerCreated(load_balancer_id=made.id)


def check_read_only(asked: ReadOnly) -> bool:
    """Return whether it is to be read-only in the console. Raises CloudError for a reason without need."""
    if asked.status == "ConsoleProtection" and not asked.reason:
        raise missing("ModificationProtectionConfig.Reason")
    return asked.status == "ConsoleProtection"


@alb.action(DeleteLoadBalancer, on="loadbalancer/{load_balancer_id}")
def delete_load_balancer(request: DeleteLoadBalancer, call: Call) -> Started:
    """Delete it. Raises CloudError: ResourceNotFound.LoadBalancer, OperationDenied.DeletionProtection."""
    found = call.require(LoadBalancer, request.load_balancer_id, not_found("LoadBalancer"))
    if found.deletion_protected:
        raise denied("DeletionProtection", f"Deletion protection of {found.id} is enabled.")
    for each in call.find(Listener, parent=found.id):
        drop_listener(call, each)
    for zone in found.zones:
        release_zone(call, zone)
    call.change.delete(LoadBalancer, found.id)
    return Started(job_id=begin_job(call, "loadbalancer", found.id))
