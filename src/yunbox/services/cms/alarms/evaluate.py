"""When an alarm fires: pure.

A rule looks at whole periods. Of each of its levels, the last `times` periods in a row must be over the threshold;
the most severe level that is decides. Source: CloudMonitor API 2019-01-01, PutResourceMetricRule. The event-triggered
tasks of Auto Scaling go by the same functions.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from yunbox.engines.metrics.interface import Point
from yunbox.services.cms.statistics import statistic

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Level = Literal["", "CRITICAL", "WARN", "INFO"]
NoData = Literal["KEEP_LAST_STATE", "INSUFFICIENT_DATA", "OK"]
Operator = Literal[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanThreshold",
    "NotEqualToThreshold",
    "EqualToThreshold",
    "GreaterThanYesterday",
    "LessThanYesterday",
    "GreaterThanLastWeek",
    "LessThanLastWeek",
    "GreaterThanLastPeriod",
    "LessThanLastPeriod",
]

SYMBOLS: Mapping[str, Operator] = {
    ">=": "GreaterThanOrEqualToThreshold",
    ">": "GreaterThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "!=": "NotEqualToThreshold",
    "=": "EqualToThreshold",
    "==": "EqualToThreshold",
}

LEVELS: tuple[Level, ...] = ("CRITICAL", "WARN", "INFO")
"""The most severe first."""

DAY, WEEK = 86_400.0, 604_800.0

ZONE = timedelta(hours=8)
"""What the hours of effective intervals are meant in."""

_INTERVAL = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A statistic of a metric against a threshold: a value, or, against an earlier time, a change in percent.

    `written` is the threshold as its owner wrote it, who is to read it again so.
    """

    metric: str
    statistic: str = "Average"
    operator: Operator = "GreaterThanOrEqualToThreshold"
    threshold: float
    written: str = ""

    @property
    def expression(self) -> str:
        """What it asks for, as notices write it: `$Average>=90`."""
        symbol = next((text for text, name in SYMBOLS.items() if name == self.operator), f" {self.operator} ")
        return f"${self.statistic}{symbol}{self.threshold:g}"

    @property
    def looks_back(self) -> float | None:
        """How far before a period that which it is compared with lies; None for a threshold; 0: the period before."""
        for suffix, back in (("Yesterday", DAY), ("LastWeek", WEEK), ("LastPeriod", 0.0)):
            if self.operator.endswith(suffix):
                return back
        return None


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """A level of a rule: all conditions (or, without `every`, any) must hold for `times` periods in a row."""

    level: Level
    conditions: tuple[Condition, ...]
    times: int = 3
    every: bool = True

    @property
    def expression(self) -> str:
        """What it asks for, as notices write it."""
        return (" && " if self.every else " || ").join(each.expression for each in self.conditions)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says of one resource: its state and level, and the value that decided it."""

    state: State
    level: Level = ""
    value: float | None = None


History = Mapping[str, Mapping[float, Point]]
"""Points of one resource, by metric and by the beginning of their period."""


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
    "NotEqualToThreshold": operator.ne,
    "EqualToThreshold": operator.eq,
}


def compares(value: float, how: Operator, threshold: float, reference: float | None = None) -> bool | None:
    """Return whether a value is over a threshold, or None where what it is compared with is missing.

    Against an earlier time, `reference` is the value then and `threshold` by how many percent it must be passed.
    """
    if how in _COMPARISONS:
        return _COMPARISONS[how](value, threshold)
    if reference is None:
        return None
    change = abs(reference) * threshold / 100
    return value > reference + change if how.startswith("GreaterThan") else value < reference - change


def holds(condition: Condition, points: Mapping[float, Point], at: float, period: float) -> bool | None:
    """Return whether a condition holds in the period that begins at `at`; None where a value is missing."""
    point = points.get(at)
    if point is None:
        return None
    reference = None
    if (back := condition.looks_back) is not None:
        then = points.get(at - (back or period))
        reference = statistic(then, condition.statistic) if then is not None else None
    return compares(statistic(point, condition.statistic), condition.operator, condition.threshold, reference)


def met(escalation: Escalation, history: History, at: float, period: float) -> bool | None:
    """Return whether a level's conditions hold in one period; None where that cannot be told."""
    found = [holds(each, history.get(each.metric, {}), at, period) for each in escalation.conditions]
    decisive = not escalation.every
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def last_period(now: float, period: float, settle: float = 0.0) -> float:
    """Return when the last period began that had ended `settle` seconds before `now`."""
    return (now - settle) // period * period - period


