"""Load curves: the rate of requests over time, as straight lines between points, and the arrivals that follow."""

from __future__ import annotations

import bisect
import csv
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import assert_never

from yunbox.rehearsal.plan import Constant, Csv, Double11, Load, Ramp, Spike, Step
from yunbox.rehearsal.plan_file import PlanError

MAX_POINTS = 200_000

# The night of 11.11 as traces/double11.csv has it: seconds from midnight, 1.0 is the peak.
_QUIET = 0.06
_EARLY, _EARLY_SECONDS = 0.12, 90.0
_RISE_SECONDS, _PEAK_AT = 5.0, 26.0
_DECAY = ((0.48, 90.0), (0.30, 900.0))
_FLOOR = 0.22
_BEGIN, _END = -600.0, 3000.0


class Curve:
    """A rate over time. Points are (seconds, requests a second), not falling in time; two at one time are a step."""

    def __init__(self, points: list[tuple[float, float]]) -> None:
        if len(points) < 2 or points[-1][0] <= 0:
            raise ValueError("a curve has a length")
        self.points = points
        self._times = [at for at, _ in points]
        self._sums = [0.0]
        for (at, rate), (then, later) in pairwise(points):
            self._sums.append(self._sums[-1] + (then - at) * (rate + later) / 2)

    @property
    def length(self) -> float:
        """How many seconds it lasts."""
        return self.points[-1][0]

    @property
    def total(self) -> float:
        """How many requests it asks for."""
        return self._sums[-1]

    @property
    def peak(self) -> float:
        """The highest rate."""
        return max(rate for _, rate in self.points)

    @property
    def peak_at(self) -> float:
        """When the rate is first the highest, but for a thousandth."""
        return next(at for at, rate in self.points if rate >= self.peak * 0.999)

    def rate(self, at: float) -> float:
        """Return the rate at a time; 0 outside."""
        if not 0 <= at <= self.length:
            return 0.0
        index = min(bisect.bisect_right(self._times, at), len(self.points) - 1)
        (start, rate), (end, later) = self.points[index - 1], self.points[index]
        return later if end <= start else rate + (later - rate) * (at - start) / (end - start)

    def until(self, at: float) -> float:
        """Return how many requests it asks for up to a time."""
        if at <= 0:
            return 0.0
        if at >= self.length:
            return self.total
        index = min(bisect.bisect_right(self._times, at), len(self.points) - 1)
        start, rate = self.points[index - 1]
        return self._sums[index - 1] + (at - start) * (rate + self.rate(at)) / 2

    def when(self, count: float) -> float:
        """Return when `count` requests have been asked for (0 <= count <= total)."""
        index = min(max(bisect.bisect_left(self._sums, count), 1), len(self._sums) - 1)
        (start, rate), (end, later) = self.points[index - 1], self.points[index]
        rest = count - self._sums[index - 1]
        slope = (later - rate) / (end - start) if end > start else 0.0
        # The root of rate*x + slope*x*x/2 = rest that does not cancel.
        under = max(0.0, rate * rate + 2 * slope * rest)
        below = rate + math.sqrt(under)
        return min(start + 2 * rest / below, end) if below > 0 else start

    def arrivals(self, kind: str, seed: int) -> Iterator[float]:
        """Yield the times at which requests are to be sent, in order: the same ones for the same seed."""
        total, when = self.total, self.when
        if kind == "uniform":
            for number in range(math.floor(total + 0.5)):
                yield when(min(number + 0.5, total))
            return
        gap = Random(seed).expovariate  # noqa: S311 - a replayable stream, nothing secret
        count = gap(1.0)
        while count <= total:
            yield when(count)
            count += gap(1.0)


def curve(load: Load) -> Curve:
    """Return a plan's curve. Raises PlanError when it comes to nothing, or its file cannot be used."""
    points = _points(load)
    if len(points) > MAX_POINTS:
        raise PlanError(f"load: more than {MAX_POINTS} points")
    if len(points) < 2 or points[-1][0] <= 0:
        raise PlanError("load: it has no length")
    found = Curve(points)
    if found.total < 1:
        raise PlanError("load: it asks for less than one request")
    return found


