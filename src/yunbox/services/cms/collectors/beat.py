"""When to measure, and for which times a measurement stands: pure."""

from __future__ import annotations

import math

SHORTEST_SECONDS = 0.2
"""So long passes between two measurements at least, by the machine's clock, however fast the cloud's runs."""

MOST_CELLS = 40
"""A measurement stands for so many times at most, the newest."""


def cells(before: float, now: float, step: int) -> list[float]:
    """Return the beginnings of the spans of `step` seconds that ended after `before` and up to `now`.

    What was measured between two moments stands for all of them: where the cloud's time runs so fast that it
    cannot be measured once a span, none of them is without a value.
    """
    first, last = (math.floor(each / step) for each in (before, now))
    return [float(number * step) for number in range(max(first, last - MOST_CELLS), last)]


def until_next(now: float, step: int, speed: float) -> float:
    """Return how many of the machine's seconds to wait for the end of the span that `now` is in."""
    return max(SHORTEST_SECONDS, (math.floor(now / step) * step + step - now) / speed)
