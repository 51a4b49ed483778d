"""Rules of security groups through the vendor's SDK: they come, change and go, in both forms of a request."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import Network
from group_calls import HTTP, HTTPS, authorize, authorize_egress, create, modify, refused, revoke, rules
from running import RunningCloud
from services.sdk import REGION, configured


@pytest.fixture
def group(ecs: EcsClient, network: Network) -> str:
    """A new group of the shared network."""
    return create(ecs, network)


def test_both_forms_say_the_same(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, **HTTP)
    authorize(ecs, group, HTTP, HTTPS)
    found = rules(ecs, group)
    assert [(each.ip_protocol, each.port_range, each.source_cidr_ip) for each in found] == [
        ("TCP", "80/80", "0.0.0.0/0"),
        ("TCP", "443/443", "10.0.0.0/8"),
    ]
    (first, _) = found
    assert (first.policy, first.priority, first.nic_type, first.direction) == (
        "Accept",
        "1",
        "intranet",
        "ingress",
    )
    assert first.security_group_rule_id.startswith("sgr-")


def test_directions_are_apart(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, **HTTP)
    authorize_egress(
        ecs, group, ip_protocol="all", port_range="-1/-1", dest_cidr_ip="10.0.0.0/8", policy="drop"
    )
    (outgoing,) = rules(ecs, group, direction="egress")
    assert (outgoing.dest_cidr_ip, outgoing.source_cidr_ip, outgoing.policy) == ("10.0.0.0/8", "", "Drop")
    assert [each.direction for each in rules(ecs, group, direction="ingress")] == ["ingress"]
    assert len(rules(ecs, group, direction="all", nic_type="internet")) == 2


def test_a_rule_that_is_there_is_not_added_again(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, **HTTP, description="once")
    authorize(ecs, group, **HTTP, description="twice")
    assert [each.description for each in rules(ecs, group)] == ["once"]
    authorize(ecs, group, **HTTP, priority="2")
    authorize(ecs, group, **HTTP, policy="drop")
    assert len(rules(ecs, group)) == 3


def test_forms_do_not_mix_and_repeat_nothing(ecs: EcsClient, group: str) -> None:
    refused("InvalidParam.Permissions", authorize, ecs, group, HTTPS, **HTTP)
    refused("InvalidParam.DuplicatePermissions", authorize, ecs, group, HTTP, HTTP)
    refused("MissingParameter", authorize, ecs, group)
    assert rules(ecs, group) == []


def test_one_bad_rule_adds_none(ecs: EcsClient, group: str) -> None:
    refused("InvalidIpPortRange.Malformed", authorize, ecs, group, HTTP, HTTPS | {"port_range": "9/8"})
    assert rules(ecs, group) == []


def test_rules_go_by_id_or_by_what_they_say(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, HTTP, HTTPS)
    web, tls = (each.security_group_rule_id for each in rules(ecs, group))
    refused(
        "InvalidSecurityGroupRuleId.NotFound", revoke, ecs, group, security_group_rule_id=[web, "sgr-none"]
    )
    refused("InvalidParam.SecurityGroupRuleIdRepeated", revoke, ecs, group, security_group_rule_id=[web, web])
    assert len(rules(ecs, group)) == 2
    revoke(ecs, group, security_group_rule_id=[web])
    assert [each.security_group_rule_id for each in rules(ecs, group)] == [tls]
    refused("InvalidSecurityGroupRule.RuleNotExist", revoke, ecs, group, HTTPS | {"priority": "9"})
    revoke(ecs, group, HTTPS)
    assert rules(ecs, group) == []
    refused("InvalidSecurityGroupRule.RuleNotExist", revoke, ecs, group, **HTTPS)


def test_an_outgoing_rule_is_not_revoked_as_an_incoming_one(ecs: EcsClient, group: str) -> None:
    authorize_egress(ecs, group, ip_protocol="tcp", port_range="80/80", dest_cidr_ip="0.0.0.0/0")
    (rule,) = rules(ecs, group)
    refused(
        "InvalidSecurityGroupRuleId.NotFound",
        revoke,
        ecs,
        group,
        security_group_rule_id=[rule.security_group_rule_id],
    )
    ecs.revoke_security_group_egress(
        models.RevokeSecurityGroupEgressRequest(
            region_id=REGION,
            security_group_id=group,
            ip_protocol="tcp",
            port_range="80/80",
            dest_cidr_ip="0.0.0.0/0",
        )
    )
    assert rules(ecs, group) == []


def test_groups_at_the_other_end(ecs: EcsClient, network: Network, group: str) -> None:
    peer = create(ecs, network, security_group_name="peers")
    everything = {"ip_protocol": "all", "port_range": "-1/-1"}
    authorize(ecs, group, **everything, source_group_id=peer)
    authorize_egress(ecs, group, **everything, dest_group_id=peer)
    into, out = rules(ecs, group)
    assert (into.source_group_id, into.source_group_name, into.dest_group_id) == (peer, "peers", "")
    assert (out.dest_group_id, out.dest_group_name, out.source_group_id) == (peer, "peers", "")
    refused("InvalidParamter.Conflict", authorize, ecs, group, **everything, source_group_id=group)
    refused("InvalidSourceGroupId.NotFound", authorize, ecs, group, **everything, source_group_id="sg-none")
    refused(
        "InvalidDestGroupId.NotFound", authorize_egress, ecs, group, **everything, dest_group_id="sg-none"
    )
    refused(
        "InvalidSourceGroupId.NotFound",
        authorize,
        ecs,
        group,
        **everything,
        source_group_id=peer,
        source_group_owner_id=1,
    )


def test_a_group_of_another_region_is_not_found(
    ecs: EcsClient, network: Network, group: str, cloud: RunningCloud
) -> None:
    abroad = EcsClient(configured(cloud, region="cn-beijing"))
    request = models.DescribeSecurityGroupAttributeRequest(region_id="cn-beijing", security_group_id=group)
    refused("InvalidSecurityGroupId.NotFound", abroad.describe_security_group_attribute, request)


def test_ipv6_rules_are_kept(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, ip_protocol="icmpv6", port_range="-1/-1", ipv_6source_cidr_ip="2001:DB8::/32")
    (rule,) = rules(ecs, group)
    assert (rule.ip_protocol, rule.ipv_6source_cidr_ip, rule.source_cidr_ip) == (
        "ICMPv6",
        "2001:db8::/32",
        "",
    )


@pytest.mark.parametrize(
    "fields",
    [{"source_cidr_ip": None, "source_prefix_list_id": "pl-1"}, {"source_port_range": "1000/2000"}],
    ids=["prefix list", "source ports"],
)
def test_what_is_not_enforced_is_refused_by_name(ecs: EcsClient, group: str, fields: dict[str, Any]) -> None:
    refused("InvalidParameter.NotImplemented", authorize, ecs, group, **HTTP | fields)


def test_by_its_id_everything_of_a_rule_changes(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, HTTP | {"description": "web"}, HTTPS)
    web = rules(ecs, group)[0].security_group_rule_id
    modify(ecs, group, security_group_rule_id=web, priority="5")
    modify(ecs, group, security_group_rule_id=web, policy="drop", port_range="8080/8081")
    modify(ecs, group, security_group_rule_id=web, source_cidr_ip="192.168.0.0/16")
    rule = rules(ecs, group)[0]
    assert (rule.security_group_rule_id, rule.priority, rule.policy) == (web, "5", "Drop")
    assert (rule.port_range, rule.source_cidr_ip, rule.description) == ("8080/8081", "192.168.0.0/16", "web")
    refused("InvalidSecurityGroupRuleId.NotFound", modify, ecs, group, security_group_rule_id="sgr-none")
    refused(
        "InvalidIpPortRange.Malformed", modify, ecs, group, security_group_rule_id=web, ip_protocol="icmp"
    )


def test_a_changed_rule_is_not_the_same_as_another(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, HTTP, HTTPS)
    tls = rules(ecs, group)[1].security_group_rule_id
    refused(
        "InvalidSecurityGroupRule.RuleAlreadyExist",
        modify,
        ecs,
        group,
        security_group_rule_id=tls,
        port_range="80/80",
        source_cidr_ip="0.0.0.0/0",
    )


def test_a_change_of_the_peer_leaves_the_old_one_behind(ecs: EcsClient, network: Network, group: str) -> None:
    peer = create(ecs, network)
    authorize(ecs, group, ip_protocol="tcp", port_range="80/80", source_group_id=peer)
    (rule,) = rules(ecs, group)
    modify(ecs, group, security_group_rule_id=rule.security_group_rule_id, source_cidr_ip="10.0.0.0/8")
    (rule,) = rules(ecs, group)
    assert (rule.source_cidr_ip, rule.source_group_id) == ("10.0.0.0/8", "")
    modify(ecs, group, security_group_rule_id=rule.security_group_rule_id, source_group_id=peer)
    (rule,) = rules(ecs, group)
    assert (rule.source_cidr_ip, rule.source_group_id) == ("", peer)


def test_by_what_it_says_a_rule_gets_a_new_description(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, **HTTP, description="before")
    modify(ecs, group, **HTTP, description="after")
    assert [each.description for each in rules(ecs, group)] == ["after"]
    refused("InvalidSecurityGroupRule.RuleNotExist", modify, ecs, group, **HTTPS, description="?")


def test_outgoing_rules_change_too(ecs: EcsClient, group: str) -> None:
    authorize_egress(ecs, group, ip_protocol="all", port_range="-1/-1", dest_cidr_ip="0.0.0.0/0")
    (rule,) = rules(ecs, group)
    ecs.modify_security_group_egress_rule(
        models.ModifySecurityGroupEgressRuleRequest(
            region_id=REGION,
            security_group_id=group,
            security_group_rule_id=rule.security_group_rule_id,
            policy="drop",
        )
    )
    assert [each.policy for each in rules(ecs, group)] == ["Drop"]


def test_a_group_has_two_hundred_rules_at_most(ecs: EcsClient, group: str) -> None:
    def some(first: int, number: int) -> list[dict[str, Any]]:
        return [HTTP | {"port_range": f"{port}/{port}"} for port in range(first, first + number)]

    authorize(ecs, group, *some(1, 100))
    authorize(ecs, group, *some(101, 99))
    authorize_egress(ecs, group, ip_protocol="all", port_range="-1/-1", dest_cidr_ip="0.0.0.0/0")
    refused("AuthorizationLimitExceed", authorize, ecs, group, *some(500, 1))
    authorize(ecs, group, *some(1, 1))
    assert len(rules(ecs, group)) == 200
    assert len(rules(ecs, group, max_results=150)) == 150


def test_a_listing_of_rules_goes_on_from_its_token(ecs: EcsClient, group: str) -> None:
    authorize(ecs, group, *(HTTP | {"port_range": f"{port}/{port}"} for port in range(1, 26)))
    found, token = [], None
    while token != "":
        body = ecs.describe_security_group_attribute(
            models.DescribeSecurityGroupAttributeRequest(
                region_id=REGION, security_group_id=group, max_results=10, next_token=token
            )
        ).body
        found += [each.port_range for each in body.permissions.permission]
        token = body.next_token
    assert found == [f"{port}/{port}" for port in range(1, 26)]
