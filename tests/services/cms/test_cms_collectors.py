"""What instances use, measured on a clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.control.clock import ManualClock, Turn, TurnedClock
from yunbox.control.store import Store
from yunbox.engines.compute.interface import Interface, SandboxSpec, Traffic
from yunbox.engines.compute.memory import MemoryCompute
from yunbox.engines.metrics.interface import Point, Sample
from yunbox.engines.metrics.memory import MemoryMetricStore
from yunbox.services.cms.collectors.beat import MOST_CELLS, cells, until_next
from yunbox.services.cms.collectors.controller import MetricsController, MetricsHousekeeper
from yunbox.services.cms.collectors.instances import InstanceCollector
from yunbox.services.cms.metrics.catalogue import ECS, LOADS, METRICS, SURGE
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.measured import LOADS as LOADS_NAMESPACE
from yunbox.services.ess.rules.parameters import PREDICTABLE
from yunbox.services.ess.surge.record import METRICS as SURGE_METRICS
from yunbox.services.ess.surge.record import NAMESPACE as SURGE_NAMESPACE

START = 1_800_000_000.0
ACCOUNT = "1000000000000001"
Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def run() -> Iterator[Run]:
    with asyncio.Runner() as runner:
        yield runner.run


class Failing:
    """A collector that fails while its cloud is `broken`."""

    def __init__(self, cloud: Measured) -> None:
        self._cloud = cloud

    async def measure(self, cells: list[float], seconds: float) -> list[Sample]:
        """Fail, or measure nothing."""
        del cells, seconds
        if self._cloud.broken:
            raise OSError("it is gone")
        return []


class Measured:
    """An instance of two processors and a GiB, and what is measured of it."""

    def __init__(self, speed: float = 1.0) -> None:
        self.clock = ManualClock(START)
        self.time = TurnedClock(Turn(speed, START, START), self.clock)
        self.store = Store(":memory:")
        self.compute = MemoryCompute(self.clock)
        self.metrics = MemoryMetricStore()
        self.log: list[str] = []
        self.broken = False
        self.controller = MetricsController(
            self.metrics,
            self.time,
            (Failing(self), InstanceCollector(self.store, self.compute)),
            self.log.append,
        )

    async def begin(self) -> None:
        """Have the instance run."""
        with self.store.write() as change:
            change.create(
                Instance(id="i-1", account=ACCOUNT, instance_type="t", image_id="m", cpu=2, memory=1024)
            )
            change.create(
                Disk(
                    id="d-1",
                    account=ACCOUNT,
                    parent="i-1",
                    type="system",
                    zone_id="z",
                    size=20,
                    device="/dev/xvda",
                )
            )
        cable = Interface(
            id="eni-1",
            network="n",
            address="10.0.0.5",
            prefix=24,
            gateway="10.0.0.1",
            mac="02:00:00:00:00:05",
        )
        await self.compute.start(SandboxSpec(id="i-1", interfaces=(cable,)))

    async def after(self, seconds: float, **used: Any) -> float:
        """Let time pass, and the instance have used so much; measure."""
        self.clock.advance(seconds)
        self.compute.use("i-1", **used)
        return await self.controller.turn()

    def points(self, metric: str, period: int = 15) -> list[Point]:
        """Return all points of a metric."""
        return self.metrics.read(ACCOUNT, ECS, metric, start=0, end=1e12, period=period)

    def values(self, metric: str, period: int = 15) -> list[tuple[float, float]]:
        """Return times since the start and means."""
        return [(each.at - START, each.average) for each in self.points(metric, period)]


def test_processor_time_is_a_share_of_all_processors(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        await cloud.begin()
        await cloud.after(0, cpu=10.0)
        await cloud.after(15, cpu=25.0, memory=512 << 20)
        assert cloud.values("CPUUtilization") == [(0, 50.0)]
        assert cloud.values("cpu_idle") == [(0, 50.0)]
        assert cloud.values("memory_usedutilization") == [(0, 50.0)]
        await cloud.after(15, cpu=25.0)
        assert cloud.values("CPUUtilization") == [(0, 50.0), (15, 0.0)]
        assert cloud.values("CPUUtilization", 60) == [(0, 25.0)]
        (point, *_) = cloud.points("CPUUtilization")
        assert dict(point.series.dimensions) == {"instanceId": "i-1", "userId": ACCOUNT}

    run(story())


def test_traffic_and_connections(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        await cloud.begin()
        await cloud.after(0)
        seen = Traffic(interface="eni-1", bytes_in=15_000, bytes_out=30_000, packets_in=150, packets_out=300)
        await cloud.after(15, traffic=(seen,), established=3, connections=5)
        assert cloud.values("IntranetInRate") == [(0, 8000.0)]
        assert cloud.values("IntranetOutRate") == [(0, 16_000.0)]
        (device,) = cloud.points("networkin_packages")
        assert (device.average, dict(device.series.dimensions)["device"]) == (10.0, "eth0")
        states = {
            dict(each.series.dimensions)["state"]: each.average for each in cloud.points("net_tcpconnection")
        }
        assert states == {"ESTABLISHED": 3, "NON_ESTABLISHED": 2, "TCP_TOTAL": 5}
        assert cloud.values("concurrentConnections") == [(0, 5)]

    run(story())


def test_what_cannot_be_told_is_not_measured(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        await cloud.begin()
        await cloud.after(0, traffic=None, established=None, connections=None)
        await cloud.after(15, traffic=None, established=None, connections=None)
        assert cloud.values("CPUUtilization") == [(0, 0.0)]
        assert cloud.values("IntranetInRate") == []
        assert cloud.values("net_tcpconnection") == []

    run(story())


def test_another_run_begins_anew(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        await cloud.begin()
        await cloud.after(0, cpu=100.0)
        await cloud.after(15, cpu=3.0)
        assert cloud.values("CPUUtilization") == []
        await cloud.after(15, cpu=18.0)
        assert cloud.values("CPUUtilization") == [(15, 50.0)]
        await cloud.compute.stop("i-1")
        cloud.clock.advance(15)
        await cloud.controller.turn()
        assert len(cloud.values("CPUUtilization")) == 1

    run(story())


def test_load_follows_slowly(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        await cloud.begin()
        await cloud.after(0)
        await cloud.after(15)
        for turn in range(1, 9):
            await cloud.after(15, runnable=4, cpu=float(turn))
        short, long = ([value for _, value in cloud.values(name)] for name in ("load_1m", "load_15m"))
        assert short[0] == 0
        assert short == sorted(short)
        assert 3.0 < short[-1] < 4.0
        assert long[-1] < 1.0

    run(story())


def test_files_fill_a_disk(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        await cloud.begin()
        await cloud.after(0)
        await cloud.after(15)
        (point,) = cloud.points("diskusage_total")
        assert point.average == 20 << 30
        assert dict(point.series.dimensions)["device"] == "/dev/xvda"

    run(story())


def test_everything_measured_is_in_the_catalogue(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        await cloud.begin()
        await cloud.after(0)
        await cloud.after(15)
        found = cloud.metrics.metrics(ACCOUNT)
        assert {(namespace, metric) for namespace, metric, _ in found} == {
            key for key in METRICS if key[0] == ECS
        }
        for namespace, metric, dimensions in found:
            assert {name for name, _ in dimensions} == set(METRICS[namespace, metric].dimensions)

    run(story())


def test_a_collector_that_fails_keeps_no_other_from_measuring(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        cloud.broken = True
        await cloud.begin()
        await cloud.after(0)
        await cloud.after(15)
        assert len(cloud.values("CPUUtilization")) == 1
        cloud.broken = False
        await cloud.after(15)
        assert cloud.log == [
            "metrics: Failing fails (OSError: it is gone)",
            "metrics: Failing measures again",
        ]

    run(story())


def test_a_fast_clock_leaves_no_gap(run: Run) -> None:
    async def story() -> None:
        cloud = Measured(speed=300.0)
        await cloud.begin()
        await cloud.after(0)
        assert await cloud.after(0.2, cpu=0.2) == pytest.approx(0.2)
        await cloud.after(0.2, cpu=0.2)
        assert [at for at, _ in cloud.values("CPUUtilization")] == [15.0 * each for each in range(8)]
        assert [value for _, value in cloud.values("CPUUtilization", 60)] == pytest.approx([50.0, 0.0])

    run(story())


def test_the_fastest_clock_leaves_no_minute_out(run: Run) -> None:
    async def story() -> None:
        cloud = Measured(speed=10_000.0)
        await cloud.begin()
        await cloud.after(0)
        for _ in range(3):
            await cloud.after(0.2, cpu=0.2)
        minutes = [at for at, _ in cloud.values("CPUUtilization", 60)]
        assert minutes == [60.0 * each for each in range(len(minutes))]
        assert len(minutes) == 100

    run(story())


def test_house_is_kept(run: Run) -> None:
    async def story() -> None:
        cloud = Measured()
        await cloud.begin()
        for turn in range(5):
            await cloud.after(15 if turn else 0, cpu=float(turn))
        keeper = MetricsHousekeeper(cloud.metrics, cloud.time)
        cloud.clock.advance(3 * 3600)
        assert await keeper.turn() == 300.0
        assert [at for at, _ in cloud.values("CPUUtilization")] == [0]
        cloud.clock.advance(32 * 86_400)
        await keeper.turn()
        assert cloud.metrics.metrics(ACCOUNT) == []

    run(story())


@given(before=st.floats(1e9, 2e9), passed=st.floats(0, 100_000), step=st.sampled_from([1, 15, 60]))
def test_cells_are_those_that_ended(before: float, passed: float, step: int) -> None:
    now = before + passed
    found = cells(before, now, step)
    assert found == sorted(found)
    assert len(found) <= MOST_CELLS
    for at in found:
        assert at % step == 0
        assert before < at + step <= now
    # Whoever measures often misses none.
    middle = before + passed / 2
    if passed / step < MOST_CELLS:
        assert cells(before, middle, step) + cells(middle, now, step) == found


@given(now=st.floats(1e9, 2e9), speed=st.sampled_from([1.0, 10.0, 1000.0]))
def test_the_wait_ends_at_a_boundary(now: float, speed: float) -> None:
    wait = until_next(now, 15, speed)
    assert 0.2 <= wait <= max(0.2, 15 / speed)


def test_what_auto_scaling_measures_is_in_the_catalogue() -> None:
    surge = {name for namespace, name in METRICS if namespace == SURGE}
    assert surge == set(SURGE_METRICS)
    assert {name for namespace, name in METRICS if namespace == LOADS} == PREDICTABLE
    assert (SURGE, LOADS) == (SURGE_NAMESPACE, LOADS_NAMESPACE)
