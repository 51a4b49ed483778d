"""Plots as inline SVG with labels in HTML, so that they stay readable at any width. No library, no network."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise
from typing import Literal

import msgspec

Points = Sequence[tuple[float, float | None]]

MAX_POINTS = 720
"""More points than a screen has columns are gathered, each few to one."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: `css` is a class of the page's style. A point without a value is a gap.

    A "bar" stands on the bars before it; `gather` makes one value of several where there are too many points.
    """

    name: str
    css: str
    points: Points
    kind: Literal["line", "step", "area", "bar"] = "line"
    gather: Literal["mean", "max", "sum"] = "mean"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something at a moment, drawn across a plot; `label` is short, as it stands on the line."""

    at: float
    label: str
    css: str = "fault"


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """A plot over time, in seconds; `shown` writes a value for people."""

    title: str
    series: Sequence[Series]
    shown: Callable[[float], str]
    length: float
    log: bool = False
    note: str = ""
    marks: Sequence[Mark] = ()


def figure(plot: Plot) -> str:
    """Return the plot as HTML."""
    series = [_gathered(each, plot.length) for each in plot.series]
    scale = _log_scale(series) if plot.log else _linear_scale(series)
    x = _Axis(0.0, max(plot.length, 1e-9), log=False)
    body = "".join(
        [
            *(f'<line class="grid" x1="0" x2="1000" y1="{y:.1f}" y2="{y:.1f}"/>' for y in _heights(scale)),
            *_shapes(series, x, scale),
            *(
                f'<line class="mark {each.css}" x1="{x.at(each.at) * 1000:.1f}" x2="{x.at(each.at) * 1000:.1f}" '
                'y1="0" y2="1000"/>'
                for each in plot.marks
            ),
        ]
    )
    return (
        f'<figure data-plot="{escape(json.dumps(_data(series, plot)))}"><figcaption>{escape(plot.title)}'
        f"{f'<small>{escape(plot.note)}</small>' if plot.note else ''}</figcaption>{_legend(series)}"
        f'<div class="plot">{_y_labels(scale, plot.shown)}'
        f'<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label="{escape(plot.title)}">'
        f"{body}</svg>{_flags(plot, x)}<i class=cross></i>{_x_labels(plot.length)}</div></figure>"
    )


class _Axis:
    """Turns values into shares of a length, from 0 to 1."""

    def __init__(self, low: float, high: float, *, log: bool, ticks: Sequence[float] = ()) -> None:
        self.low, self.high, self.log, self.ticks = low, high, log, ticks

    def at(self, value: float) -> float:
        if self.log:
            value = max(value, self.low)
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(max(share, 0.0), 1.0)


def nice_ticks(high: float, about: int = 4, least: float = 0.0) -> list[float]:
    """Return round numbers from 0 to the first at or above `high`, `least` apart at least."""
    if high <= 0:
        return [0.0, 1.0]
    raw = max(high / about, least)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    count = math.ceil(high / step - 1e-9)
    return [round(step * index, 10) for index in range(count + 1)]


def _linear_scale(series: Sequence[Series]) -> _Axis:
    bars: dict[float, float] = {}
    high = 0.0
    for each in series:
        for x, y in each.points:
            if y is None:
                continue
            if each.kind == "bar":
                bars[x] = bars.get(x, 0.0) + y
            else:
                high = max(high, y)
    ticks = nice_ticks(max([high, *bars.values()]), least=1.0)
    return _Axis(0.0, ticks[-1], log=False, ticks=ticks)


def _log_scale(series: Sequence[Series]) -> _Axis:
    values = [y for each in series for _, y in each.points if y] or [0.001, 1.0]
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = 10.0 ** math.ceil(math.log10(max(values)) + 1e-9)
    decades = range(round(math.log10(low)), round(math.log10(high)) + 1)
    return _Axis(low, high, log=True, ticks=[10.0**each for each in decades])


def _heights(scale: _Axis) -> list[float]:
    return [1000 * (1 - scale.at(each)) for each in scale.ticks]


