"""Target tracking: how many instances keep a metric at its target. Pure.

Source: ESS documentation, "Target tracking scaling rules": two alarms watch the metric each minute. Above the
target three times in a row, the group grows; below it 15 times in a row, it shrinks. Instances to add are rounded
up, those to remove down. CreateScalingRule: instances that warm up count neither as capacity nor in the metric.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import msgspec

from yunbox.services.ess.decisions.capacity import MOST_AT_ONCE, Bounds

PERIOD_SECONDS = 60
"""A value of the metric is of so many seconds (cloud's time)."""

_EXACT = 1e-9


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """A target tracking rule. `warmup` is in seconds: so long an instance in service is not counted."""

    target: float
    scale_out_evaluations: int = 3
    scale_in_evaluations: int = 15
    warmup: float = 300.0
    disable_scale_in: bool = False

    @property
    def evaluations(self) -> int:
        """How many of the newest values decide."""
        return max(self.scale_out_evaluations, self.scale_in_evaluations)


class Fleet(msgspec.Struct, frozen=True):
    """The instances of a group: those that are warm, and those that are on their way or warm up."""

    warm: int
    warming: int = 0

    @property
    def capacity(self) -> int:
        """All of them."""
        return self.warm + self.warming


def track(rule: Tracking, fleet: Fleet, bounds: Bounds, values: Sequence[float | None]) -> int | None:
    """Return the capacity that the rule asks for now, within bounds, or None where it asks for no change.

    `values` are the metric's means over the warm instances, one a minute, the newest last; None where nothing was
    measured, which breaks a row. The vendor does not say which of them counts: to grow, the newest does; to shrink,
    the highest of the row, as careful as the vendor calls it.

    Instances that warm up are not counted in the capacity from which the need follows, but are on their way to meet
    it: they are not asked for twice, and while there are any nothing goes.
    """
    if fleet.warm <= 0:
        return None
    out = _row(values, rule.scale_out_evaluations)
    if out and min(out) > rule.target:
        wanted = min(_need(rule, fleet, out[-1]), fleet.capacity + MOST_AT_ONCE)
        wanted = min(wanted, bounds.maximum)
        return wanted if wanted > fleet.capacity else None
    if rule.disable_scale_in or fleet.warming:
        return None
    calm = _row(values, rule.scale_in_evaluations)
    if calm and max(calm) < rule.target:
        wanted = max(_need(rule, fleet, max(calm)), fleet.capacity - MOST_AT_ONCE)
        wanted = max(wanted, bounds.minimum)
        return wanted if wanted < fleet.capacity else None
    return None


def _need(rule: Tracking, fleet: Fleet, value: float) -> int:
    """Return how many instances bring the metric from a value to the target: the load is what all bear together."""
    return ceil(fleet.warm * value / rule.target - _EXACT)


def _row(values: Sequence[float | None], length: int) -> list[float]:
    """Return the newest `length` values, or nothing where one of them is missing."""
    newest = values[-length:] if length > 0 else ()
    found = [each for each in newest if each is not None]
    return found if len(found) == length else []
