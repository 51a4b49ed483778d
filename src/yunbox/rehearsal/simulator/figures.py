"""Figures of a run: what became of the requests, how supply followed demand, and what it cost beside the oracle."""

from __future__ import annotations

from math import log, sqrt

import msgspec
import numpy as np
from numpy.typing import NDArray

from yunbox.rehearsal.simulator.model import Instance, needed
from yunbox.rehearsal.simulator.ticks import Run


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Shares are in percent, latencies in seconds, cost in times the oracle's. SPEC elasticity: arXiv 1604.03470."""

    arrived: int
    failed: int
    shed: int
    queued: int
    p50: float
    p99: float
    theta_u: float
    theta_o: float
    tau_u: float
    tau_o: float
    instability: float
    cost: float
    instance_seconds: float
    starts: int
    most: int


def oracle(demand: NDArray[np.int64], tick: float, instance: Instance) -> float:
    """Return the instance-seconds of a clairvoyant that always has what is needed, and knows how long a start takes.

    It asks for each instance just in time, and keeps one over a gap in which it is not needed where that is cheaper
    than to drain it and start another. Level by level (the k-th instance), hence the least there can be.
    """
    total = float(demand.sum()) * tick
    changes = np.flatnonzero(np.diff(demand)) + 1
    # The last moment at which each level was needed, for the levels above the present demand.
    fallen: list[tuple[float, int]] = []
    before = int(demand[0])
    for at in changes.tolist():
        level = int(demand[at])
        if level < before:
            fallen.append((at * tick, before - level))
        else:
            total += _rise(fallen, at * tick, level - before, instance)
        before = level
    total += sum(count for _, count in fallen) * instance.drain
    return total


def _rise(fallen: list[tuple[float, int]], now: float, count: int, instance: Instance) -> float:
    """Return what it takes to have `count` more levels: to keep one or to start it again, or to start a new one."""
    cost, again = 0.0, instance.drain + instance.startup
    while count and fallen:
        since, many = fallen.pop()
        take = min(many, count)
        cost += take * min(now - since, again)
        count -= take
        if many > take:
            fallen.append((since, many - take))
    return cost + count * instance.startup


def figures(run: Run, rates: NDArray[np.float64], instance: Instance, begin: int = 0) -> Figures:
    """Return the figures of a run from the tick `begin` on."""
    demand, ready, paid = needed(rates[begin:], instance), run.ready[begin:], run.paid[begin:]
    lack = np.maximum(demand - ready, 0)
    excess = np.maximum(ready - demand, 0)
    moves = np.sign(np.diff(demand)) * np.sign(np.diff(ready))
    p50, p99 = latencies(run, instance)
    spent = float(paid.sum()) * run.tick
    return Figures(
        arrived=run.arrived,
        failed=run.failed,
        shed=run.shed,
        queued=int(run.waits[1:].sum()),
        p50=p50,
        p99=p99,
        theta_u=100 * float((lack / demand).mean()),
        theta_o=100 * float((excess / demand).mean()),
        tau_u=100 * float((lack > 0).mean()),
        tau_o=100 * float((excess > 0).mean()),
        instability=100 * float((moves < 0).mean()) if len(moves) else 0.0,
        cost=spent / oracle(demand, run.tick, instance),
        instance_seconds=spent,
        starts=run.starts,
        most=int(ready.max()),
    )


def latencies(run: Run, instance: Instance) -> tuple[float, float]:
    """Return median and 99th percentile: the time in the queue and the time in a server, which is independent."""
    waits = run.waits.clip(min=0)
    total = int(waits.sum())
    if not total:
        return 0.0, 0.0
    # The service time by its quantiles: each stands for one 200th of the requests.
    sigma = sqrt(log(1 + instance.spread**2))
    points = (np.arange(200) + 0.5) / 200
    service = np.exp(log(instance.service) - sigma**2 / 2 + sigma * _normal_quantiles(points))
    at = np.flatnonzero(waits)
    times = (at[:, None] * run.tick + service[None, :]).ravel()
    weights = np.repeat(waits[at] / 200, 200)
    order = np.argsort(times)
    grown = np.cumsum(weights[order]) / total
    return tuple(float(times[order[np.searchsorted(grown, q)]]) for q in (0.5, 0.99))  # type: ignore[return-value]


def _normal_quantiles(points: NDArray[np.float64]) -> NDArray[np.float64]:
    from statistics import NormalDist  # noqa: PLC0415

    normal = NormalDist()
    return np.array([normal.inv_cdf(float(p)) for p in points])
