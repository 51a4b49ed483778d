"""The whole loop of surge protection in memory: balancers, a group, and time that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from yunbox.control.clock import ManualClock, Turn, TurnedClock
from yunbox.control.store import Store
from yunbox.engines.balancer.interface import Backend, Balancer, Place, Server
from yunbox.engines.balancer.memory import MemoryBalancers
from yunbox.engines.metrics.interface import Series, dimensions, one
from yunbox.engines.metrics.memory import MemoryMetricStore
from yunbox.services.ess.groups.model import LoadBalancer, ScalingGroup, ServerGroup
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.surge.controller import SurgeController
from yunbox.services.ess.surge.protected import Protected
from yunbox.services.ess.surge.record import Record

START = 1_800_000_000.0
GROUP = "asg-1"
LB = "lb-1"
BACKEND = "80"
TAKES = 0.05
SLOTS = 10


class Small:
    """A cloud of one group behind one balancer. Instances take traffic `startup` seconds after the asking."""

    def __init__(self, *, startup: float = 2.0, speed: float = 1.0, size: int = 2, **tags: str) -> None:
        self.clock = ManualClock(START)
        self.time = TurnedClock(Turn(speed, START, START), self.clock)
        self.store = Store(":memory:")
        self.engine = MemoryBalancers(self.clock)
        self.metrics = MemoryMetricStore()
        self.log: list[str] = []
        self.startup = startup
        self.due: list[tuple[float, int]] = []
        self.causes: list[str] = []
        self.made = 0
        self.requests = 0.0
        self.queued = 0.0
        self.serving: tuple[str, ...] = ()
        named = {f"yunbox:surge-{name.replace('_', '-')}": value for name, value in tags.items()}
        with self.store.write() as change:
            change.create(
                ScalingGroup(
                    id=GROUP,
                    account="1",
                    min_size=1,
                    max_size=100,
                    lifecycle="Active",
                    tags={"yunbox:surge-protection": "on"} | named,
                    load_balancers=(LoadBalancer(id=LB),),
                )
            )
        self.controller = SurgeController(
            self.store,
            self.engine,
            self.clock,
            self.time,
            record=Record(self.metrics),
            ask=self.ask,
            balancers_of=lambda view, group: (),
            limit_of=lambda view, balancer: "auto",
            log=self.log.append,
        )
        self.bring(size)
        self.due = [(START, size)]

    async def ask(self, group: Protected, wanted: int, cause: str) -> None:
        """Have the group brought to a number, as Auto Scaling does."""
        self.causes.append(cause)
        with self.store.read() as view:
            have = [each.id for each in view.find(Member, parent=GROUP)]
        if wanted > len(have):
            self.bring(wanted - len(have))
        else:
            with self.store.write() as change:
                for id_ in have[wanted:]:
                    change.delete(Member, id_)

    def bring(self, count: int) -> None:
        """Store members that will be ready later."""
        with self.store.write() as change:
            for _ in range(count):
                self.made += 1
                change.create(Member(id=f"i-{self.made:04}", parent=GROUP, lifecycle="Pending"))
        self.due.append((self.clock.now() + self.startup, self.made))

    @property
    def members(self) -> list[str]:
        with self.store.read() as view:
            return [each.id for each in view.find(Member, parent=GROUP)]

    async def live(self, seconds: float, rate: float) -> None:
        """Let time pass with so many requests a second."""
        for _ in range(round(seconds / 0.2)):
            await self.step(rate)

    async def step(self, rate: float) -> None:
        upto = max((made for at, made in self.due if at <= self.clock.now()), default=0)
        serving = tuple(id_ for id_ in self.members if int(id_[2:]) <= upto)
        if serving != self.serving:
            self.serving = serving
            await self.apply()
        came = rate * 0.2
        room = len(serving) * SLOTS / TAKES * 0.2
        self.requests += came
        done = min(self.queued + came, room)
        self.queued += came - done
        fields = {"requests": round(self.requests), "queued": round(self.queued)}
        active = round(done * TAKES / 0.2)
        self.engine.count(LB, BACKEND, active=active, **fields)
        await self.controller.turn()
        self.clock.advance(0.2)

    async def apply(self) -> None:
        servers = tuple(Server(id=f"{each}:80", address="10.0.0.1", port=80) for each in self.serving)
        backend = Backend(id=BACKEND, servers=servers)
        await self.engine.apply(Balancer(id=LB, places=(Place(address="10.0.0.9"),), backends=(backend,)))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_a_surge_is_met_and_let_go(loop: asyncio.AbstractEventLoop) -> None:
    small = Small(target="10")
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(10, 100))
    assert len(small.members) <= 2
    loop.run_until_complete(small.live(8, 4000))
    assert len(small.members) >= 22
    assert small.queued == 0
    assert any("panic" in line for line in small.log)
    loop.run_until_complete(small.live(60, 100))
    assert len(small.members) <= 2
    assert small.engine.per_server(LB, BACKEND) == 10


def test_the_rise_is_met_before_requests_wait(loop: asyncio.AbstractEventLoop) -> None:
    small = Small(target="10", size=4)
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(10, 400))
    for step in range(100):
        loop.run_until_complete(small.step(400 + step * 20))
        assert small.queued <= 400
    assert any("rising" in each for each in small.causes)


def test_an_event_of_the_cloud_s_time_is_ready_when_it_comes(loop: asyncio.AbstractEventLoop) -> None:
    # 600 of the cloud's seconds after the start, which are 60 of the machine's.
    at = "2027-01-15T08:10:00Z/capacity=40/buffer=5/lasts=100"
    small = Small(target="10", speed=10.0, event=at)
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(45, 100))
    assert len(small.members) <= 2
    loop.run_until_complete(small.live(14, 100))
    assert len(small.serving) == 40
    assert any("event" in each for each in small.causes)


def test_a_balancer_that_is_away_changes_nothing(loop: asyncio.AbstractEventLoop) -> None:
    small = Small(target="10", size=30)
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(10, 5000))
    before = small.members
    small.engine.crash(LB)
    for _ in range(100):
        loop.run_until_complete(small.controller.turn())
        small.clock.advance(0.2)
    assert small.members == before
    loop.run_until_complete(small.apply())
    small.requests = 0.0
    loop.run_until_complete(small.live(10, 5000))
    assert len(small.members) >= len(before) - 2


def test_switched_off_it_does_nothing(loop: asyncio.AbstractEventLoop) -> None:
    small = Small(target="10", protection="off")
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(10, 5000))
    assert len(small.members) == 2


def test_it_scales_in_only_where_that_is_not_suspended(loop: asyncio.AbstractEventLoop) -> None:
    small = Small(target="10", size=20)
    with small.store.write() as change:
        group = change.get(ScalingGroup, GROUP)
        assert group is not None
        change.replace(
            type(group)(
                **{f: getattr(group, f) for f in group.__struct_fields__} | {"suspended": ("ScaleIn",)}
            )
        )
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(60, 100))
    assert len(small.members) == 20


def test_what_was_seen_is_kept(loop: asyncio.AbstractEventLoop) -> None:
    small = Small(target="10")
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(10, 100))
    points = small.metrics.read("1", "yunbox_surge", "rate", start=START, end=START + 60, period=1)
    assert len(points) >= 8
    assert abs(points[-1].average - 100) < 20


def test_balancers_of_server_groups_are_looked_up(loop: asyncio.AbstractEventLoop) -> None:
    small = Small(target="10")
    with small.store.write() as change:
        group = change.get(ScalingGroup, GROUP)
        assert group is not None
        fields = {f: getattr(group, f) for f in group.__struct_fields__}
        attached = (ServerGroup(id="sgp-1", type="ALB", port=80),)
        change.replace(ScalingGroup(**fields | {"load_balancers": (), "server_groups": attached}))
    small.controller._balancers_of = lambda view, group: {"sgp-1": (LB,)}[group]
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(8, 4000))
    assert len(small.members) >= 22


def test_what_recurred_is_foreseen_after_a_restart_too(loop: asyncio.AbstractEventLoop) -> None:
    small = Small(target="10", forecast="on")
    series = Series("1", "yunbox_surge", "load", dimensions(groupId=GROUP))
    # For ten days the load was ten times as high in the hour that begins now.
    for day in range(1, 11):
        for minutes in range(-720, 720, 5):
            at = START - day * 86_400 + minutes * 60
            if at < START:
                small.metrics.put([one(series, at, 250.0 if 0 <= minutes < 60 else 25.0)])
    small.clock.advance(-10.0)
    loop.run_until_complete(small.apply())
    loop.run_until_complete(small.live(8, 500))
    assert len(small.members) >= 9
    assert any("foreseen" in each for each in small.causes)
