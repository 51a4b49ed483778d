"""DescribeVpcs and DescribeVpcAttribute. Wire shapes: the SDK alibabacloud_vpc20160428."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape, Tag, TagFilter
from yunbox.services.vpc.checks import several
from yunbox.services.vpc.errors import vpc_not_found
from yunbox.services.vpc.nat_gateways.model import NatGateway
from yunbox.services.vpc.pages import Listed, Listing, find_page
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.route_tables.model import RouteTable
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.model import VSwitch


class TagList(Shape):
    """The wrapping of tags."""

    tag: list[Tag]


class VSwitchIdList(Shape):
    """The wrapping of ids of vSwitches."""

    v_switch_id: list[str]


class RouterTableIdList(Shape):
    """The wrapping of ids of route tables."""

    router_table_ids: list[str]


class NatGatewayIdList(Shape):
    """The wrapping of ids of NAT gateways."""

    nat_gateway_ids: list[str]


class SecondaryList(Shape):
    """The wrapping of secondary blocks."""

    secondary_cidr_block: list[str]


class UserCidrList(Shape):
    """The wrapping of user CIDR blocks."""

    user_cidr: list[str]


class Ipv6Block(Shape):
    """An IPv6 block."""

    ipv6_cidr_block: str
    ipv6_isp: str = "BGP"


class Ipv6List(Shape):
    """The wrapping of IPv6 blocks."""

    ipv6_cidr_block: list[Ipv6Block]


class CloudResourceCount(Shape):
    """How many of a kind are in a VPC."""

    resource_type: str
    resource_count: int


class CloudResourceCounts(Shape):
    """The wrapping of counts."""

    cloud_resource_set_type: list[CloudResourceCount]


class CenList(Shape):
    """The wrapping of CEN instances: there are none."""

    associated_cen: list[dict[str, str]] = []


class VpcFields(Answer):
    """What listings and attributes of a VPC have in common."""

    vpc_id: str
    region_id: str
    vpc_name: str
    description: str
    cidr_block: str
    secondary_cidr_blocks: SecondaryList
    user_cidrs: UserCidrList
    v_router_id: str
    v_switch_ids: VSwitchIdList
    creation_time: str
    resource_group_id: str
    owner_id: int
    is_default: bool
    tags: TagList
    ipv6_cidr_block: str
    ipv6_cidr_blocks: Ipv6List
    enabled_ipv6: bool
    status: str = "Available"
    dns_hostname_status: str = "DISABLED"
    dhcp_options_set_id: str = ""
    dhcp_options_set_status: str = ""


class VpcListed(VpcFields, kw_only=True):
    """A VPC as DescribeVpcs shows it."""

    router_table_ids: RouterTableIdList
    nat_gateway_ids: NatGatewayIdList
    cen_status: str = ""


class VpcList(Shape):
    """The wrapping of VPCs."""

    vpc: list[VpcListed]


class VpcsDescribed(Listed):
    """A page of VPCs."""

    vpcs: VpcList


class VpcDescribed(VpcFields, kw_only=True):
    """A VPC as DescribeVpcAttribute shows it."""

    cloud_resources: CloudResourceCounts
    associated_cens: CenList = CenList()
    classic_link_enabled: bool = False
    ipv4_gateway_id: str = ""
    support_ipv4_gateway: bool = False


class DescribeVpcs(Listing):
    """List VPCs."""

    vpc_id: str = ""
    vpc_name: str = ""
    is_default: bool | UnsetType = UNSET
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    vpc_owner_id: int | UnsetType = UNSET
    enable_ipv6: bool | UnsetType = UNSET
    dhcp_options_set_id: str = ""


class DescribeVpcAttribute(Request):
    """Ask for one VPC."""

    vpc_id: str
    is_default: bool | UnsetType = UNSET


@vpc.action(DescribeVpcs, on="vpc/*")
def describe_vpcs(request: DescribeVpcs, call: Call) -> VpcsDescribed:
    """Answer with a page of the VPCs that the filters keep."""
    ids = several(request.vpc_id, "VpcId", 20)
    plain = (
        not (
            ids or request.vpc_name or request.resource_group_id or request.tag or request.dhcp_options_set_id
        )
        and request.is_default is UNSET
        and request.vpc_owner_id is UNSET
        and request.enable_ipv6 is UNSET
    )

    def keep(each: Vpc) -> bool:
        return (
            (not ids or each.id in ids)
            and (not request.vpc_name or each.name == request.vpc_name)
            and (not request.resource_group_id or each.resource_group == request.resource_group_id)
            and (request.is_default is UNSET or each.is_default == request.is_default)
            and (request.vpc_owner_id is UNSET or int(each.account) == request.vpc_owner_id)
            and (request.enable_ipv6 is UNSET or bool(each.ipv6_blocks) == request.enable_ipv6)
            and not request.dhcp_options_set_id
            and each.has_tags(request.tag)
        )

    page = find_page(call, Vpc, request.page_number, request.page_size, None if plain else keep)
    return VpcsDescribed(
        vpcs=VpcList(vpc=[_listed(call, each) for each in page.items]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


@vpc.action(DescribeVpcAttribute, on="vpc/{vpc_id}")
def describe_vpc_attribute(request: DescribeVpcAttribute, call: Call) -> VpcDescribed:
    """Answer with one VPC. Raises CloudError: InvalidVpcId.NotFound."""
    found = call.require(Vpc, request.vpc_id, vpc_not_found)
    if request.is_default is True and not found.is_default:
        raise vpc_not_found(request.vpc_id)
    counts = {
        "VRouter": 1,
        "VSwitch": call.count(VSwitch, parent=found.id),
        "RouteTable": call.count(RouteTable, parent=found.id),
        "NatGateway": call.count(NatGateway, parent=found.id),
    }
    resources = [
        CloudResourceCount(resource_type=name, resource_count=count)
        for name, count in counts.items()
        if count
    ]
    return VpcDescribed(
        **_fields(call, found), cloud_resources=CloudResourceCounts(cloud_resource_set_type=resources)
    )


def _listed(call: Call, each: Vpc) -> VpcListed:
    tables = [table.id for table in call.find(RouteTable, parent=each.id)]
    gateways = [gateway.id for gateway in call.find(NatGateway, parent=each.id)]
    return VpcListed(
        **_fields(call, each),
        router_table_ids=RouterTableIdList(router_table_ids=tables),
        nat_gateway_ids=NatGatewayIdList(nat_gateway_ids=gateways),
    )


def _fields(call: Call, each: Vpc) -> dict[str, Any]:
    vswitches = [vswitch.id for vswitch in call.find(VSwitch, parent=each.id)]
    shown = VpcFields(
        vpc_id=each.id,
        region_id=each.region,
        vpc_name=each.name,
        description=each.description,
        cidr_block=each.cidr_block,
        secondary_cidr_blocks=SecondaryList(secondary_cidr_block=list(each.secondary_cidr_blocks)),
        user_cidrs=UserCidrList(user_cidr=list(each.user_cidrs)),
        v_router_id=each.router_id,
        v_switch_ids=VSwitchIdList(v_switch_id=vswitches),
        creation_time=seconds(each.created),
        resource_group_id=each.resource_group,
        owner_id=int(each.account),
        is_default=each.is_default,
        tags=tag_list(each.tags),
        ipv6_cidr_block=each.ipv6_blocks[0] if each.ipv6_blocks else "",
        ipv6_cidr_blocks=Ipv6List(
            ipv6_cidr_block=[Ipv6Block(ipv6_cidr_block=one) for one in each.ipv6_blocks]
        ),
        enabled_ipv6=bool(each.ipv6_blocks),
    )
    return {name: getattr(shown, name) for name in shown.__struct_fields__}


def tag_list(tags: dict[str, str]) -> TagList:
    """Return tags as answers carry them."""
    return TagList(tag=[Tag(key=key, value=value) for key, value in sorted(tags.items())])
