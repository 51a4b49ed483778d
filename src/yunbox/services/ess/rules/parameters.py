"""The parameters of scaling rules, and what they may be together. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Request, Shape
from yunbox.services.ess.checks import Cooldown
from yunbox.services.ess.errors import invalid_steps, magnitude_mismatch, metric_not_tracked
from yunbox.services.ess.rules.model import (
    AdjustmentType,
    Dimension,
    PredictiveBehavior,
    PredictiveMode,
    ScalingRule,
    Step,
)

Evaluations = Annotated[int, Meta(ge=1, le=60)]

METRICS = frozenset(
    {
        "ClassicInternetRx",
        "ClassicInternetTx",
        "CpuUtilization",
        "CpuUtilizationAgent",
        "IntranetRx",
        "IntranetTx",
        "LoadAverage",
        "LoadBalancerRealServerAverageQps",
        "MemoryUtilization",
        "TcpConnection",
        "VpcInternetRx",
        "VpcInternetTx",
    }
)
"""The vendor's own metrics that a target tracking rule may follow."""

PREDICTABLE = frozenset({"CpuUtilization", "IntranetRx", "IntranetTx"})

VALUES = {
    "QuantityChangeInCapacity": (-1000, 1000),
    "PercentChangeInCapacity": (-100, 10000),
    "TotalCapacity": (0, 2000),
}
"""The bounds of an adjustment, by its type."""


class AlarmDimension(Shape):
    """A dimension of a metric."""

    dimension_key: str
    dimension_value: str


class StepAdjustment(Shape, kw_only=True):
    """A step; a bound that is missing is none."""

    metric_interval_lower_bound: float | None = None
    metric_interval_upper_bound: float | None = None
    scaling_adjustment: int


class RuleParameters(Request):
    """What creating and modifying a rule have in common; UNSET leaves it as it is."""

    scaling_rule_name: str = ""
    adjustment_type: AdjustmentType | UnsetType = UNSET
    adjustment_value: int | UnsetType = UNSET
    min_adjustment_magnitude: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    cooldown: Cooldown | UnsetType = UNSET
    step_adjustments: Annotated[list[StepAdjustment], Meta(max_length=20)] = []
    metric_type: Literal["system", "custom"] | UnsetType = UNSET
    metric_name: str = ""
    target_value: Annotated[float, Meta(gt=0)] | UnsetType = UNSET
    alarm_dimensions: Annotated[list[AlarmDimension], Meta(max_length=10)] = []
    estimated_instance_warmup: Cooldown | UnsetType = UNSET
    disable_scale_in: bool | UnsetType = UNSET
    scale_out_evaluation_count: Evaluations | UnsetType = UNSET
    scale_in_evaluation_count: Evaluations | UnsetType = UNSET
    predictive_scaling_mode: PredictiveMode | UnsetType = UNSET
    predictive_value_behavior: PredictiveBehavior | UnsetType = UNSET
    predictive_value_buffer: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    predictive_task_buffer_time: Annotated[int, Meta(ge=0, le=60)] | UnsetType = UNSET
    initial_max_size: Annotated[int, Meta(ge=0, le=2000)] | UnsetType = UNSET


_KEPT = {
    "adjustment_type": "adjustment_type",
    "adjustment_value": "adjustment_value",
    "min_adjustment_magnitude": "min_adjustment_magnitude",
    "cooldown": "cooldown",
    "metric_type": "metric_type",
    "target_value": "target",
    "estimated_instance_warmup": "warmup",
    "disable_scale_in": "disable_scale_in",
    "scale_out_evaluation_count": "scale_out_evaluations",
    "scale_in_evaluation_count": "scale_in_evaluations",
    "predictive_scaling_mode": "predictive_mode",
    "predictive_value_behavior": "predictive_behavior",
    "predictive_value_buffer": "predictive_buffer",
    "predictive_task_buffer_time": "predictive_buffer_minutes",
    "initial_max_size": "initial_max",
}
"""The attributes of a request, and those of the stored rule that they are kept in."""


