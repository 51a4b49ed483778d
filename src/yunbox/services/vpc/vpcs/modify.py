"""ModifyVpcAttribute, AssociateVpcCidrBlock, UnassociateVpcCidrBlock. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Text
from yunbox.services.vpc.checks import check_description, check_name, must_be_off
from yunbox.services.vpc.cidr import first_overlap, read_block
from yunbox.services.vpc.errors import in_use, overlapped, quota_exceeded, secondary_not_found, vpc_not_found
from yunbox.services.vpc.ipv6 import ADDRESS_PLAN, release_block, take_block, within
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.quotas import SECONDARY_BLOCKS_PER_VPC
from yunbox.services.vpc.vpcs.create import check_vpc_block
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.model import VSwitch


class ModifyVpcAttribute(Request):
    """Change a VPC's name, description or primary block."""

    vpc_id: str
    vpc_name: Text = UNSET
    description: Text = UNSET
    cidr_block: str = ""
    enable_ipv6: bool | UnsetType = msgspec.field(default=UNSET, name="EnableIPv6")
    ipv6_isp: Literal["BGP"] = "BGP"
    enable_dns_hostname: bool = False


class AssociateVpcCidrBlock(Request):
    """Give a VPC a further block."""

    vpc_id: str
    secondary_cidr_block: str = ""
    ip_version: Literal["IPV4", "IPv4", "ipv4", "IPV6", "IPv6", "ipv6"] = "IPV4"
    ipv6_isp: Literal["BGP"] = "BGP"


class UnassociateVpcCidrBlock(Request):
    """Take a further block away from a VPC."""

    vpc_id: str
    secondary_cidr_block: str = ""
    ipv6_cidr_block: str = msgspec.field(default="", name="IPv6CidrBlock")


class CidrAssociated(Answer):
    """The block that was added."""

    cidr_block: str
    ip_version: Literal["IPV4", "IPV6"]


@vpc.action(ModifyVpcAttribute, on="vpc/{vpc_id}", partial=ADDRESS_PLAN)
def modify_vpc_attribute(request: ModifyVpcAttribute, call: Call) -> Empty:
    """Change what is given.

    Raises CloudError: InvalidVpcId.NotFound, InvalidCidrBlock.*, DependencyViolation.VSwitch.
    """
    found = call.require(Vpc, request.vpc_id, vpc_not_found)
    must_be_off(request.enable_dns_hostname, "EnableDnsHostname", call.action)
    changed = found
    if request.vpc_name is not UNSET:
        changed = msgspec.structs.replace(changed, name=check_name(request.vpc_name, "VpcName"))
    if request.description is not UNSET:
        text = check_description(request.description, "VpcDescription")
        changed = msgspec.structs.replace(changed, description=text)
    if request.cidr_block and request.cidr_block != found.cidr_block:
        changed = _with_block(call, changed, request.cidr_block)
    if request.enable_ipv6 is True and not changed.ipv6_blocks:
        changed = msgspec.structs.replace(changed, ipv6_blocks=(take_block(call, changed.id),))
    if request.enable_ipv6 is False:
        for block in changed.ipv6_blocks:
            changed = _without_ipv6(call, changed, block)
    call.change.replace(changed)
    return Empty()


def _with_block(call: Call, found: Vpc, text: str) -> Vpc:
    block = check_vpc_block(text, "CidrBlock")
    if other := first_overlap(block, found.secondary_cidr_blocks):
        raise overlapped(str(block), other)
    _check_covered(call, found, (str(block), *found.secondary_cidr_blocks))
    return msgspec.structs.replace(found, cidr_block=str(block))


def _without_ipv6(call: Call, found: Vpc, block: str) -> Vpc:
    """Return a VPC without one of its IPv6 blocks, which is given back. Raises CloudError: it is in use."""
    for vswitch in call.find(VSwitch, parent=found.id):
        if vswitch.ipv6_block and within(vswitch.ipv6_block, block):
            raise in_use("VSwitch", block, vswitch.id)
    release_block(call.change, block)
    rest = tuple(each for each in found.ipv6_blocks if each != block)
    return msgspec.structs.replace(found, ipv6_blocks=rest)


