"""The live view of a run in the terminal; plain lines where there is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from yunbox.rehearsal.histogram import Histogram
from yunbox.rehearsal.page import SHOWN
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.rehearse import OnProgress, Progress
from yunbox.rehearsal.tally import OUTCOMES, Cell
from yunbox.rehearsal.verdict import count, duration

if TYPE_CHECKING:
    from rich.table import Table

_SPARKS = " ▁▂▃▄▅▆▇█"
_SPARKS_SHOWN = 60
_EVENTS_SHOWN = 6
_STYLES = dict(zip(OUTCOMES, ("green", "yellow", "magenta", "red", "red"), strict=True))


@contextmanager
def live_view(plan: Plan, *, plain: bool = False) -> Iterator[OnProgress]:
    """Give what shows the progress of a run, on standard error."""
    if plain or not sys.stderr.isatty():
        lines = _Lines(plan.name)
        yield lines.show
        return
    from rich.console import Console  # noqa: PLC0415 - a fifth of a second that only a terminal needs
    from rich.live import Live  # noqa: PLC0415

    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        yield lambda progress: live.update(_table(plan, progress), refresh=True)


class _Lines:
    """A line a second, and one for each event."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last = -1e9
        self._told = 0

    def show(self, progress: Progress) -> None:
        """Print what happened in the last whole second."""
        for event in progress.events[self._told :]:
            _print(f"{event.at:7.1f} s  {event.kind}: {event.what} {event.detail}")
        self._told = max(self._told, len(progress.events))
        if progress.at - self._last < 1.0:
            return
        self._last = progress.at
        tally, cell = progress.tally, _last_second(progress)
        ended = ", ".join(
            f"{SHOWN[name]} {number}" for name, number in zip(OUTCOMES, tally.outcomes, strict=True) if number
        )
        p99 = duration(Histogram(cell.latency).quantiles([0.99])[0]) if cell.latency else "-"
        text = f"{progress.at:7.1f} s  {progress.phase:8}{cell.sent:6}/s  p99 {p99:>8}"
        if (seen := progress.watched) is not None:
            text += f"  instances {seen.ready} + {seen.starting}  queue {seen.queued}"
        _print(f"{text}  {ended}")


def _print(text: str) -> None:
    print(text.rstrip(), file=sys.stderr, flush=True)


def _last_second(progress: Progress) -> Cell:
    return progress.tally.seconds.get(max(0, int(progress.at) - 1), Cell())


def _table(plan: Plan, progress: Progress) -> Table:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    tally, cell, curve = progress.tally, _last_second(progress), progress.curve
    table = Table(title=plan.name, show_header=False, title_justify="left", min_width=70)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("now", f"{progress.phase}, {progress.at:.0f} of {curve.length:.0f} s")
    table.add_row("load", _spark([each.sent for each in _cells(progress)]))
    table.add_row(
        "rate", f"{cell.sent}/s sent, {curve.rate(progress.at):.0f}/s intended, {cell.completed}/s ended"
    )
    outcomes = Text()
    for name, number in zip(OUTCOMES, tally.outcomes, strict=True):
        style = _STYLES[name] if number else "dim"
        outcomes.append(f"{SHOWN[name]} {count(number)}  ", style=style)
    table.add_row("outcomes", outcomes)
    p50, p99 = Histogram(cell.latency).quantiles([0.5, 0.99]) if cell.latency else (0.0, 0.0)
    table.add_row("latency", f"p50 {duration(p50)}, p99 {duration(p99)}; in flight {tally.in_flight}")
    if (seen := progress.watched) is not None:
        table.add_row(
            "instances",
            f"{seen.ready} ready, {seen.starting} starting, {seen.desired} desired, {seen.demand or '?'} needed",
        )
        table.add_row("balancer", f"{seen.queued} waiting, {seen.in_flight} in flight")
    for event in progress.events[-_EVENTS_SHOWN:]:
        style = "bold red" if event.kind == "fault" else ""
        table.add_row(f"{event.at:.1f} s", Text(f"{event.what} {event.detail}"[:100], style=style))
    return table


def _cells(progress: Progress) -> list[Cell]:
    last = int(max(progress.at, 0))
    seconds = range(max(0, last - _SPARKS_SHOWN), last)
    return [progress.tally.seconds.get(second, Cell()) for second in seconds]


def _spark(values: list[int]) -> str:
    high = max(values, default=0) or 1
    return "".join(_SPARKS[round(value / high * (len(_SPARKS) - 1))] for value in values)