def given(request: RuleParameters) -> dict[str, Any]:
    """Return what a request says of a rule, by the attributes of `ScalingRule`."""
    found = {
        kept: getattr(request, name) for name, kept in _KEPT.items() if getattr(request, name) is not UNSET
    }
    if request.metric_name:
        found["metric_name"] = request.metric_name
    if request.step_adjustments:
        found["steps"] = tuple(
            Step(
                lower=each.metric_interval_lower_bound,
                upper=each.metric_interval_upper_bound,
                adjustment=each.scaling_adjustment,
            )
            for each in request.step_adjustments
        )
    if request.alarm_dimensions:
        found["dimensions"] = tuple(
            Dimension(key=each.dimension_key, value=each.dimension_value) for each in request.alarm_dimensions
        )
    return found


def check_rule(rule: ScalingRule) -> ScalingRule:
    """Return a rule that has all that its type needs, with its defaults. Raises CloudError."""
    match rule.type:
        case "SimpleScalingRule":
            check_adjustment(rule.adjustment_type, rule.adjustment_value)
            _check_magnitude(rule)
        case "StepScalingRule":
            if rule.adjustment_type is None:
                raise missing_parameter("AdjustmentType")
            _check_magnitude(rule)
            _check_steps(rule)
            return _warming(rule)
        case "TargetTrackingScalingRule":
            _check_metric(rule, METRICS)
            return _warming(rule)
        case "PredictiveScalingRule":
            _check_metric(rule, PREDICTABLE)
            return _warming(rule)
    return rule


def _check_magnitude(rule: ScalingRule) -> None:
    if rule.min_adjustment_magnitude and rule.adjustment_type != "PercentChangeInCapacity":
        raise magnitude_mismatch()


def _warming(rule: ScalingRule) -> ScalingRule:
    return rule if rule.warmup is not None else msgspec.structs.replace(rule, warmup=300)


def check_adjustment(type_: AdjustmentType | None, value: int | None) -> None:
    """Return when an adjustment is within its bounds. Raises CloudError."""
    if type_ is None:
        raise missing_parameter("AdjustmentType")
    if value is None:
        raise missing_parameter("AdjustmentValue")
    least, most = VALUES[type_]
    if not least <= value <= most:
        raise invalid_parameter("AdjustmentValue", f"{least} to {most} are expected")


def _check_metric(rule: ScalingRule, known: frozenset[str]) -> None:
    if not rule.metric_name:
        raise missing_parameter("MetricName")
    if rule.target is None:
        raise missing_parameter("TargetValue")
    if rule.metric_type == "system" and rule.metric_name not in known:
        raise metric_not_tracked(known)
    if rule.metric_name == "LoadBalancerRealServerAverageQps" and not rule.dimensions:
        raise missing_parameter("AlarmDimensions")


def _check_steps(rule: ScalingRule) -> None:
    """Return when steps lie side by side, from one end to the other of each side. Raises CloudError."""
    if not rule.steps:
        raise missing_parameter("StepAdjustments")
    for step in rule.steps:
        check_adjustment(rule.adjustment_type, step.adjustment)
        if step.lower is None and step.upper is None:
            text = "Both lower and upper bounds of a StepAdjustment can not be left unspecified."
            raise invalid_steps("BothNull", text)
        if step.lower is not None and step.upper is not None and step.lower >= step.upper:
            raise invalid_steps(
                "LowerGtUpper", "LowerBound must be less than the UpperBound for StepAdjustment."
            )
    _check_ends([each.lower for each in rule.steps], "Lower", -1)
    _check_ends([each.upper for each in rule.steps], "Upper", 1)
    inf = float("inf")
    spans = sorted(
        (-inf if each.lower is None else each.lower, inf if each.upper is None else each.upper)
        for each in rule.steps
    )
    for before, after in pairwise(spans):
        if before[1] > after[0]:
            raise invalid_steps("Overlap", "StepAdjustment intervals can not overlap.")
        if before[1] < after[0]:
            raise invalid_steps("Gap", "StepAdjustment intervals can not have gaps between them.")


def _check_ends(bounds: list[float | None], which: str, sign: int) -> None:
    """Return when one bound at most is open, and one is where any lies on its side of 0. Raises CloudError."""
    lower = which.lower()
    if bounds.count(None) > 1:
        raise invalid_steps(
            f"MultipleNull{which}Bound",
            f"At most one StepAdjustment may have an unspecified {lower} bound.",
        )
    if None not in bounds and any(each is not None and each * sign > 0 for each in bounds):
        side = "positive" if sign > 0 else "negative"
        raise invalid_steps(
            f"NoNull{which}Bound",
            f"There must be a StepAdjustment with an unspecified {lower} bound when one StepAdjustment has a {side} "
            f"{lower} bound.",
        )