def _check_covered(call: Call, found: Vpc, blocks: Iterable[str]) -> None:
    """Return when every vSwitch of a VPC lies within one of the blocks. Raises CloudError."""
    ranges = [read_block(each) for each in blocks]
    for vswitch in call.find(VSwitch, parent=found.id):
        inner = read_block(vswitch.cidr_block)
        if not any(inner.subnet_of(each) for each in ranges):
            raise in_use("VSwitch", found.id, f"the vSwitch {vswitch.id} of {vswitch.cidr_block}")


@vpc.action(AssociateVpcCidrBlock, on="vpc/{vpc_id}", partial=ADDRESS_PLAN)
def associate_vpc_cidr_block(request: AssociateVpcCidrBlock, call: Call) -> CidrAssociated:
    """Add a block.

    Raises CloudError: InvalidVpcId.NotFound, InvalidCidrBlock.*, QuotaExceeded.SecondaryCidrBlock.
    """
    found = call.require(Vpc, request.vpc_id, vpc_not_found)
    if request.ip_version.upper() == "IPV6":
        return _associate_ipv6(request, call, found)
    if not request.secondary_cidr_block:
        raise missing_parameter("SecondaryCidrBlock")
    block = check_vpc_block(request.secondary_cidr_block, "SecondaryCidrBlock")
    if other := first_overlap(block, found.cidr_blocks):
        raise overlapped(str(block), other)
    if len(found.secondary_cidr_blocks) >= SECONDARY_BLOCKS_PER_VPC:
        raise quota_exceeded("SecondaryCidrBlock", SECONDARY_BLOCKS_PER_VPC)
    blocks = (*found.secondary_cidr_blocks, str(block))
    call.change.replace(msgspec.structs.replace(found, secondary_cidr_blocks=blocks))
    return CidrAssociated(cidr_block=str(block), ip_version="IPV4")


def _associate_ipv6(request: AssociateVpcCidrBlock, call: Call, found: Vpc) -> CidrAssociated:
    if request.secondary_cidr_block:
        raise invalid_parameter("SecondaryCidrBlock", "IpVersion says IPV6")
    if len(found.ipv6_blocks) > SECONDARY_BLOCKS_PER_VPC:
        raise quota_exceeded("SecondaryCidrBlock", SECONDARY_BLOCKS_PER_VPC)
    block = take_block(call, found.id)
    call.change.replace(msgspec.structs.replace(found, ipv6_blocks=(*found.ipv6_blocks, block)))
    return CidrAssociated(cidr_block=block, ip_version="IPV6")


@vpc.action(UnassociateVpcCidrBlock, on="vpc/{vpc_id}", partial=ADDRESS_PLAN)
def unassociate_vpc_cidr_block(request: UnassociateVpcCidrBlock, call: Call) -> Empty:
    """Take a block away.

    Raises CloudError: InvalidSecondaryCidrBlock.NotFound, DependencyViolation.VSwitch.
    """
    found = call.require(Vpc, request.vpc_id, vpc_not_found)
    if request.ipv6_cidr_block:
        if request.ipv6_cidr_block not in found.ipv6_blocks:
            raise secondary_not_found(request.ipv6_cidr_block)
        call.change.replace(_without_ipv6(call, found, request.ipv6_cidr_block))
        return Empty()
    if not request.secondary_cidr_block:
        raise missing_parameter("SecondaryCidrBlock")
    if request.secondary_cidr_block not in found.secondary_cidr_blocks:
        raise secondary_not_found(request.secondary_cidr_block)
    rest = tuple(each for each in found.secondary_cidr_blocks if each != request.secondary_cidr_block)
    _check_covered(call, found, (found.cidr_block, *rest))
    call.change.replace(msgspec.structs.replace(found, secondary_cidr_blocks=rest))
    return Empty()
