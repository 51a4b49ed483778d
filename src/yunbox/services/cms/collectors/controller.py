"""Measures on the cloud's clock, and forgets what is old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from yunbox.control.clock import TurnedClock
from yunbox.engines.metrics.interface import MetricStore, Sample
from yunbox.services.cms.collectors.beat import cells, until_next
from yunbox.services.cms.metrics.catalogue import SAMPLED_SECONDS

KEPT_SECONDS = 31 * 86_400.0
"""So long values are kept, as the vendor does; how finely, `THINNED` says."""

THINNED = ((7200.0, 60), (2 * 86_400.0, 300))
"""What is older than so many seconds is kept by periods of so many."""

HOUSEKEEPING_SECONDS = 300.0


class Collector(Protocol):
    """Measures something."""

    async def measure(self, cells: list[float], seconds: float) -> list[Sample]:
        """Return what was measured in the last `seconds` of the cloud's time, once for each of the cells."""
        ...


class MetricsController:
    """Has everything measured at the end of each span of the cloud's time."""

    name = "metrics"

    def __init__(
        self,
        metrics: MetricStore,
        time: TurnedClock,
        collectors: Sequence[Collector],
        log: Callable[[str], None],
    ) -> None:
        self._metrics = metrics
        self._time = time
        self._collectors = collectors
        self._log = log
        self._before: float | None = None
        self._failed: dict[str, str] = {}

    async def turn(self) -> float:
        """Measure, when a span has ended; return when the next one ends."""
        now = self._time.now()
        before = self._before if self._before is not None else now - SAMPLED_SECONDS
        ended = cells(before, now, SAMPLED_SECONDS)
        if ended:
            self._before = now
            samples: list[Sample] = []
            for each in self._collectors:
                samples += await self._measure(each, ended, now - before)
            if samples:
                await asyncio.to_thread(self._metrics.put, samples)
        return until_next(self._time.now(), SAMPLED_SECONDS, self._time.speed)

    async def _measure(self, collector: Collector, ended: list[float], seconds: float) -> list[Sample]:
        """Return what a collector measures; one that fails keeps no other from measuring."""
        name, why = type(collector).__name__, ""
        samples: list[Sample] = []
        try:
            samples = await collector.measure(ended, seconds)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
        if why != self._failed.get(name, ""):
            self._failed[name] = why
            self._log(f"metrics: {name} fails ({why})" if why else f"metrics: {name} measures again")
        return samples


class MetricsHousekeeper:
    """Adds up old values, and forgets those that are too old."""

    name = "metrics-housekeeping"

    def __init__(self, metrics: MetricStore, time: TurnedClock) -> None:
        self._metrics = metrics
        self._time = time

    async def turn(self) -> float:
        """Keep house; return when to do so again."""
        now = self._time.now()
        await asyncio.to_thread(self._keep_house, now)
        return max(5.0, self._time.wait(HOUSEKEEPING_SECONDS))

    def _keep_house(self, now: float) -> None:
        for age, period in THINNED:
            self._metrics.condense(now - age, period)
        self._metrics.expire(now - KEPT_SECONDS)
