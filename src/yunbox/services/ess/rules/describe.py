"""DescribeScalingRules. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Count, Shape, Text
from yunbox.services.ess.alarms.model import AlarmTask
from yunbox.services.ess.alarms.shown import DimensionShown, WatchedShown, dimensions_of, watched_by
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.pages import Listed, Listing, page_of
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.model import RuleType, ScalingRule, rule_id_of


class DescribeScalingRules(Listing):
    """List rules; `show_alarm_rules` asks for the alarms that execute them."""

    scaling_group_id: str = ""
    scaling_rule_ids: Annotated[list[str], Meta(max_length=50)] = []
    scaling_rule_names: Annotated[list[str], Meta(max_length=50)] = []
    scaling_rule_aris: Annotated[list[str], Meta(max_length=50)] = []
    scaling_rule_type: RuleType | UnsetType = UNSET
    show_alarm_rules: bool = False


class StepShown(Shape, kw_only=True):
    """A step."""

    metric_interval_lower_bound: float | UnsetType = UNSET
    metric_interval_upper_bound: float | UnsetType = UNSET
    scaling_adjustment: int


class AlarmOfRule(WatchedShown, kw_only=True):
    """An alarm that executes a rule."""

    alarm_task_id: str
    alarm_task_name: str


class RuleShown(Shape, kw_only=True):
    """A rule."""

    scaling_rule_id: str
    scaling_rule_name: str
    scaling_rule_ari: str
    scaling_rule_type: str
    scaling_group_id: str
    min_size: Count
    max_size: Count
    adjustment_type: Text = UNSET
    adjustment_value: Count = UNSET
    min_adjustment_magnitude: Count = UNSET
    cooldown: Count = UNSET
    step_adjustments: list[StepShown]
    metric_type: Text = UNSET
    metric_name: Text = UNSET
    target_value: float | UnsetType = UNSET
    alarm_dimensions: list[DimensionShown] | UnsetType = UNSET
    estimated_instance_warmup: Count = UNSET
    disable_scale_in: bool | UnsetType = UNSET
    scale_out_evaluation_count: Count = UNSET
    scale_in_evaluation_count: Count = UNSET
    predictive_scaling_mode: Text = UNSET
    predictive_value_behavior: Text = UNSET
    predictive_value_buffer: Count = UNSET
    predictive_task_buffer_time: Count = UNSET
    initial_max_size: Count = UNSET
    alarms: list[AlarmOfRule]


class RulesDescribed(Listed):
    """A page of rules."""

    scaling_rules: list[RuleShown]


@ess.action(
    DescribeScalingRules,
    on="scalingrule/*",
    partial="Alarms are those that name the rule: a target tracking rule is evaluated without alarms of its own.",
)
def describe_scaling_rules(request: DescribeScalingRules, call: Call) -> RulesDescribed:
    """Answer a page of rules."""
    names = request.scaling_rule_names
    asked = request.scaling_rule_ids or [rule_id_of(each) for each in request.scaling_rule_aris]

    def keep(rule: ScalingRule) -> bool:
        return (not names or rule.name in names) and request.scaling_rule_type in (UNSET, rule.type)

    page = page_of(call, ScalingRule, request, keep, ids=asked, parent=request.scaling_group_id)
    return RulesDescribed(
        total_count=page.total,
        page_number=page.number,
        page_size=page.size,
        scaling_rules=[shown(call, each, with_alarms=request.show_alarm_rules) for each in page.items],
    )


def shown(call: Call, rule: ScalingRule, *, with_alarms: bool) -> RuleShown:
    """Return a rule as a listing has it: with what is of its type alone."""
    group = call.get(ScalingGroup, rule.parent)
    alarms = call.find(AlarmTask, parent=rule.parent) if with_alarms else []
    own: dict[str, Any] = {
        name: value for name, value in _of_type(rule).items() if value is not None and value != ""
    }
    return RuleShown(
        scaling_rule_id=rule.id,
        scaling_rule_name=rule.name,
        scaling_rule_ari=rule.ari,
        scaling_rule_type=rule.type,
        scaling_group_id=rule.parent,
        min_size=UNSET if group is None else group.min_size,
        max_size=UNSET if group is None else group.max_size,
        step_adjustments=[
            StepShown(
                metric_interval_lower_bound=UNSET if each.lower is None else each.lower,
                metric_interval_upper_bound=UNSET if each.upper is None else each.upper,
                scaling_adjustment=each.adjustment,
            )
            for each in rule.steps
        ],
        alarms=[_alarm(each) for each in alarms if rule.ari in each.actions],
        **own,
    )


def _of_type(rule: ScalingRule) -> dict[str, Any]:
    simple = {
        "adjustment_type": rule.adjustment_type,
        "adjustment_value": rule.adjustment_value,
        "min_adjustment_magnitude": rule.min_adjustment_magnitude,
        "cooldown": rule.cooldown,
    }
    measured = {
        "metric_type": rule.metric_type,
        "metric_name": rule.metric_name,
        "target_value": rule.target,
        "estimated_instance_warmup": rule.warmup,
        "disable_scale_in": rule.disable_scale_in,
        "scale_out_evaluation_count": rule.scale_out_evaluations,
        "scale_in_evaluation_count": rule.scale_in_evaluations,
        "alarm_dimensions": dimensions_of(rule.dimensions) or None,
    }
    match rule.type:
        case "SimpleScalingRule":
            return simple
        case "StepScalingRule":
            return {**simple, "estimated_instance_warmup": rule.warmup}
        case "TargetTrackingScalingRule":
            return measured
    return {
        "metric_type": rule.metric_type,
        "metric_name": rule.metric_name,
        "target_value": rule.target,
        "estimated_instance_warmup": rule.warmup,
        "predictive_scaling_mode": rule.predictive_mode,
        "predictive_value_behavior": rule.predictive_behavior,
        "predictive_value_buffer": rule.predictive_buffer,
        "predictive_task_buffer_time": rule.predictive_buffer_minutes,
        "initial_max_size": rule.initial_max,
    }


def _alarm(alarm: AlarmTask) -> AlarmOfRule:
    return AlarmOfRule(
        alarm_task_id=alarm.id,
        alarm_task_name=alarm.name,
        **watched_by(alarm, alarm.dimensions),
    )
