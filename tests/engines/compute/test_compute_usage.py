"""What sandboxes use, as every engine tells it."""

from __future__ import annotations

import pytest
from compute_running import SERVE, Run, booted, interface, served, spec, until

from yunbox.engines.compute.interface import Compute, Mount, Usage
from yunbox.engines.compute.memory import MemoryCompute
from yunbox.engines.compute.sandbox import cgroups
from yunbox.engines.compute.sandbox.engine import SandboxCompute

BUSY = "while :; do :; done &\n"


async def used(compute: Compute, sandbox: str = "one") -> Usage:
    (found,) = [each for each in await compute.usage() if each.id == sandbox]
    return found


def test_running_sandboxes_have_used_something(compute: Compute, run: Run) -> None:
    async def story() -> None:
        assert await compute.usage() == []
        assert await compute.occupied("one") == {}
        await compute.start(spec("two"))
        await compute.start(spec(interfaces=(interface(),)))
        await booted(compute)
        assert [each.id for each in await compute.usage()] == ["one", "two"]
        found = await used(compute)
        assert found.processes >= 1
        assert found.threads >= found.processes
        assert (found.traffic is None) == (found.established is None) == (found.connections is None)
        assert found.traffic is None or [each.interface for each in found.traffic] == [interface().id]
        await compute.create_volume("vol", 1 << 20)
        await compute.stop("one")
        await compute.attach_volume("one", Mount(volume="vol", target="/mnt/vol"))
        assert [each.id for each in await compute.usage()] == ["two"]
        assert set(await compute.occupied("one")) == {"", "vol"}

    run(story())


def test_the_twin_has_used_what_it_is_told(run: Run) -> None:
    from yunbox.control.clock import ManualClock

    clock = ManualClock(1000.0)
    compute = MemoryCompute(clock)

    async def story() -> None:
        await compute.start(spec())
        compute.use("one", cpu=2.5, memory=100, established=3)
        found = await used(compute)
        assert (found.cpu, found.memory, found.established, found.at) == (2.5, 100, 3, 1000.0)
        await compute.stop("one")
        await compute.start(spec())
        assert (await used(compute)).cpu == 0.0

    run(story())


async def _grows(compute: Compute) -> None:
    first = await used(compute)

    async def more() -> Usage | None:
        found = await used(compute)
        return found if found.cpu > first.cpu and found.runnable else None

    found = await until(more)
    assert 0 < found.cpu - first.cpu <= (found.at - first.at) * 2 + 0.1
    assert 0 < found.memory < 256 << 20


def test_processors_and_memory_are_counted(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec(boot=BUSY))
        await booted(real)
        await _grows(real)

    run(story())


def test_processes_are_counted_where_there_are_no_groups(
    real: SandboxCompute, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "_parents", dict)

    async def story() -> None:
        await real.start(spec(boot=BUSY))
        await booted(real)
        assert (await used(real)).processes >= 2
        await _grows(real)

    run(story())


def test_traffic_and_connections_are_counted(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await networked.start(spec(boot=SERVE, interfaces=(interface(),)))
        found = await booted(networked)
        assert await served(found.addresses[0].host) == b"host-one"
        usage = await used(networked)
        assert usage.traffic is not None
        (traffic,) = usage.traffic
        assert traffic.bytes_in > 100
        assert traffic.bytes_out > 100
        assert traffic.packets_in >= 3
        assert usage.connections is not None

    run(story())


def test_files_are_counted(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec(boot="dd if=/dev/zero of=/root/full bs=1024 count=2048\n"))
        await booted(real)
        assert (await real.occupied("one"))[""] >= 2 << 20

    run(story())
