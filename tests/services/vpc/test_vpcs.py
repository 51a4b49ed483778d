"""VPCs and their routers, through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_vpc20160428 import models
from running import RunningCloud
from services.sdk import configured
from vpc_clients import Vpcs

Refused = Callable[..., str]


def only(body: Any) -> Any:
    """Return the one VPC of an answer."""
    (found,) = body.vpcs.vpc
    return found


def test_a_vpc_comes_with_a_router_and_a_system_route_table(vpcs: Vpcs) -> None:
    group = vpcs.group()
    made = vpcs.do(
        "CreateVpc",
        cidr_block="10.0.0.0/8",
        vpc_name="first",
        description="of all",
        user_cidr="106.11.62.0/24,106.11.63.0/24",
        resource_group_id=group,
    )
    found = only(vpcs.do("DescribeVpcs", vpc_id=made.vpc_id))
    assert (found.vpc_name, found.description, found.cidr_block) == ("first", "of all", "10.0.0.0/8")
    assert (found.status, found.is_default, found.resource_group_id) == ("Available", False, group)
    assert found.vrouter_id == made.vrouter_id
    assert found.router_table_ids.router_table_ids == [made.route_table_id]
    assert found.user_cidrs.user_cidr == ["106.11.62.0/24", "106.11.63.0/24"]
    shown = vpcs.do("DescribeVpcAttribute", vpc_id=made.vpc_id)
    assert shown.vpc_id == made.vpc_id
    counts = {
        each.resource_type: each.resource_count for each in shown.cloud_resources.cloud_resource_set_type
    }
    assert counts == {"VRouter": 1, "RouteTable": 1}
    (router,) = vpcs.do("DescribeVRouters", vrouter_id=made.vrouter_id).vrouters.vrouter
    assert (router.vpc_id, router.route_table_ids.route_table_id) == (made.vpc_id, [made.route_table_id])


def test_without_a_block_it_is_172_16(vpcs: Vpcs) -> None:
    made = vpcs.do("CreateVpc")
    assert only(vpcs.do("DescribeVpcs", vpc_id=made.vpc_id)).cidr_block == "172.16.0.0/12"


@pytest.mark.parametrize("block", ["10.0.0.0/29", "10.0.0.1/8", "100.64.0.0/10", "nonsense", "10.0.0.0"])
def test_a_block_that_is_refused(vpcs: Vpcs, refused: Refused, block: str) -> None:
    assert refused(vpcs.vpc, block) == "InvalidCidrBlock.Malformed"


def test_what_is_not_there_is_refused_by_name(vpcs: Vpcs, refused: Refused) -> None:
    assert refused(vpcs.vpc, "8.8.0.0/16") == "InvalidCidrBlock.NotImplemented"
    assert refused(vpcs.vpc, ipv_4ipam_pool_id="ipam-1") == "InvalidParameter.NotImplemented"


def test_names_are_bounded(vpcs: Vpcs, refused: Refused) -> None:
    assert refused(vpcs.vpc, vpc_name="http://example.com") == "InvalidVpcName.Malformed"
    assert refused(vpcs.vpc, vpc_name="n" * 129) == "InvalidVpcName.Malformed"
    assert refused(vpcs.vpc, description="d" * 257) == "InvalidVpcDescription.Malformed"
    vpcs.vpc(vpc_name="n" * 128, description="d" * 256)


def test_filters_keep_what_they_name(vpcs: Vpcs) -> None:
    tag = models.CreateVpcRequestTag(key="team", value="filters")
    group = vpcs.group()
    one = vpcs.vpc(vpc_name="filter-one", tag=[tag], resource_group_id=group)
    two = vpcs.vpc(vpc_name="filter-two", tag=[tag])

    def ids(**filters: Any) -> list[str]:
        return [each.vpc_id for each in vpcs.do("DescribeVpcs", **filters).vpcs.vpc]

    wanted = models.DescribeVpcsRequestTag(key="team", value="filters")
    assert ids(tag=[wanted]) == [two, one]
    assert ids(vpc_name="filter-one") == [one]
    assert ids(resource_group_id=group) == [one]
    assert ids(vpc_id=f"{one},{two}") == [two, one]
    assert ids(vpc_id="vpc-none") == []
    assert ids(tag=[wanted], page_size=1, page_number=2) == [one]
    assert ids(tag=[wanted], is_default=True) == []


def test_a_vpc_is_renamed_and_moved_to_another_range(vpcs: Vpcs, refused: Refused) -> None:
    id_ = vpcs.vpc("10.0.0.0/16")
    vpcs.vswitch(id_, "10.0.3.0/24")
    vpcs.do("ModifyVpcAttribute", vpc_id=id_, vpc_name="renamed", cidr_block="10.0.0.0/8")
    found = vpcs.do("DescribeVpcAttribute", vpc_id=id_)
    assert (found.vpc_name, found.cidr_block, found.description) == ("renamed", "10.0.0.0/8", "")
    assert (
        refused(vpcs.do, "ModifyVpcAttribute", vpc_id=id_, cidr_block="10.0.0.0/23")
        == "DependencyViolation.VSwitch"
    )
    vpcs.do("ModifyVpcAttribute", vpc_id=id_, description="said")
    found = vpcs.do("DescribeVpcAttribute", vpc_id=id_)
    assert (found.vpc_name, found.cidr_block, found.description) == ("renamed", "10.0.0.0/8", "said")


def test_secondary_blocks(vpcs: Vpcs, refused: Refused) -> None:
    id_ = vpcs.vpc("10.0.0.0/16")
    add = {"action": "AssociateVpcCidrBlock", "vpc_id": id_, "ip_version": "IPV4"}
    assert refused(vpcs.do, **add, secondary_cidr_block="10.0.128.0/17") == "InvalidCidrBlock.Overlapped"
    assert vpcs.do(**add, secondary_cidr_block="192.168.0.0/16").cidr_block == "192.168.0.0/16"
    for number in range(4):
        vpcs.do(**add, secondary_cidr_block=f"172.{16 + number}.0.0/16")
    assert refused(vpcs.do, **add, secondary_cidr_block="172.30.0.0/16") == "QuotaExceeded.SecondaryCidrBlock"
    vswitch = vpcs.vswitch(id_, "192.168.7.0/24")
    drop = {"action": "UnassociateVpcCidrBlock", "vpc_id": id_}
    assert refused(vpcs.do, **drop, secondary_cidr_block="192.168.0.0/16") == "DependencyViolation.VSwitch"
    vpcs.do("DeleteVSwitch", v_switch_id=vswitch)
    vpcs.do(**drop, secondary_cidr_block="192.168.0.0/16")
    assert (
        refused(vpcs.do, **drop, secondary_cidr_block="192.168.0.0/16")
        == "InvalidSecondaryCidrBlock.NotFound"
    )
    assert refused(vpcs.vswitch, id_, "192.168.7.0/24") == "InvalidCidrBlock.NotInVpc"


def test_a_vpc_goes_when_nothing_is_in_it(vpcs: Vpcs, refused: Refused) -> None:
    made = vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")
    delete = {"action": "DeleteVpc", "vpc_id": made.vpc_id}
    vswitch = vpcs.vswitch(made.vpc_id)
    assert refused(vpcs.do, **delete) == "DependencyViolation.VSwitch"
    vpcs.do("DeleteVSwitch", v_switch_id=vswitch)
    table = vpcs.do("CreateRouteTable", vpc_id=made.vpc_id).route_table_id
    assert refused(vpcs.do, **delete) == "DependencyViolation.RouteTable"
    vpcs.do("DeleteRouteTable", route_table_id=table)
    vpcs.do(**delete)
    assert vpcs.do("DescribeVpcs", vpc_id=made.vpc_id).vpcs.vpc == []
    assert vpcs.do("DescribeRouteTableList", route_table_id=made.route_table_id).total_count == 0
    assert refused(vpcs.do, "DescribeVpcAttribute", vpc_id=made.vpc_id) == "InvalidVpcId.NotFound"
    assert refused(vpcs.do, **delete) == "InvalidVpcId.NotFound"


def test_the_default_vpc_and_its_vswitches(own_cloud: RunningCloud, refused: Refused) -> None:
    own = Vpcs(configured(own_cloud))
    zone = "cn-hangzhou-i"
    assert refused(own.do, "CreateDefaultVSwitch", zone_id=zone) == "OperationDenied.DefaultVpcNotExist"
    made = own.do("CreateDefaultVpc")
    assert refused(own.do, "CreateDefaultVpc") == "OperationDenied.DefaultVpcExist"
    assert only(own.do("DescribeVpcs", is_default=True)).vpc_id == made.vpc_id
    first = own.do("CreateDefaultVSwitch", zone_id=zone).v_switch_id
    assert refused(own.do, "CreateDefaultVSwitch", zone_id=zone) == "OperationDenied.DefaultVSwitchExist"
    own.do("CreateDefaultVSwitch", zone_id="cn-hangzhou-j")
    found = own.do("DescribeVSwitches", vpc_id=made.vpc_id, is_default=True).v_switches.v_switch
    assert [each.cidr_block for each in found] == ["172.31.16.0/20", "172.31.0.0/20"]
    assert found[1].v_switch_id == first

    # Another region has its own, and sees nothing of this one's.
    other = Vpcs(configured(own_cloud, "cn-beijing"))
    assert other.do("DescribeVpcs").total_count == 0
    assert refused(other.do, "DescribeVpcAttribute", vpc_id=made.vpc_id) == "InvalidVpcId.NotFound"
    assert other.do("CreateDefaultVpc").vpc_id != made.vpc_id


def test_a_router_is_renamed(vpcs: Vpcs, refused: Refused) -> None:
    router = vpcs.do("CreateVpc").vrouter_id
    vpcs.do("ModifyVRouterAttribute", vrouter_id=router, vrouter_name="r", description="d")
    (found,) = vpcs.do("DescribeVRouters", vrouter_id=router).vrouters.vrouter
    assert (found.vrouter_name, found.description) == ("r", "d")
    code = refused(vpcs.do, "ModifyVRouterAttribute", vrouter_id="vrt-none", vrouter_name="r")
    assert code == "InvalidVRouterId.NotFound"


def test_regions_and_zones(vpcs: Vpcs) -> None:
    regions = {each.region_id: each.local_name for each in vpcs.do("DescribeRegions").regions.region}
    assert len(regions) > 20
    assert regions["cn-hangzhou"].startswith("华东1")
    english = vpcs.do("DescribeRegions", accept_language="en-US").regions.region
    assert {each.region_id: each.local_name for each in english}["cn-hangzhou"] == "China (Hangzhou)"
    zones = {each.zone_id: each.local_name for each in vpcs.do("DescribeZones").zones.zone}
    assert "cn-hangzhou-i" in zones
    others = {
        each.zone_id: each.local_name for each in vpcs.do("DescribeZones", accept_language="en-us").zones.zone
    }
    assert others.keys() == zones.keys()
    assert others["cn-hangzhou-i"] != zones["cn-hangzhou-i"]


def test_tags_and_resource_groups(vpcs: Vpcs, refused: Refused) -> None:
    id_, group = vpcs.vpc(), vpcs.group()
    vswitch = vpcs.vswitch(id_)
    for type_, each in (("VPC", id_), ("VSWITCH", vswitch)):
        tag = models.TagResourcesRequestTag(key="k", value="v")
        vpcs.do("TagResources", resource_type=type_, resource_id=[each], tag=[tag])
        listed = vpcs.do(
            "ListTagResources", resource_type=type_, resource_id=[each]
        ).tag_resources.tag_resource
        assert [(one.resource_id, one.tag_key, one.tag_value) for one in listed] == [(each, "k", "v")]
        vpcs.do("UnTagResources", resource_type=type_, resource_id=[each], tag_key=["k"])
        assert not vpcs.do(
            "ListTagResources", resource_type=type_, resource_id=[each]
        ).tag_resources.tag_resource
    more = [vpcs.vpc() for _ in range(3)]
    tag = models.TagResourcesRequestTag(key="many", value="v")
    vpcs.do("TagResources", resource_type="VPC", resource_id=more, tag=[tag])
    asked = {"resource_type": "VPC", "resource_id": more, "max_results": 2}
    first = vpcs.do("ListTagResources", **asked)
    rest = vpcs.do("ListTagResources", **asked, next_token=first.next_token)
    listed = [*first.tag_resources.tag_resource, *rest.tag_resources.tag_resource]
    assert ([each.resource_id for each in listed], rest.next_token) == (more, "")
    vpcs.do("MoveResourceGroup", resource_type="VPC", resource_id=id_, new_resource_group_id=group)
    assert vpcs.do("DescribeVpcAttribute", vpc_id=id_).resource_group_id == group
    assert vpcs.do("DescribeVSwitchAttributes", v_switch_id=vswitch).resource_group_id == group
    (table,) = vpcs.do("DescribeRouteTableList", vpc_id=id_).router_table_list.router_table_list_type
    assert table.resource_group_id == group
    assert refused(vpcs.vpc, resource_group_id="rg-none") == "InvalidResourceGroupId.NotFound"
    missing = {"resource_type": "VPC", "resource_id": "vpc-none", "new_resource_group_id": "rg"}
    assert refused(vpcs.do, "MoveResourceGroup", **missing) == "InvalidResourceId.NotFound"
