"""ListRules. Wire shapes: the SDK alibabacloud_alb20200616."""

from __future__ import annotations

from typing import Literal

from yunbox.api.call import Call
from yunbox.api.shapes import Shape
from yunbox.control.store import View
from yunbox.services.alb.checks import Ids, TagFilters, TagShown, shown_tags
from yunbox.services.alb.jobs import goes_on
from yunbox.services.alb.pages import Listed, Listing, matching, page_of
from yunbox.services.alb.product import alb
from yunbox.services.alb.rules.action_parts import ActionPart, shown_action
from yunbox.services.alb.rules.condition_parts import ConditionPart, shown_condition
from yunbox.services.alb.rules.model import Rule


class ListRules(Listing):
    """List rules."""

    rule_ids: Ids = []
    listener_ids: Ids = []
    load_balancer_ids: Ids = []
    direction: Literal["", "Request", "Response"] = ""
    tag: TagFilters = []


class RuleShown(Shape):
    """A rule."""

    rule_id: str
    rule_name: str
    listener_id: str
    load_balancer_id: str
    priority: int
    rule_conditions: list[ConditionPart]
    rule_actions: list[ActionPart]
    tags: list[TagShown]
    rule_status: str
    direction: str = "Request"


class RulesListed(Listed, kw_only=True):
    """A page of rules."""

    rules: list[RuleShown]


@alb.action(ListRules, on="rule/*")
def list_rules(request: ListRules, call: Call) -> RulesListed:
    """Answer with a page of the rules that the filters keep."""
    found = matching(
        call,
        Rule,
        ids=request.rule_ids,
        tags=request.tag,
        keep=lambda each: (
            (not request.listener_ids or each.parent in request.listener_ids)
            and (not request.load_balancer_ids or each.load_balancer in request.load_balancer_ids)
            and request.direction != "Response"
        ),
    )
    page, listed = page_of(found, request)
    return RulesListed(
        rules=[_shown(call.view, each) for each in page],
        **listed,
    )


def _shown(view: View, rule: Rule) -> RuleShown:
    return RuleShown(
        rule_id=rule.id,
        rule_name=rule.name,
        listener_id=rule.parent,
        load_balancer_id=rule.load_balancer,
        priority=rule.priority,
        rule_conditions=[shown_condition(each) for each in rule.conditions],
        rule_actions=[shown_action(each) for each in rule.actions],
        tags=shown_tags(rule.tags),
        rule_status="Configuring" if goes_on(view, rule.id) else "Available",
    )
