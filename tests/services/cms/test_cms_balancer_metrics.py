"""What balancers do, measured on the engine's twin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from yunbox.control.clock import ManualClock, TurnedClock
from yunbox.control.store import Store, View
from yunbox.control.store_resource import Resource
from yunbox.engines.balancer.interface import Backend, Balancer, Check, Forward, Listener, Place, Server
from yunbox.engines.balancer.memory import MemoryBalancers
from yunbox.engines.metrics.memory import MemoryMetricStore
from yunbox.services.balancing.wanted import Origin, Source, Wanted
from yunbox.services.cms.collectors.balancers import BalancerCollector
from yunbox.services.cms.collectors.controller import MetricsController
from yunbox.services.cms.metrics.catalogue import ALB, BACKENDS, METRICS, QUEUES, SLB

START = 1_800_000_000.0
ACCOUNT = "1000000000000001"
Run = Callable[[Coroutine[Any, Any, Any]], Any]


class Classic(Resource, kind="slb.test_balancer", kw_only=True):
    """A balancer of the classic kind."""


class Application(Resource, kind="alb.test_balancer", kw_only=True):
    """A balancer of the other kind."""


SPEC = Balancer(
    id="lb-1",
    places=(Place(address="10.0.0.9"),),
    listeners=(
        Listener(id="l-80", port=80, protocol="http", default=(Forward(backends=(("b-1", 1),)),)),
        Listener(id="l-90", port=90, protocol="tcp", default=(Forward(backends=(("b-2", 1),)),)),
    ),
    backends=(
        Backend(
            id="b-1",
            check=Check(),
            servers=(
                Server(id="i-1:80", address="10.0.0.1", port=80),
                Server(id="i-2:80", address="10.0.0.2", port=80),
            ),
        ),
        Backend(id="b-2", protocol="tcp", servers=(Server(id="i-1:90", address="10.0.0.1", port=90),)),
    ),
)


def draw(view: View, id_: str) -> Wanted:
    """Return the balancer, whatever is stored."""
    del view
    origins = {
        (backend.id, server.id): Origin(
            group=f"g-{backend.id}", member="m", server=server.id.partition(":")[0], port=server.port
        )
        for backend in SPEC.backends
        for server in backend.servers
    }
    return Wanted(account=ACCOUNT, region="r", balancer=SPEC, rests_on=frozenset((id_,)), origins=origins)


class Measured:
    """A balancer with two listeners, and what is measured of it."""

    def __init__(self, type_: type[Resource]) -> None:
        self.clock = ManualClock(START)
        self.store = Store(":memory:")
        self.engine = MemoryBalancers(self.clock)
        self.metrics = MemoryMetricStore()
        sources = (Source(type_, (), draw),)
        collector = BalancerCollector(self.store, self.engine, sources, self.clock)
        self.controller = MetricsController(self.metrics, TurnedClock(None, self.clock), (collector,), print)
        with self.store.write() as change:
            change.create(type_(id="lb-1", account=ACCOUNT))

    async def begin(self) -> None:
        """Have it run, and look at it once."""
        await self.engine.apply(SPEC)
        await self.controller.turn()

    async def after(self, seconds: float = 15.0) -> None:
        """Let time pass and measure."""
        self.clock.advance(seconds)
        await self.controller.turn()

    def last(self, namespace: str, metric: str, **among: str) -> float | None:
        """Return the newest value of a metric, of the one series that there is."""
        found = self.metrics.latest(ACCOUNT, namespace, metric, since=0, among=[among] if among else [])
        assert len(found) <= 1
        return found[0].average if found else None


@pytest.fixture
def run() -> Iterator[Run]:
    with asyncio.Runner() as runner:
        yield runner.run


async def traffic(cloud: Measured) -> None:
    """Have clients ask for something, and servers answer."""
    cloud.engine.count_listener(
        "lb-1",
        "l-80",
        connections=7,
        new_connections=30,
        requests=150,
        refused=15,
        answers=(0, 120, 0, 15, 15),
        bytes_in=15_000,
        bytes_out=150_000,
    )
    cloud.engine.count_listener("lb-1", "l-90", connections=2, new_connections=15)
    cloud.engine.count(
        "lb-1", "b-1", "i-1:80", requests=90, answers=(0, 75, 0, 15, 0), response_time=0.010, active=3
    )
    cloud.engine.count(
        "lb-1", "b-1", "i-2:80", requests=45, answers=(0, 45, 0, 0, 0), response_time=0.040, failures=15
    )
    cloud.engine.set_state("lb-1", "b-1", "i-2:80", "down")
    await cloud.after()


def test_a_classic_balancer(run: Run) -> None:
    async def story() -> None:
        cloud = Measured(Classic)
        await cloud.begin()
        await traffic(cloud)
        port = {"port": "80", "vip": "10.0.0.9", "instanceId": "lb-1", "userId": ACCOUNT}
        for metric, value in (
            ("ActiveConnection", 7),
            ("NewConnection", 2.0),
            ("DropConnection", 1.0),
            ("TrafficRXNew", 8000.0),
            ("TrafficTXNew", 80_000.0),
            ("Qps", 10.0),
            ("StatusCode2xx", 8.0),
            ("StatusCode5xx", 1.0),
            ("UpstreamCode4xx", 1.0),
            ("HeathyServerCount", 1),
            ("UnhealthyServerCount", 1),
            ("Rt", 20.0),
        ):
            assert cloud.last(SLB, metric, **port) == pytest.approx(value), metric
        assert cloud.last(SLB, "NewConnection", port="90") == 1.0
        assert cloud.last(SLB, "Qps", port="90") is None
        assert cloud.last(SLB, "InstanceActiveConnection") == 9
        assert cloud.last(SLB, "InstanceNewConnection") == 3.0
        assert cloud.last(SLB, "InstanceQps") == 10.0
        await cloud.after()
        assert cloud.last(SLB, "Qps") == 0.0
        assert cloud.last(SLB, "ActiveConnection", port="80") == 7

    run(story())


def test_an_application_balancer(run: Run) -> None:
    async def story() -> None:
        cloud = Measured(Application)
        await cloud.begin()
        await traffic(cloud)
        assert cloud.last(ALB, "LoadBalancerQPS", loadBalancerId="lb-1") == 10.0
        assert cloud.last(ALB, "ListenerQPS", listenerPort="80", listenerProtocol="HTTP") == 10.0
        assert cloud.last(ALB, "ListenerHTTPCode2XX", listenerPort="80") == 8.0
        assert cloud.last(ALB, "ServerGroupQPS", serverGroupId="g-b-1", listenerPort="80") == 9.0
        assert cloud.last(ALB, "ServerGroupUpstreamConnectionError", serverGroupId="g-b-1") == 1.0
        assert cloud.last(ALB, "ServerGroupUnHealthyHostCount", serverGroupId="g-b-1") == 1
        assert cloud.last(ALB, "ServerGroupUpstreamResponseTime", serverGroupId="g-b-1") == pytest.approx(
            20.0
        )
        assert cloud.last(ALB, "LoadBalancerRejectedConnection") == 1.0

    run(story())


def test_each_server(run: Run) -> None:
    async def story() -> None:
        cloud = Measured(Classic)
        await cloud.begin()
        await traffic(cloud)
        one = {"serverId": "i-1", "port": "80", "serverGroupId": "g-b-1", "loadBalancerId": "lb-1"}
        assert cloud.last(BACKENDS, "Qps", **one) == 6.0
        assert cloud.last(BACKENDS, "Rt", **one) == pytest.approx(10.0)
        assert cloud.last(BACKENDS, "ActiveConnection", **one) == 3
        assert cloud.last(BACKENDS, "ConnectionError", serverId="i-2") == 1.0
        assert cloud.last(BACKENDS, "Qps", serverId="i-1", port="90") == 0.0

    run(story())


def test_what_waits_and_what_is_shed(run: Run) -> None:
    async def story() -> None:
        cloud = Measured(Application)
        await cloud.begin()
        cloud.engine.count("lb-1", "b-1", shed=30)
        cloud.engine.set_queued("lb-1", "b-1", 12)
        await cloud.after()
        assert cloud.last(QUEUES, "Queued", backend="b-1") == 12
        assert cloud.last(QUEUES, "Shed", backend="b-1") == 2.0
        assert cloud.last(QUEUES, "Shed", backend="b-2") == 0.0

    run(story())


def test_everything_measured_is_in_the_catalogue(run: Run) -> None:
    async def story() -> None:
        found = set()
        for type_ in (Classic, Application):
            cloud = Measured(type_)
            await cloud.begin()
            await traffic(cloud)
            for namespace, metric, dimensions in cloud.metrics.metrics(ACCOUNT):
                found.add((namespace, metric))
                assert {name for name, _ in dimensions} == set(METRICS[namespace, metric].dimensions), metric
        assert found == {key for key in METRICS if key[0] in (SLB, ALB, BACKENDS, QUEUES)}

    run(story())


def test_another_process_counts_from_nothing(run: Run) -> None:
    async def story() -> None:
        cloud = Measured(Classic)
        await cloud.begin()
        await traffic(cloud)
        cloud.engine.crash("lb-1")
        await cloud.after()
        assert cloud.metrics.latest(ACCOUNT, SLB, "Qps", since=START + 14) == []
        cloud.clock.advance(5)
        await cloud.engine.apply(SPEC)
        await cloud.after(10)
        cloud.engine.count_listener("lb-1", "l-80", requests=30)
        await cloud.after()
        assert cloud.last(SLB, "Qps") == 2.0
        await cloud.engine.remove("lb-1")
        await cloud.engine.apply(SPEC)
        cloud.engine.count_listener("lb-1", "l-80", requests=20)
        await cloud.after(20)
        assert cloud.last(SLB, "Qps") == 1.0

    run(story())