def _points(load: Load) -> list[tuple[float, float]]:
    match load:
        case Constant():
            return [(0.0, load.rate), (load.length, load.rate)]
        case Ramp():
            return [(0.0, load.base), (load.length, load.peak), (load.length + load.hold, load.peak)]
        case Step():
            return _in_turn([(each.length, each.rate, each.rate) for each in load.levels])
        case Spike():
            base, peak = load.base, load.peak
            return _in_turn(
                [
                    (load.before, base, base),
                    (load.rise, base, peak),
                    (load.hold, peak, peak),
                    (load.fall, peak, base),
                    (load.after, base, base),
                ]
            )
        case Csv():
            return _from_file(load)
        case Double11():
            return _double11(load)
        case _:
            assert_never(load)


def _in_turn(pieces: list[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """Return points of pieces (length, rate at the beginning, at the end) that follow each other."""
    points, at = [], 0.0
    for length, rate, later in pieces:
        if length > 0:
            points += [(at, rate), (at + length, later)]
            at += length
    return points


def double11(second: float, anticipation: float = 1.0) -> float:
    """Return the relative rate of 11.11 at a second from midnight; 1.0 is the peak, 26 seconds after it."""
    early = _EARLY * anticipation
    if second < 0:
        return _QUIET + early * math.exp(second / _EARLY_SECONDS)
    if second <= _PEAK_AT:
        risen = -math.expm1(-second / _RISE_SECONDS) / -math.expm1(-_PEAK_AT / _RISE_SECONDS)
        return _QUIET + early + (1 - _QUIET - early) * risen
    since = second - _PEAK_AT
    return _FLOOR + sum(part * math.exp(-since / seconds) for part, seconds in _DECAY)


def _double11(load: Double11) -> list[tuple[float, float]]:
    midnight = load.midnight * load.length
    rise = min(load.rise, load.length - midnight)
    rest = load.length - midnight - rise
    step = max(0.05, load.length / 2000)

    def rate(second: float) -> float:
        over = (double11(second, load.anticipation) - _QUIET) / (1 - _QUIET)
        return load.base + (load.peak - load.base) * over

    points = []
    for begin, length, first, last in (
        (0.0, midnight, _BEGIN, 0.0),
        (midnight, rise, 0.0, _PEAK_AT),
        (midnight + rise, rest, _PEAK_AT, _END),
    ):
        parts = max(1, math.ceil(length / step)) if length > 0 else 0
        for part in range(parts):
            points.append((begin + length * part / parts, rate(first + (last - first) * part / parts)))
    points.append((load.length, rate(_END if rest > 0 else _PEAK_AT)))
    return points


def _from_file(load: Csv) -> list[tuple[float, float]]:
    values = _column(load)[load.first :]
    if load.rows:
        values = values[: load.rows]
    if not values or max(values) <= 0:
        raise PlanError(f"load.column: {load.column!r} of {load.file} holds no positive number there")
    scale = load.peak / max(values)
    points = [(index * load.row, value * scale) for index, value in enumerate(values)]
    return [*points, (len(values) * load.row, values[-1] * scale)]


def _column(load: Csv) -> list[float]:
    try:
        with Path(load.file).open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            if load.column not in (rows.fieldnames or ()):
                raise PlanError(f"load.column: {load.file} has {', '.join(rows.fieldnames or ('none',))}")
            found = [float(row[load.column]) for row in rows]
    except OSError as error:
        raise PlanError(f"load.file: cannot read {load.file}: {error.strerror or error}") from None
    except (ValueError, TypeError, csv.Error) as error:
        raise PlanError(f"load.column: {load.column!r} of {load.file} is not all numbers: {error}") from None
    if not all(0 <= value < math.inf for value in found):
        raise PlanError(f"load.column: {load.column!r} of {load.file} holds numbers that are no rates")
    return found
