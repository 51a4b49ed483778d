"""CreateRules, SetRule, DeleteRules. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.errors import CloudError
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.errors import not_found, quota_exceeded
from yunbox.services.slb.groups.find import require_vserver_group
from yunbox.services.slb.listeners.model import Listener, Rule, require_listener
from yunbox.services.slb.listeners.requests import (
    CheckPort,
    Cookie,
    CookieSeconds,
    Domain,
    Interval,
    Port,
    Scheduler,
    Switch,
    Threshold,
    Timeout,
    Uri,
)
from yunbox.services.slb.listeners.settle import health_check, sticky_session
from yunbox.services.slb.lists import read_list
from yunbox.services.slb.load_balancers.model import require_balancer
from yunbox.services.slb.product import slb

RULES_PER_REQUEST = 10
RULES_PER_LISTENER = 100


class GivenRule(msgspec.Struct, frozen=True, rename="pascal"):
    """A rule as the list in JSON has it."""

    rule_name: Annotated[str, Meta(min_length=1, max_length=40)]
    v_server_group_id: str
    domain: Annotated[str, Meta(max_length=253, pattern=r"^[-*.A-Za-z0-9_]*$")] = ""
    url: Annotated[str, Meta(max_length=80, pattern=r"^(/[-A-Za-z0-9/.%?#&*_=~]*)?$")] = ""


class CreateRules(Request, kw_only=True):
    """Add forwarding rules to a listener."""

    load_balancer_id: str
    listener_port: Port
    listener_protocol: str = ""
    rule_list: str


class RuleCreated(Shape):
    """A rule that was made."""

    rule_id: str
    rule_name: str


class RulesCreatedList(Shape):
    """The wrapping of rules."""

    rule: list[RuleCreated]


class RulesCreated(Answer):
    """The rules that were made."""

    rules: RulesCreatedList


@slb.action(CreateRules, on="loadbalancer/{load_balancer_id}")
def create_rules(request: CreateRules, call: Call) -> RulesCreated:
    """Store them. Raises CloudError: InvalidParameter, DomainExist, InvalidVServerGroupId.NotFound ..."""
    balancer = require_balancer(call, request.load_balancer_id)
    listener = require_listener(call, balancer.id, request.listener_port, request.listener_protocol)
    if listener.protocol == "tcp":
        raise invalid_parameter("ListenerPort", "an HTTP or HTTPS listener is expected")
    made = [_create(call, listener, each) for each in _read(request.rule_list)]
    if len(call.view.find(Rule, parent=listener.id)) > RULES_PER_LISTENER:
        raise quota_exceeded("Rule", RULES_PER_LISTENER)
    shown = [RuleCreated(rule_id=each.id, rule_name=each.name) for each in made]
    return RulesCreated(rules=RulesCreatedList(rule=shown))


def _read(text: str) -> list[GivenRule]:
    try:
        found = read_list(text, GivenRule)
    except ValueError as error:
        raise invalid_parameter("RuleList", f"a list of rules in JSON is expected: {error}") from None
    if len(found) > RULES_PER_REQUEST:
        raise quota_exceeded("RulesPerRequest", RULES_PER_REQUEST)
    return found


def _create(call: Call, listener: Listener, given: GivenRule) -> Rule:
    if not given.domain and not given.url:
        raise invalid_parameter("RuleList", "a rule needs a Domain or a Url")
    for other in call.view.find(Rule, parent=listener.id):
        if (other.domain, other.url) == (given.domain, given.url):
            raise CloudError("DomainExist", 400, "There is a rule for that domain and URL already.")
        if other.name == given.rule_name:
            raise _name_taken(given.rule_name)
    return call.change.create(
        Rule(
            id=call.new_id("rule"),
            account=call.account,
            region=call.region,
            name=check_name(given.rule_name, "RuleName"),
            parent=listener.id,
            created=call.now,
            domain=given.domain,
            url=given.url,
            vserver_group=require_vserver_group(call, given.v_server_group_id, listener.parent).id,
        )
    )


def _name_taken(name: str) -> CloudError:
    return CloudError("RuleNameExist", 400, f"There is a rule named {name!a} already.")


def require_rule(call: Call, id_: str) -> Rule:
    """Return a rule of the caller. Raises CloudError: InvalidRuleId.NotFound."""
    return call.require(Rule, id_, lambda id_: not_found("InvalidRuleId.NotFound", "RuleId", id_))


class SetRule(Request):
    """Change a rule: its group, and whether it schedules and checks as its listener does."""

    rule_id: str
    rule_name: Text = UNSET
    v_server_group_id: Text = UNSET
    listener_sync: Switch = UNSET
    scheduler: Scheduler | UnsetType = UNSET
    sticky_session: Switch = UNSET
    sticky_session_type: Literal["", "insert", "server"] | UnsetType = UNSET
    cookie: Cookie | UnsetType = UNSET
    cookie_timeout: CookieSeconds | UnsetType = UNSET
    health_check: Switch = UNSET
    health_check_domain: Domain | UnsetType = UNSET
    health_check_uri: Uri | UnsetType = field(default=UNSET, name="HealthCheckURI")
    health_check_http_code: Text = UNSET
    health_check_connect_port: CheckPort | UnsetType = UNSET
    health_check_interval: Interval | UnsetType = UNSET
    health_check_timeout: Timeout | UnsetType = UNSET
    healthy_threshold: Threshold | UnsetType = UNSET
    unhealthy_threshold: Threshold | UnsetType = UNSET


@slb.action(SetRule, on="loadbalancer/*")
def set_rule(request: SetRule, call: Call) -> Empty:
    """Change what is given. Raises CloudError: InvalidRuleId.NotFound, MissingParameter ..."""
    found = require_rule(call, request.rule_id)
    listener = call.change.get(Listener, found.parent)
    assert listener is not None
    changed: dict[str, Any] = {}
    if request.rule_name:
        changed["name"] = check_name(request.rule_name, "RuleName", 40)
        if any(each.name == request.rule_name and each.id != found.id for each in _siblings(call, found)):
            raise _name_taken(request.rule_name)
    if request.v_server_group_id:
        changed["vserver_group"] = require_vserver_group(call, request.v_server_group_id, listener.parent).id
    if request.listener_sync is not UNSET:
        changed["synced"] = request.listener_sync == "on"
    found = msgspec.structs.replace(found, **changed)
    if not found.synced:
        found = msgspec.structs.replace(
            found,
            scheduler=request.scheduler or found.scheduler,
            health_check=health_check(found.health_check, request),
            sticky=sticky_session(found.sticky, request),
        )
    call.change.replace(found)
    return Empty()


def _siblings(call: Call, rule: Rule) -> list[Rule]:
    return call.view.find(Rule, parent=rule.parent)


class DeleteRules(Request):
    """Delete forwarding rules: a list of ids in JSON."""

    rule_ids: str


@slb.action(DeleteRules, on="loadbalancer/*")
def delete_rules(request: DeleteRules, call: Call) -> Empty:
    """Delete them. Raises CloudError: InvalidRuleId.NotFound."""
    try:
        ids = read_list(request.rule_ids, str)
    except ValueError:
        raise invalid_parameter("RuleIds", "a list of ids in JSON is expected") from None
    for id_ in ids:
        call.change.delete(Rule, require_rule(call, id_).id)
    return Empty()
