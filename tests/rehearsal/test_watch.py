"""The watcher: what it makes of stored resources and of a balancer, step by step."""

from __future__ import annotations

import asyncio
from typing import Any

from yunbox.control.clock import ManualClock
from yunbox.control.store import Store
from yunbox.engines.balancer.interface import Backend, Balancer, Forward, Listener, Place, Server
from yunbox.engines.balancer.memory import MemoryBalancers
from yunbox.rehearsal.curves import curve
from yunbox.rehearsal.plan import Plan, Ramp, Request, Target, Watch
from yunbox.rehearsal.watch import Watcher
from yunbox.services.balancing.model import Health
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.activities.model import Asked, ScalingActivity
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import Member

OWN: dict[str, Any] = {"account": "1", "region": "r"}
PLAN = Plan(
    name="a",
    target=Target(balancer="lb-1"),
    load=Ramp(base=10, peak=100, length=9),
    requests=(Request(name="home", path="/"),),
    watch=Watch(scaling_group="asg-1", per_instance=20),
)


class Seen:
    """A watcher, with what it watches and the time in a test's hands."""

    def __init__(self) -> None:
        self.store = Store(":memory:")
        self.at = 0.0
        self.clock = ManualClock(1000.0)
        self.engine = MemoryBalancers(self.clock)
        self.watcher = Watcher(PLAN, curve(PLAN.load), self.store, self.engine, lambda: self.at)

    async def look(self, at: float) -> None:
        self.at = at
        await self.watcher.look()

    def put(self, *resources: Any) -> None:
        with self.store.write() as change:
            for each in resources:
                if change.get(type(each), each.id) is None:
                    change.create(each)
                else:
                    change.replace(each)


def balancer(*servers: str) -> Balancer:
    members = tuple(Server(id=each, address="10.0.0.1", port=80) for each in servers)
    return Balancer(
        id="lb-1",
        places=(Place(address="10.0.0.9"),),
        listeners=(Listener(id="l", port=80, protocol="http", default=(Forward(backends=(("b", 1),)),)),),
        backends=(Backend(id="b", servers=members),),
    )


def member(id_: str, lifecycle: Any, activity: str = "") -> Member:
    return Member(id=id_, parent="asg-1", lifecycle=lifecycle, activity_id=activity, **OWN)


def health(server: str, instance: str, state: str) -> Health:
    return Health(id=f"b/{server}", name=instance, parent="lb-1", state=state, since=0, **OWN)


def activity(**fields: Any) -> ScalingActivity:
    asked = Asked(work="Scale", create=1)
    return ScalingActivity(id="asa-1", parent="asg-1", asked=asked, cause="an alarm", **OWN, **fields)


def test_the_way_of_an_instance_is_followed() -> None:
    async def story() -> Watcher:
        seen = Seen()
        await seen.engine.apply(balancer("s-1"))
        seen.put(
            ScalingGroup(id="asg-1", name="g", min_size=1, max_size=9, desired=1, **OWN),
            member("i-1", "InService"),
            health("s-1", "i-1", "up"),
        )
        await seen.look(0.0)
        await seen.look(3.0)
        seen.put(activity(), member("i-2", "Pending", "asa-1"))
        await seen.look(3.5)
        seen.put(Instance(id="i-2", instance_type="t", image_id="m", status="Running", **OWN))
        await seen.look(4.0)
        seen.put(member("i-2", "InService", "asa-1"), activity(status="Successful"))
        await seen.engine.apply(balancer("s-1", "s-2"))
        await seen.look(4.5)
        seen.put(health("s-2", "i-2", "up"))
        await seen.look(5.0)
        seen.engine.count("lb-1", "b", "s-2", requests=3)
        await seen.look(5.2)
        seen.engine.count("lb-1", "b", "s-2", answers=(0, 2, 0, 0, 0))
        seen.engine.set_queued("lb-1", "b", 7)
        await seen.look(5.5)
        return seen.watcher

    watcher = asyncio.run(story())
    way = watcher.ways["i-2"]
    assert (way.decision, way.running, way.healthy, way.first_served) == (3.5, 4.0, 5.0, 5.5)
    assert list(watcher.ways) == ["i-2"]
    assert watcher.causes == {"asa-1": "an alarm"}
    told = [(each.at, each.what) for each in watcher.events]
    assert told == [
        (3.5, "decision"),
        (3.5, "Pending"),
        (4.5, "activity Successful"),
        (4.5, "InService"),
        (5.0, "server up"),
    ]
    shown = [(each.demand, each.desired, each.starting, each.ready, each.queued) for each in watcher.watched]
    assert shown[0] == (1, 1, 0, 1, 0)
    assert shown[2] == (3, 1, 1, 1, 0)
    assert shown[-1] == (4, 1, 0, 2, 7)


def test_what_goes_and_what_fails_is_told() -> None:
    async def story() -> Watcher:
        seen = Seen()
        await seen.engine.apply(balancer("s-1"))
        seen.put(member("i-1", "InService"), health("s-1", "i-1", "up"))
        await seen.look(0.0)
        seen.put(health("s-1", "i-1", "down"))
        await seen.look(1.0)
        with seen.store.write() as change:
            change.delete(Member, "i-1")
        await seen.look(2.0)
        seen.clock.advance(60)
        seen.engine.crash("lb-1")
        await seen.look(2.5)
        await seen.engine.apply(balancer("s-1"))
        await seen.look(3.0)
        return seen.watcher

    watcher = asyncio.run(story())
    assert [(each.at, each.what) for each in watcher.events] == [
        (1.0, "server down"),
        (2.0, "gone"),
        (3.0, "process started anew"),
    ]
    assert watcher.watched[-1].ready == 0


def test_with_nothing_there_is_nothing_to_see() -> None:
    async def story() -> Watcher:
        seen = Seen()
        await seen.look(0.0)
        return seen.watcher

    watcher = asyncio.run(story())
    assert [each.ready for each in watcher.watched] == [0]
    assert watcher.events == []
