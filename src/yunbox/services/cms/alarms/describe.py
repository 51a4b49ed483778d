"""DescribeMetricRuleList and DescribeMetricRuleCount. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Count, PageNumber, Request, Shape, Text
from yunbox.services.cms.alarms.evaluate import Escalation, State
from yunbox.services.cms.alarms.model import Rule, RuleState
from yunbox.services.cms.alarms.parameters import among_of
from yunbox.services.cms.answers import SUCCESS, Done
from yunbox.services.cms.groups.model import MonitorGroup, group_key
from yunbox.services.cms.product import cms


class DescribeMetricRuleList(Request):
    """List rules."""

    alert_state: State | UnsetType = UNSET
    dimensions: Annotated[str, Meta(max_length=50_000)] = ""
    enable_state: bool | UnsetType = UNSET
    group_id: str = ""
    metric_name: str = ""
    namespace: str = ""
    page: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    rule_ids: Annotated[str, Meta(max_length=5000)] = ""
    rule_name: str = ""


class LevelShown(Shape):
    """A level of a rule; one that the rule does not have is shown empty, and Terraform counts on that."""

    comparison_operator: Text = UNSET
    statistics: Text = UNSET
    threshold: Text = UNSET
    times: Count = UNSET


class LevelsShown(Shape):
    """The levels of a rule."""

    critical: LevelShown
    warn: LevelShown
    info: LevelShown


class PartShown(Shape):
    """A condition of a composite expression."""

    metric_name: str
    comparison_operator: str
    statistics: str
    threshold: str
    period: int


class PartsShown(Shape):
    """The wrapping of conditions."""

    expression_list: list[PartShown]


class CompositeShown(Shape):
    """A composite expression."""

    expression_list: PartsShown
    expression_list_join: str
    level: str
    times: int
    expression_raw: str = ""


class LabelShown(Shape):
    """A label."""

    key: str
    value: str


class LabelsShown(Shape):
    """The wrapping of labels."""

    labels: list[LabelShown]


class RuleShown(Shape, kw_only=True):
    """A rule."""

    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    resources: str
    dimensions: str
    period: str
    escalations: LevelsShown
    composite_expression: CompositeShown | UnsetType = UNSET
    contact_groups: str
    effective_interval: str
    no_effective_interval: str
    silence_time: int
    enable_state: bool
    alert_state: State
    no_data_policy: str
    webhook: str
    mail_subject: str
    group_id: str
    group_name: str
    product_category: str
    labels: LabelsShown
    gmt_create: int
    gmt_update: str
    source_type: str = "METRIC"
    send_ok: bool = field(default=True, name="SendOK")


class RuleList(Shape):
    """The wrapping of rules."""

    alarm: list[RuleShown]


class RulesDescribed(Answer, kw_only=True):
    """A page of rules."""

    alarms: RuleList
    total: str
    code: int = 200
    message: str = SUCCESS
    success: bool = True


class DescribeMetricRuleCount(Request):
    """Count rules by what they say."""

    namespace: str = ""
    metric_name: str = ""


class RuleCount(Shape):
    """How many rules say what."""

    alarm: int
    disable: int
    nodata: int
    ok: int
    total: int


class RulesCounted(Done, kw_only=True):
    """The counts."""

    metric_rule_count: RuleCount


def alert_states(call: Call) -> dict[str, State]:
    """Return what the caller's rules say, by the rules' stored ids: of several resources, the worst."""
    found: dict[str, State] = {}
    for each in call.find(RuleState):
        before = found.get(each.parent)
        if before is None or each.state == "ALARM" or before == "INSUFFICIENT_DATA":
            found[each.parent] = each.state
    return found


@cms.action(DescribeMetricRuleList, on="*")
def describe_metric_rule_list(request: DescribeMetricRuleList, call: Call) -> RulesDescribed:
    """Answer with a page of the rules that the filters keep."""
    states = alert_states(call)
    ids = {each.strip() for each in request.rule_ids.split(",") if each.strip()}
    among = among_of(request.dimensions, "Dimensions")

    def wanted(rule: Rule) -> bool:
        return (
            (not ids or rule.rule_id in ids)
            and request.rule_name in rule.name
            and request.namespace in ("", rule.namespace)
            and request.metric_name in ("", rule.metric)
            and (not request.group_id or rule.parent == group_key(call.account, request.group_id))
            and request.enable_state in (UNSET, rule.enabled)
            and request.alert_state in (UNSET, states.get(rule.id, "INSUFFICIENT_DATA"))
            and (not among or any(each in rule.among for each in among))
        )

    found = [each for each in call.find(Rule, descending=True) if wanted(each)]
    first = (request.page - 1) * request.page_size
    shown = [
        _shown(rule, states.get(rule.id, "INSUFFICIENT_DATA"), call)
        for rule in found[first : first + request.page_size]
    ]
    return RulesDescribed(alarms=RuleList(alarm=shown), total=str(len(found)))


@cms.action(DescribeMetricRuleCount, on="*")
def describe_metric_rule_count(request: DescribeMetricRuleCount, call: Call) -> RulesCounted:
    """Answer with the counts of all rules, or those of a metric."""
    states = alert_states(call)
    counts: Counter[str] = Counter()
    for rule in call.find(Rule):
        if request.namespace in ("", rule.namespace) and request.metric_name in ("", rule.metric):
            says = states.get(rule.id, "INSUFFICIENT_DATA") if rule.enabled else "Disabled"
            counts[says] += 1
    count = RuleCount(
        alarm=counts["ALARM"],
        disable=counts["Disabled"],
        nodata=counts["INSUFFICIENT_DATA"],
        ok=counts["OK"],
        total=counts.total(),
    )
    return RulesCounted(metric_rule_count=count)


def _shown(rule: Rule, state: State, call: Call) -> RuleShown:
    group = call.view.get(MonitorGroup, rule.parent) if rule.parent else None
    return RuleShown(
        rule_id=rule.rule_id,
        rule_name=rule.name,
        namespace=rule.namespace,
        metric_name=rule.metric,
        resources=rule.resources,
        dimensions=_bracketed(rule.resources) if group is not None else "",
        period=str(rule.period),
        escalations=levels_shown(() if rule.composite else rule.escalations),
        composite_expression=_composite(rule) if rule.composite else UNSET,
        contact_groups=rule.contact_groups,
        effective_interval=rule.effective or "00:00-23:59",
        no_effective_interval=rule.no_effective,
        silence_time=rule.silence,
        enable_state=rule.enabled,
        alert_state=state,
        no_data_policy=rule.no_data,
        webhook=rule.webhook,
        mail_subject=rule.email_subject,
        group_id=str(group.number) if group is not None else "",
        group_name=group.name if group is not None else "",
        product_category=rule.category or rule.namespace.removeprefix("acs_").removesuffix("_dashboard"),
        labels=LabelsShown(labels=[LabelShown(key=key, value=text) for key, text in rule.labels.items()]),
        gmt_create=int(rule.created * 1000),
        gmt_update=str(int(rule.updated * 1000)),
    )


def levels_shown(escalations: Iterable[Escalation]) -> LevelsShown:
    """Return levels of one metric as answers show them."""
    levels = {each.level: each for each in escalations}
    return LevelsShown(
        critical=_level(levels.get("CRITICAL")),
        warn=_level(levels.get("WARN")),
        info=_level(levels.get("INFO")),
    )


def _bracketed(dimensions: str) -> str:
    """Return dimensions of a group's rule as a JSON array, which the Terraform provider takes the brackets off."""
    return dimensions if dimensions.startswith("[") else f"[{dimensions}]"


def _level(escalation: Escalation | None) -> LevelShown:
    if escalation is None:
        return LevelShown()
    (condition,) = escalation.conditions
    return LevelShown(
        comparison_operator=condition.operator,
        statistics=condition.statistic,
        threshold=condition.written,
        times=escalation.times,
    )


def _composite(rule: Rule) -> CompositeShown:
    (escalation,) = rule.escalations
    parts = [
        PartShown(
            metric_name=each.metric,
            comparison_operator=each.operator,
            statistics=each.statistic,
            threshold=each.written,
            period=rule.period,
        )
        for each in escalation.conditions
    ]
    return CompositeShown(
        expression_list=PartsShown(expression_list=parts),
        expression_list_join="&&" if escalation.every else "||",
        level=escalation.level,
        times=escalation.times,
    )
