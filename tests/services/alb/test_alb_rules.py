"""Forwarding rules, through the official SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alb_clients import Albs, attempts, forward

Refused = Callable[..., str]


def path(*values: str) -> dict[str, Any]:
    return {"type": "Path", "path_config": {"values": list(values)}}


def fixed(content: str, **more: Any) -> dict[str, Any]:
    config = {"http_code": "200", "content": content, "content_type": "text/plain"} | more
    return {"type": "FixedResponse", "fixed_response_config": config}


def shown(albs: Albs, rule: str) -> Any:
    (found,) = albs.do("ListRules", rule_ids=[rule]).rules
    return found


def test_a_rule_is_shown_as_it_was_asked(albs: Albs) -> None:
    group = albs.group()
    balancer = albs.balancer()
    listener = albs.listener(balancer, group)
    conditions = [
        {"type": "Host", "host_config": {"values": ["*.shop.example"]}},
        path("/api/*"),
        {"type": "Header", "header_config": {"key": "X-Kind", "values": ["a"]}},
        {"type": "QueryString", "query_string_config": {"values": [{"key": "v", "value": "1"}]}},
        {"type": "Method", "method_config": {"values": ["GET"]}},
        {"type": "Cookie", "cookie_config": {"values": [{"key": "beta", "value": "yes"}]}},
        {"type": "SourceIp", "source_ip_config": {"values": ["10.0.0.0/8"]}},
    ]
    actions = [
        {
            "type": "InsertHeader",
            "insert_header_config": {"key": "A", "value": "1", "value_type": "UserDefined"},
        },
        {"type": "RemoveHeader", "remove_header_config": {"key": "B"}},
        {"type": "Rewrite", "rewrite_config": {"path": "/x", "host": "${host}", "query": "${query}"}},
        {"type": "TrafficLimit", "traffic_limit_config": {"qps": 10, "per_ip_qps": 2}},
        forward(group),
    ]
    rule = albs.rule(listener, 5, conditions, *actions)
    found = shown(albs, rule)
    assert (found.rule_name, found.priority) == ("rule-5", 5)
    assert any(shown(albs, rule).rule_status == "Available" for _ in attempts())
    assert (found.listener_id, found.load_balancer_id) == (listener, balancer)
    given = [each.to_map() for each in found.rule_conditions]
    assert [each["Type"] for each in given] == [each["type"] for each in conditions]
    assert given[0] == {"Type": "Host", "HostConfig": {"Values": ["*.shop.example"]}}
    assert given[3] == {"Type": "QueryString", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "1"}]}}
    made = [each.to_map() for each in found.rule_actions]
    assert [each["Order"] for each in made] == [1, 2, 3, 4, 5]
    assert made[0]["InsertHeaderConfig"] == {"Key": "A", "Value": "1", "ValueType": "UserDefined"}
    assert made[3]["TrafficLimitConfig"] == {"QPS": 10, "PerIpQps": 2}
    assert made[4]["ForwardGroupConfig"]["ServerGroupTuples"] == [{"ServerGroupId": group, "Weight": 100}]


def test_priorities_are_each_rules_own(albs: Albs, refused: Refused) -> None:
    listener = albs.listener(albs.balancer(), albs.group())
    first = albs.rule(listener, 1, [path("/a")], fixed("a"))
    assert refused(albs.rule, listener, 1, [path("/b")], fixed("b")) == "Conflict.Priority"
    second = albs.rule(listener, 2, [path("/b")], fixed("b"))
    one_and_two = [{"rule_id": first, "priority": 2}, {"rule_id": second, "priority": 1}]
    albs.do("UpdateRulesAttribute", rules=one_and_two)
    assert (shown(albs, first).priority, shown(albs, second).priority) == (2, 1)
    clash = {"rule_id": first, "priority": 1}
    assert refused(albs.do, "UpdateRuleAttribute", **clash) == "Conflict.Priority"


def test_several_rules_at_once(albs: Albs, refused: Refused) -> None:
    listener = albs.listener(albs.balancer(), albs.group())
    rules = [
        {
            "rule_name": f"part-{number}",
            "priority": number,
            "rule_conditions": [path(f"/{number}")],
            "rule_actions": [fixed("x") | {"order": 1}],
        }
        for number in (1, 2)
    ]
    made = albs.do("CreateRules", listener_id=listener, rules=rules).rule_ids
    assert [each.priority for each in made] == [1, 2]
    ids = [each.rule_id for each in made]
    albs.do("UpdateRuleAttribute", rule_id=ids[0], rule_name="changed", rule_conditions=[path("/z")])
    found = shown(albs, ids[0])
    assert found.rule_name == "changed"
    assert found.rule_conditions[0].path_config.values == ["/z"]
    assert found.rule_actions[0].fixed_response_config.content == "x"
    albs.do("DeleteRule", rule_id=ids[0])
    assert refused(albs.do, "DeleteRules", rule_ids=ids) == "ResourceNotFound.Rule"
    albs.do("DeleteRules", rule_ids=ids[1:])
    assert not albs.do("ListRules", listener_ids=[listener]).rules


def test_rules_go_with_their_listener(albs: Albs) -> None:
    balancer, group = albs.balancer(), albs.group()
    listener = albs.listener(balancer, group)
    albs.rule(listener, 1, [path("/a")], forward(group))
    albs.do("DeleteListener", listener_id=listener)
    assert not albs.do("ListRules", load_balancer_ids=[balancer]).rules
    albs.do("DeleteServerGroup", server_group_id=group)


def test_a_dry_run_and_a_refusal_leave_nothing(albs: Albs, refused: Refused) -> None:
    listener = albs.listener(albs.balancer(), albs.group())
    asked = {
        "listener_id": listener,
        "priority": 1,
        "rule_name": "dry",
        "rule_conditions": [path("/a")],
        "rule_actions": [fixed("x") | {"order": 1}],
    }
    assert refused(albs.do, "CreateRule", dry_run=True, **asked) == "DryRunOperation"
    wrong = asked | {"direction": "Response"}
    assert refused(albs.do, "CreateRule", **wrong) == "InvalidParameter.NotImplemented"
    assert not albs.do("ListRules", listener_ids=[listener]).rules
