"""IPv6 blocks of VPCs and vSwitches, through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Network

from vpc_clients import Vpcs

Refused = Callable[..., str]


def block_of(vpcs: Vpcs, id_: str) -> str:
    return str(vpcs.do("DescribeVpcAttribute", vpc_id=id_).ipv_6cidr_block)


def test_a_vpc_gets_a_block_of_its_own_and_gives_it_back(vpcs: Vpcs, refused: Refused) -> None:
    one, two = vpcs.vpc(enable_ipv_6=True), vpcs.vpc(enable_ipv_6=True)
    first, second = IPv6Network(block_of(vpcs, one)), IPv6Network(block_of(vpcs, two))
    assert first.prefixlen == second.prefixlen == 56
    assert not first.overlaps(second)
    assert first.subnet_of(IPv6Network("2001:db8::/32"))
    listed = vpcs.do("DescribeVpcs", vpc_id=f"{one},{two}", enable_ipv_6=True)
    assert listed.total_count == 2
    vswitch = vpcs.vswitch(one, ipv_6cidr_block=7)
    found = vpcs.do("DescribeVSwitchAttributes", v_switch_id=vswitch)
    assert found.enabled_ipv_6
    inner = IPv6Network(found.ipv_6cidr_block)
    assert (inner.prefixlen, inner.subnet_of(first)) == (64, True)
    assert inner.network_address.packed[7] == 7
    off = {"action": "ModifyVpcAttribute", "vpc_id": one, "enable_ipv_6": False}
    assert refused(vpcs.do, **off) == "DependencyViolation.VSwitch"
    vpcs.do("ModifyVSwitchAttribute", v_switch_id=vswitch, enable_ipv_6=False)
    vpcs.do(**off)
    assert block_of(vpcs, one) == ""
    vpcs.do("ModifyVpcAttribute", vpc_id=one, enable_ipv_6=True)
    assert block_of(vpcs, one)


def test_a_vswitch_needs_its_vpcs_block_and_a_number_of_its_own(vpcs: Vpcs, refused: Refused) -> None:
    plain, id_ = vpcs.vpc(), vpcs.vpc(enable_ipv_6=True)
    assert refused(vpcs.vswitch, plain, ipv_6cidr_block=1) == "InvalidVpcIpv6CidrBlock.NotFound"
    assert refused(vpcs.vswitch, id_, ipv_6cidr_block=256) == "InvalidParameter"
    one = vpcs.vswitch(id_, ipv_6cidr_block=1)
    assert refused(vpcs.vswitch, id_, "10.0.1.0/24", ipv_6cidr_block=1) == "InvalidIpv6CidrBlock.Conflict"
    two = vpcs.vswitch(id_, "10.0.1.0/24")
    turn_on = {"action": "ModifyVSwitchAttribute", "v_switch_id": two, "enable_ipv_6": True}
    assert refused(vpcs.do, **turn_on) == "MissingParameter"
    assert refused(vpcs.do, **turn_on, ipv_6cidr_block=1) == "InvalidIpv6CidrBlock.Conflict"
    vpcs.do(**turn_on, ipv_6cidr_block=0)
    assert refused(vpcs.do, **turn_on, ipv_6cidr_block=2) == "InvalidIpv6CidrBlock.Conflict"
    found = vpcs.do("DescribeVSwitches", vpc_id=id_, enable_ipv_6=True).v_switches.v_switch
    assert [each.v_switch_id for each in found] == [two, one]


def test_further_blocks(vpcs: Vpcs, refused: Refused) -> None:
    id_ = vpcs.vpc(enable_ipv_6=True)
    further = vpcs.do("AssociateVpcCidrBlock", vpc_id=id_, ip_version="IPV6").cidr_block
    vswitch = vpcs.vswitch(id_, ipv_6cidr_block=3, vpc_ipv_6cidr_block=further)
    drop = {"action": "UnassociateVpcCidrBlock", "vpc_id": id_, "ipv_6cidr_block": further}
    assert refused(vpcs.do, **drop) == "DependencyViolation.VSwitch"
    vpcs.do("DeleteVSwitch", v_switch_id=vswitch)
    vpcs.do(**drop)
    assert refused(vpcs.do, **drop) == "InvalidSecondaryCidrBlock.NotFound"
    blocks = vpcs.do("DescribeVpcAttribute", vpc_id=id_).ipv_6cidr_blocks.ipv_6cidr_block
    assert [(each.ipv_6cidr_block, each.ipv_6isp) for each in blocks] == [(block_of(vpcs, id_), "BGP")]
