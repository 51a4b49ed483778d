"""Classic load balancers: made, found, changed, tagged, deleted, through the SDK."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from alibabacloud_slb20140515 import models
from services.ecs.ecs_clients import Network
from services.slb.slb_clients import Slbs
from services.slb.web_servers import own_block

POOL = IPv4Network("198.19.0.0/17")


def tags(**given: str) -> list[Any]:
    return [models.TagResourcesRequestTag(key=key, value=value) for key, value in given.items()]


def test_a_balancer_has_an_address_of_its_vswitch(slbs: Slbs, network: Network) -> None:
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch, load_balancer_name="one")
    assert IPv4Address(made.address) in IPv4Network(own_block(20))
    assert (made.network_type, made.vpc_id, made.v_switch_id) == ("vpc", network.vpc, network.vswitch)
    found = slbs.describe(made.load_balancer_id)
    assert (found.address, found.address_type, found.load_balancer_name) == (made.address, "intranet", "one")
    assert (found.load_balancer_status, found.load_balancer_spec) == ("active", "slb.s1.small")
    assert (found.master_zone_id, found.pay_type) == ("cn-hangzhou-i", "PayOnDemand")
    assert found.listener_ports.listener_port == []
    taken = {"v_switch_id": network.vswitch, "address": made.address}
    assert slbs.refused("CreateLoadBalancer", **taken) == "InvalidPrivateIpAddress.Duplicated"
    slbs.do("DeleteLoadBalancer", load_balancer_id=made.load_balancer_id)
    assert (
        slbs.refused("DescribeLoadBalancerAttribute", load_balancer_id=made.load_balancer_id)
        == "InvalidLoadBalancerId.NotFound"
    )
    again = slbs.do("CreateLoadBalancer", **taken)
    assert again.address == made.address


def test_a_balancer_of_the_internet_has_a_public_address(slbs: Slbs) -> None:
    made = slbs.do("CreateLoadBalancer", internet_charge_type="PayByTraffic", bandwidth=7)
    assert IPv4Address(made.address) in POOL
    found = slbs.describe(made.load_balancer_id)
    assert (found.address_type, found.network_type, found.v_switch_id) == ("internet", "classic", "")
    assert (found.internet_charge_type, found.bandwidth) == ("paybytraffic", 7)
    assert found.load_balancer_name == "auto_named_slb"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"v_switch_id": "vsw-none"}, "InvalidVswitchID.NotFound"),
        ({"address_type": "intranet"}, "MissingParameter"),
        ({"address_ipversion": "ipv6"}, "InvalidParameter"),
        ({"pay_type": "PrePay"}, "InvalidParameter"),
        ({"load_balancer_spec": "slb.huge"}, "InvalidParameter"),
        ({"master_zone_id": "cn-hangzhou-z"}, "InvalidZoneId.NotFound"),
        ({"load_balancer_name": "n" * 81}, "InvalidParameter"),
        ({"resource_group_id": "rg-none"}, "InvalidResourceGroupId.NotFound"),
        ({"bandwidth": 6000}, "InvalidParameter"),
    ],
)
def test_what_cannot_be_made(slbs: Slbs, parameters: dict[str, Any], code: str) -> None:
    assert slbs.refused("CreateLoadBalancer", **parameters) == code


def test_a_balancer_is_changed(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    id_ = {"load_balancer_id": balancer}
    slbs.do("SetLoadBalancerName", **id_, load_balancer_name="anew")
    slbs.do("SetLoadBalancerStatus", **id_, load_balancer_status="inactive")
    slbs.do("ModifyLoadBalancerInternetSpec", **id_, bandwidth=9, internet_charge_type="paybybandwidth")
    slbs.do("ModifyLoadBalancerInstanceSpec", **id_, load_balancer_spec="slb.s3.large")
    slbs.do(
        "SetLoadBalancerModificationProtection",
        **id_,
        modification_protection_status="ConsoleProtection",
        modification_protection_reason="because",
    )
    found = slbs.describe(balancer)
    assert (found.load_balancer_name, found.load_balancer_status) == ("anew", "inactive")
    assert (found.bandwidth, found.internet_charge_type) == (9, "paybybandwidth")
    assert found.load_balancer_spec == "slb.s3.large"
    assert found.modification_protection_reason == "because"
    slbs.do("SetLoadBalancerModificationProtection", **id_, modification_protection_status="NonProtection")
    slbs.do("ModifyLoadBalancerInstanceChargeType", **id_, instance_charge_type="PayByCLCU")
    found = slbs.describe(balancer)
    assert (found.modification_protection_reason, found.instance_charge_type) == ("", "PayByCLCU")


def test_a_protected_balancer_stays(slbs: Slbs) -> None:
    balancer = slbs.balancer(delete_protection="on")
    assert (
        slbs.refused("DeleteLoadBalancer", load_balancer_id=balancer)
        == "OperationDenied.DeleteProtectionIsOn"
    )
    slbs.do("SetLoadBalancerDeleteProtection", load_balancer_id=balancer, delete_protection="off")
    slbs.do("DeleteLoadBalancer", load_balancer_id=balancer)


def test_filters_keep_what_they_name(slbs: Slbs, network: Network) -> None:
    tag = [models.CreateLoadBalancerRequestTag(key="filters", value="x")]
    one = slbs.balancer(v_switch_id=network.vswitch, load_balancer_name="filter-one", tag=tag)
    two = slbs.balancer(load_balancer_name="filter-two", tag=tag)
    wanted = [models.DescribeLoadBalancersRequestTag(key="filters")]

    def ids(**filters: Any) -> list[str]:
        body = slbs.do("DescribeLoadBalancers", tag=wanted, **filters)
        return [each.load_balancer_id for each in body.load_balancers.load_balancer]

    assert ids() == [two, one]
    assert ids(load_balancer_id=f"{one},lb-none") == [one]
    assert ids(load_balancer_name="filter-two") == [two]
    assert ids(address_type="intranet") == [one]
    assert ids(vpc_id=network.vpc) == [one]
    assert ids(v_switch_id=network.vswitch, network_type="vpc") == [one]
    assert ids(address=slbs.describe(two).address) == [two]
    assert ids(load_balancer_status="inactive") == []
    assert ids(server_id="i-none") == []
    assert ids(page_size=1, page_number=2) == [one]
    assert ids(tags=json.dumps([{"TagKey": "filters", "TagValue": "y"}])) == []
    assert slbs.refused("DescribeLoadBalancers", tags="{") == "InvalidParameter"


def test_tags_are_put_on_and_taken_off(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    slbs.do("TagResources", resource_type="instance", resource_id=[balancer], tag=tags(a="1", b="2"))
    slbs.do("AddTags", load_balancer_id=balancer, tags=json.dumps([{"TagKey": "c", "TagValue": "3"}]))
    found = slbs.do("ListTagResources", resource_type="instance", resource_id=[balancer])
    listed = {each.tag_key: each.tag_value for each in found.tag_resources.tag_resource}
    assert listed == {"a": "1", "b": "2", "c": "3"}
    sets = slbs.do("DescribeTags", load_balancer_id=balancer).tag_sets.tag_set
    assert [(each.tag_key, each.instance_count) for each in sets] == [("a", 1), ("b", 1), ("c", 1)]
    slbs.do("RemoveTags", load_balancer_id=balancer, tags=json.dumps([{"TagKey": "c", "TagValue": "3"}]))
    slbs.do("UntagResources", resource_type="instance", resource_id=[balancer], tag_key=["a"])
    assert [each.tag_key for each in slbs.describe(balancer).tags.tag] == ["b"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("yunbox:surge-protection", "yes"),
        ("yunbox:queue-seconds", "0"),
        ("yunbox:queue-length", "many"),
        ("yunbox:per-server", "-1"),
        ("yunbox:drain-seconds", "nan"),
        ("yunbox:unknown", "1"),
    ],
)
def test_bad_settings_are_refused_by_the_name_of_the_tag(slbs: Slbs, key: str, value: str) -> None:
    balancer = slbs.balancer()
    wanted = tags(**{key: value})
    tagging = {"resource_type": "instance", "resource_id": [balancer], "tag": wanted}
    assert slbs.refused("TagResources", **tagging) == "InvalidTagValue.Malformed"
    as_text = json.dumps([{"TagKey": key, "TagValue": value}])
    assert slbs.refused("AddTags", load_balancer_id=balancer, tags=as_text) == "InvalidTagValue.Malformed"
    fresh = [models.CreateLoadBalancerRequestTag(key=key, value=value)]
    assert slbs.refused("CreateLoadBalancer", tag=fresh) == "InvalidTagValue.Malformed"


def test_regions_zones_and_what_there_is_in_them(slbs: Slbs) -> None:
    regions = slbs.do("DescribeRegions", accept_language="en-US").regions.region
    assert ("cn-hangzhou", "China (Hangzhou)") in [(each.region_id, each.local_name) for each in regions]
    zones = slbs.do("DescribeZones").zones.zone
    assert "cn-hangzhou-i" in [each.zone_id for each in zones]
    assert all(each.slave_zones.slave_zone for each in zones)
    found = slbs.do("DescribeAvailableResource", address_type="vpc").available_resources.available_resource
    assert {kind.address_type for each in found for kind in each.support_resources.support_resource} == {
        "vpc"
    }
    none = slbs.do("DescribeAvailableResource", address_ipversion="ipv6")
    assert none.available_resources.available_resource == []
