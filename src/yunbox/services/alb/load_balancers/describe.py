"""ListLoadBalancers and GetLoadBalancerAttribute. Wire shapes: the SDK alibabacloud_alb20200616."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, field

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.alb.checks import Ids, TagFilters, TagShown, shown_tags
from yunbox.services.alb.errors import not_found
from yunbox.services.alb.load_balancers.create import ReadOnly
from yunbox.services.alb.load_balancers.model import LoadBalancer, Zone
from yunbox.services.alb.pages import Listed, Listing, matching, page_of
from yunbox.services.alb.product import alb
from yunbox.services.balancing.model import BalancerReached

Names = Annotated[list[str], Meta(max_length=10)]


class ListLoadBalancers(Listing):
    """List load balancers."""

    load_balancer_ids: Ids = []
    load_balancer_names: Names = []
    vpc_ids: Names = []
    address_type: Literal["", "Internet", "Intranet"] = ""
    address_ip_version: Literal["", "IPv4", "DualStack"] = ""
    ipv6_address_type: Literal["", "Internet", "Intranet"] = ""
    dns_name: str = field(default="", name="DNSName")
    load_balancer_status: str = ""
    load_balancer_bussiness_status: str = ""
    pay_type: str = ""
    zone_id: str = ""
    resource_group_id: str = ""
    tag: TagFilters = []


class GetLoadBalancerAttribute(Request):
    """Ask for one load balancer."""

    load_balancer_id: str


class Protection(Shape):
    """Whether it is protected from being deleted, and since when."""

    enabled: bool
    enabled_time: str = ""


class BillingShown(Shape):
    """How it would be paid."""

    pay_type: str = "PostPay"


class _Shown(Answer):
    """What both answers show of a load balancer.

    There are no access logs; Terraform breaks without the empty object.
    """

    load_balancer_id: str
    load_balancer_name: str
    load_balancer_status: str
    load_balancer_bussiness_status: str
    load_balancer_edition: str
    vpc_id: str
    address_type: str
    address_allocated_mode: str
    dns_name: str = field(name="DNSName")
    create_time: str
    resource_group_id: str
    deletion_protection_config: Protection
    modification_protection_config: ReadOnly
    security_group_ids: list[str]
    tags: list[TagShown]
    load_balancer_billing_config: BillingShown = BillingShown()
    access_log_config: dict[str, str] = {}
    address_ip_version: str = "IPv4"
    load_balancer_operation_locks: list[dict[str, str]] = []


class LoadBalancerShown(_Shown):
    """A load balancer, as the listing shows it."""


class LoadBalancersListed(Listed, kw_only=True):
    """A page of load balancers."""

    load_balancers: list[LoadBalancerShown]


class AddressShown(Shape):
    """The addresses in a zone; `address` is the public one.

    Without network namespaces it is the one at which this machine reaches the load balancer.
    """

    address: str
    intranet_address: str
    intranet_address_hc_status: str = "Healthy"
    allocation_id: str = ""
    eip_type: str = ""
    ipv4_local_addresses: list[str] = []


class ZoneShown(Shape):
    """A zone."""

    zone_id: str
    v_switch_id: str
    load_balancer_addresses: list[AddressShown]
    status: str


class LoadBalancerDescribed(_Shown, kw_only=True):
    """One load balancer."""

    region_id: str
    zone_mappings: list[ZoneShown]


@alb.action(ListLoadBalancers, on="loadbalancer/*")
def list_load_balancers(request: ListLoadBalancers, call: Call) -> LoadBalancersListed:
    """Answer with a page of the load balancers that the filters keep."""
    wanted = {
        "address_type": request.address_type,
        "dns_name": request.dns_name,
    }
    wanted = {name: value for name, value in wanted.items() if value}
    nothing = (
        request.address_ip_version == "DualStack"
        or request.ipv6_address_type
        or request.load_balancer_status not in ("", "Active")
        or request.load_balancer_bussiness_status not in ("", "Normal")
        or request.pay_type not in ("", "PostPay")
    )

    def keep(each: LoadBalancer) -> bool:
        return (
            not nothing
            and all(getattr(each, name) == value for name, value in wanted.items())
            and (not request.vpc_ids or each.vpc_id in request.vpc_ids)
            and (not request.zone_id or any(zone.zone_id == request.zone_id for zone in each.zones))
        )

    found = matching(
        call,
        LoadBalancer,
        ids=request.load_balancer_ids,
        names=request.load_balancer_names,
        tags=request.tag,
        group=request.resource_group_id,
        keep=keep,
    )
    page, listed = page_of(found, request)
    return LoadBalancersListed(
        load_balancers=[LoadBalancerShown(**_facts(each)) for each in page],
        **listed,
    )


@alb.action(GetLoadBalancerAttribute, on="loadbalancer/{load_balancer_id}")
def get_load_balancer_attribute(request: GetLoadBalancerAttribute, call: Call) -> LoadBalancerDescribed:
    """Answer with one load balancer. Raises CloudError: ResourceNotFound.LoadBalancer."""
    found = call.require(LoadBalancer, request.load_balancer_id, not_found("LoadBalancer"))
    return LoadBalancerDescribed(
        region_id=found.region,
        zone_mappings=[_zone(each, _reached(call, found)) for each in found.zones],
        **_facts(found),
    )


def _facts(each: LoadBalancer) -> dict[str, Any]:
    return {
        "load_balancer_id": each.id,
        "load_balancer_name": each.name,
        "load_balancer_status": "Active",
        "load_balancer_bussiness_status": "Normal",
        "load_balancer_edition": each.edition,
        "vpc_id": each.vpc_id,
        "address_type": each.address_type,
        "address_allocated_mode": each.allocated_mode,
        "dns_name": each.dns_name,
        "create_time": seconds(each.created),
        "resource_group_id": each.resource_group,
        "deletion_protection_config": Protection(
            enabled=bool(each.deletion_protected), enabled_time=seconds(each.deletion_protected)
        ),
        "modification_protection_config": ReadOnly(
            status="ConsoleProtection" if each.read_only else "NonProtection", reason=each.read_only_reason
        ),
        "security_group_ids": list(each.security_groups),
        "tags": shown_tags(each.tags),
    }


def _reached(call: Call, balancer: LoadBalancer) -> dict[str, str]:
    """Return the addresses at which this machine reaches a load balancer, where they are not its own."""
    found = call.view.get(BalancerReached, balancer.id)
    return {address: host for address, host in (found.addresses if found else ()) if host != address}


def _zone(zone: Zone, reached: dict[str, str]) -> ZoneShown:
    address = reached.get(zone.public_address) or zone.public_address or reached.get(zone.address, "")
    return ZoneShown(
        zone_id=zone.zone_id,
        v_switch_id=zone.vswitch_id,
        load_balancer_addresses=[
            AddressShown(
                address=address,
                intranet_address=zone.address,
                allocation_id=zone.eip,
                eip_type="Common" if zone.eip else "",
            )
        ],
        status="Shifted" if zone.shifted else "Active",
    )
