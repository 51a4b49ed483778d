"""A cloud in memory for one test: actions as functions, the controllers of instances and disks, a manual clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, cast

from yunbox.api.call import Call, Cloud
from yunbox.api.product import Product
from yunbox.control.clock import ManualClock, TurnedClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.engines.compute.memory import MemoryCompute
from yunbox.identity.principal import Principal
from yunbox.services.ecs.disks.controller import DiskController
from yunbox.services.ecs.instances.controller import InstanceController
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.run import RunInstances, run_instances
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups.groups import CreateSecurityGroup, create_security_group
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vpcs.create import CreateVpc, create_vpc
from yunbox.services.vpc.vswitches.create import CreateVSwitch, create_vswitch

ACCOUNT = "1000000000000001"
REGION = "cn-hangzhou"
START = 1_800_000_000.0
IMAGE = "ubuntu_22_04_x64_20G_alibase_20240807.vhd"
TURNS = 3000


class MemoryCloud:
    """Wishes are written by `do`, and made true by `until`. `log` is what controllers said."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.store = Store(":memory:")
        self.compute = MemoryCompute(self.clock)
        self.log: list[str] = []
        self._random = random.Random(11)
        self.controllers: list[InstanceController | DiskController] = []
        self.begin()

    def begin(self) -> None:
        """Have new controllers, as a cloud that was killed and started again has."""
        made = (self.store, cast(Any, self.compute), self.clock, self.log.append)
        self.controllers = [InstanceController(*made), DiskController(*made)]

    @property
    def instances(self) -> InstanceController:
        """The instance controller."""
        return cast(InstanceController, self.controllers[0])

    def do(self, action: Callable[[Any, Call], Any], request: Any, product: Product = ecs) -> Any:
        """Run an action in a transaction of its own, as the account's root."""
        caller = Principal(kind="root", account_id=ACCOUNT, user_id=ACCOUNT, name="root")
        cloud = Cloud(
            store=self.store,
            directory=cast(Any, None),
            objects=cast(Any, None),
            compute=cast(Any, self.compute),
            metrics=cast(Any, None),
            clock=self.clock,
            time=TurnedClock(None, self.clock),
            ids=Ids(self._random.randbytes),
            default_region=REGION,
        )
        # Ids sort by time.
        self.clock.advance(0.001)
        call = Call(cloud, product, "Test", caller, region=REGION, request_id="R", now=self.clock.now())
        with self.store.write() as change:
            call.use(change)
            return action(request, call)

    def network(self) -> tuple[str, str]:
        """Make a VPC with a vSwitch and a security group; return the ids of the last two."""
        vpc_id = self.do(create_vpc, CreateVpc(cidr_block="10.0.0.0/8"), vpc).vpc_id
        asked = CreateVSwitch(vpc_id=vpc_id, zone_id="cn-hangzhou-i", cidr_block="10.1.0.0/16")
        vswitch = self.do(create_vswitch, asked, vpc).v_switch_id
        group = self.do(create_security_group, CreateSecurityGroup(vpc_id=vpc_id)).security_group_id
        return vswitch, group

    def run(self, vswitch: str, group: str, **parameters: Any) -> list[str]:
        """Run instances; return their ids."""
        given = {"image_id": IMAGE, "instance_type": "ecs.g6.large", **parameters}
        request = RunInstances(v_switch_id=vswitch, security_group_id=group, **given)
        return list(self.do(run_instances, request).instance_id_sets.instance_id_set)

    def instance(self, id_: str) -> Instance | None:
        """Return what is stored of an instance."""
        with self.store.read() as view:
            return view.get(Instance, id_)

    def status(self, id_: str) -> str:
        """Return the status of an instance, or nothing when there is none."""
        found = self.instance(id_)
        return found.status if found is not None else ""

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the controllers work until something holds; time stands still."""
        for _ in range(TURNS):
            if holds():
                return
            await self.turn()
        raise AssertionError(f"it does not come true; the controllers say {self.log}")

    async def turn(self) -> None:
        """Let each controller have a turn, and what they began go on."""
        for each in self.controllers:
            await each.turn()
        await asyncio.sleep(0.001)

    async def idle(self) -> None:
        """Let the controllers do what they still have to do."""
        for _ in range(30):
            await self.turn()

    async def kill(self) -> None:
        """End the controllers without ado; what runs goes on."""
        for each in self.controllers:
            await each.close()
