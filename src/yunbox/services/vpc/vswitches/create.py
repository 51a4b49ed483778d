"""CreateVSwitch and CreateDefaultVSwitch. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.control.zones import ZONES
from yunbox.services.vpc.checks import Tags, check_description, check_name
from yunbox.services.vpc.cidr import first_overlap, read_block
from yunbox.services.vpc.errors import (
    default_exists,
    ipv6_conflict,
    malformed_cidr,
    no_address_left,
    no_default_vpc,
    no_ipv6,
    not_in_vpc,
    overlapped,
    quota_exceeded,
    route_entry_exists,
    vpc_not_found,
    zone_not_found,
)
from yunbox.services.vpc.ipv6 import ADDRESS_PLAN, subnet
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.quotas import VSWITCHES_PER_VPC
from yunbox.services.vpc.route_tables.model import RouteEntry, RouteTable
from yunbox.services.vpc.vpcs.create import default_vpc
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.model import VSwitch

MIN_PREFIX, MAX_PREFIX = 16, 29
DEFAULT_PREFIX = 20
"""The prefix of default vSwitches."""


Ipv6Number = Annotated[int, Meta(ge=0, le=255)]
"""The last eight bits of a /64 within its VPC's /56."""


class CreateVSwitch(Request):
    """Carve a subnet out of a VPC's address range."""

    vpc_id: str
    zone_id: str
    cidr_block: str
    v_switch_name: str = ""
    description: str = ""
    tag: Tags = []
    ipv6_cidr_block: Ipv6Number | UnsetType = UNSET
    vpc_ipv6_cidr_block: str = ""


class CreateDefaultVSwitch(Request):
    """Make the default vSwitch of a zone, in the default VPC."""

    zone_id: str
    ipv6_cidr_block: Ipv6Number | UnsetType = UNSET


class VSwitchCreated(Answer):
    """The vSwitch."""

    v_switch_id: str


def _block(text: str) -> IPv4Network:
    try:
        block = read_block(text)
    except ValueError as error:
        raise malformed_cidr(
            "CidrBlock", f"A block such as 10.0.0.0/24 without host bits is expected. {error}"
        ) from None
    if not MIN_PREFIX <= block.prefixlen <= MAX_PREFIX:
        raise malformed_cidr("CidrBlock", f"A prefix of {MIN_PREFIX} to {MAX_PREFIX} bits is expected.")
    return block


def _siblings(call: Call, parent: Vpc) -> list[VSwitch]:
    """Return the vSwitches of a VPC when there may be one more. Raises CloudError."""
    found = call.find(VSwitch, parent=parent.id)
    if len(found) >= VSWITCHES_PER_VPC:
        raise quota_exceeded("VSwitch", VSWITCHES_PER_VPC)
    return found


def _check_zone(call: Call, zone_id: str) -> None:
    if zone_id not in ZONES[call.region]:
        raise zone_not_found(zone_id)


@vpc.action(CreateVSwitch, on="vswitch/*", partial=ADDRESS_PLAN)
def create_vswitch(request: CreateVSwitch, call: Call) -> VSwitchCreated:
    """Store a vSwitch.

    Raises CloudError: InvalidVpcId.NotFound, InvalidZoneId.NotFound, InvalidCidrBlock.*,
    RouterEntryConflict.Duplicated, QuotaExceeded.VSwitch.
    """
    parent = call.require(Vpc, request.vpc_id, vpc_not_found)
    _check_zone(call, request.zone_id)
    block = _block(request.cidr_block)
    if not any(block.subnet_of(read_block(each)) for each in parent.cidr_blocks):
        raise not_in_vpc(str(block), parent.id)
    siblings = _siblings(call, parent)
    if other := first_overlap(block, (each.cidr_block for each in siblings)):
        raise overlapped(str(block), other)
    for table in call.find(RouteTable, parent=parent.id):
        if any(each.destination == str(block) for each in call.find(RouteEntry, parent=table.id)):
            raise route_entry_exists(str(block))
    return _store(
        call,
        parent,
        zone_id=request.zone_id,
        cidr_block=str(block),
        name=check_name(request.v_switch_name, "VSwitchName"),
        description=check_description(request.description),
        tags=request.tag,
        ipv6_block=ipv6_block(parent, siblings, request.ipv6_cidr_block, request.vpc_ipv6_cidr_block),
    )


@vpc.action(CreateDefaultVSwitch, on="vswitch/*", partial=ADDRESS_PLAN)
def create_default_vswitch(request: CreateDefaultVSwitch, call: Call) -> VSwitchCreated:
    """Store the default vSwitch of a zone. Raises CloudError: InvalidZoneId.NotFound, OperationDenied.*."""
    _check_zone(call, request.zone_id)
    parent = default_vpc(call)
    if parent is None:
        raise no_default_vpc()
    siblings = _siblings(call, parent)
    for each in siblings:
        if each.is_default and each.zone_id == request.zone_id:
            raise default_exists("VSwitch", each.id)
    taken = [each.cidr_block for each in siblings]
    blocks = read_block(parent.cidr_block).subnets(new_prefix=DEFAULT_PREFIX)
    free = next((each for each in blocks if not first_overlap(each, taken)), None)
    if free is None:
        raise no_address_left(parent.id)
    return _store(
        call,
        parent,
        zone_id=request.zone_id,
        cidr_block=str(free),
        name="",
        description="",
        tags=[],
        ipv6_block=ipv6_block(parent, siblings, request.ipv6_cidr_block),
        is_default=True,
    )


def ipv6_block(parent: Vpc, siblings: Iterable[VSwitch], number: int | UnsetType, within: str = "") -> str:
    """Return the IPv6 block that a number names, of the VPC's block `within` or its first; empty without a number.

    Raises CloudError: InvalidVpcIpv6CidrBlock.NotFound, InvalidIpv6CidrBlock.Conflict.
    """
    if number is UNSET:
        return ""
    outer = within or next(iter(parent.ipv6_blocks), "")
    if outer not in parent.ipv6_blocks:
        raise no_ipv6(parent.id)
    block = subnet(outer, number)
    for each in siblings:
        if each.ipv6_block == block:
            raise ipv6_conflict(block, each.id)
    return block


def _store(
    call: Call,
    parent: Vpc,
    *,
    zone_id: str,
    cidr_block: str,
    name: str,
    description: str,
    tags: list[Tag],
    ipv6_block: str,
    is_default: bool = False,
) -> VSwitchCreated:
    made = call.change.create(
        VSwitch(
            id=call.new_id("vsw"),
            account=call.account,
            region=call.region,
            parent=parent.id,
            name=name,
            created=call.now,
            tags=check_tags(tags),
            resource_group=parent.resource_group,
            zone_id=zone_id,
            cidr_block=cidr_block,
            description=description,
            is_default=is_default,
            ipv6_block=ipv6_block,
        )
    )
    return VSwitchCreated(v_switch_id=made.id)
