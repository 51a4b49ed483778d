"""Auto Scaling in memory for one test: real controllers of groups and instances, balancers that obey the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import msgspec
from services.ecs.ecs_in_memory import ACCOUNT, IMAGE, REGION, TURNS, MemoryCloud

from yunbox.api.call import Cloud
from yunbox.control.clock import TurnedClock
from yunbox.control.ids import Ids
from yunbox.control.store import Change
from yunbox.engines.metrics.interface import Series, dimensions, one
from yunbox.engines.metrics.memory import MemoryMetricStore
from yunbox.services.balancing.model import Health
from yunbox.services.balancing.model import Member as Server
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.activities.capacity import ask_capacity
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.alarms.controller import AlarmController
from yunbox.services.ess.configurations.model import InstanceTypeChoice, ScalingConfiguration
from yunbox.services.ess.groups.controller import GroupController
from yunbox.services.ess.groups.model import LoadBalancer, ScalingGroup
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.rules.tracking import TrackingController
from yunbox.services.ess.schedules.controller import ScheduleController
from yunbox.services.slb.load_balancers.model import LoadBalancer as Balancer

GROUP, BALANCER, OTHER_BALANCER = "asg-1", "lb-1", "lb-2"


class Balancers:
    """Takes servers, says that they are healthy, and drains them while `busy` names none of their instances."""

    def __init__(self, cloud: ScalingCloud) -> None:
        self._cloud = cloud
        self.busy: set[str] = set()
        self.sick: set[str] = set()

    def turn(self) -> None:
        """Do what the balancing controllers would."""
        with self._cloud.store.write() as change:
            for each in change.find(Server):
                self._serve(change, each)

    def _serve(self, change: Change, server: Server) -> None:
        id_ = f"{server.parent}/{server.server_id}"
        health = change.get(Health, id_)
        if server.status == "Removing":
            if server.server_id not in self.busy:
                change.delete(Server, server.id)
                if health is not None:
                    change.delete(Health, id_)
            return
        if server.status != "Available":
            change.replace(msgspec.structs.replace(server, status="Available"))
        instance = change.get(Instance, server.server_id)
        running = instance is not None and instance.status == "Running"
        state = "up" if running and server.server_id not in self.sick else "down"
        now = self._cloud.clock.now()
        if health is None:
            made = Health(
                id=id_, name=server.server_id, group=server.parent, parent=BALANCER, state=state, since=now
            )
            change.create(made)
        elif health.state != state:
            change.replace(msgspec.structs.replace(health, state=state, since=now))

    def servers(self) -> dict[str, int]:
        """Return the instances that get traffic, with their weights."""
        with self._cloud.store.read() as view:
            found = view.find(Server)
        return {each.server_id: each.weight for each in found if each.status != "Removing"}


class ScalingCloud(MemoryCloud):
    """A cloud with one scaling group, `asg-1`, before a balancer."""

    def __init__(self) -> None:
        super().__init__()
        self.balancers = Balancers(self)
        self.time = TurnedClock(None, self.clock)
        self.keepers: list[Any] = []
        self.metrics = MemoryMetricStore()
        self.cpu = 0.0
        self.load = 0.0
        self._measured_at = self.clock.now() // 15 * 15
        self._ids = Ids(self._random.randbytes)
        self.vswitch, self.security_group = self.network()
        self.open()

    @property
    def premises(self) -> Cloud:
        """What controllers stand on."""
        return Cloud(
            store=self.store,
            directory=cast(Any, None),
            objects=cast(Any, None),
            compute=cast(Any, None),
            metrics=lambda: self.metrics,
            clock=self.clock,
            time=self.time,
            ids=self._ids,
            default_region=REGION,
        )

    def open(self) -> None:
        """Have new controllers of groups, as a cloud that was killed and started again has."""
        kinds = (GroupController, TrackingController, AlarmController, ScheduleController)
        self.keepers = [each(self.premises, self.log.append) for each in kinds]

    def group(self, **fields: Any) -> ScalingGroup:
        """Store the group with a configuration, and return it."""
        given: dict[str, Any] = {
            "min_size": 0,
            "max_size": 10,
            "lifecycle": "Active",
            "vswitches": (self.vswitch,),
            "configuration": "asc-1",
            "load_balancers": (LoadBalancer(id=BALANCER),),
            **fields,
        }
        own = {"account": ACCOUNT, "region": REGION}
        with self.store.write() as change:
            for id_ in (BALANCER, OTHER_BALANCER):
                change.create(Balancer(id=id_, address="10.1.0.9", address_type="intranet", **own))
            change.create(
                ScalingConfiguration(
                    id="asc-1",
                    parent=GROUP,
                    types=(InstanceTypeChoice(instance_type="ecs.g6.large"),),
                    launch={"ImageId": IMAGE, "SecurityGroupId": self.security_group},
                    **own,
                )
            )
            return change.create(ScalingGroup(id=GROUP, name="shop", **own, **given))

    def store_all(self, *resources: Any) -> None:
        """Store resources."""
        with self.store.write() as change:
            for each in resources:
                change.create(each)

    def ask(self, wanted: int, cause: str = "A test requests", **more: Any) -> str:
        """Ask for capacity; return the id of the activity, or nothing."""
        self.clock.advance(0.001)
        with self.store.write() as change:
            made = ask_capacity(
                change, self._ids, GROUP, wanted, cause=cause, now=self.time.now(), source_type="Test", **more
            )
        return made.id if made is not None else ""

    def members(self) -> dict[str, str]:
        """Return the group's instances and the states of their lives."""
        with self.store.read() as view:
            return {each.id: each.lifecycle for each in view.find(Member, parent=GROUP)}

    def in_service(self) -> int:
        """Return how many instances are in service."""
        return sum(each in ("InService", "Protected") for each in self.members().values())

    def activities(self) -> list[ScalingActivity]:
        """Return the group's activities, oldest first."""
        with self.store.read() as view:
            return view.find(ScalingActivity, parent=GROUP)

    def instances(self) -> dict[str, str]:
        """Return the instances that there are, and their statuses."""
        with self.store.read() as view:
            return {each.id: each.status for each in view.find(Instance)}

    def stored(self) -> ScalingGroup | None:
        """Return the group as it is stored."""
        with self.store.read() as view:
            return view.get(ScalingGroup, GROUP)

    def change_group(self, **fields: Any) -> None:
        """Change the group as an action would."""
        with self.store.write() as change:
            group = change.get(ScalingGroup, GROUP)
            assert group is not None
            change.replace(msgspec.structs.replace(group, **fields))

    def change_member(self, id_: str, **fields: Any) -> None:
        """Change a member as an action would."""
        with self.store.write() as change:
            member = change.get(Member, id_)
            assert member is not None
            change.replace(msgspec.structs.replace(member, **fields))

    async def turn(self) -> None:
        """Let each controller have a turn, and what they began go on."""
        # Ids sort by time.
        self.clock.advance(0.001)
        await super().turn()
        self.balancers.turn()
        for each in self.keepers:
            await each.turn()
        await asyncio.sleep(0.001)

    def measure(self) -> None:
        """Have the processors of all instances in service measured every 15 seconds: `cpu`, or a share of `load`."""
        while self._measured_at + 15 <= self.clock.now():
            ids = [id_ for id_, lifecycle in self.members().items() if lifecycle == "InService"]
            series = [
                Series(ACCOUNT, "acs_ecs_dashboard", "CPUUtilization", dimensions(instanceId=each))
                for each in ids
            ]
            self.metrics.put(
                [one(each, self._measured_at, self.cpu or self.load / len(ids)) for each in series]
            )
            self._measured_at += 15

    async def settled(self) -> None:
        """Let the controllers work until every activity is over and none is begun."""
        quiet = 0
        while quiet < 5:
            await self.until(lambda: not any(each.is_open for each in self.activities()))
            await self.turn()
            quiet = 0 if any(each.is_open for each in self.activities()) else quiet + 1

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass; in each step the controllers do all that there is to do."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.clock.advance(step)
            self.measure()
            await self.calm()

    async def calm(self) -> None:
        """Let the controllers work until nothing changes any more."""
        quiet, before = 0, -1
        for _ in range(TURNS):
            await self.turn()
            with self.store.read() as view:
                revision = view.revision
            busy = any(each._tasks for each in (*self.controllers, self.keepers[0]))
            quiet = quiet + 1 if revision == before and not busy else 0
            if quiet == 3:
                return
            before = revision
        raise AssertionError(f"it does not come to rest; the controllers say {self.log}")

    async def kill(self) -> None:
        """End all controllers without ado."""
        await super().kill()
        await self.keepers[0].close()


def run(work: Callable[[ScalingCloud], Any]) -> None:
    """Run a test's coroutine in a cloud of its own."""

    async def whole() -> None:
        cloud = ScalingCloud()
        try:
            await work(cloud)
        finally:
            await cloud.kill()

    asyncio.run(whole())
