"""Predictive rules: from what was measured to the least and the most instances of each hour to come. Pure.

Source: ESS API, CreateScalingRule (PredictiveScalingMode, PredictiveValueBehavior, PredictiveValueBuffer,
PredictiveTaskBufferTime, InitialMaxSize): hourly tasks move the group's bounds. How the vendor predicts is not said;
here the same hour of the days before counts, the newer the more, and the hour's trend over the last hours of today.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Literal

import msgspec

HOUR = 3600
HOURS_AHEAD = 48
LEAST_HOURS = 24
"""So much history is needed before anything is predicted, as with the vendor."""

_DAYS = 14
_FADE = 0.7
_TREND = (0.5, 2.0)

Behavior = Literal[
    "MaxOverridePredictiveValue", "PredictiveValueOverrideMax", "PredictiveValueOverrideMaxWithBuffer"
]


class Predictive(msgspec.Struct, frozen=True, kw_only=True):
    """A predictive rule. `buffer` is in percent; `ahead` is how many seconds before the hour its task runs."""

    target: float
    initial_max: int
    behavior: Behavior = "MaxOverridePredictiveValue"
    buffer: int = 0
    ahead: float = 0.0


class Task(msgspec.Struct, frozen=True):
    """From `at` on the group has at least `minimum` instances, and at most `maximum`; `load` led to that."""

    at: float
    minimum: int
    maximum: int
    load: float


def forecast(loads: Mapping[int, float], now: float, hours: int = HOURS_AHEAD) -> dict[int, float]:
    """Return the load of the hours to come, by their beginnings (seconds since the epoch), this one first.

    `loads` are the loads of the hours before: the sum of the metric over the instances. Nothing is predicted from
    less than a day.
    """
    this = int(now // HOUR * HOUR)
    if sum(this - _DAYS * 24 * HOUR <= each < this for each in loads) < LEAST_HOURS:
        return {}
    trend = _trend(loads, this)
    found: dict[int, float] = {}
    for ahead in range(hours):
        hour = this + ahead * HOUR
        usual = _usual(loads, hour, this)
        if usual is None:
            continue
        # Today's difference from the usual counts less, the further away the hour is.
        found[hour] = usual * (1 + (trend - 1) * max(0.0, 1 - ahead / 12))
    return found


def _usual(loads: Mapping[int, float], hour: int, this: int) -> float | None:
    total = weight = 0.0
    for day in range(1, _DAYS + 2):
        before = hour - day * 24 * HOUR
        if before >= this or before not in loads:
            continue
        share = _FADE**day
        total, weight = total + share * loads[before], weight + share
    return total / weight if weight else None


def _trend(loads: Mapping[int, float], this: int) -> float:
    """Return how the last three hours compare with what was usual for them."""
    seen = usual = 0.0
    for back in range(1, 4):
        hour = this - back * HOUR
        expected = _usual(loads, hour, hour)
        if hour in loads and expected is not None:
            seen, usual = seen + loads[hour], usual + expected
    least, most = _TREND
    return min(most, max(least, seen / usual)) if usual > 0 else 1.0


def tasks(rule: Predictive, loads: Mapping[int, float], minimum: int, now: float) -> list[Task]:
    """Return the hourly tasks of a rule; `minimum` is the least that the group had before any prediction."""
    found = []
    for hour, load in sorted(forecast(loads, now).items()):
        wanted = max(minimum, ceil(load / rule.target - 1e-9))
        maximum = maximum_of(rule, wanted)
        found.append(Task(hour - rule.ahead, min(wanted, maximum), maximum, load))
    return found


def maximum_of(rule: Predictive, predicted: int) -> int:
    """Return the most instances of an hour for which so many are predicted."""
    match rule.behavior:
        case "MaxOverridePredictiveValue":
            return rule.initial_max
        case "PredictiveValueOverrideMax":
            return max(rule.initial_max, predicted)
        case "PredictiveValueOverrideMaxWithBuffer":
            return max(rule.initial_max, ceil(predicted * (100 + rule.buffer) / 100 - 1e-9))
