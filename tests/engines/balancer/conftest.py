from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from balancing import Run

from yunbox.control.clock import SystemClock
from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.balancer.interface import BalancerEngine
from yunbox.engines.balancer.memory import MemoryBalancers
from yunbox.engines.compute.memory import MemoryCompute


@pytest.fixture
def run() -> Iterator[Run]:
    """Run coroutines one after another on one event loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "balancers"


@pytest.fixture
def haproxy(place: Path, run: Run) -> Iterator[HaproxyEngine]:
    """The engine on HAProxy; nothing of it outlives the test."""
    made = HaproxyEngine(place, MemoryCompute(SystemClock()))
    yield made

    async def end() -> None:
        await made.close()
        last = HaproxyEngine(place, MemoryCompute(SystemClock()))
        await last.power_off()
        await last.close()

    run(end())


@pytest.fixture(params=["memory", "haproxy"])
def engine(request: pytest.FixtureRequest) -> BalancerEngine:
    """Every engine there is."""
    if request.param == "memory":
        return MemoryBalancers(SystemClock())
    found: BalancerEngine = request.getfixturevalue("haproxy")
    return found
