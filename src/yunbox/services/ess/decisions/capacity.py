"""How many instances a group is to have: bounds, and what simple and step rules ask for. Pure.

Source: ESS API, CreateScalingRule and ExecuteScalingRule.
"""

from __future__ import annotations

from math import copysign, floor
from typing import Literal

import msgspec

Adjustment = Literal["QuantityChangeInCapacity", "PercentChangeInCapacity", "TotalCapacity"]

MOST_AT_ONCE = 1000
"""So many instances come or go in one activity at most."""


class Bounds(msgspec.Struct, frozen=True):
    """The least and the most instances of a group."""

    minimum: int
    maximum: int

    def clamp(self, wanted: int) -> int:
        """Return the number within the bounds that is nearest."""
        return max(self.minimum, min(self.maximum, wanted))


class Simple(msgspec.Struct, frozen=True):
    """What a simple rule says; `least` is its MinAdjustmentMagnitude, which counts for percentages alone."""

    adjustment: Adjustment
    value: int
    least: int = 0


class Step(msgspec.Struct, frozen=True):
    """A step of a step rule: for a metric of at least `lower` and less than `upper` beyond the alarm's threshold.

    Below the threshold it is the other way round: greater than `lower`, and at most `upper`. None: no bound.
    """

    lower: float | None
    upper: float | None
    value: int


class Stepped(msgspec.Struct, frozen=True):
    """What a step rule says; the first step that holds counts."""

    adjustment: Adjustment
    steps: tuple[Step, ...]
    least: int = 0


def nearest(number: float) -> int:
    """Return the nearest whole number; a half goes away from zero, as the vendor rounds."""
    return int(copysign(floor(abs(number) + 0.5), number))


def adjusted(rule: Simple, capacity: int) -> int:
    """Return the capacity that a rule asks for, not yet bounded: what `Bounds.clamp` is for.

    A percentage is of the capacity and rounded to the nearest whole number; with `least` it changes the capacity by
    so many at least, in the direction of its sign. No activity brings or takes more than 1,000.
    """
    match rule.adjustment:
        case "TotalCapacity":
            change = rule.value - capacity
        case "QuantityChangeInCapacity":
            change = rule.value
        case "PercentChangeInCapacity":
            change = nearest(capacity * rule.value / 100)
            if rule.value and abs(change) < rule.least:
                change = int(copysign(rule.least, rule.value))
    change = max(-MOST_AT_ONCE, min(MOST_AT_ONCE, change))
    return max(0, capacity + change)


def step_of(rule: Stepped, threshold: float, metric: float) -> Step | None:
    """Return the step that holds for a metric, or None."""
    beyond = metric - threshold
    return next((each for each in rule.steps if _holds(each, beyond)), None)


def stepped(rule: Stepped, capacity: int, *, warming: int, threshold: float, metric: float) -> int | None:
    """Return the capacity that a step rule asks for, not yet bounded, or None where no step holds.

    `capacity` counts the `warming` instances, which the rule does not: the step applies to those that are warm, and
    what is on its way already is not asked for twice. While instances warm up nothing goes.
    """
    step = step_of(rule, threshold, metric)
    if step is None:
        return None
    warm = capacity - warming
    wanted = adjusted(Simple(rule.adjustment, step.value, rule.least), warm)
    if wanted < warm:
        return wanted if not warming else None
    return wanted if wanted > capacity else None


def _holds(step: Step, beyond: float) -> bool:
    lower = float("-inf") if step.lower is None else step.lower
    upper = float("inf") if step.upper is None else step.upper
    return lower <= beyond < upper if beyond >= 0 else lower < beyond <= upper


def cooling(*, until: float, now: float, triggered: bool) -> bool:
    """Return whether a cooldown holds an activity back: one that an alarm triggered, and no other."""
    return triggered and now < until
