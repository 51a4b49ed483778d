"""PutResourceMetricRule, PutResourceMetricRules, PutGroupMetricRule and PutCustomMetricRule. Shapes: the SDK."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Request, Shape
from yunbox.errors import CloudError
from yunbox.services.cms.alarms.evaluate import SYMBOLS, Condition, Escalation, Level
from yunbox.services.cms.alarms.model import Rule, rule_id
from yunbox.services.cms.alarms.parameters import (
    DEFAULT_SILENCE,
    NOT_MEASURED,
    NOT_SENT,
    Common,
    CommonRequest,
    Json,
    Name,
    RuleId,
    among_of,
    check_intervals,
    check_webhook,
    composite_of,
    levels_of,
    put_rule,
    rule_of,
    rule_period,
    statistic_of,
    threshold_of,
)
from yunbox.services.cms.answers import Done, Numbered
from yunbox.services.cms.errors import not_found, shown
from yunbox.services.cms.groups.model import MonitorGroup, group_key
from yunbox.services.cms.metrics.catalogue import custom
from yunbox.services.cms.product import cms

_PARTIAL = f"{NOT_MEASURED} {NOT_SENT}"


class PutResourceMetricRule(CommonRequest, kw_only=True):
    """Make or change a rule about resources."""

    metric_name: Name
    resources: Json = ""
    composite_expression: Json = ""


class ResourceRule(Common, kw_only=True):
    """A rule about resources, one of several."""

    metric_name: Name
    resources: Json


class PutResourceMetricRules(Request):
    """Make or change several rules about resources."""

    rules: Annotated[list[ResourceRule], Meta(min_length=1, max_length=500)]


class Outcome(Shape):
    """Why a rule of several was not taken."""

    code: str
    message: str
    success: bool = False


class Failed(Shape):
    """A rule of several that was not taken."""

    rule_id: str
    result: Outcome


class FailedList(Shape):
    """The wrapping of those that were not taken."""

    target: list[Failed]


class RulesPut(Done, kw_only=True):
    """Which rules were not taken."""

    failed_list_result: FailedList


@cms.action(PutResourceMetricRule, on="*", partial=_PARTIAL)
def put_resource_metric_rule(request: PutResourceMetricRule, call: Call) -> Done:
    """Store the rule. Raises CloudError: InvalidParameter, MissingParameter, ResourceNotFound, ExceedingQuota."""
    period = rule_period(request.period)
    composite = composite_of(request.composite_expression, period)
    simple = levels_of(request.metric_name, request.escalations)
    if composite is not None and simple:
        raise invalid_parameter(
            "CompositeExpression", "a rule is about one metric or about several, not both"
        )
    escalations = (composite,) if composite is not None else simple
    put_rule(call, _resource_rule(request, call, escalations, composite=composite is not None))
    return Done()


@cms.action(PutResourceMetricRules, on="*", partial=_PARTIAL)
def put_resource_metric_rules(request: PutResourceMetricRules, call: Call) -> RulesPut:
    """Store those of the rules that can be stored, and say why not of the others."""
    failed = []
    for each in request.rules:
        try:
            put_rule(call, _resource_rule(each, call, levels_of(each.metric_name, each.escalations)))
        except CloudError as error:
            outcome = Outcome(code=error.code, message=error.message)
            failed.append(Failed(rule_id=each.rule_id, result=outcome))
    return RulesPut(failed_list_result=FailedList(target=failed), success=not failed)


def _resource_rule(
    given: PutResourceMetricRule | ResourceRule,
    call: Call,
    escalations: tuple[Escalation, ...],
    **more: Any,
) -> Rule:
    return rule_of(
        given,
        call,
        escalations,
        metric=given.metric_name,
        resources=given.resources,
        among=among_of(given.resources),
        period=rule_period(given.period),
        **more,
    )


class GroupRule(Common, kw_only=True):
    """A rule about the instances of a monitor group, one of several."""

    metric_name: Name
    category: str = ""
    dimensions: Json = ""


class PutGroupMetricRule(CommonRequest, kw_only=True):
    """Make or change a rule about the instances of a monitor group."""

    metric_name: Name
    group_id: str
    category: str = ""
    dimensions: Json = ""
    extra_dimension_json: Json = ""


class CreateGroupMetricRules(Request):
    """Make or change several rules about the instances of a monitor group."""

    group_id: str
    group_metric_rules: Annotated[list[GroupRule], Meta(min_length=1, max_length=200)]


class GroupRuleMade(Shape):
    """Whether a rule of several was taken."""

    rule_id: str
    rule_name: str
    code: int
    message: str
    success: bool


class GroupRulesMade(Shape):
    """The wrapping of those."""

    alert_result: list[GroupRuleMade]


class GroupRulesPut(Numbered, kw_only=True):
    """Which rules were taken."""

    resources: GroupRulesMade


class RuleNamed(Shape):
    """A rule's id."""

    rule_id: str


