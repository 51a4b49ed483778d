"""When to measure, and for which times a measurement stands: pure."""

from __future__ import annotations

import math

SHORTEST_SECONDS = 0.2
"""So long passes between two measurements at least, by the machine's clock, however fast the cloud's runs."""

MOST_CELLS = 40
"""A measurement stands for so many times at most."""

WIDER = (1, 4, 20)
"""Where there would be more, only each fourth is given, or each twentieth: minutes instead of quarters of them."""


def cells(before: float, now: float, step: int) -> list[float]:
    """Return the beginnings of the spans of `step` seconds that ended after `before` and up to `now`.

    What was measured between two moments stands for all of them: where the cloud's time runs so fast that it
    cannot be measured once a span, no minute is without a value.
    """
    first, last = (math.floor(each / step) for each in (before, now))
    for each in WIDER:
        found = range(math.ceil(first / each) * each, last, each)
        if len(found) <= MOST_CELLS:
            break
    return [float(number * step) for number in found[-MOST_CELLS:]]


def until_next(now: float, step: int, speed: float) -> float:
    """Return how many of the machine's seconds to wait for the end of the span that `now` is in."""
    return max(SHORTEST_SECONDS, (math.floor(now / step) * step + step - now) / speed)
