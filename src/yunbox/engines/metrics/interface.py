"""The seam of measured values: series of samples, by account, namespace, metric and dimensions.

It knows no cloud product. Times are seconds since the epoch on the cloud's clock; a sample belongs to the period
that its time lies in, so what was measured over a span bears the time at which the span began. Values are kept as
mean, minimum, maximum, sum and count of a period, from which longer periods follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

Dimensions = tuple[tuple[str, str], ...]
"""Pairs of name and value, sorted by name: (("instanceId", "i-1"),)."""

MAX_SERIES = 100_000
"""So many series are kept."""

MAX_SAMPLES = 5_000_000
"""So many samples are kept, the newest; the embedded store takes some 40 bytes for one."""


class SeriesLimitError(Exception):
    """There are as many series as are kept."""


def dimensions(**named: str) -> Dimensions:
    """Return dimensions from names and values."""
    return tuple(sorted(named.items()))


def dimensions_text(given: Dimensions) -> str:
    """Return dimensions as text, by which they are told apart and sorted."""
    return _encode(given).decode()


_encode = msgspec.json.Encoder().encode


class Series(msgspec.Struct, frozen=True):
    """Names one series of values."""

    account: str
    namespace: str
    metric: str
    dimensions: Dimensions


class Sample(msgspec.Struct, frozen=True):
    """What was measured of a series at `at`, or from then on: one value, or several that were added up."""

    series: Series
    at: float
    minimum: float
    maximum: float
    sum: float
    count: float = 1.0

    @property
    def average(self) -> float:
        """The mean."""
        return self.sum / self.count if self.count else 0.0


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


def among_any(given: Dimensions, among: Sequence[Mapping[str, str]]) -> bool:
    """Return whether dimensions hold all pairs of one of `among`, or `among` is empty."""
    return not among or any(set(each.items()) <= set(given) for each in among)


class MetricStore(Protocol):
    """Keeps samples for a bounded time. Implementations: embedded (a SQLite file of its own), memory.

    Several processes may use one store. No method takes longer than a transaction, and none waits for anything else.
    """

    def put(self, samples: Iterable[Sample]) -> None:
        """Keep samples; of the same series and second, they are added up.

        When it returns they outlive the process; the power going may take the last seconds' with it. Raises
        SeriesLimitError; then none is kept.
        """
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

        `among` are dimensions of which a series must bear all of one; empty: any series of the metric. A period
        begins at a multiple of its length, and one that begins before `start` is left out whole.
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
        """Return the newest sample of each series that has one after `since`, by dimensions."""
        ...

    def metrics(self, account: str, namespace: str = "") -> list[tuple[str, str, Dimensions]]:
        """Return every series of an account as (namespace, metric, dimensions), in that order."""
        ...

    def condense(self, before: float, period: int) -> None:
        """Add up what is older to one sample a period; points of multiples of that period stay as they were.

        A store may pass over what was put after it had condensed that time.
        """
        ...

    def expire(self, before: float) -> None:
        """Forget what is older, and the oldest of what is more than `MAX_SAMPLES`."""
        ...

    def forget(
        self, account: str, namespace: str, metric: str, among: Sequence[Mapping[str, str]] = ()
    ) -> None:
        """Forget series of a metric, as `read` chooses them."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