def _shapes(series: Sequence[Series], x: _Axis, y: _Axis) -> list[str]:
    found = []
    below: dict[float, float] = {}
    for each in series:
        if each.kind == "bar":
            found.append(_bars(each, below, x, y))
        else:
            found.append(_curve(each, x, y))
    return found


def _curve(each: Series, x: _Axis, y: _Axis) -> str:
    parts: list[str] = []
    for run in _runs(each.points):
        spots = [(1000 * x.at(at), 1000 * (1 - y.at(value))) for at, value in run]
        path = f"M{spots[0][0]:.1f} {spots[0][1]:.1f}"
        for (_, height), (left, later) in pairwise(spots):
            # A step keeps its height up to the next.
            path += f"L{left:.1f} {height:.1f}" if each.kind in ("step", "area") else ""
            path += f"L{left:.1f} {later:.1f}"
        if each.kind == "area":
            path += f"L{spots[-1][0]:.1f} 1000L{spots[0][0]:.1f} 1000Z"
        elif len(spots) == 1:
            path += "h.1"
        parts.append(path)
    return f'<path class="{"area" if each.kind == "area" else "line"} {each.css}" d="{"".join(parts)}"/>'


def _bars(each: Series, below: dict[float, float], x: _Axis, y: _Axis) -> str:
    points = [(at, value) for at, value in each.points if value is not None]
    width = min((later[0] - now[0] for now, later in pairwise(points)), default=1.0)
    path = ""
    for at, value in points:
        if value > 0:
            foot = below.get(at, 0.0)
            below[at] = foot + value
            left, right = 1000 * x.at(at), 1000 * x.at(at + width)
            low, high = 1000 * (1 - y.at(foot)), 1000 * (1 - y.at(foot + value))
            # What happened once in a thousand is still to be seen.
            high = min(high, low - 6)
            path += f"M{left:.1f} {low:.1f}V{high:.1f}H{right:.1f}V{low:.1f}Z"
    return f'<path class="area {each.css}" d="{path}"/>'


def _runs(points: Points) -> list[list[tuple[float, float]]]:
    """Return the stretches of points that have values."""
    found: list[list[tuple[float, float]]] = [[]]
    for at, value in points:
        if value is None:
            found.append([])
        else:
            found[-1].append((at, value))
    return [run for run in found if run]


def _gathered(each: Series, length: float) -> Series:
    if len(each.points) <= MAX_POINTS:
        return each
    width = length / MAX_POINTS
    cells: dict[int, list[float | None]] = {}
    for at, value in each.points:
        cells.setdefault(int(at / width), []).append(value)
    points: list[tuple[float, float | None]] = []
    for cell, values in sorted(cells.items()):
        known = [value for value in values if value is not None]
        made = None
        if known:
            made = max(known) if each.gather == "max" else sum(known) / len(known)
        points.append((cell * width, made))
    return msgspec.structs.replace(each, points=points)


def _legend(series: Sequence[Series]) -> str:
    items = "".join(f'<li class="{each.css}"><b></b>{escape(each.name)} <output></output>' for each in series)
    return f'<ul class="legend">{items}</ul>'


def _y_labels(scale: _Axis, shown: Callable[[float], str]) -> str:
    return "".join(
        f'<span class="y" style="top:{100 * (1 - scale.at(each)):.1f}%">{escape(shown(each))}</span>'
        for each in scale.ticks
    )


def _x_labels(length: float) -> str:
    ticks = [each for each in nice_ticks(length, 5) if each <= length * 1.0001]
    return "".join(
        f'<span class="x" style="left:{100 * each / max(length, 1e-9):.1f}%">{each:g}</span>'
        for each in ticks
    )


def _flags(plot: Plot, x: _Axis) -> str:
    return "".join(
        f'<span class="flag {each.css}" style="left:{100 * x.at(each.at):.1f}%">{escape(each.label)}</span>'
        for each in plot.marks
        if each.label
    )


def _data(series: Sequence[Series], plot: Plot) -> dict[str, object]:
    """Return what the page's script shows of the moment under the pointer."""
    return {
        "length": plot.length,
        "series": [
            [[round(at, 2), "" if value is None else plot.shown(value)] for at, value in each.points]
            for each in series
        ],
    }
