"""CreateLoadBalancer and DeleteLoadBalancer. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.control.zones import ZONES
from yunbox.services.balancing.members import drop_group
from yunbox.services.balancing.settings import checked_tags
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.errors import deletion_protected, quota_exceeded
from yunbox.services.slb.groups.model import groups_of
from yunbox.services.slb.listeners.model import Listener, drop_listener
from yunbox.services.slb.load_balancers.model import (
    UNLIMITED,
    AddressType,
    LoadBalancer,
    OnOff,
    require_balancer,
)
from yunbox.services.slb.product import slb
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.eips.pool import release_public_address, take_public_address
from yunbox.services.vpc.errors import vswitch_not_found, zone_not_found
from yunbox.services.vpc.groups import group_of
from yunbox.services.vpc.vswitches.addresses import release_address, take_address
from yunbox.services.vpc.vswitches.model import VSwitch

LOAD_BALANCERS_PER_REGION = 60
DEFAULT_SPEC = "slb.s1.small"
ELASTIC_SPEC = "slb.lcu.elastic"
SPECS = (
    DEFAULT_SPEC,
    "slb.s2.small",
    "slb.s2.medium",
    "slb.s3.small",
    "slb.s3.medium",
    "slb.s3.large",
    ELASTIC_SPEC,
)
NOT_LIMITED = "Bandwidth and specification are recorded and limit nothing; nothing is paid."

Bandwidth = Annotated[int, Meta(ge=1, le=5120)]
ModificationProtection = Literal["NonProtection", "ConsoleProtection"]

PAID = dict.fromkeys(("AutoPay", "Duration", "PricingCycle"), "nothing is paid")


class CreateLoadBalancer(Request):
    """Make a load balancer with an address: within a VPC's vSwitch, or one of the Internet's."""

    load_balancer_name: str = ""
    address: Annotated[str, Meta(max_length=64)] = ""
    address_ip_version: Literal["ipv4"] = field(default="ipv4", name="AddressIPVersion")
    address_type: AddressType | Literal[""] = ""
    v_switch_id: str = ""
    vpc_id: str = ""
    load_balancer_spec: str = ""
    bandwidth: Bandwidth = UNLIMITED
    internet_charge_type: str = "paybytraffic"
    instance_charge_type: Literal["PayBySpec", "PayByCLCU"] = "PayBySpec"
    pay_type: Literal["PayOnDemand"] = "PayOnDemand"
    master_zone_id: str = ""
    slave_zone_id: str = ""
    delete_protection: OnOff = "off"
    modification_protection_status: ModificationProtection = "NonProtection"
    modification_protection_reason: Annotated[str, Meta(max_length=80)] = ""
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []
    accepted = PAID


class LoadBalancerCreated(Answer, kw_only=True):
    """The load balancer."""

    load_balancer_id: str
    load_balancer_name: str
    address: str
    address_ip_version: str = field(default="ipv4", name="AddressIPVersion")
    network_type: str
    vpc_id: str
    v_switch_id: str
    resource_group_id: str
    order_id: int = 0


@slb.action(CreateLoadBalancer, on="loadbalancer/*", partial=NOT_LIMITED)
def create_load_balancer(request: CreateLoadBalancer, call: Call) -> LoadBalancerCreated:
    """Store a load balancer.

    Raises CloudError: InvalidVswitchID.NotFound, InvalidPrivateIpAddress.*, InvalidIpAddress.*,
    InvalidZoneId.NotFound, QuotaLimitExceeds.LoadBalancer.
    """
    if call.count(LoadBalancer) >= LOAD_BALANCERS_PER_REGION:
        raise quota_exceeded("LoadBalancer", LOAD_BALANCERS_PER_REGION)
    charge = check_charge_type(request.internet_charge_type)
    id_ = call.new_id("lb")
    kind = request.address_type or ("intranet" if request.v_switch_id else "internet")
    vswitch = _vswitch_of(request, call) if kind == "intranet" else None
    master, slave = _zones_of(request, call, vswitch)
    made = call.change.create(
        LoadBalancer(
            id=id_,
            account=call.account,
            region=call.region,
            name=check_name(request.load_balancer_name, "LoadBalancerName") or "auto_named_slb",
            parent=vswitch.id if vswitch else "",
            created=call.now,
            tags=checked_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
            address=(
                take_address(call, vswitch, id_, request.address)
                if vswitch
                else take_public_address(call, id_, request.address)
            ),
            address_type=kind,
            vpc_id=vswitch.vpc_id if vswitch else "",
            spec=spec_of(request.load_balancer_spec, request.instance_charge_type),
            bandwidth=request.bandwidth,
            internet_charge_type=charge,
            instance_charge_type=request.instance_charge_type,
            master_zone=master,
            slave_zone=slave,
            delete_protection=request.delete_protection,
            modification_protection=request.modification_protection_status,
            modification_reason=request.modification_protection_reason,
        )
    )
    return LoadBalancerCreated(
        load_balancer_id=made.id,
        load_balancer_name=made.name,
        address=made.address,
        network_type=made.network_type,
        vpc_id=made.vpc_id,
        v_switch_id=made.parent,
        resource_group_id=made.resource_group,
    )


def check_charge_type(text: str) -> str:
    """Return how traffic is paid, as answers write it; clients write it in several ways. Raises CloudError."""
    if text.lower() not in ("paybytraffic", "paybybandwidth"):
        raise invalid_parameter("InternetChargeType", "paybytraffic or paybybandwidth is expected")
    return text.lower()


def spec_of(wanted: str, charge_type: str) -> str:
    """Return the specification of a load balancer. Raises CloudError."""
    if charge_type == "PayByCLCU":
        return ELASTIC_SPEC
    if wanted and wanted not in SPECS:
        raise invalid_parameter("LoadBalancerSpec", f"one of {', '.join(SPECS)} is expected")
    return wanted or DEFAULT_SPEC


def _vswitch_of(request: CreateLoadBalancer, call: Call) -> VSwitch:
    if not request.v_switch_id:
        # Without one the vendor's address would be of its classic network, which yunbox does not have.
        raise missing_parameter("VSwitchId")
    found = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    if request.vpc_id not in ("", found.vpc_id):
        raise invalid_parameter("VpcId", f"the VPC of {found.id} is {found.vpc_id}")
    return found


def _zones_of(request: CreateLoadBalancer, call: Call, vswitch: VSwitch | None) -> tuple[str, str]:
    zones = ZONES[call.region]
    for each in (request.master_zone_id, request.slave_zone_id):
        if each and each not in zones:
            raise zone_not_found(each)
    master = request.master_zone_id or (vswitch.zone_id if vswitch else zones[0])
    return master, request.slave_zone_id or next((each for each in zones if each != master), master)


class DeleteLoadBalancer(Request):
    """Delete a load balancer, with its listeners and groups."""

    load_balancer_id: str


@slb.action(DeleteLoadBalancer, on="loadbalancer/{load_balancer_id}")
def delete_load_balancer(request: DeleteLoadBalancer, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidLoadBalancerId.NotFound, OperationDenied.DeleteProtectionIsOn."""
    found = require_balancer(call, request.load_balancer_id)
    if found.delete_protection == "on":
        raise deletion_protected(found.id)
    for listener in call.find(Listener, parent=found.id):
        drop_listener(call.change, listener)
    for type_, group in groups_of(call.view, found.id):
        drop_group(call.change, group.id)
        call.change.delete(type_, group.id)
    drop_group(call.change, found.id)
    for eip in call.find(Eip, parent=found.id):
        call.change.replace(eip.unbound())
    if found.parent:
        release_address(call.change, found.parent, found.address)
    else:
        release_public_address(call.change, found.address)
    call.change.delete(LoadBalancer, found.id)
    return Empty()
