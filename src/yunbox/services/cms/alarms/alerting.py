"""DescribeAlertingMetricRuleResources, and the resources of a rule one by one. Shapes: the SDK."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import PageNumber, Request, Shape
from yunbox.services.cms.alarms.evaluate import SYMBOLS, Condition, Escalation
from yunbox.services.cms.alarms.lifecycle import find_rules
from yunbox.services.cms.alarms.model import Rule, RuleState
from yunbox.services.cms.alarms.parameters import Json, among_of
from yunbox.services.cms.answers import Done, Numbered
from yunbox.services.cms.groups.model import group_key
from yunbox.services.cms.metrics.reading import dimensions_of, moment
from yunbox.services.cms.product import cms

MOST_RESOURCES = 1000

GRADES = {"CRITICAL": 2, "WARN": 3, "INFO": 4}
"""The numbers of levels."""


class DescribeAlertingMetricRuleResources(Request):
    """List the resources for which rules are in alarm."""

    rule_id: str = ""
    group_id: str = ""
    namespace: str = ""
    dimensions: Json = ""
    alert_before_time: str = ""
    page: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class PartShown(Shape):
    """A condition."""

    metric_name: str
    comparison_operator: str
    statistics: str
    threshold: str
    period: str


class PartsShown(Shape):
    """The wrapping of conditions."""

    expression_list: list[PartShown]


class LevelShown(Shape, kw_only=True):
    """A level of a rule."""

    level: int
    comparison_operator: str
    threshold: str
    times: int
    expression: str
    expression_list_join: str
    expression_list: PartsShown


class LevelList(Shape):
    """The wrapping of levels."""

    resource: list[LevelShown]


class Alerting(Shape, kw_only=True):
    """A resource for which a rule is in alarm."""

    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    product_category: str
    group_id: str
    resource: str
    dimensions: str
    enable: str
    level: int
    metric_values: str
    statistics: str
    threshold: str
    retry_times: str
    start_time: str
    last_alert_time: str
    last_modify_time: str
    escalation: LevelList


class AlertingList(Shape):
    """The wrapping of those."""

    resource: list[Alerting]


class AlertingDescribed(Numbered, kw_only=True):
    """A page of those."""

    resources: AlertingList
    total: int


@cms.action(DescribeAlertingMetricRuleResources, on="*")
def describe_alerting_metric_rule_resources(
    request: DescribeAlertingMetricRuleResources, call: Call
) -> AlertingDescribed:
    """Answer with a page of them, by rule."""
    rules = {each.id: each for each in call.find(Rule)}
    before = moment(request.alert_before_time, "AlertBeforeTime") if request.alert_before_time else None
    among = dimensions_of(request.dimensions)
    found = [
        (rules[state.parent], state)
        for state in call.find(RuleState)
        if state.state == "ALARM"
        and state.parent in rules
        and _wanted(request, rules[state.parent], call)
        and (before is None or state.since <= before)
        and (not among or any(set(each.items()) <= set(state.dimensions.items()) for each in among))
    ]
    first = (request.page - 1) * request.page_size
    listed = [_alerting(rule, state) for rule, state in found[first : first + request.page_size]]
    return AlertingDescribed(resources=AlertingList(resource=listed), total=len(found))


def _wanted(request: DescribeAlertingMetricRuleResources, rule: Rule, call: Call) -> bool:
    return (
        request.rule_id in ("", rule.rule_id)
        and request.namespace in ("", rule.namespace)
        and (not request.group_id or rule.parent == group_key(call.account, request.group_id))
    )


def _alerting(rule: Rule, state: RuleState) -> Alerting:
    decisive = next((each for each in rule.escalations if each.level == state.level), rule.escalations[0])
    condition = decisive.conditions[0]
    value = "" if state.value is None else f"{state.value:.12g}"
    return Alerting(
        rule_id=rule.rule_id,
        rule_name=rule.name,
        namespace=rule.namespace,
        metric_name=rule.metric,
        product_category=rule.category or rule.namespace.removeprefix("acs_").removesuffix("_dashboard"),
        group_id=rule.parent.partition("/")[2],
        resource=",".join(f"{name}={text}" for name, text in sorted(state.dimensions.items())),
        dimensions=msgspec.json.encode(state.dimensions).decode(),
        enable=str(rule.enabled).lower(),
        level=GRADES.get(state.level, 0),
        metric_values=msgspec.json.encode({condition.statistic: value}).decode(),
        statistics=condition.statistic,
        threshold=condition.written,
        retry_times=str(decisive.times),
        start_time=str(int(state.since * 1000)),
        last_alert_time=str(int(state.told_at * 1000)),
        last_modify_time=str(int(rule.updated * 1000)),
        escalation=LevelList(resource=[_level(each, rule) for each in rule.escalations]),
    )


def _level(escalation: Escalation, rule: Rule) -> LevelShown:
    first = escalation.conditions[0]
    parts = [
        PartShown(
            metric_name=each.metric,
            comparison_operator=_symbol(each),
            statistics=each.statistic,
            threshold=each.written,
            period=str(rule.period),
        )
        for each in escalation.conditions
    ]
    return LevelShown(
        level=GRADES.get(escalation.level, 0),
        comparison_operator=_symbol(first),
        threshold=first.written,
        times=escalation.times,
        expression=escalation.expression,
        expression_list_join="&&" if escalation.every else "||",
        expression_list=PartsShown(expression_list=parts if rule.composite else []),
    )


def _symbol(condition: Condition) -> str:
    return next((text for text, name in SYMBOLS.items() if name == condition.operator), condition.operator)


class CreateMetricRuleResources(Request):
    """Have a rule be about further resources."""

    rule_id: str
    resources: Json
    overwrite: Literal["true", "false"] = "false"


class DeleteMetricRuleResources(Request):
    """Have a rule no longer be about some resources."""

    rule_id: str
    resources: Json


def _put_resources(call: Call, rule: Rule, wanted: list[dict[str, str]]) -> None:
    if len(wanted) > MOST_RESOURCES:
        raise invalid_parameter("Resources", f"a rule is about at most {MOST_RESOURCES} resources")
    text = msgspec.json.encode(wanted).decode()
    call.change.replace(msgspec.structs.replace(rule, resources=text, among=tuple(wanted), updated=call.now))


@cms.action(CreateMetricRuleResources, on="*")
def create_metric_rule_resources(request: CreateMetricRuleResources, call: Call) -> Done:
    """Add them. Raises CloudError: ResourceNotFound, InvalidParameter."""
    (rule,) = find_rules(call, [request.rule_id])
    given = among_of(request.resources)
    if not given:
        raise invalid_parameter("Resources", "a JSON array of resources is expected")
    kept = [] if request.overwrite == "true" else list(rule.among)
    _put_resources(call, rule, kept + [each for each in given if each not in kept])
    return Done()


@cms.action(DeleteMetricRuleResources, on="*")
def delete_metric_rule_resources(request: DeleteMetricRuleResources, call: Call) -> Done:
    """Take them away; the last one stays, for a rule about none would be about all.

    Raises CloudError: ResourceNotFound, InvalidParameter.
    """
    (rule,) = find_rules(call, [request.rule_id])
    gone = among_of(request.resources)
    left = [each for each in rule.among if each not in gone]
    if not left:
        raise invalid_parameter("Resources", "a rule is about at least one resource: delete the rule")
    _put_resources(call, rule, left)
    for state in call.change.find(RuleState, parent=rule.id):
        if not any(set(each.items()) <= set(state.dimensions.items()) for each in left):
            call.change.delete(RuleState, state.id)
    return Done()
