"""ModifyVpcAttribute, AssociateVpcCidrBlock, UnassociateVpcCidrBlock. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Text
from yunbox.services.vpc.checks import check_description, check_name, must_be_off
from yunbox.services.vpc.cidr import first_overlap, read_block
from yunbox.services.vpc.errors import in_use, overlapped, quota_exceeded, secondary_not_found, vpc_not_found
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
    enable_ipv6: bool = msgspec.field(default=False, name="EnableIPv6")
    enable_dns_hostname: bool = False


class AssociateVpcCidrBlock(Request):
    """Give a VPC a further block."""

    vpc_id: str
    secondary_cidr_block: str = ""
    ip_version: Literal["IPV4", "IPv4", "ipv4"] = "IPV4"


class UnassociateVpcCidrBlock(Request):
    """Take a further block away from a VPC."""

    vpc_id: str
    secondary_cidr_block: str = ""


class CidrAssociated(Answer):
    """The block that was added."""

    cidr_block: str
    ip_version: str = "IPv4"


@vpc.action(ModifyVpcAttribute, on="vpc/{vpc_id}", partial="IPv4 alone.")
def modify_vpc_attribute(request: ModifyVpcAttribute, call: Call) -> Empty:
    """Change what is given.

    Raises CloudError: InvalidVpcId.NotFound, InvalidCidrBlock.*, DependencyViolation.VSwitch.
    """
    found = call.require(Vpc, request.vpc_id, vpc_not_found)
    must_be_off(request.enable_ipv6, "EnableIPv6", call.action)
    must_be_off(request.enable_dns_hostname, "EnableDnsHostname", call.action)
    changed = found
    if request.vpc_name is not UNSET:
        changed = msgspec.structs.replace(changed, name=check_name(request.vpc_name, "VpcName"))
    if request.description is not UNSET:
        text = check_description(request.description, "VpcDescription")
        changed = msgspec.structs.replace(changed, description=text)
    if request.cidr_block and request.cidr_block != found.cidr_block:
        changed = _with_block(call, changed, request.cidr_block)
    call.change.replace(changed)
    return Empty()


def _with_block(call: Call, found: Vpc, text: str) -> Vpc:
    block = check_vpc_block(text, "CidrBlock")
    if other := first_overlap(block, found.secondary_cidr_blocks):
        raise overlapped(str(block), other)
    _check_covered(call, found, (str(block), *found.secondary_cidr_blocks))
    return msgspec.structs.replace(found, cidr_block=str(block))


def _check_covered(call: Call, found: Vpc, blocks: Iterable[str]) -> None:
    """Return when every vSwitch of a VPC lies within one of the blocks. Raises CloudError."""
    ranges = [read_block(each) for each in blocks]
    for vswitch in call.find(VSwitch, parent=found.id):
        inner = read_block(vswitch.cidr_block)
        if not any(inner.subnet_of(each) for each in ranges):
            raise in_use("VSwitch", found.id, f"the vSwitch {vswitch.id} of {vswitch.cidr_block}")


@vpc.action(AssociateVpcCidrBlock, on="vpc/{vpc_id}", partial="IPv4 alone.")
def associate_vpc_cidr_block(request: AssociateVpcCidrBlock, call: Call) -> CidrAssociated:
    """Add a block.

    Raises CloudError: InvalidVpcId.NotFound, InvalidCidrBlock.*, QuotaExceeded.SecondaryCidrBlock.
    """
    found = call.require(Vpc, request.vpc_id, vpc_not_found)
    if not request.secondary_cidr_block:
        raise missing_parameter("SecondaryCidrBlock")
    block = check_vpc_block(request.secondary_cidr_block, "SecondaryCidrBlock")
    if other := first_overlap(block, found.cidr_blocks):
        raise overlapped(str(block), other)
    if len(found.secondary_cidr_blocks) >= SECONDARY_BLOCKS_PER_VPC:
        raise quota_exceeded("SecondaryCidrBlock", SECONDARY_BLOCKS_PER_VPC)
    blocks = (*found.secondary_cidr_blocks, str(block))
    call.change.replace(msgspec.structs.replace(found, secondary_cidr_blocks=blocks))
    return CidrAssociated(cidr_block=str(block))


@vpc.action(UnassociateVpcCidrBlock, on="vpc/{vpc_id}", partial="IPv4 alone.")
def unassociate_vpc_cidr_block(request: UnassociateVpcCidrBlock, call: Call) -> Empty:
    """Take a block away.

    Raises CloudError: InvalidSecondaryCidrBlock.NotFound, DependencyViolation.VSwitch.
    """
    found = call.require(Vpc, request.vpc_id, vpc_not_found)
    if not request.secondary_cidr_block:
        raise missing_parameter("SecondaryCidrBlock")
    if request.secondary_cidr_block not in found.secondary_cidr_blocks:
        raise secondary_not_found(request.secondary_cidr_block)
    rest = tuple(each for each in found.secondary_cidr_blocks if each != request.secondary_cidr_block)
    _check_covered(call, found, (found.cidr_block, *rest))
    call.change.replace(msgspec.structs.replace(found, secondary_cidr_blocks=rest))
    return Empty()
