"""CreateVpc and CreateDefaultVpc. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Literal

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.services.vpc.checks import (
    ResourceGroup,
    Tags,
    check_description,
    check_name,
    must_be_off,
    several,
)
from yunbox.services.vpc.cidr import FORBIDDEN, PRIVATE, read_block
from yunbox.services.vpc.errors import default_exists, malformed_cidr, public_range, quota_exceeded
from yunbox.services.vpc.groups import group_of
from yunbox.services.vpc.ipv6 import ADDRESS_PLAN, take_block
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.quotas import USER_CIDRS_PER_VPC, VPCS_PER_REGION
from yunbox.services.vpc.route_tables.model import RouteTable
from yunbox.services.vpc.vpcs.model import Vpc

DEFAULT_BLOCK = "172.16.0.0/12"
"""The block of a VPC that is made without one."""

DEFAULT_VPC_BLOCK = "172.31.0.0/16"
"""The block of default VPCs; their vSwitches have prefixes of 20 bits."""

MIN_PREFIX, MAX_PREFIX = 8, 28


class CreateVpc(Request):
    """Make a VPC, with its router and its system route table."""

    cidr_block: str = ""
    vpc_name: str = ""
    description: str = ""
    user_cidr: str = ""
    resource_group_id: ResourceGroup = ""
    tag: Tags = []
    enable_ipv6: bool = False
    ipv6_isp: Literal["BGP"] = "BGP"
    enable_dns_hostname: bool = False


class CreateDefaultVpc(Request):
    """Make the default VPC of the region."""

    resource_group_id: ResourceGroup = ""
    enable_ipv6: bool = False


class DefaultVpcCreated(Answer):
    """The VPC and what came with it."""

    vpc_id: str
    v_router_id: str
    route_table_id: str


class VpcCreated(DefaultVpcCreated, kw_only=True):
    """The VPC, what came with it, and where it belongs."""

    resource_group_id: str


def check_vpc_block(text: str, parameter: str) -> IPv4Network:
    """Return the block of a VPC. Raises CloudError: InvalidCidrBlock.*."""
    try:
        block = read_block(text)
    except ValueError as error:
        raise malformed_cidr(
            parameter, f"A block such as 10.0.0.0/8 without host bits is expected. {error}"
        ) from None
    if any(block.overlaps(each) for each in FORBIDDEN):
        raise malformed_cidr(
            parameter, "100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16 and 224.0.0.0/4 are excluded."
        )
    if not MIN_PREFIX <= block.prefixlen <= MAX_PREFIX:
        raise malformed_cidr(parameter, f"A prefix of {MIN_PREFIX} to {MAX_PREFIX} bits is expected.")
    if not any(block.subnet_of(each) for each in PRIVATE):
        raise public_range(str(block))
    return block


def _user_cidrs(text: str) -> tuple[str, ...]:
    found = several(text, "UserCidr", USER_CIDRS_PER_VPC)
    for each in found:
        try:
            read_block(each)
        except ValueError as error:
            raise malformed_cidr("UserCidr", str(error)) from None
    return tuple(each.strip() for each in text.split(",") if each.strip()) if found else ()


@vpc.action(
    CreateVpc,
    on="vpc/*",
    partial="IPv4 blocks are of the private ranges of RFC 1918. User CIDR blocks are recorded and route nothing. "
    + ADDRESS_PLAN,
)
def create_vpc(request: CreateVpc, call: Call) -> VpcCreated:
    """Store a VPC. Raises CloudError: InvalidCidrBlock.*, InvalidVpcName.Malformed, QuotaExceeded.Vpc ..."""
    must_be_off(request.enable_dns_hostname, "EnableDnsHostname", call.action)
    block = check_vpc_block(request.cidr_block or DEFAULT_BLOCK, "CidrBlock")
    made = _store(
        call,
        str(block),
        name=check_name(request.vpc_name, "VpcName"),
        description=check_description(request.description, "VpcDescription"),
        user_cidrs=_user_cidrs(request.user_cidr),
        resource_group=group_of(call, request.resource_group_id),
        tags=request.tag,
        ipv6=request.enable_ipv6,
    )
    return VpcCreated(
        vpc_id=made.id,
        v_router_id=made.router_id,
        route_table_id=made.route_table_id,
        resource_group_id=made.resource_group,
    )


@vpc.action(CreateDefaultVpc, on="vpc/*", partial=ADDRESS_PLAN)
def create_default_vpc(request: CreateDefaultVpc, call: Call) -> DefaultVpcCreated:
    """Store the default VPC. Raises CloudError: OperationDenied.DefaultVpcExist, QuotaExceeded.Vpc."""
    existing = default_vpc(call)
    if existing is not None:
        raise default_exists("Vpc", existing.id)
    made = _store(
        call,
        DEFAULT_VPC_BLOCK,
        name="",
        description="",
        user_cidrs=(),
        resource_group=group_of(call, request.resource_group_id),
        tags=[],
        is_default=True,
        ipv6=request.enable_ipv6,
    )
    return DefaultVpcCreated(vpc_id=made.id, v_router_id=made.router_id, route_table_id=made.route_table_id)


def default_vpc(call: Call) -> Vpc | None:
    """Return the default VPC of the region, or None."""
    return next((each for each in call.find(Vpc) if each.is_default), None)


def _store(
    call: Call,
    block: str,
    *,
    name: str,
    description: str,
    user_cidrs: tuple[str, ...],
    resource_group: str,
    tags: list[Tag],
    is_default: bool = False,
    ipv6: bool = False,
) -> Vpc:
    if call.count(Vpc) >= VPCS_PER_REGION:
        raise quota_exceeded("Vpc", VPCS_PER_REGION)
    id_, table_id = call.new_id("vpc"), call.new_id("vtb")
    made = call.change.create(
        Vpc(
            id=id_,
            account=call.account,
            region=call.region,
            name=name,
            created=call.now,
            tags=check_tags(tags),
            resource_group=resource_group,
            cidr_block=block,
            router_id=call.new_id("vrt"),
            route_table_id=table_id,
            user_cidrs=user_cidrs,
            description=description,
            is_default=is_default,
            ipv6_blocks=(take_block(call, id_),) if ipv6 else (),
        )
    )
    call.change.create(
        RouteTable(
            id=table_id,
            account=made.account,
            region=made.region,
            parent=made.id,
            created=call.now,
            resource_group=resource_group,
            type="System",
        )
    )
    return made
