"""Scaling rules, and executing them, through the official SDKs of both versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alibabacloud_ess20220222 import models
from ess_clients import Classic, Scaling, unique

Step = models.CreateScalingRuleRequestStepAdjustments


def rule(scaling: Scaling, group: str, **more: Any) -> Any:
    """Make a rule, by default one that adds an instance, and return the answer."""
    given = {"adjustment_type": "QuantityChangeInCapacity", "adjustment_value": 1, **more}
    return scaling.do("CreateScalingRule", scaling_group_id=group, **given)


def test_rules_of_every_type_are_described(scaling: Scaling, classic: Classic) -> None:
    group = scaling.group(max_size=9)
    name = unique("simple")
    made = rule(scaling, group, scaling_rule_name=name, cooldown=60)
    assert made.scaling_rule_ari.endswith(f"scalingrule/{made.scaling_rule_id}")
    steps = [
        Step(metric_interval_lower_bound=0.0, metric_interval_upper_bound=10.0, scaling_adjustment=1),
        Step(metric_interval_lower_bound=10.0, scaling_adjustment=3),
    ]
    rule(scaling, group, scaling_rule_type="StepScalingRule", step_adjustments=steps)
    for kind in ("TargetTrackingScalingRule", "PredictiveScalingRule"):
        scaling.do(
            "CreateScalingRule",
            scaling_group_id=group,
            scaling_rule_type=kind,
            metric_name="CpuUtilization",
            target_value=50.0,
        )
    found = {
        each.scaling_rule_type: each
        for each in scaling.do("DescribeScalingRules", scaling_group_id=group).scaling_rules
    }
    simple, step = found["SimpleScalingRule"], found["StepScalingRule"]
    assert (simple.scaling_rule_name, simple.adjustment_value, simple.cooldown) == (name, 1, 60)
    bounds = [
        (each.metric_interval_lower_bound, each.metric_interval_upper_bound) for each in step.step_adjustments
    ]
    assert bounds == [(0.0, 10.0), (10.0, None)]
    tracking, predictive = found["TargetTrackingScalingRule"], found["PredictiveScalingRule"]
    assert (tracking.scale_out_evaluation_count, tracking.scale_in_evaluation_count) == (3, 15)
    assert (tracking.target_value, tracking.estimated_instance_warmup) == (50.0, 300)
    assert (predictive.predictive_scaling_mode, predictive.initial_max_size) == ("PredictAndScale", 9)
    listed = classic.do("DescribeScalingRules", ScalingRuleIds=[made.scaling_rule_id])
    [wrapped] = listed["ScalingRules"]["ScalingRule"]
    assert (wrapped["ScalingRuleAri"], wrapped["StepAdjustments"]) == (
        made.scaling_rule_ari,
        {"StepAdjustment": []},
    )


def test_a_rule_needs_what_its_type_is_made_of(scaling: Scaling, refused: Callable[..., str]) -> None:
    group = scaling.group()

    def code(**more: Any) -> str:
        return refused(scaling.do, "CreateScalingRule", scaling_group_id=group, **more)

    assert code() == "MissingParameter"
    assert code(adjustment_type="TotalCapacity", adjustment_value=2001) == "InvalidParameter"
    assert code(scaling_rule_type="TargetTrackingScalingRule", target_value=5.0) == "MissingParameter"
    overlapping = [
        Step(metric_interval_lower_bound=0.0, metric_interval_upper_bound=10.0, scaling_adjustment=1),
        Step(metric_interval_lower_bound=5.0, scaling_adjustment=3),
    ]
    kind = {"scaling_rule_type": "StepScalingRule", "adjustment_type": "TotalCapacity"}
    assert code(step_adjustments=overlapping, **kind) == "InvalidStepAdjustments.Overlap"
    bounded = [Step(metric_interval_lower_bound=0.0, metric_interval_upper_bound=5.0, scaling_adjustment=1)]
    assert code(step_adjustments=bounded, **kind) == "InvalidStepAdjustments.NoNullUpperBound"
    least = {"min_adjustment_magnitude": 2, "adjustment_type": "TotalCapacity", "adjustment_value": 1}
    assert code(**least) == "InvalidMinAdjustmentMagnitudeMismatchAdjustmentType"
    tracking = {"scaling_rule_type": "TargetTrackingScalingRule", "target_value": 5.0}
    assert code(metric_name="Nothing", **tracking) == "TargetTrackingScalingRule.UnsupportedMetric"
    scaling.do("CreateScalingRule", scaling_group_id=group, metric_name="CpuUtilization", **tracking)
    assert code(metric_name="CpuUtilization", **tracking) == "TargetTrackingScalingRule.DumplicateMetric"


def test_a_rule_is_changed_and_deleted(scaling: Scaling, refused: Callable[..., str]) -> None:
    made = rule(scaling, scaling.group())
    scaling.do("ModifyScalingRule", scaling_rule_id=made.scaling_rule_id, adjustment_value=2)
    [found] = scaling.do("DescribeScalingRules", scaling_rule_aris=[made.scaling_rule_ari]).scaling_rules
    assert found.adjustment_value == 2
    scaling.do("DeleteScalingRule", scaling_rule_id=made.scaling_rule_id)
    code = refused(scaling.do, "DeleteScalingRule", scaling_rule_id=made.scaling_rule_id)
    assert code == "InvalidScalingRuleId.NotFound"


def test_what_cannot_be_executed(scaling: Scaling, refused: Callable[..., str]) -> None:
    idle = rule(scaling, scaling.group())
    execute = (scaling.do, "ExecuteScalingRule")
    assert refused(*execute, scaling_rule_ari=idle.scaling_rule_ari) == "IncorrectScalingGroupStatus"
    group = scaling.enabled_group()
    down = rule(scaling, group, adjustment_value=-1)
    assert refused(*execute, scaling_rule_ari=down.scaling_rule_ari) == "IncorrectCapacity.NoChange"
    assert (
        refused(*execute, scaling_rule_ari="ari:acs:ess:x:y:scalingrule/z")
        == "InvalidScalingRuleAri.NotFound"
    )
    tracking = scaling.do(
        "CreateScalingRule",
        scaling_group_id=group,
        scaling_rule_type="TargetTrackingScalingRule",
        metric_name="CpuUtilization",
        target_value=50.0,
    )
    assert (
        refused(*execute, scaling_rule_ari=tracking.scaling_rule_ari) == "ScalingRule.InvalidScalingRuleType"
    )
