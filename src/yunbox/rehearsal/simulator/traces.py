"""Traffic to try policies on, as requests/s by tick: recorded, or the shape of a 11.11 midnight by formula.

Recorded are counts of minutes or five minutes; in between the rate runs in a straight line from middle to middle.
All but the midnight are scaled so that their peak is as much as 1,000 instances can just do, 200,000 requests/s.
"""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from yunbox.services.ess.surge.events import Event

PEAK = 200_000.0
MIDNIGHT_PEAK = 583_000.0


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic: `rates` requests/s by ticks of `tick` seconds. Figures count from the tick `begin` on.

    `events` is how an operator would have announced the peak who knew of it.
    `recurring` traffic shows a day's or week's shape again and again.
    """

    name: str
    rates: NDArray[np.float64]
    tick: float
    scale: str
    begin: int = 0
    events: tuple[Event, ...] = ()
    recurring: bool = False


def counts(file: Path) -> tuple[list[str], NDArray[np.float64]]:
    """Read a CSV file with a head line: times and counts."""
    with file.open(newline="") as text:
        rows = csv.reader(text)
        next(rows)
        times, values = zip(*rows, strict=True)
    return list(times), np.array([float(each) for each in values])


def rates(values: NDArray[np.float64], step: float, tick: float) -> NDArray[np.float64]:
    """Return a rate by tick from counts of `step` seconds each."""
    middles = (np.arange(len(values)) + 0.5) * step
    at = (np.arange(round(len(values) * step / tick)) + 0.5) * tick
    found: NDArray[np.float64] = np.interp(at, middles, values / step)
    return found


def midnight(tick: float = 0.1) -> Trace:
    """Return the shape of a 11.11 midnight, from ten minutes before to fifty after, as high as in 2020.

    Synthetic: 6% of the peak and rising before; at midnight from 18% to the peak within 26 s; then it fades.
    """
    t = (np.arange(round(3600 / tick)) + 0.5) * tick - 600
    before = 0.06 + 0.12 * np.exp(np.minimum(t, 0) / 90)
    rising = 0.18 + 0.82 * (1 - np.exp(-np.clip(t, 0, 26) / 5)) / (1 - np.exp(-26 / 5))
    after = np.maximum(t - 26, 0)
    falling = 0.22 + 0.48 * np.exp(-after / 90) + 0.30 * np.exp(-after / 900)
    shape = np.where(t < 0, before, np.where(t < 26, rising, falling))
    return Trace(
        name="double11",
        rates=shape * MIDNIGHT_PEAK,
        tick=tick,
        scale="synthetic; peak 583,000 requests/s",
        events=(Event(at=600, rate=MIDNIGHT_PEAK, buffer=30, lasts=60),),
    )


def worldcup_window(folder: Path, tick: float = 0.1) -> Trace:
    """Return the hardest minutes of the World Cup trace, 06:37 to 06:45, after ten minutes to settle."""
    times, values = counts(folder / "worldcup98_per_minute.csv")
    first, last = times.index("1998-05-12 06:26:00"), times.index("1998-05-12 06:47:00")
    times, values = times[first:last], values[first:last]
    begin, end = times.index("1998-05-12 06:37:00"), times.index("1998-05-12 06:46:00")
    found = rates(values, 60, tick)[: round(end * 60 / tick)]
    scale = PEAK * 60 / values.max()
    return Trace(
        name="worldcup, 12 May 06:37-06:45",
        rates=found * scale,
        tick=tick,
        scale=f"x {scale:.1f}",
        begin=round(begin * 60 / tick),
        # In two steps: half of it from half past on, the whole two minutes later, for three minutes.
        events=(
            Event(at=begin * 60 + 30, rate=PEAK / 2, buffer=10, lasts=120),
            Event(at=begin * 60 + 150, rate=PEAK, buffer=10, lasts=180),
        ),
    )


def worldcup(folder: Path, tick: float = 1.0) -> Trace:
    """Return the whole World Cup trace, 61 days."""
    _, values = counts(folder / "worldcup98_per_minute.csv")
    return _recorded("worldcup, 61 days", values, 60, tick)


def elb(folder: Path, tick: float = 1.0) -> Trace:
    """Return the requests to a load balancer, 14 days."""
    _, values = counts(folder / "elb_request_count.csv")
    return _recorded("elb, 14 days", values, 300, tick)


def twitter(folder: Path, tick: float = 1.0) -> Trace:
    """Return how often a company was named on Twitter, 55 days."""
    _, values = counts(folder / "twitter_volume_GOOG.csv")
    return _recorded("twitter, 55 days", values, 300, tick)


def _recorded(name: str, values: NDArray[np.float64], step: float, tick: float) -> Trace:
    scale = PEAK * step / values.max()
    return Trace(
        name=name, rates=rates(values, step, tick) * scale, tick=tick, scale=f"x {scale:.1f}", recurring=True
    )
