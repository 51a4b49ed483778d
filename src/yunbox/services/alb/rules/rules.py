"""Forwarding rules are made, changed and deleted. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import unsupported_parameter
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.api.tagging import check_tags
from yunbox.services.alb.checks import Tags, check_name
from yunbox.services.alb.errors import conflict, not_found, quota_exceeded
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.listeners.listeners import listener_of
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.listeners.settings import check_group
from yunbox.services.alb.load_balancers.modify import balancer
from yunbox.services.alb.product import alb
from yunbox.services.alb.rules.action_parts import ActionChangedPart, ActionPart
from yunbox.services.alb.rules.condition_parts import ConditionPart, read_conditions
from yunbox.services.alb.rules.model import Rule
from yunbox.services.alb.rules.reading import check_together, read_actions

RULES_PER_LISTENER = 100

Priority = Annotated[int, Meta(ge=1, le=10000)]
Conditions = list[ConditionPart]


class RulePart(Shape):
    """A rule to make."""

    rule_name: str
    priority: Priority
    rule_conditions: Conditions
    rule_actions: list[ActionPart]
    direction: Literal["Request", "Response"] = "Request"
    tag: Tags = []


class CreateRule(RulePart, Request, kw_only=True):
    """Add a forwarding rule to a listener."""

    listener_id: str


class RuleCreated(Answer):
    """The rule."""

    rule_id: str
    job_id: str


class CreateRules(Request):
    """Add several forwarding rules to a listener."""

    listener_id: str
    rules: Annotated[list[RulePart], Meta(min_length=1, max_length=10)]


class RuleMade(Shape):
    """One of several rules that were made."""

    rule_id: str
    priority: int


class RulesCreated(Answer):
    """The rules."""

    rule_ids: list[RuleMade]
    job_id: str


class RuleChangedPart(Shape):
    """A rule, and what of it changes."""

    rule_id: str
    rule_name: str = ""
    priority: Priority | UnsetType = UNSET
    rule_conditions: Conditions = []
    rule_actions: list[ActionChangedPart] = []


class UpdateRuleAttribute(RuleChangedPart, Request):
    """Change a rule."""


class UpdateRulesAttribute(Request):
    """Change several rules."""

    rules: Annotated[list[RuleChangedPart], Meta(min_length=1, max_length=10)]


class DeleteRule(Request):
    """Delete a rule."""

    rule_id: str


class DeleteRules(Request):
    """Delete several rules."""

    rule_ids: Annotated[list[str], Meta(min_length=1, max_length=5)]


def rule_of(call: Call, id_: str) -> Rule:
    """Return a rule of the caller's. Raises CloudError: ResourceNotFound.Rule."""
    return call.require(Rule, id_, not_found("Rule"))


@alb.action(CreateRule, on="listener/{listener_id}")
def create_rule(request: CreateRule, call: Call) -> RuleCreated:
    """Store a rule.

    Raises CloudError: ResourceNotFound.*, Conflict.Priority, QuotaExceeded.ListenerRulesNum, Mismatch.*,
    IllegalParam.*, MissingParam.*.
    """
    made = _create(call, listener_of(call, request.listener_id), request)
    _check_priorities(call, made.parent)
    return RuleCreated(rule_id=made.id, job_id=begin_job(call, "rule", made.id, made.load_balancer))


@alb.action(CreateRules, on="listener/{listener_id}")
def create_rules(request: CreateRules, call: Call) -> RulesCreated:
    """Store them all, or none. Raises CloudError as CreateRule does."""
    listener = listener_of(call, request.listener_id)
    made = [_create(call, listener, each) for each in request.rules]
    _check_priorities(call, listener.id)
    return RulesCreated(
        rule_ids=[RuleMade(rule_id=each.id, priority=each.priority) for each in made],
        job_id=begin_job(call, "rule", made[0].id, listener.parent),
    )


