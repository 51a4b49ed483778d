"""Whether an event-triggered task's conditions hold. Pure.

Source: ESS API, CreateAlarm: a condition holds when the metric is beyond the threshold in so many periods in a row.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Literal

import msgspec

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

_COMPARED = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


class Watched(msgspec.Struct, frozen=True):
    """A condition, and the values of its newest periods, the newest last; None where nothing was measured."""

    comparison: Literal[">=", "<=", ">", "<"]
    threshold: float
    values: tuple[float | None, ...]


def evaluate(conditions: Sequence[Watched], evaluations: int, logic: Literal["&&", "||"] = "&&") -> State:
    """Return the state of a task that asks for `evaluations` periods in a row."""
    states = [_state(each, evaluations) for each in conditions]
    if logic == "||" and "ALARM" in states:
        return "ALARM"
    if not states or "INSUFFICIENT_DATA" in states:
        return "INSUFFICIENT_DATA" if logic == "&&" or "OK" not in states else "OK"
    return "ALARM" if all(each == "ALARM" for each in states) else "OK"


def _state(condition: Watched, evaluations: int) -> State:
    newest = condition.values[-evaluations:]
    if len(newest) < evaluations or newest[-1] is None:
        return "INSUFFICIENT_DATA"
    compared = _COMPARED[condition.comparison]
    beyond = (each is not None and compared(each, condition.threshold) for each in newest)
    return "ALARM" if all(beyond) else "OK"
