"""DescribeRules and DescribeRuleAttribute. Shapes: the SDK alibabacloud_slb20140515.

A rule that schedules and checks as its listener does shows what its listener says.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Count, Request, Shape, Text
from yunbox.services.slb.listeners.model import Listener, Rule, require_listener
from yunbox.services.slb.listeners.requests import Port
from yunbox.services.slb.load_balancers.model import require_balancer
from yunbox.services.slb.product import slb
from yunbox.services.slb.rules.requests import require_rule
from yunbox.services.slb.shown import on_off


class DescribeRules(Request):
    """List the rules of a listener."""

    load_balancer_id: str
    listener_port: Port
    listener_protocol: str = ""


class DescribeRuleAttribute(Request):
    """Ask for a rule."""

    rule_id: str


class RuleShown(Answer, kw_only=True):
    """A forwarding rule. Its listener and balancer are shown where it alone is asked for."""

    rule_id: str
    rule_name: str
    load_balancer_id: Text = UNSET
    listener_port: Text = UNSET
    domain: Text
    url: Text
    v_server_group_id: str
    listener_sync: str
    scheduler: str
    sticky_session: str
    sticky_session_type: Text
    cookie: Text
    cookie_timeout: Count
    health_check: str
    health_check_domain: Text = UNSET
    health_check_uri: Text = field(default=UNSET, name="HealthCheckURI")
    health_check_http_code: Text = UNSET
    health_check_connect_port: Count = UNSET
    health_check_interval: Count = UNSET
    health_check_timeout: Count = UNSET
    healthy_threshold: Count = UNSET
    unhealthy_threshold: Count = UNSET


class RuleList(Shape):
    """The wrapping of rules."""

    rule: list[RuleShown]


class RulesDescribed(Answer):
    """The rules of a listener."""

    rules: RuleList


@slb.action(DescribeRules, on="loadbalancer/{load_balancer_id}")
def describe_rules(request: DescribeRules, call: Call) -> RulesDescribed:
    """Answer with them. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    balancer = require_balancer(call, request.load_balancer_id)
    listener = require_listener(call, balancer.id, request.listener_port, request.listener_protocol)
    rules = call.view.find(Rule, parent=listener.id)
    return RulesDescribed(rules=RuleList(rule=[RuleShown(**_fields(each, listener)) for each in rules]))


@slb.action(DescribeRuleAttribute, on="loadbalancer/*")
def describe_rule_attribute(request: DescribeRuleAttribute, call: Call) -> RuleShown:
    """Answer with it. Raises CloudError: InvalidRuleId.NotFound."""
    found = require_rule(call, request.rule_id)
    listener = call.view.get(Listener, found.parent)
    assert listener is not None
    return RuleShown(
        **_fields(found, listener), load_balancer_id=listener.parent, listener_port=str(listener.port)
    )


def _fields(rule: Rule, listener: Listener) -> dict[str, Any]:
    source = listener if rule.synced else rule
    return {
        "rule_id": rule.id,
        "rule_name": rule.name,
        "domain": rule.domain or UNSET,
        "url": rule.url or UNSET,
        "v_server_group_id": rule.vserver_group,
        "listener_sync": on_off(rule.synced),
        "scheduler": source.scheduler,
        "sticky_session": on_off(source.sticky.on),
        "sticky_session_type": source.sticky.kind or UNSET,
        "cookie": source.sticky.cookie or UNSET,
        "cookie_timeout": source.sticky.timeout or UNSET,
    } | _health(source)


def _health(source: Listener | Rule) -> dict[str, Any]:
    check = source.health_check
    if not check.on:
        return {"health_check": "off"}
    return {
        "health_check": "on",
        "health_check_domain": check.domain or UNSET,
        "health_check_uri": check.uri,
        "health_check_http_code": check.codes,
        "health_check_connect_port": check.port or UNSET,
        "health_check_interval": check.interval,
        "health_check_timeout": check.timeout,
        "healthy_threshold": check.healthy,
        "unhealthy_threshold": check.unhealthy,
    }
