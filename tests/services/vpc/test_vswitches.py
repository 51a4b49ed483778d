"""vSwitches, through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from vpc_clients import ZONE, Vpcs

Refused = Callable[..., str]


def test_a_vswitch_has_all_but_four_of_its_addresses(vpcs: Vpcs) -> None:
    id_ = vpcs.vpc()
    made = vpcs.vswitch(id_, "10.1.0.0/24", v_switch_name="s", description="d")
    found = vpcs.do("DescribeVSwitchAttributes", v_switch_id=made)
    assert (found.v_switch_name, found.description, found.cidr_block) == ("s", "d", "10.1.0.0/24")
    assert (found.vpc_id, found.zone_id, found.status) == (id_, ZONE, "Available")
    assert found.available_ip_address_count == 252
    assert found.route_table.route_table_type == "System"
    assert vpcs.do("DescribeVpcAttribute", vpc_id=id_).v_switch_ids.v_switch_id == [made]


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("10.0.0.0/15", "InvalidCidrBlock.Malformed"),
        ("10.0.0.0/30", "InvalidCidrBlock.Malformed"),
        ("10.0.0.1/24", "InvalidCidrBlock.Malformed"),
        ("192.168.0.0/24", "InvalidCidrBlock.NotInVpc"),
        ("10.0.0.128/25", "InvalidCidrBlock.Overlapped"),
        ("10.0.0.0/16", "InvalidCidrBlock.Overlapped"),
    ],
)
def test_a_block_that_does_not_fit(vpcs: Vpcs, refused: Refused, block: str, code: str) -> None:
    id_ = vpcs.vpc("10.0.0.0/8")
    vpcs.vswitch(id_, "10.0.0.0/24")
    assert refused(vpcs.vswitch, id_, block) == code


def test_blocks_side_by_side_fit(vpcs: Vpcs) -> None:
    id_ = vpcs.vpc("10.0.0.0/16")
    for block in ("10.0.0.0/29", "10.0.0.8/29", "10.0.0.16/28", "10.0.128.0/17"):
        vpcs.vswitch(id_, block)
    assert vpcs.do("DescribeVSwitches", vpc_id=id_).total_count == 4


def test_what_must_exist(vpcs: Vpcs, refused: Refused) -> None:
    assert refused(vpcs.vswitch, "vpc-none") == "InvalidVpcId.NotFound"
    assert refused(vpcs.vswitch, vpcs.vpc(), zone="cn-beijing-a") == "InvalidZoneId.NotFound"
    assert (
        refused(vpcs.do, "DescribeVSwitchAttributes", v_switch_id="vsw-none") == "InvalidVswitchID.NotFound"
    )
    assert refused(vpcs.do, "DeleteVSwitch", v_switch_id="vsw-none") == "InvalidVswitchID.NotFound"
    assert refused(vpcs.do, "CreateVSwitch", vpc_id=vpcs.vpc()) == "MissingParameter"


def test_filters_keep_what_they_name_of_vswitches(vpcs: Vpcs) -> None:
    id_ = vpcs.vpc()
    table = vpcs.do("CreateRouteTable", vpc_id=id_).route_table_id
    one = vpcs.vswitch(id_, "10.0.0.0/24", v_switch_name="one")
    two = vpcs.vswitch(id_, "10.0.1.0/24", "cn-hangzhou-j", v_switch_name="two")
    vpcs.do("AssociateRouteTable", route_table_id=table, v_switch_id=two)

    def ids(**filters: Any) -> list[str]:
        body = vpcs.do("DescribeVSwitches", vpc_id=id_, **filters)
        return [each.v_switch_id for each in body.v_switches.v_switch]

    assert ids() == [two, one]
    assert ids(v_switch_name="one") == [one]
    assert ids(zone_id="cn-hangzhou-j") == [two]
    assert ids(v_switch_id=one) == [one]
    assert ids(route_table_id=table) == [two]
    assert ids(page_size=1, page_number=2) == [one]
    assert ids(is_default=True) == []


def test_a_vswitch_is_renamed_and_deleted(vpcs: Vpcs, refused: Refused) -> None:
    made = vpcs.vswitch(vpcs.vpc(), v_switch_name="a", description="b")
    vpcs.do("ModifyVSwitchAttribute", v_switch_id=made, v_switch_name="c")
    found = vpcs.do("DescribeVSwitchAttributes", v_switch_id=made)
    assert (found.v_switch_name, found.description) == ("c", "b")
    vpcs.do("DeleteVSwitch", v_switch_id=made)
    assert refused(vpcs.do, "DescribeVSwitchAttributes", v_switch_id=made) == "InvalidVswitchID.NotFound"


def test_a_vswitch_stays_while_something_has_an_address_of_it(vpcs: Vpcs, refused: Refused) -> None:
    id_ = vpcs.vpc()
    made = vpcs.vswitch(id_)
    gateway = vpcs.do("CreateNatGateway", vpc_id=id_, v_switch_id=made, nat_ip="10.0.0.9").nat_gateway_id
    assert vpcs.do("DescribeVSwitchAttributes", v_switch_id=made).available_ip_address_count == 251

    def can(address: str) -> bool:
        asked = {"v_switch_id": made, "private_ip_address": address}
        return bool(vpcs.do("CheckCanAllocateVpcPrivateIpAddress", **asked).can_allocate)

    assert [can(each) for each in ("10.0.0.8", "10.0.0.9", "10.0.0.253", "10.0.1.1")] == [
        True,
        False,
        False,
        False,
    ]
    assert refused(vpcs.do, "DeleteVSwitch", v_switch_id=made) == "DependencyViolation.EnhancedNatgw"
    vpcs.do("DeleteNatGateway", nat_gateway_id=gateway)
    assert can("10.0.0.9")
    vpcs.do("DeleteVSwitch", v_switch_id=made)
