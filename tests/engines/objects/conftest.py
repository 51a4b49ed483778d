from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from storing import Run

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.engines.objects.interface import ObjectStore
from yunbox.engines.objects.memory import MemoryObjectStore


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_700_000_000.0)


@pytest.fixture
def run() -> Iterator[Run]:
    """Run coroutines one after another on one event loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(params=["embedded", "memory"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock, run: Run
) -> Iterator[ObjectStore]:
    made: ObjectStore = (
        EmbeddedObjectStore(tmp_path / "store", clock, Ids(), worker="test")
        if request.param == "embedded"
        else MemoryObjectStore(Ids())
    )
    yield made
    run(made.close())


@pytest.fixture
def embedded(tmp_path: Path, clock: ManualClock, run: Run) -> Iterator[EmbeddedObjectStore]:
    made = EmbeddedObjectStore(tmp_path / "store", clock, Ids(), worker="test")
    yield made
    run(made.close())
