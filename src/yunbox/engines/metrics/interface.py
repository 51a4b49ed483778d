"""The seam of measured values: series of samples, by account, namespace, metric and dimensions.

It knows no cloud product. Times are seconds since the epoch on the cloud's clock; a sample belongs to the period
that it ends in. Values are kept as mean, minimum, maximum, sum and count of a period, from which longer periods
follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

Dimensions = tuple[tuple[str, str], ...]
"""Pairs of name and value, sorted by name: (("instanceId", "i-1"),)."""


def dimensions(**named: str) -> Dimensions:
    """Return dimensions from names and values."""
    return tuple(sorted(named.items()))


class Series(msgspec.Struct, frozen=True):
    """Names one series of values."""

    account: str
    namespace: str
    metric: str
    dimensions: Dimensions


class Sample(msgspec.Struct, frozen=True):
    """What was measured of a series up to the moment `at`: one value, or several that were added up."""

    series: Series
    at: float
    minimum: float
    maximum: float
    sum: float
    count: float = 1.0


def one(series: Series, at: float, value: float) -> Sample:
    """Return a sample of one value."""
    return Sample(series, at, value, value, value)


class Point(msgspec.Struct, frozen=True):
    """The values of one period of a series, which began at `at`."""

    series: Series
    at: float
    minimum: float
    maximum: float
    sum: float
    count: float

    @property
    def average(self) -> float:
        """The mean."""
        return self.sum / self.count if self.count else 0.0


class MetricStore(Protocol):
    """Keeps samples for a bounded time. Implementations: embedded (a SQLite file of its own), memory."""

    def put(self, samples: Iterable[Sample]) -> None:
        """Keep samples; of the same series and second, they are added up. On disk when it returns."""
        ...

    def read(
        self,
        account: str,
        namespace: str,
        metric: str,
        *,
        start: float,
        end: float,
        period: int,
        among: Sequence[Mapping[str, str]] = (),
        limit: int = 10_000,
    ) -> list[Point]:
        """Return points of `period` seconds with start <= at < end, by time, then by dimensions.

        `among` are dimensions of which a series must bear all of one; empty: any series of the metric.
        """
        ...

    def latest(
        self,
        account: str,
        namespace: str,
        metric: str,
        *,
        since: float,
        among: Sequence[Mapping[str, str]] = (),
    ) -> list[Sample]:
        """Return the newest sample of each series that has one after `since`."""
        ...

    def metrics(self, account: str, namespace: str = "") -> list[tuple[str, str, Dimensions]]:
        """Return every series of an account as (namespace, metric, dimensions); at most 100,000."""
        ...

    def expire(self, before: float) -> None:
        """Forget what is older."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
