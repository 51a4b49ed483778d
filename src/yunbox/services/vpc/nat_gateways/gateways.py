"""CreateNatGateway, ModifyNatGatewayAttribute, DeleteNatGateway. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.api.tagging import check_tags
from yunbox.services.vpc.checks import Tags, check_description, check_name, must_be_off
from yunbox.services.vpc.eips.associate import unbind
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.errors import (
    deletion_protected,
    in_use,
    nat_gateway_not_found,
    other_vpc,
    quota_exceeded,
    vpc_not_found,
    vswitch_not_found,
)
from yunbox.services.vpc.nat_gateways.model import NatGateway, SnatEntry, SnatTable
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.quotas import NAT_GATEWAYS_PER_VPC
from yunbox.services.vpc.route_tables.model import RouteEntry, RouteTable
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.addresses import release_address, take_address
from yunbox.services.vpc.vswitches.model import VSwitch

NO_TRAFFIC = (
    "NAT gateways and their entries are recorded and shown; they carry no traffic. Whether an instance reaches the "
    "Internet is up to the machine's own network."
)


class CreateNatGateway(Request):
    """Make a NAT gateway in a vSwitch."""

    vpc_id: str
    v_switch_id: str = ""
    name: str = ""
    description: str = ""
    nat_type: Literal["", "Enhanced"] = "Enhanced"
    network_type: Literal["internet", "intranet"] = "internet"
    instance_charge_type: Literal["", "PostPaid"] = "PostPaid"
    internet_charge_type: Literal["", "PayByLcu"] = "PayByLcu"
    eip_bind_mode: Literal["MULTI_BINDED", "NAT"] = "MULTI_BINDED"
    icmp_reply_enabled: bool = True
    private_link_enabled: bool = False
    security_protection_enabled: bool = False
    nat_ip: str = ""
    tag: Tags = []
    accepted = {
        "AutoPay": "the vendor ignores it",
        "Duration": "the vendor ignores it",
        "PricingCycle": "the vendor ignores it",
        "Spec": "the vendor ignores it",
    }


class SnatTableIds(Shape):
    """The wrapping of ids of SNAT tables."""

    snat_table_id: list[str]


class ForwardTableIds(Shape):
    """The wrapping of ids of DNAT tables."""

    forward_table_id: list[str]


class FullNatTableIds(Shape):
    """The wrapping of ids of FULLNAT tables: there are none."""

    full_nat_table_id: list[str] = []


class NatGatewayCreated(Answer):
    """The gateway and its tables."""

    nat_gateway_id: str
    snat_table_ids: SnatTableIds
    forward_table_ids: ForwardTableIds
    full_nat_table_ids: FullNatTableIds = FullNatTableIds()


class ModifyNatGatewayAttribute(Request):
    """Change a gateway's name, description and modes."""

    nat_gateway_id: str
    name: Text = UNSET
    description: Text = UNSET
    eip_bind_mode: Literal["", "MULTI_BINDED", "NAT"] = ""
    icmp_reply_enabled: bool | UnsetType = UNSET


class DeleteNatGateway(Request):
    """Delete a gateway; `force` takes its addresses, entries and routes away too."""

    nat_gateway_id: str
    force: bool = False


@vpc.action(CreateNatGateway, on="natgateway/*", partial=NO_TRAFFIC)
def create_nat_gateway(request: CreateNatGateway, call: Call) -> NatGatewayCreated:
    """Store a gateway.

    Raises CloudError: InvalidVpcId.NotFound, InvalidVswitchID.NotFound, QuotaExceeded.NatGateway ...
    """
    parent = call.require(Vpc, request.vpc_id, vpc_not_found)
    if not request.v_switch_id:
        raise missing_parameter("VSwitchId")
    vswitch = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    if vswitch.parent != parent.id:
        raise other_vpc("VSwitchId", vswitch.id)
    must_be_off(request.private_link_enabled, "PrivateLinkEnabled", call.action)
    must_be_off(request.security_protection_enabled, "SecurityProtectionEnabled", call.action)
    if call.count(NatGateway, parent=parent.id) >= NAT_GATEWAYS_PER_VPC:
        raise quota_exceeded("NatGateway", NAT_GATEWAYS_PER_VPC)
    id_ = call.new_id("ngw")
    made = call.change.create(
        NatGateway(
            id=id_,
            account=call.account,
            region=call.region,
            parent=parent.id,
            name=check_name(request.name, "NatGatewayName") or id_,
            description=check_description(request.description),
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=parent.resource_group,
            vswitch_id=vswitch.id,
            zone_id=vswitch.zone_id,
            private_ip=take_address(call, vswitch, id_, request.nat_ip),
            snat_table_id=call.new_id("stb"),
            forward_table_id=call.new_id("ftb"),
            network_type=request.network_type,
            eip_bind_mode=request.eip_bind_mode,
            icmp_reply=request.icmp_reply_enabled,
        )
    )
    call.change.create(
        SnatTable(id=made.snat_table_id, account=made.account, region=made.region, parent=made.id)
    )
    return NatGatewayCreated(
        nat_gateway_id=made.id,
        snat_table_ids=SnatTableIds(snat_table_id=[made.snat_table_id]),
        forward_table_ids=ForwardTableIds(forward_table_id=[made.forward_table_id]),
    )


@vpc.action(ModifyNatGatewayAttribute, on="natgateway/{nat_gateway_id}", partial=NO_TRAFFIC)
def modify_nat_gateway_attribute(request: ModifyNatGatewayAttribute, call: Call) -> Empty:
    """Change what is given. Raises CloudError: InvalidNatGatewayId.NotFound."""
    found = call.require(NatGateway, request.nat_gateway_id, nat_gateway_not_found)
    if request.name is not UNSET:
        found = msgspec.structs.replace(found, name=check_name(request.name, "NatGatewayName"))
    if request.description is not UNSET:
        found = msgspec.structs.replace(found, description=check_description(request.description))
    if request.eip_bind_mode:
        found = msgspec.structs.replace(found, eip_bind_mode=request.eip_bind_mode)
    if request.icmp_reply_enabled is not UNSET:
        found = msgspec.structs.replace(found, icmp_reply=request.icmp_reply_enabled)
    call.change.replace(found)
    return Empty()


@vpc.action(DeleteNatGateway, on="natgateway/{nat_gateway_id}")
def delete_nat_gateway(request: DeleteNatGateway, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidOperation.DeletionProtection, DependencyViolation.*."""
    found = call.require(NatGateway, request.nat_gateway_id, nat_gateway_not_found)
    if found.deletion_protection:
        raise deletion_protected(found.id)
    entries = call.find(SnatEntry, parent=found.snat_table_id)
    eips = call.find(Eip, parent=found.id)
    routes = [
        route
        for table in call.find(RouteTable, parent=found.parent)
        for route in call.find(RouteEntry, parent=table.id)
        if route.next_hop_id == found.id
    ]
    if not request.force:
        for what, held in (("SnatEntry", entries), ("EIPS", eips), ("RouteEntry", routes)):
            if held:
                raise in_use(what, found.id, held[0].id)
    change = call.change
    for entry in entries:
        change.delete(SnatEntry, entry.id)
    for route in routes:
        change.delete(RouteEntry, route.id)
    for eip in eips:
        unbind(call, eip)
    release_address(change, found.vswitch_id, found.private_ip)
    change.delete(SnatTable, found.snat_table_id)
    change.delete(NatGateway, found.id)
    return Empty()
