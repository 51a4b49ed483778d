from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from compute_running import Run

from yunbox.control.clock import SystemClock
from yunbox.engines.compute.interface import Compute, Known
from yunbox.engines.compute.memory import MemoryCompute
from yunbox.engines.compute.sandbox import bubblewrap
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.engines.compute.sandbox.wiring import namespaces_refused


@pytest.fixture
def run() -> Iterator[Run]:
    """Run coroutines one after another on one event loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "compute"


@pytest.fixture
def real(place: Path, run: Run) -> Iterator[SandboxCompute]:
    """The driver, with all that this machine allows; nothing of it outlives the test."""
    if wrong := bubblewrap.probe([]):
        pytest.skip(f"no sandboxes on this machine: {wrong}")
    made = SandboxCompute(place)
    yield made
    run(SandboxCompute(place).sweep(Known()))
    run(made.close())


@pytest.fixture
def networked(real: SandboxCompute) -> SandboxCompute:
    """The driver with network namespaces."""
    if why := namespaces_refused():
        pytest.skip(f"no network namespaces on this machine: {why}")
    return real


@pytest.fixture(params=["memory", "sandbox", "loopback"])
def compute(request: pytest.FixtureRequest, place: Path, run: Run) -> Iterator[Compute]:
    """Every engine."""
    if request.param == "memory":
        yield MemoryCompute(SystemClock())
        return
    if wrong := bubblewrap.probe([]):
        pytest.skip(f"no sandboxes on this machine: {wrong}")
    network = request.param == "sandbox"
    yield SandboxCompute(place, network=network)
    run(SandboxCompute(place, network=network).sweep(Known()))
