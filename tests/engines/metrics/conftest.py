from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yunbox.engines.metrics.embedded import EmbeddedMetricStore
from yunbox.engines.metrics.interface import MetricStore
from yunbox.engines.metrics.memory import MemoryMetricStore

Made = Callable[..., MetricStore]


@pytest.fixture(params=["embedded", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Made]:
    """Makes stores, each its own."""
    made: list[MetricStore] = []

    def new(**limits: int) -> MetricStore:
        one: MetricStore = (
            EmbeddedMetricStore(tmp_path / f"{len(made)}.db", **limits)
            if request.param == "embedded"
            else MemoryMetricStore(**limits)
        )
        made.append(one)
        return one

    yield new
    for each in made:
        each.close()


@pytest.fixture
def store(make: Made) -> MetricStore:
    """A store."""
    return make()