def judge(
    escalations: Sequence[Escalation],
    history: History,
    *,
    at: float,
    period: float,
    before: Verdict | None = None,
    no_data: NoData = "KEEP_LAST_STATE",
) -> Verdict:
    """Return what a rule says of a resource after the period that began at `at`.

    A period without values decides by `no_data`; one in the middle of a row breaks the row. `before` is what the
    rule said last.
    """
    newest = [met(each, history, at, period) for each in escalations]
    if all(each is None for each in newest):
        if no_data == "KEEP_LAST_STATE" and before is not None:
            return before
        return Verdict(state="OK" if no_data == "OK" else "INSUFFICIENT_DATA")
    for level in LEVELS:
        for each in escalations:
            if each.level == level and _in_a_row(each, history, at, period):
                return Verdict(state="ALARM", level=level, value=_value(each, history, at))
    return Verdict(state="OK", value=_value(escalations[0], history, at))


def _in_a_row(escalation: Escalation, history: History, at: float, period: float) -> bool:
    return all(
        met(escalation, history, at - number * period, period) is True for number in range(escalation.times)
    )


def _value(escalation: Escalation, history: History, at: float) -> float | None:
    condition = escalation.conditions[0]
    point = history.get(condition.metric, {}).get(at)
    return statistic(point, condition.statistic) if point is not None else None


def needed_since(escalations: Sequence[Escalation], at: float, period: float) -> float:
    """Return from when on points are needed to judge the period that begins at `at`, earlier times apart."""
    longest = max(each.times for each in escalations)
    before = any(c.looks_back == 0.0 for each in escalations for c in each.conditions)
    return at - (longest - 1 + before) * period


def effective(now: float, interval: str, no_interval: str = "") -> bool:
    """Return whether a rule counts now. Intervals are `HH:mm-HH:mm`, several with commas; empty: always.

    One that ends before it begins goes over midnight. Raises ValueError for anything else.
    """
    moment = datetime.fromtimestamp(now, UTC) + ZONE
    minute = moment.hour * 60 + moment.minute
    if any(_inside(minute, each) for each in spans(no_interval)):
        return False
    wanted = spans(interval)
    return not wanted or any(_inside(minute, each) for each in wanted)


def spans(text: str) -> list[tuple[int, int]]:
    """Return intervals as first and last minutes of the day. Raises ValueError."""
    found = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        match = _INTERVAL.fullmatch(each)
        if match is None:
            raise ValueError(f"{each[:40]!a} is no interval such as 00:00-23:59")
        first_hour, first, last_hour, last = (int(part) for part in match.groups())
        found.append((first_hour * 60 + first, last_hour * 60 + last))
    return found


def _inside(minute: int, span: tuple[int, int]) -> bool:
    first, last = span
    return first <= minute <= last if first <= last else minute >= first or minute <= last


def must_tell(verdict: Verdict, told: Verdict | None, told_at: float, now: float, silence: float) -> bool:
    """Return whether a notice is due: of a change, or of an alarm that goes on after `silence` seconds."""
    if told is None:
        return verdict.state == "ALARM"
    if (verdict.state, verdict.level) != (told.state, told.level):
        return True
    return verdict.state == "ALARM" and now - told_at >= silence
