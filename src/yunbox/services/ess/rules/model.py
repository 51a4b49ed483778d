"""The scaling rule as it is stored. Wire shapes: ESS API 2022-02-22 (and 2014-08-28)."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource

RuleType = Literal[
    "SimpleScalingRule", "TargetTrackingScalingRule", "StepScalingRule", "PredictiveScalingRule"
]
AdjustmentType = Literal["QuantityChangeInCapacity", "PercentChangeInCapacity", "TotalCapacity"]
PredictiveMode = Literal["PredictAndScale", "PredictOnly"]
PredictiveBehavior = Literal[
    "MaxOverridePredictiveValue", "PredictiveValueOverrideMax", "PredictiveValueOverrideMaxWithBuffer"
]


class Dimension(msgspec.Struct, frozen=True, kw_only=True):
    """A dimension of a metric."""

    key: str
    value: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step: the adjustment for a breach (metric minus threshold) of at least `lower` and below `upper`.

    None has no bound on that side.
    """

    lower: float | None = None
    upper: float | None = None
    adjustment: int


class ScalingRule(CloudResource, kind="ess.rule", kw_only=True):
    """A rule of a group (`parent`). Which fields count depends on `type`; durations are in seconds.

    `state` is the controllers' own memory of the rule, in whatever form they keep it.
    """

    type: RuleType = "SimpleScalingRule"
    # Simple and step rules.
    adjustment_type: AdjustmentType | None = None
    adjustment_value: int | None = None
    min_adjustment_magnitude: int | None = None
    cooldown: int | None = None
    steps: tuple[Step, ...] = ()
    # Target tracking and predictive rules.
    metric_type: Literal["system", "custom"] = "system"
    metric_name: str = ""
    target: float | None = None
    dimensions: tuple[Dimension, ...] = ()
    warmup: int | None = None
    disable_scale_in: bool = False
    scale_out_evaluations: int = 3
    scale_in_evaluations: int = 15
    # Predictive rules.
    predictive_mode: PredictiveMode = "PredictAndScale"
    predictive_behavior: PredictiveBehavior = "MaxOverridePredictiveValue"
    predictive_buffer: int = 0
    predictive_buffer_minutes: int = 0
    initial_max: int | None = None
    # The controllers'.
    state: dict[str, str | int | float] = {}

    @property
    def ari(self) -> str:
        """The identifier by which alarms, scheduled tasks and ExecuteScalingRule name the rule."""
        return f"ari:acs:ess:{self.region}:{self.account}:scalingrule/{self.id}"


def rule_id_of(ari: str) -> str:
    """Return the id of the rule that an ARI names, empty for anything else."""
    head, _, id_ = ari.rpartition("scalingrule/")
    return id_ if head.startswith("ari:acs:ess:") else ""
