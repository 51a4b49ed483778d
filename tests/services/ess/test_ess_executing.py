"""Executing rules, in memory: what is asked of a group that has an expected capacity, and of one that has none."""

from __future__ import annotations

import pytest
from ess_in_memory import GROUP, ScalingCloud, run
from services.ecs.ecs_in_memory import ACCOUNT, REGION

from yunbox.errors import CloudError
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.execute import (
    ExecuteScalingRule,
    ScaleWithAdjustment,
    execute_scaling_rule,
    scale_with_adjustment,
)
from yunbox.services.ess.rules.model import ScalingRule, Step


def store_rule(cloud: ScalingCloud, rule: ScalingRule) -> str:
    """Store a rule and return its ARI."""
    cloud.store_all(rule)
    return rule.ari


def plus(value: int, id_: str = "asr-1") -> ScalingRule:
    """Return a simple rule that adds so many instances."""
    return ScalingRule(
        id=id_,
        account=ACCOUNT,
        region=REGION,
        parent=GROUP,
        adjustment_type="QuantityChangeInCapacity",
        adjustment_value=value,
    )


def code_of(cloud: ScalingCloud, ari: str, **more: float) -> str:
    """Execute a rule that must be refused, and return the code."""
    with pytest.raises(CloudError) as caught:
        cloud.do(execute_scaling_rule, ExecuteScalingRule(scaling_rule_ari=ari, **more), ess.new)
    return caught.value.code


def test_a_step_rule_is_executed_for_a_metric() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(max_size=10)
        steps = (Step(lower=0.0, upper=10.0, adjustment=1), Step(lower=10.0, adjustment=3))
        rule = ScalingRule(
            id="asr-1",
            account=ACCOUNT,
            region=REGION,
            parent=GROUP,
            type="StepScalingRule",
            adjustment_type="QuantityChangeInCapacity",
            steps=steps,
        )
        ari = store_rule(cloud, rule)
        assert code_of(cloud, ari, breach_threshold=50.0) == "MissingParameter.MetricValue"
        assert code_of(cloud, ari, metric_value=60.0) == "MissingParameter.BreachThreshold"
        low = {"breach_threshold": 50.0, "metric_value": 40.0}
        assert code_of(cloud, ari, **low) == "InvalidStepAdjustments.NoStepFound"
        asked = ExecuteScalingRule(scaling_rule_ari=ari, breach_threshold=50.0, metric_value=65.0)
        cloud.do(execute_scaling_rule, asked, ess.new)
        await cloud.settled()
        assert cloud.in_service() == 3
        # The group has no expected capacity: one thing at a time.
        cloud.do(execute_scaling_rule, asked, ess.new)
        assert code_of(cloud, ari, breach_threshold=50.0, metric_value=65.0) == "ScalingActivityInProgress"

    run(work)


def test_a_rule_changes_the_expected_capacity_where_there_is_one() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(desired=2, max_size=4)
        await cloud.until(lambda: cloud.in_service() == 2)
        await cloud.settled()
        ari = store_rule(cloud, plus(1))
        asked = ExecuteScalingRule(scaling_rule_ari=ari)
        first = cloud.do(execute_scaling_rule, asked, ess.new)
        # A second activity is begun beside the first.
        second = cloud.do(execute_scaling_rule, asked, ess.new)
        assert first.scaling_activity_id != second.scaling_activity_id
        assert code_of(cloud, ari) == "IncorrectCapacity.NoChange"
        await cloud.settled()
        assert cloud.in_service() == 4
        down = ScaleWithAdjustment(
            scaling_group_id=GROUP,
            adjustment_type="PercentChangeInCapacity",
            adjustment_value=-10,
            min_adjustment_magnitude=3,
            sync_activity=True,
        )
        done = cloud.do(scale_with_adjustment, down, ess.new)
        assert done.scaling_activity_id
        await cloud.settled()
        group = cloud.stored()
        assert group is not None and (group.desired, cloud.in_service()) == (1, 1)

    run(work)
