"""DescribeNatGateways and GetNatGatewayAttribute. Wire shapes: the SDK alibabacloud_vpc20160428."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape, TagFilter
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.errors import nat_gateway_not_found
from yunbox.services.vpc.nat_gateways.gateways import ForwardTableIds, FullNatTableIds, SnatTableIds
from yunbox.services.vpc.nat_gateways.model import NatGateway, SnatEntry
from yunbox.services.vpc.pages import Listed, Listing, find_page
from yunbox.services.vpc.product import vpc


class DescribeNatGateways(Listing):
    """List NAT gateways."""

    nat_gateway_id: str = ""
    name: str = ""
    vpc_id: str = ""
    zone_id: str = ""
    status: str = ""
    nat_type: str = ""
    network_type: str = ""
    instance_charge_type: str = ""
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    accepted = {"Spec": "the vendor ignores it"}


class GetNatGatewayAttribute(Request):
    """Ask for one NAT gateway."""

    nat_gateway_id: str


class NatIp(Shape):
    """A public address of a gateway."""

    allocation_id: str
    ip_address: str
    using_status: str
    snat_entry_enabled: bool
    private_ip_address: str = ""


class NatIps(Shape):
    """The wrapping of addresses."""

    ip_list: list[NatIp]


class NatTag(Shape):
    """A tag, as this listing alone spells it."""

    tag_key: str
    tag_value: str


class NatTags(Shape):
    """The wrapping of tags."""

    tag: list[NatTag]


class PrivateInfo(Shape):
    """Where a gateway stands."""

    vswitch_id: str
    iz_no: str
    private_ip_address: str
    eni_instance_id: str = ""
    max_bandwidth: int = 5120


class NatGatewayShown(Shape):
    """A NAT gateway."""

    nat_gateway_id: str
    name: str
    description: str
    vpc_id: str
    region_id: str
    creation_time: str
    resource_group_id: str
    network_type: str
    eip_bind_mode: str
    icmp_reply_enabled: bool
    deletion_protection: bool
    snat_table_ids: SnatTableIds
    forward_table_ids: ForwardTableIds
    ip_lists: NatIps
    nat_gateway_private_info: PrivateInfo
    tags: NatTags
    full_nat_table_ids: FullNatTableIds = FullNatTableIds()
    status: str = "Available"
    nat_type: str = "Enhanced"
    spec: str = ""
    instance_charge_type: str = "PostPaid"
    internet_charge_type: str = "PayByLcu"
    business_status: str = "Normal"
    expired_time: str = ""
    auto_pay: bool = False
    ecs_metric_enabled: bool = False
    private_link_enabled: bool = False
    security_protection_enabled: bool = False


class NatGatewayList(Shape):
    """The wrapping of gateways."""

    nat_gateway: list[NatGatewayShown]


class NatGatewaysDescribed(Listed):
    """A page of gateways."""

    nat_gateways: NatGatewayList


class SnatTableShown(Shape):
    """The SNAT table of a gateway."""

    snat_table_id: str
    snat_entry_count: int


class ForwardTableShown(Shape):
    """The DNAT table of a gateway: it has no entries."""

    forward_table_id: str
    forward_entry_count: int = 0


class Protection(Shape):
    """Whether a gateway is protected."""

    enabled: bool


class Billing(Shape):
    """How a gateway would be paid."""

    instance_charge_type: str = "PostPaid"
    internet_charge_type: str = "PayByLcu"
    auto_pay: str = "false"
    spec: str = ""


class NatAddress(Shape):
    """A public address of a gateway."""

    allocation_id: str
    ip_address: str
    using_status: str


class NatGatewayDescribed(Answer):
    """One NAT gateway."""

    nat_gateway_id: str
    name: str
    description: str
    vpc_id: str
    region_id: str
    creation_time: str
    resource_group_id: str
    network_type: str
    private_info: PrivateInfo
    snat_table: SnatTableShown
    forward_table: ForwardTableShown
    deletion_protection_info: Protection
    ip_list: list[NatAddress]
    billing_config: Billing = Billing()
    status: str = "Available"
    nat_type: str = "Enhanced"
    business_status: str = "Normal"
    expired_time: str = ""
    ecs_metric_enabled: bool = False
    private_link_enabled: bool = False


@vpc.action(DescribeNatGateways, on="natgateway/*")
def describe_nat_gateways(request: DescribeNatGateways, call: Call) -> NatGatewaysDescribed:
    """Answer with a page of the gateways that the filters keep."""
    wanted = {
        "id": request.nat_gateway_id,
        "name": request.name,
        "zone_id": request.zone_id,
        "network_type": request.network_type,
        "resource_group": request.resource_group_id,
    }
    wanted = {name: value for name, value in wanted.items() if value}
    nothing = (
        request.status not in ("", "Available")
        or request.nat_type not in ("", "Enhanced")
        or request.instance_charge_type not in ("", "PostPaid")
    )

    def keep(each: NatGateway) -> bool:
        return (
            not nothing
            and all(getattr(each, name) == value for name, value in wanted.items())
            and each.has_tags(request.tag)
        )

    page = find_page(call, NatGateway, request.page_number, request.page_size, keep, parent=request.vpc_id)
    return NatGatewaysDescribed(
        nat_gateways=NatGatewayList(nat_gateway=[_shown(call, each) for each in page.items]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


@vpc.action(GetNatGatewayAttribute, on="natgateway/{nat_gateway_id}")
def get_nat_gateway_attribute(request: GetNatGatewayAttribute, call: Call) -> NatGatewayDescribed:
    """Answer with one gateway. Raises CloudError: InvalidNatGatewayId.NotFound."""
    found = call.require(NatGateway, request.nat_gateway_id, nat_gateway_not_found)
    return NatGatewayDescribed(
        nat_gateway_id=found.id,
        name=found.name,
        description=found.description,
        vpc_id=found.parent,
        region_id=found.region,
        creation_time=seconds(found.created),
        resource_group_id=found.resource_group,
        network_type=found.network_type,
        private_info=_private(found),
        snat_table=SnatTableShown(
            snat_table_id=found.snat_table_id,
            snat_entry_count=call.count(SnatEntry, parent=found.snat_table_id),
        ),
        forward_table=ForwardTableShown(forward_table_id=found.forward_table_id),
        deletion_protection_info=Protection(enabled=found.deletion_protection),
        ip_list=[
            NatAddress(
                allocation_id=each.allocation_id, ip_address=each.ip_address, using_status=each.using_status
            )
            for each in _addresses(call, found)
        ],
    )


def _private(each: NatGateway) -> PrivateInfo:
    return PrivateInfo(vswitch_id=each.vswitch_id, iz_no=each.zone_id, private_ip_address=each.private_ip)


def _addresses(call: Call, each: NatGateway) -> list[NatIp]:
    used = {ip for entry in call.find(SnatEntry, parent=each.snat_table_id) for ip in entry.snat_ips}
    return [
        NatIp(
            allocation_id=eip.id,
            ip_address=eip.address,
            using_status="UsedBySnatTable" if eip.address in used else "Idle",
            snat_entry_enabled=True,
        )
        for eip in call.find(Eip, parent=each.id)
    ]


def _shown(call: Call, each: NatGateway) -> NatGatewayShown:
    return NatGatewayShown(
        nat_gateway_id=each.id,
        name=each.name,
        description=each.description,
        vpc_id=each.parent,
        region_id=each.region,
        creation_time=seconds(each.created),
        resource_group_id=each.resource_group,
        network_type=each.network_type,
        eip_bind_mode=each.eip_bind_mode,
        icmp_reply_enabled=each.icmp_reply,
        deletion_protection=each.deletion_protection,
        snat_table_ids=SnatTableIds(snat_table_id=[each.snat_table_id]),
        forward_table_ids=ForwardTableIds(forward_table_id=[each.forward_table_id]),
        ip_lists=NatIps(ip_list=_addresses(call, each)),
        nat_gateway_private_info=_private(each),
        tags=NatTags(tag=[NatTag(tag_key=key, tag_value=value) for key, value in sorted(each.tags.items())]),
    )
