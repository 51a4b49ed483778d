"""Puts a report together from what was counted and seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from yunbox.rehearsal import verdict
from yunbox.rehearsal.curves import Curve
from yunbox.rehearsal.elasticity import cost, demand, elasticity
from yunbox.rehearsal.histogram import PERCENTILES, Histogram
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.report import (
    Aftermath,
    Event,
    GeneratorShown,
    Latency,
    LoadShown,
    Machine,
    OfKind,
    Outcomes,
    Reconciliation,
    Report,
    Requests,
    Scaled,
    Second,
    ServedBy,
    Surge,
    Watched,
)
from yunbox.rehearsal.tally import OUTCOMES, Tally

AFTERMATH_SECONDS = 5


class Facts(msgspec.Struct, kw_only=True):
    """What a run found, before it is summed up."""

    plan: Plan
    curve: Curve
    run: str
    began: str
    seconds_taken: float
    tally: Tally
    processes: int
    cpu_seconds: float
    machine: Machine
    reconciliation: Reconciliation | None = None
    watched: list[Watched] = []
    events: list[Event] = []
    scaling: list[Scaled] = []
    notes: list[str] = []
    cut_short: str = ""


def report(facts: Facts) -> Report:
    """Return the report."""
    plan, tally = facts.plan, facts.tally
    found = requests(tally)
    latency = latencies(tally.latency())
    lag = latencies(
        Histogram(tally.lag), exact_max=max((c.lag_max for c in tally.seconds.values()), default=0.0)
    )
    supply = _supply(facts)
    followed = elasticity(*supply[:2]) if supply else None
    paid = cost(supply[0], supply[2], 1.0) if supply else None
    lines = verdict.verdict(
        plan.slo,
        requests=found,
        latency=latency,
        reconciliation=facts.reconciliation,
        elasticity=followed,
        cost=paid,
        reconciled=plan.reconcile is not None,
    )
    void = verdict.void_reasons(plan.generator, lag, found, facts.events)
    if facts.cut_short:
        void = (facts.cut_short, *void)
    return Report(
        name=plan.name,
        run=facts.run,
        seed=plan.seed,
        began=facts.began,
        seconds_taken=round(facts.seconds_taken, 3),
        held=not void and all(line.held for line in lines),
        void=bool(void),
        void_reasons=void,
        verdict=lines,
        requests=found,
        latency=latency,
        kinds=_kinds(plan, tally),
        load=_load(plan, facts.curve, tally),
        generator=GeneratorShown(
            processes=facts.processes,
            cpu_seconds=round(facts.cpu_seconds, 3),
            lag=lag,
            lag_p99_bound=plan.generator.lag_p99,
            lag_max_bound=plan.generator.lag_max,
        ),
        reconciliation=facts.reconciliation,
        elasticity=followed,
        cost=paid,
        faults=aftermaths(facts.events, tally),
        scaling=tuple(facts.scaling),
        events=tuple(sorted(facts.events, key=lambda event: event.at)),
        served_by=tuple(
            ServedBy(name=name, first=round(server.first, 3), requests=server.count)
            for name, server in sorted(tally.servers.items(), key=lambda item: item[1].first)
        ),
        watched=tuple(facts.watched),
        seconds=seconds(tally),
        notes=tuple(facts.notes),
        machine=facts.machine,
        plan=msgspec.to_builtins(plan),
    )


def requests(tally: Tally) -> Requests:
    """Return the totals."""
    ended = tally.outcomes
    total = max(1, sum(ended))
    return Requests(
        intended=tally.intended,
        sent=tally.sent,
        completed=sum(ended),
        outcomes=outcomes(ended),
        share={name: round(count / total, 8) for name, count in zip(OUTCOMES, ended, strict=True)},
        failures=dict(sorted(tally.failures.items())),
        retried=outcomes(tally.retried),
        retries=tally.retries,
        retries_denied=tally.retries_denied,
        first_failures=dict(sorted(tally.first_failures.items())),
    )


def outcomes(counts: Sequence[int]) -> Outcomes:
    """Return counts by name."""
    return Outcomes(**dict(zip(OUTCOMES, counts, strict=True)))


def latencies(histogram: Histogram, exact_max: float | None = None) -> Latency:
    """Return the percentiles of a histogram, to the microsecond."""
    values = histogram.quantiles([share for _, share in PERCENTILES])
    largest = histogram.largest if exact_max is None else exact_max
    named = {name: round(value, 6) for (name, _), value in zip(PERCENTILES, values, strict=True)}
    return Latency(**named, max=round(largest, 6))


def seconds(tally: Tally) -> tuple[Second, ...]:
    """Return the run second by second, without gaps."""
    if not tally.seconds:
        return ()
    found = []
    for at in range(max(tally.seconds) + 1):
        cell = tally.cell(at)
        found.append(
            Second(
                at=at,
                intended=cell.intended,
                sent=cell.sent,
                completed=cell.completed,
                outcomes=outcomes(cell.outcomes),
                retried=cell.retried,
                latency=latencies(Histogram(cell.latency)),
                lag_max=round(cell.lag_max, 6),
            )
        )
    return tuple(found)


def aftermaths(events: Sequence[Event], tally: Tally) -> tuple[Aftermath, ...]:
    """Return what clients saw of each fault."""
    found = []
    for event in sorted((each for each in events if each.kind == "fault"), key=lambda each: each.at):
        window = Tally()
        for second in range(int(event.at), int(event.at) + AFTERMATH_SECONDS):
            if second in tally.seconds:
                window.merge(Tally(seconds={second: tally.seconds[second]}))
        found.append(
            Aftermath(
                at=event.at,
                what=event.what,
                detail=event.detail,
                seconds=AFTERMATH_SECONDS,
                outcomes=outcomes(window.outcomes),
                retried=sum(cell.retried for cell in window.seconds.values()),
                latency=latencies(window.latency()),
            )
        )
    return tuple(found)


def surge(sent: Sequence[int], length: float) -> Surge:
    """Return how the load that was really sent rose to its peak."""
    rates = list(sent[: max(1, math.ceil(length))]) or [0]
    first = rates[: max(1, len(rates) // 10)]
    base, peak = sum(first) / len(first), max(rates)
    top = rates.index(peak)
    began = next((at for at in range(top, -1, -1) if rates[at] <= 1.5 * base), 0)
    tenfold = next((at for at in range(began, len(rates)) if base and rates[at] >= 10 * base), None)
    return Surge(
        base_rate=round(base, 2),
        peak_rate=float(peak),
        began=float(began),
        ten_times_after=None if tenfold is None else float(tenfold - began),
    )


def _kinds(plan: Plan, tally: Tally) -> tuple[OfKind, ...]:
    names = dict.fromkeys(request.name for request in plan.requests)
    return tuple(
        OfKind(
            name=name,
            outcomes=outcomes(tally.kind(name).outcomes),
            latency=latencies(Histogram(tally.kind(name).latency)),
        )
        for name in names
    )


def _load(plan: Plan, curve: Curve, tally: Tally) -> LoadShown:
    sent = [tally.seconds[at].sent if at in tally.seconds else 0 for at in range(math.ceil(curve.length))]
    return LoadShown(
        shape=str(plan.load.__struct_config__.tag),
        length=round(curve.length, 3),
        peak_rate=round(curve.peak, 3),
        peak_at=round(curve.peak_at, 3),
        requests=round(curve.total),
        surge=surge(sent, curve.length),
    )


def _supply(facts: Facts) -> tuple[list[float], list[float], list[float]] | None:
    """Return, second by second of the load, how many instances were needed, ready, and paid; None if not watched."""
    per_instance = facts.plan.watch.per_instance
    if not facts.watched or not per_instance:
        return None
    needed: list[float] = []
    ready: list[float] = []
    paid: list[float] = []
    watched, index = sorted(facts.watched, key=lambda each: each.at), 0
    for at in range(math.ceil(facts.curve.length)):
        while index + 1 < len(watched) and watched[index + 1].at <= at + 0.5:
            index += 1
        needed.append(demand(facts.curve.until(at + 1) - facts.curve.until(at), per_instance))
        ready.append(watched[index].ready)
        paid.append(watched[index].ready + watched[index].starting)
    return needed, ready, paid
