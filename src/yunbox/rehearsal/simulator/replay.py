"""A live rehearsal put into the simulator: its arrivals and its instances, to compare what clients saw.

What the report does not say the caller does: how many requests an instance works on at a time. How long one takes
is read from the calm seconds of the run itself.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec
import numpy as np

from yunbox.rehearsal.report import Latency, Outcomes, Report
from yunbox.rehearsal.simulator.model import Door, Instance
from yunbox.rehearsal.simulator.policy import View
from yunbox.rehearsal.simulator.requests import follow

TICK = 0.05


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What clients saw, live and simulated: latencies in seconds, and shares of all requests."""

    live: Latency
    simulated: Latency
    live_waited: float
    simulated_waited: float
    live_shed: float
    simulated_shed: float
    seconds: tuple[tuple[int, float, float, float, float], ...]
    """By second: when; p50 live and simulated; p99 live and simulated."""


class _Recorded:
    """Wants as many instances as took traffic at each moment of the rehearsal."""

    every = TICK

    def __init__(self, report: Report) -> None:
        self._times = [each.at for each in report.watched]
        self._ready = [each.ready for each in report.watched]

    def at(self, moment: float) -> int:
        """Return how many there were."""
        return self._ready[max(bisect_right(self._times, moment) - 1, 0)] if self._times else 1

    def desired(self, view: View) -> int:
        """Return how many there were."""
        return self.at(view.now)


def read(report: bytes) -> Report:
    """Return a report.json. Raises msgspec.DecodeError."""
    return msgspec.json.decode(report, type=Report)


def service_of(report: Report) -> tuple[float, float]:
    """Return mean and relative deviation of the time that a request takes, from the calmer half of the seconds.

    Of a log-normal time, of which median and ninth decile are known.
    """
    seen = [each for each in report.seconds if each.outcomes.total >= 5 and each.latency.p50 > 0]
    calm = sorted(seen, key=lambda each: each.latency.p99)[: max(len(seen) // 2, 1)]
    if not calm:
        raise ValueError("the report has no second with five requests")
    median = float(np.median([each.latency.p50 for each in calm]))
    tail = float(np.median([each.latency.p90 for each in calm]))
    sigma = max(np.log(max(tail, median) / median) / 1.2816, 0.01)
    return median * float(np.exp(sigma**2 / 2)), float(np.sqrt(np.exp(sigma**2) - 1))


def replay(report: Report, *, slots: int, deadline: float = 10.0, seed: int = 1) -> Replayed:
    """Follow every request of a rehearsal's arrivals through its instances. Raises ValueError for an empty report."""
    mean, spread = service_of(report)
    # Instances come and go as they were seen to: nothing starts, fails or drains on its own.
    instance = Instance(
        slots=slots, service=mean, spread=spread, startup=1e-6, startup_sigma=0.0, failing=0.0, drain=TICK
    )
    recorded = _Recorded(report)
    sent = np.array([each.sent for each in report.seconds], dtype=float)
    rates = np.repeat(sent, round(1 / TICK))
    found = follow(
        rates, TICK, recorded, instance, door=Door(deadline=deadline), first=recorded.at(0.0), seed=seed
    )
    second = found.came.astype(int)
    rows = []
    for each in report.seconds:
        mine = found.latencies[second == each.at]
        if len(mine) and each.outcomes.total:
            p50, p99 = np.percentile(mine, (50, 99))
            rows.append((each.at, each.latency.p50, float(p50), each.latency.p99, float(p99)))
    arrived = max(found.run.arrived, 1)
    return Replayed(
        live=report.latency,
        simulated=_latency(found.latencies),
        live_waited=_share(report.requests.outcomes, "queued"),
        simulated_waited=float(found.run.waits[1:].sum()) / arrived,
        live_shed=_share(report.requests.outcomes, "shed"),
        simulated_shed=found.run.shed / arrived,
        seconds=tuple(rows),
    )


def _share(outcomes: Outcomes, name: str) -> float:
    return float(getattr(outcomes, name)) / max(outcomes.total, 1)


def _latency(values: np.typing.NDArray[np.float64]) -> Latency:
    if not len(values):
        return Latency()
    p50, p90, p99, p999, p9999 = (float(each) for each in np.percentile(values, (50, 90, 99, 99.9, 99.99)))
    return Latency(p50=p50, p90=p90, p99=p99, p999=p999, p9999=p9999, max=float(values.max()))
