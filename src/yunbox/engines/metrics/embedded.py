"""Measured values in a SQLite file of their own, which several processes share."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

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
from yunbox.engines.metrics.schema import connect

_PUT = (
    "INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
    "minimum = min(minimum, excluded.minimum), maximum = max(maximum, excluded.maximum), "
    "total = total + excluded.total, number = number + excluded.number"
)

_READ = (
    "SELECT series.id, at / :period * :period AS begun, min(minimum), max(maximum), sum(total), sum(number) "
    "FROM json_each(:ids) AS wanted CROSS JOIN series ON series.id = wanted.value "
    "CROSS JOIN sample ON sample.series = series.id "
    "WHERE at >= :first AND at < :last GROUP BY begun, series.id ORDER BY begun, dimensions LIMIT :limit"
)

_LATEST = (
    "SELECT series, at, minimum, maximum, total, number FROM json_each(:ids) AS wanted CROSS JOIN sample "
    "ON series = wanted.value AND at = (SELECT max(at) FROM sample WHERE series = wanted.value) "
    "WHERE at > :since ORDER BY wanted.key"
)

_CONDENSED = (
    "SELECT series, at / :period * :period AS begun, min(minimum), max(maximum), sum(total), sum(number) "
    "FROM sample WHERE series = :series AND at >= :after AND at < :before GROUP BY begun "
    "HAVING count(*) > 1 OR max(at) > begun"
)

_SMALLEST_SAMPLE = 16
"""No sample takes fewer bytes of the file."""

_OF_METRIC = "SELECT id, dimensions FROM series WHERE account = ? AND namespace = ? AND metric = ? ORDER BY 2"


class EmbeddedMetricStore:
    """Keeps samples in the file `path`, which is made when it is not there; each process opens its own."""

    def __init__(self, path: Path, *, max_series: int = MAX_SERIES, max_samples: int = MAX_SAMPLES) -> None:
        """Open the file. Raises MetricFileError when it is another program's, or a newer release's."""
        self._sql = connect(path)
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._max_series = max_series
        self._max_samples = max_samples
        self._ids: dict[Series, int] = {}
        self._series: dict[int, Series] = {}
        self._forgotten = -1
        self._condensed: dict[int, int] = {}

    def put(self, samples: Iterable[Sample]) -> None:
        """Keep samples. Raises SeriesLimitError."""
        given = list(samples)
        with self._transaction():
            self._sql.executemany(
                _PUT,
                [
                    (
                        self._id(each.series),
                        math.floor(each.at),
                        each.minimum,
                        each.maximum,
                        each.sum,
                        each.count,
                    )
                    for each in given
                ],
            )

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
        first, last = (math.ceil(each / period) * period for each in (start, end))
        with self._transaction(write=False):
            asked = {
                "ids": self._among(account, namespace, metric, among),
                "period": period,
                "first": first,
                "last": last,
                "limit": limit,
            }
            rows = self._sql.execute(_READ, asked)
            return [Point(self._series[id_], float(at), *values) for id_, at, *values in rows]

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
        with self._transaction(write=False):
            asked = {"ids": self._among(account, namespace, metric, among), "since": since}
            rows = self._sql.execute(_LATEST, asked)
            return [Sample(self._series[id_], float(at), *values) for id_, at, *values in rows]

    def metrics(self, account: str, namespace: str = "") -> list[tuple[str, str, Dimensions]]:
        """Return every series of an account."""
        query = (
            "SELECT namespace, metric, dimensions FROM series WHERE account = ? AND ? IN ('', namespace) "
            "ORDER BY namespace, metric, dimensions"
        )
        with self._transaction(write=False):
            rows = self._sql.execute(query, (account, namespace)).fetchall()
        return [(name, metric, _decode(text)) for name, metric, text in rows]

    def condense(self, before: float, period: int) -> None:
        """Add up what is older to one sample a period."""
        upto = math.floor(before / period) * period
        with self._transaction(write=False):
            ids = [row[0] for row in self._sql.execute("SELECT id FROM series")]
        # One transaction a series: nobody else's writes wait for all of them.
        after = self._condensed.get(period, 0)
        for id_ in ids:
            asked = {"series": id_, "after": after, "before": upto, "period": period}
            with self._transaction(write=False):
                rows = self._sql.execute(_CONDENSED, asked).fetchall()
            if rows:
                with self._transaction():
                    rows = self._sql.execute(_CONDENSED, asked).fetchall()
                    spans = [(id_, row[1], row[1] + period) for row in rows]
                    self._sql.executemany("DELETE FROM sample WHERE series = ? AND at >= ? AND at < ?", spans)
                    self._sql.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._condensed[period] = max(after, upto)

    def expire(self, before: float) -> None:
        """Forget what is older, and the oldest of what is too much."""
        if self._may_be_too_many():
            before = max(before, self._surplus_before())
        with self._transaction():
            self._sql.execute(
                "DELETE FROM sample WHERE series IN (SELECT id FROM series) AND at < ?", (before,)
            )
            empty = "SELECT id FROM series WHERE NOT EXISTS (SELECT 1 FROM sample WHERE series = series.id)"
            self._drop([row[0] for row in self._sql.execute(empty)])

    def _may_be_too_many(self) -> bool:
        """Return whether the file is as large as too many samples make it; counting them takes a while."""
        with self._transaction(write=False):
            pages, free, size = (
                self._sql.execute(f"PRAGMA {each}").fetchone()[0]
                for each in ("page_count", "freelist_count", "page_size")
            )
        return bool((pages - free) * size >= self._max_samples * _SMALLEST_SAMPLE)

    def _surplus_before(self) -> float:
        """Return before which samples are too many; 0 where they are not."""
        with self._transaction(write=False):
            number, first, last = self._sql.execute(
                "SELECT count(*), min(at), max(at) FROM sample"
            ).fetchone()
            before = 0.0
            while number > self._max_samples:
                before = max(before, float(first)) + max(1.0, (last - max(before, float(first))) / 16)
                number = self._sql.execute("SELECT count(*) FROM sample WHERE at >= ?", (before,)).fetchone()[
                    0
                ]
        return before

    def forget(
        self, account: str, namespace: str, metric: str, among: Sequence[Mapping[str, str]] = ()
    ) -> None:
        """Forget series of a metric."""
        with self._transaction():
            ids = msgspec.json.decode(self._among(account, namespace, metric, among), type=list[int])
            self._sql.executemany("DELETE FROM sample WHERE series = ?", [(each,) for each in ids])
            self._drop(ids)

    def close(self) -> None:
        """Let go of the file; in a forked child, leave the parent's alone."""
        if self._pid == os.getpid():
            self._sql.close()

    @contextmanager
    def _transaction(self, *, write: bool = True) -> Iterator[None]:
        if self._pid != os.getpid():
            raise RuntimeError("A metric store cannot be used across a fork: open it in each process.")
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                self._forget_ids()
                yield
                self._sql.execute("COMMIT")
            except BaseException:
                self._ids.clear()
                self._series.clear()
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")
                raise

    def _forget_ids(self) -> None:
        """Forget what is known of series when some were dropped since, by whatever process."""
        forgotten: int = self._sql.execute("SELECT forgotten FROM progress").fetchone()[0]
        if forgotten != self._forgotten:
            self._ids.clear()
            self._series.clear()
            self._forgotten = forgotten

    def _id(self, series: Series) -> int:
        """Return the id of a series, which is made when it is new."""
        known = self._ids.get(series)
        if known is not None:
            return known
        named = (series.account, series.namespace, series.metric, dimensions_text(series.dimensions))
        query = "SELECT id FROM series WHERE account = ? AND namespace = ? AND metric = ? AND dimensions = ?"
        row = self._sql.execute(query, named).fetchone()
        if row is None:
            if self._sql.execute("SELECT count(*) FROM series").fetchone()[0] >= self._max_series:
                raise SeriesLimitError(f"{self._max_series} series are kept already.")
            insert = (
                "INSERT INTO series (account, namespace, metric, dimensions) VALUES (?, ?, ?, ?) RETURNING id"
            )
            row = self._sql.execute(insert, named).fetchone()
        id_: int = row[0]
        self._ids[series] = id_
        return id_

    def _among(self, account: str, namespace: str, metric: str, among: Sequence[Mapping[str, str]]) -> str:
        """Return the ids of a metric's series as a JSON array, by dimensions; each is in `_series` then."""
        found = []
        for id_, text in self._sql.execute(_OF_METRIC, (account, namespace, metric)):
            series = self._series.get(id_)
            if series is None:
                series = self._series[id_] = Series(account, namespace, metric, _decode(text))
            if among_any(series.dimensions, among):
                found.append(id_)
        return msgspec.json.encode(found).decode()

    def _drop(self, ids: list[int]) -> None:
        if ids:
            self._sql.executemany("DELETE FROM series WHERE id = ?", [(each,) for each in ids])
            self._sql.execute("UPDATE progress SET forgotten = forgotten + 1")


_decode = msgspec.json.Decoder(Dimensions).decode