def _create(call: Call, listener: Listener, part: RulePart) -> Rule:
    if part.direction == "Response":
        raise unsupported_parameter("Direction Response", call.action)
    conditions = read_conditions(part.rule_conditions, call.action)
    rule = Rule(
        id=call.new_id("rule"),
        account=call.account,
        region=call.region,
        parent=listener.id,
        name=check_name(part.rule_name, "RuleName"),
        created=call.now,
        tags=check_tags(part.tag),
        load_balancer=listener.parent,
        priority=part.priority,
        conditions=conditions,
        actions=read_actions(part.rule_actions, call.action),
    )
    check_together(rule.conditions, rule.actions, call.action)
    _check_groups(call, rule, listener)
    return call.change.create(rule)


def _check_groups(call: Call, rule: Rule, listener: Listener) -> None:
    owner = balancer(call, listener.parent)
    for each in rule.groups:
        check_group(call, each, owner, listener.protocol)


def _check_priorities(call: Call, listener: str) -> None:
    """Refuse rules of the same priority, or more than a listener may have. Raises CloudError."""
    rules = call.find(Rule, parent=listener)
    if len(rules) > RULES_PER_LISTENER:
        raise quota_exceeded("ListenerRulesNum", RULES_PER_LISTENER, listener)
    found: dict[int, str] = {}
    for each in rules:
        if each.priority in found:
            raise conflict("Priority", found[each.priority])
        found[each.priority] = each.id


@alb.action(UpdateRuleAttribute, on="rule/{rule_id}")
def update_rule_attribute(request: UpdateRuleAttribute, call: Call) -> Started:
    """Change what is given. Raises CloudError: ResourceNotFound.Rule, and as CreateRule does."""
    changed = _change(call, request)
    _check_priorities(call, changed.parent)
    return Started(job_id=begin_job(call, "rule", changed.id, changed.load_balancer))


@alb.action(UpdateRulesAttribute, on="")
def update_rules_attribute(request: UpdateRulesAttribute, call: Call) -> Started:
    """Change them all, or none. Raises CloudError as UpdateRuleAttribute does."""
    for each in request.rules:
        call.authorise(f"rule/{each.rule_id}")
    changed = [_change(call, each) for each in request.rules]
    for listener in {each.parent for each in changed}:
        _check_priorities(call, listener)
    return Started(job_id=begin_job(call, "rule", changed[0].id, changed[0].load_balancer))


def _change(call: Call, part: RuleChangedPart) -> Rule:
    found = rule_of(call, part.rule_id)
    conditions = found.conditions
    if part.rule_conditions:
        conditions = read_conditions(part.rule_conditions, call.action)
    actions = found.actions
    if part.rule_actions:
        actions = read_actions(part.rule_actions, call.action)
    changed = msgspec.structs.replace(
        found,
        name=check_name(part.rule_name, "RuleName") if part.rule_name else found.name,
        priority=found.priority if part.priority is UNSET else part.priority,
        conditions=conditions,
        actions=actions,
    )
    check_together(conditions, actions, call.action)
    _check_groups(call, changed, listener_of(call, found.parent))
    return call.change.replace(changed)


@alb.action(DeleteRule, on="rule/{rule_id}")
def delete_rule(request: DeleteRule, call: Call) -> Started:
    """Delete it. Raises CloudError: ResourceNotFound.Rule."""
    found = rule_of(call, request.rule_id)
    call.change.delete(Rule, found.id)
    return Started(job_id=begin_job(call, "rule", found.id, found.load_balancer))


@alb.action(DeleteRules, on="rule/{rule_ids}")
def delete_rules(request: DeleteRules, call: Call) -> Started:
    """Delete them all, or none. Raises CloudError: ResourceNotFound.Rule."""
    found = [rule_of(call, each) for each in dict.fromkeys(request.rule_ids)]
    for each in found:
        call.change.delete(Rule, each.id)
    return Started(job_id=begin_job(call, "rule", found[0].id, found[0].load_balancer))
