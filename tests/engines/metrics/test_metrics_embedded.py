"""The file of measured values, and the processes that share it."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from yunbox.engines.metrics.embedded import EmbeddedMetricStore
from yunbox.engines.metrics.interface import Series, dimensions, one
from yunbox.engines.metrics.schema import MetricFileError

T = 1_800_000_000
CPU = Series("a", "n", "m", dimensions(instanceId="i-1"))


def _put(path: Path, first: int) -> None:
    store = EmbeddedMetricStore(path)
    for at in range(first, first + 50):
        store.put([one(CPU, T + at, 1.0)])
    store.close()


def test_several_processes_put_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    forking = multiprocessing.get_context("spawn")
    writers = [forking.Process(target=_put, args=(path, first)) for first in (0, 50, 25)]
    for each in writers:
        each.start()
    for each in writers:
        each.join(30)
        assert each.exitcode == 0
    store = EmbeddedMetricStore(path)
    (point,) = store.read("a", "n", "m", start=T, end=T + 300, period=300)
    assert point.count == 150
    store.close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_series_that_another_process_dropped_is_made_anew(tmp_path: Path) -> None:
    one_, other = (EmbeddedMetricStore(tmp_path / "metrics.db") for _ in range(2))
    one_.put([one(CPU, T, 1.0)])
    other.forget("a", "n", "m")
    one_.put([one(CPU, T + 1, 2.0)])
    assert [p.sum for p in other.read("a", "n", "m", start=T, end=T + 60, period=60)] == [2.0]
    one_.close()
    other.close()


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    strange = sqlite3.connect(tmp_path / "x.db")
    strange.execute("CREATE TABLE t (a)")
    strange.close()
    with pytest.raises(MetricFileError, match="another program"):
        EmbeddedMetricStore(tmp_path / "x.db")
    (tmp_path / "y.db").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(MetricFileError):
        EmbeddedMetricStore(tmp_path / "y.db")
    newer = EmbeddedMetricStore(tmp_path / "z.db")
    newer.close()
    raised = sqlite3.connect(tmp_path / "z.db")
    raised.execute("PRAGMA user_version = 99")
    raised.close()
    with pytest.raises(MetricFileError, match="newer release"):
        EmbeddedMetricStore(tmp_path / "z.db")
