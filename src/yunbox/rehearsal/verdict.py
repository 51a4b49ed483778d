"""The verdict: the plan's SLO against what was measured, line by line, and whether the run counts at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from yunbox.rehearsal.elasticity import Cost, Elasticity
from yunbox.rehearsal.plan import Generator, Slo
from yunbox.rehearsal.report import Event, Latency, Line, Outcomes, Reconciliation, Requests

NOT_DONE = "NOT done"
"""So begins the detail of a fault that could not be done: what the run was to prove, it does not."""

_LATENCIES = (
    ("p50", "p50"),
    ("p90", "p90"),
    ("p99", "p99"),
    ("p999", "p99.9"),
    ("p9999", "p99.99"),
    ("latency_max", "max"),
)


def void_reasons(
    bounds: Generator, lag: Latency, requests: Requests, events: Iterable[Event]
) -> tuple[str, ...]:
    """Return why the run proves nothing; empty when it counts."""
    found = []
    for name, measured, bound in (("p99", lag.p99, bounds.lag_p99), ("the worst", lag.max, bounds.lag_max)):
        if measured > bound:
            found.append(
                f"the generator fell behind: {name} of its lag was {duration(measured)}, past the bound of "
                f"{duration(bound)}"
            )
    if requests.sent != requests.outcomes.total:
        found.append(f"{requests.sent} requests were sent and {requests.outcomes.total} ended")
    if requests.sent < requests.intended:
        found.append(f"only {requests.sent} of {requests.intended} intended requests were sent")
    found += [
        f"fault {each.what}: {each.detail}"
        for each in events
        if each.kind == "fault" and each.detail.startswith(NOT_DONE)
    ]
    return tuple(found)


def verdict(
    slo: Slo,
    *,
    requests: Requests,
    latency: Latency,
    reconciliation: Reconciliation | None,
    elasticity: Elasticity | None,
    cost: Cost | None,
    reconciled: bool,
) -> tuple[Line, ...]:
    """Return a line for each bound of the SLO that is asked; what should have been measured and was not, fails.

    `reconciled` is whether the plan says how to read back what was executed; else nothing is asked of it.
    """
    outcomes = requests.outcomes
    total = max(1, outcomes.total)
    lines = []
    for field, label in _LATENCIES:
        bound: float | None = getattr(slo, field)
        if bound is not None:
            measured = latency.max if field == "latency_max" else getattr(latency, field)
            # With nothing served there is no latency that could hold.
            known = outcomes.served + outcomes.queued > 0
            lines.append(_most(f"latency {label}", measured if known else None, bound, duration))
    if slo.served is not None:
        share = (outcomes.served + outcomes.queued) / total
        lines.append(_least("share served", share, slo.served))
    lines += _counts(slo, outcomes)
    if reconciled:
        lines += _executions(slo, reconciliation)
    if slo.queued_share is not None:
        lines.append(_most("share queued", outcomes.queued / total, slo.queued_share, percent))
    if slo.under_provisioned is not None:
        under = None if elasticity is None else elasticity.tau_under / 100
        lines.append(_most("time under-provisioned", under, slo.under_provisioned, percent))
    if slo.cost is not None:
        ratio = None if cost is None else cost.ratio
        lines.append(_most("cost against the oracle", ratio, slo.cost, lambda value: f"{value:.2f} times"))
    return tuple(lines)


def _counts(slo: Slo, outcomes: Outcomes) -> list[Line]:
    lines = []
    if slo.failed is not None:
        lines.append(_most("failed or timed out", outcomes.failed + outcomes.timed_out, slo.failed, count))
    if slo.shed is not None:
        lines.append(_most("shed", outcomes.shed, slo.shed, count))
    return lines


def _executions(slo: Slo, found: Reconciliation | None) -> list[Line]:
    lines = []
    if slo.lost is not None:
        lines.append(_most("accepted and lost", None if found is None else found.lost, slo.lost, count))
    if slo.doubled is not None:
        lines.append(_most("executed twice", None if found is None else found.doubled, slo.doubled, count))
    return lines


def _most(name: str, measured: float | None, bound: float, shown: Callable[[float], str]) -> Line:
    return Line(
        name=name,
        wanted=f"at most {shown(bound)}",
        measured="not measured" if measured is None else shown(measured),
        held=measured is not None and measured <= bound,
    )


def _least(name: str, measured: float, bound: float) -> Line:
    return Line(
        name=name, wanted=f"at least {percent(bound)}", measured=percent(measured), held=measured >= bound
    )


def duration(seconds: float) -> str:
    """Return a time for people."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} us"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.3g} s"


def percent(share: float) -> str:
    """Return a share for people; never rounded up to all of it."""
    text = f"{share * 100:.3f}".rstrip("0").rstrip(".")
    return f"{text if share >= 1 or text != '100' else '99.999'} %"


def count(number: float) -> str:
    """Return a count for people."""
    return f"{number:,.0f}"
