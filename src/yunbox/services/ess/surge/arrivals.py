"""How fast requests come, and how fast that rises: from a counter of arrivals, read several times a second. Pure.

Short windows see a surge at once and are noisy; long ones are calm and late. Here every window may speak, and none
may claim more than its counts prove: a rate counts less so many standard deviations of a Poisson count, a rise
likewise, and the highest claim wins. A rise that a shorter window denies is over. So calm traffic is met by the
mean of the stable window, and a surge by the first window in which it stands out of the noise.
"""

from __future__ import annotations

from bisect import bisect_right
from math import inf, sqrt

import msgspec

STABLE = 8.0
WINDOWS = (0.5, 1.0, 2.0, 4.0, STABLE, 16.0, 32.0)
"""Seconds. The mean of the stable one counts as it is; the others can only add what they prove."""

LASTING = 4.0
"""A rise seen over a window is believed to last so many times as long: nobody foresees an hour from a second."""

KEPT_SECONDS = 34.0
KEPT_SAMPLES = 400


class Arrivals(msgspec.Struct, frozen=True):
    """Counter readings of the last seconds: when, and how many requests had come by then."""

    times: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()


class Rate(msgspec.Struct, frozen=True):
    """Requests a second: as they come now, and as they will after the horizon if they go on rising as they do."""

    now: float = 0.0
    then: float = 0.0


def add(arrivals: Arrivals, now: float, came: float) -> Arrivals:
    """Return the readings with one more: `came` requests since the last one. Old ones are forgotten.

    A reading that is not later than the last is added to it.
    """
    times, counts = arrivals.times, arrivals.counts
    total = (counts[-1] if counts else 0.0) + came
    if times and now <= times[-1]:
        return Arrivals(times, (*counts[:-1], total))
    start = bisect_right(times, now - KEPT_SECONDS)
    # One reading from before the longest window is kept, for the window to begin at.
    start = max(0, start - 1, len(times) + 1 - KEPT_SAMPLES)
    return Arrivals((*times[start:], now), (*counts[start:], total))


def rate(arrivals: Arrivals, horizon: float, proof: float) -> Rate:
    """Return the rate now and in `horizon` seconds; `proof` standard deviations are asked of what is claimed.

    It never foresees a fall: a rate that falls is met as it is.
    """
    times, counts = arrivals.times, arrivals.counts
    last = len(times) - 1
    if last < 1:
        return Rate()
    end, total = times[last], counts[last]
    now = then = 0.0
    ceiling, begin = inf, last
    for window in WINDOWS:
        begin = bisect_right(times, end - window + 1e-9, 0, begin) - 1
        whole = begin > 0
        begin = begin if whole else 0
        length = end - times[begin]
        if length < window * 0.6 and whole:
            continue
        came, rise = total - counts[begin], 0.0
        middle = bisect_right(times, end - length / 2 + 1e-9, begin, last) - 1
        if begin < middle:
            slope, doubt = _rise(arrivals, begin, middle, proof)
            rise = min(max(slope - doubt, 0.0), ceiling)
            ceiling = min(max(slope + doubt, 0.0), ceiling)
        if rise > 0 or window <= STABLE:
            mean = came / length
            if window < STABLE and whole:
                mean -= proof * sqrt(came) / length
            now = max(now, mean + rise * length / 2)
            then = max(then, mean + rise * (length / 2 + min(horizon, LASTING * length)))
        if not whole:
            break
    return Rate(now, then)


def _rise(arrivals: Arrivals, begin: int, middle: int, proof: float) -> tuple[float, float]:
    """Return how much the rate rises over the halves of a window, in requests/s each second, and the doubt of it."""
    times, counts = arrivals.times, arrivals.counts
    older, newer = times[middle] - times[begin], times[-1] - times[middle]
    before, after = counts[middle] - counts[begin], counts[-1] - counts[middle]
    apart = (older + newer) / 2
    slope = (after / newer - before / older) / apart
    noise = sqrt(before / (older * older) + (after + 1) / (newer * newer)) / apart
    return slope, proof * noise
