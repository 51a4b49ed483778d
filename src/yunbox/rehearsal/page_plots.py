"""The plots of a report's page."""

from __future__ import annotations

from yunbox.rehearsal.histogram import PERCENTILES
from yunbox.rehearsal.plots import Mark, Plot, Series
from yunbox.rehearsal.report import Event, Report, Second
from yunbox.rehearsal.tally import OUTCOMES
from yunbox.rehearsal.verdict import count, duration

_PERCENTILES = dict(
    zip((name for name, _ in PERCENTILES), ("p50", "p90", "p99", "p99.9", "p99.99"), strict=True)
)


def marks(report: Report) -> list[Mark]:
    """Return the faults, numbered."""
    faults = [event for event in report.events if event.kind == "fault"]
    return [Mark(at=event.at, label=str(number)) for number, event in enumerate(faults, 1)]


def plots(report: Report) -> list[Plot]:
    """Return the plots in the order of the page; what was not watched has none."""
    length = float(max((each.at + 1 for each in report.seconds), default=1))
    if report.watched:
        length = max(length, report.watched[-1].at)
    found = [_rate(report, length), _outcomes(report, length), _latency(report, length)]
    if report.watched:
        if any(each.ready or each.starting for each in report.watched):
            found.append(_instances(report, length))
        if any(each.queued or each.in_flight for each in report.watched):
            found.append(_queue(report, length))
    return [*found, _lag(report, length)]


def _rate(report: Report, length: float) -> Plot:
    def points(name: str) -> list[tuple[float, float | None]]:
        return [(each.at, float(getattr(each, name))) for each in report.seconds]

    return Plot(
        title="Requests a second",
        length=length,
        shown=count,
        marks=marks(report),
        series=[
            Series(name="sent", css="sent", points=points("sent"), kind="step"),
            Series(name="completed", css="completed", points=points("completed"), kind="step"),
            Series(name="intended", css="intended", points=points("intended"), kind="step"),
        ],
    )


def _outcomes(report: Report, length: float) -> Plot:
    names = ("served", "queued, then served", "shed", "failed", "timed out")
    return Plot(
        title="How they ended",
        note="by the second in which they were to be sent",
        length=length,
        shown=count,
        marks=marks(report),
        series=[
            Series(
                name=shown,
                css=name,
                kind="bar",
                points=[(each.at, float(getattr(each.outcomes, name))) for each in report.seconds],
            )
            for name, shown in zip(OUTCOMES, names, strict=True)
        ],
    )


def _latency(report: Report, length: float) -> Plot:
    def value(second: Second, name: str) -> float | None:
        return float(getattr(second.latency, name)) or None

    return Plot(
        title="Latency of what was served",
        note="from the moment a request was to be sent; logarithmic",
        length=length,
        shown=duration,
        log=True,
        marks=marks(report),
        series=[
            Series(
                name=shown,
                css=f"l{number}",
                gather="max",
                points=[(each.at, value(each, name)) for each in report.seconds],
            )
            for number, (name, shown) in enumerate(_PERCENTILES.items(), 1)
        ],
    )


def _instances(report: Report, length: float) -> Plot:
    seen = report.watched
    series = [
        Series(
            name="starting",
            css="starting",
            kind="area",
            points=[(each.at, float(each.ready + each.starting)) for each in seen],
        ),
        Series(
            name="ready", css="ready", kind="area", points=[(each.at, float(each.ready)) for each in seen]
        ),
        Series(
            name="desired",
            css="desired",
            kind="step",
            points=[(each.at, float(each.desired)) for each in seen],
        ),
    ]
    if any(each.demand for each in seen):
        points: list[tuple[float, float | None]] = [
            (each.at, float(each.demand) if 0 <= each.at <= report.load.length else None) for each in seen
        ]
        series.append(Series(name="demand", css="demand", kind="step", points=points))
    return Plot(
        title="Instances against demand",
        length=length,
        shown=lambda value: f"{value:g}",
        note="dotted: a decision to scale",
        series=series,
        marks=[*(Mark(at=each.at, label="", css="desired") for each in _decisions(report)), *marks(report)],
    )


def _decisions(report: Report) -> list[Event]:
    return [each for each in report.events if each.kind == "scaling" and each.what == "decision"]


def _queue(report: Report, length: float) -> Plot:
    return Plot(
        title="At the balancer",
        length=length,
        shown=count,
        marks=marks(report),
        series=[
            Series(
                name="in flight",
                css="served",
                gather="max",
                points=[(each.at, float(each.in_flight)) for each in report.watched],
            ),
            Series(
                name="waiting in the queue",
                css="queued",
                gather="max",
                points=[(each.at, float(each.queued)) for each in report.watched],
            ),
        ],
    )


def _lag(report: Report, length: float) -> Plot:
    return Plot(
        title="The generator's own lag",
        note="the worst of each second",
        length=length,
        shown=duration,
        log=True,
        series=[
            Series(
                name="lag",
                css="l3",
                gather="max",
                points=[(each.at, each.lag_max or None) for each in report.seconds],
            )
        ],
    )