class GroupRulePut(Done, kw_only=True):
    """The rule."""

    result: RuleNamed


@cms.action(PutGroupMetricRule, on="*", partial=_PARTIAL)
def put_group_metric_rule(request: PutGroupMetricRule, call: Call) -> GroupRulePut:
    """Store the rule. Raises CloudError as PutResourceMetricRule does."""
    _check_group(request.group_id, call)
    extra = request.extra_dimension_json or request.dimensions
    put_rule(call, _group_rule(request, request.group_id, extra, call))
    return GroupRulePut(result=RuleNamed(rule_id=request.rule_id))


@cms.action(CreateGroupMetricRules, on="*", partial=_PARTIAL)
def create_group_metric_rules(request: CreateGroupMetricRules, call: Call) -> GroupRulesPut:
    """Store those of the rules that can be stored, and say why not of the others."""
    _check_group(request.group_id, call)
    made = []
    for each in request.group_metric_rules:
        code, message = 200, ""
        try:
            put_rule(call, _group_rule(each, request.group_id, each.dimensions, call))
        except CloudError as error:
            code, message = error.status, f"{error.code}: {error.message}"
        made.append(
            GroupRuleMade(
                rule_id=each.rule_id,
                rule_name=each.rule_name,
                code=code,
                message=message,
                success=code == 200,
            )
        )
    return GroupRulesPut(
        resources=GroupRulesMade(alert_result=made), success=all(each.success for each in made)
    )


def _check_group(number: str, call: Call) -> None:
    if call.change.get(MonitorGroup, group_key(call.account, number)) is None:
        raise not_found(f"the monitor group {shown(number)}")


def _group_rule(given: PutGroupMetricRule | GroupRule, number: str, dimensions: str, call: Call) -> Rule:
    return rule_of(
        given,
        call,
        levels_of(given.metric_name, given.escalations),
        metric=given.metric_name,
        parent=group_key(call.account, number),
        resources=dimensions,
        among=among_of(dimensions, "Dimensions"),
        category=given.category,
        period=rule_period(given.period),
    )


class PutCustomMetricRule(Request, kw_only=True):
    """Make or change a rule about values that the caller measured."""

    rule_id: RuleId
    metric_name: Name
    comparison_operator: Literal[">=", "=", "<=", ">", "<", "!="]
    contact_groups: Annotated[str, Meta(max_length=2000)]
    evaluation_count: Annotated[int, Meta(ge=1, le=120)]
    level: Literal["CRITICAL", "WARN", "INFO"]
    resources: Json
    statistics: str
    threshold: str
    rule_name: Annotated[str, Meta(max_length=256)] = ""
    group_id: str = ""
    period: str = ""
    effective_interval: Annotated[str, Meta(max_length=200)] = ""
    email_subject: Annotated[str, Meta(max_length=256)] = ""
    silence_time: Annotated[int, Meta(ge=0, le=86_400 * 31)] = DEFAULT_SILENCE
    webhook: Annotated[str, Meta(max_length=2000)] = ""


@cms.action(PutCustomMetricRule, on="*", partial=NOT_SENT)
def put_custom_metric_rule(request: PutCustomMetricRule, call: Call) -> Done:
    """Store the rule. Raises CloudError as PutResourceMetricRule does."""
    check_intervals(request.effective_interval)
    among = among_of(request.resources)
    if not request.resources.strip():
        raise missing_parameter("Resources")
    level: Level = request.level
    condition = Condition(
        metric=request.metric_name,
        statistic=statistic_of(request.statistics, "Statistics"),
        operator=SYMBOLS[request.comparison_operator],
        threshold=threshold_of(request.threshold, "Threshold"),
        written=request.threshold,
    )
    put_rule(
        call,
        Rule(
            id=rule_id(call.account, request.rule_id),
            account=call.account,
            name=request.rule_name or request.rule_id,
            rule_id=request.rule_id,
            namespace=custom(call.account),
            metric=request.metric_name,
            resources=request.resources,
            among=among,
            escalations=(Escalation(level=level, conditions=(condition,), times=request.evaluation_count),),
            period=rule_period(request.period),
            silence=request.silence_time,
            effective=request.effective_interval,
            webhook=check_webhook(request.webhook),
            contact_groups=request.contact_groups,
            email_subject=request.email_subject,
            created=call.now,
            updated=call.now,
        ),
    )
    return Done()
