"""Measured values in memory: the twin of the embedded store, for tests and simulation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from yunbox.engines.metrics.interface import (
    MAX_SAMPLES,
    MAX_SERIES,
    Dimensions,
    Point,
    Sample,
    Series,
    SeriesLimitError,
    among_any,
    dimensions_text,
)

_Kept = tuple[float, float, float, float]
"""Minimum, maximum, sum, count."""


class MemoryMetricStore:
    """Keeps samples in dictionaries: one a series, by second."""

    def __init__(self, *, max_series: int = MAX_SERIES, max_samples: int = MAX_SAMPLES) -> None:
        """Begin empty."""
        self._kept: dict[Series, dict[int, _Kept]] = {}
        self._max_series = max_series
        self._max_samples = max_samples

    def put(self, samples: Iterable[Sample]) -> None:
        """Keep samples. Raises SeriesLimitError."""
        given = list(samples)
        if len(self._kept.keys() | {each.series for each in given}) > self._max_series:
            raise SeriesLimitError(f"{self._max_series} series are kept already.")
        for each in given:
            values = each.minimum, each.maximum, each.sum, each.count
            _add(self._kept.setdefault(each.series, {}), math.floor(each.at), values)

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
        """Return points of `period` seconds with start <= at < end."""
        points: list[Point] = []
        for series in self._among(account, namespace, metric, among):
            found: dict[int, _Kept] = {}
            for at, values in self._kept[series].items():
                begun = at // period * period
                if start <= begun < end:
                    _add(found, begun, values)
            points += [Point(series, float(at), *values) for at, values in found.items()]
        points.sort(key=lambda point: (point.at, dimensions_text(point.series.dimensions)))
        return points[:limit]

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
        found = []
        for series in self._among(account, namespace, metric, among):
            newest = max(self._kept[series])
            if newest > since:
                found.append(Sample(series, float(newest), *self._kept[series][newest]))
        return found

    def metrics(self, account: str, namespace: str = "") -> list[tuple[str, str, Dimensions]]:
        """Return every series of an account."""
        found = [
            (each.namespace, each.metric, each.dimensions)
            for each in self._kept
            if each.account == account and namespace in ("", each.namespace)
        ]
        return sorted(found, key=lambda each: (each[0], each[1], dimensions_text(each[2])))

    def condense(self, before: float, period: int) -> None:
        """Add up what is older to one sample a period."""
        for series, kept in self._kept.items():
            found: dict[int, _Kept] = {}
            for at, values in kept.items():
                _add(found, at // period * period if at < before // period * period else at, values)
            self._kept[series] = found

    def expire(self, before: float) -> None:
        """Forget what is older, and the oldest of what is too much."""
        moments = sorted(at for kept in self._kept.values() for at in kept)
        if len(moments) > self._max_samples:
            before = max(before, moments[-self._max_samples])
        for series, kept in list(self._kept.items()):
            left = {at: values for at, values in kept.items() if at >= before}
            self._kept[series] = left
            if not left:
                del self._kept[series]

    def forget(
        self, account: str, namespace: str, metric: str, among: Sequence[Mapping[str, str]] = ()
    ) -> None:
        """Forget series of a metric."""
        for series in self._among(account, namespace, metric, among):
            del self._kept[series]

    def close(self) -> None:
        """Do nothing."""

    def _among(
        self, account: str, namespace: str, metric: str, among: Sequence[Mapping[str, str]]
    ) -> list[Series]:
        found = [
            each
            for each in self._kept
            if (each.account, each.namespace, each.metric) == (account, namespace, metric)
            and among_any(each.dimensions, among)
        ]
        return sorted(found, key=lambda each: dimensions_text(each.dimensions))


def _add(kept: dict[int, _Kept], at: int, values: _Kept) -> None:
    before = kept.get(at)
    if before is not None:
        values = (
            min(before[0], values[0]),
            max(before[1], values[1]),
            before[2] + values[2],
            before[3] + values[3],
        )
    kept[at] = values
