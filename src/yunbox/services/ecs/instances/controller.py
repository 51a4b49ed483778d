"""The instance controller: looks at what changed, and has each instance brought to what was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Ref, Resource
from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.interface import Compute, Known
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.instances.due import due_at, fall_due
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.reconcile import Reconciler
from yunbox.services.ecs.instances.sandbox import needs_look
from yunbox.services.ecs.keeper import Keeper
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.security_groups.model import Membership, SecurityGroup
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.vpcs.model import Vpc

UNDER_WAY_SECONDS = 3.0
POWER_OFF_SECONDS = 8.0
"""So long the end of a cloud waits for its instances to end."""

_LOOKED_AT_A_SECOND = 50

_PARTS: dict[str, type[Resource]] = {each.kind: each for each in (NetworkInterface, Eip, Disk)}


class InstanceController(Keeper):
    """Runs instances. First it removes what nobody knows and adopts what runs; nothing is started before that.

    `_instances` is a copy of what is stored, so that looking for drift reads nothing.
    """

    name = "ecs-instances"
    watched = (Instance, NetworkInterface, SecurityGroup, Membership, Eip, Disk, Vpc)
    at_once = 8
    # Soon, for those that ended by themselves: what they served is to be replaced.
    drift_seconds = 1.0

    def __init__(self, store: Store, compute: Compute, clock: Clock, log: Callable[[str], None]) -> None:
        super().__init__(store, compute, clock, log)
        self._reconciler = Reconciler(store, compute, clock, log, self.write)
        self._instances: dict[str, Instance] = {}
        self._swept = False
        self._running: frozenset[str] = frozenset()
        self._gone_networks: list[str] = []
        self._firewalls: asyncio.Task[None] | None = None
        self._passed_over = 0

    def look_for_drift_soon(self) -> None:
        """See `Keeper`."""
        self._passed_over = len(self._instances)
        super().look_for_drift_soon()

    async def turn(self) -> float:
        """Take note of changes and begin what there is to do; return when to look again."""
        if not self._swept:
            await self._sweep()
        wait = await super().turn()
        while self._gone_networks:
            await self._remove_network(self._gone_networks.pop())
        if self._reconciler.firewalls_stale and self._firewalls is None:
            self._reconciler.firewalls_stale = False
            self._firewalls = asyncio.ensure_future(self._apply_firewalls())
        return wait

    async def close(self) -> None:
        """Leave off, once what is under way is done or a few seconds have passed. What runs goes on."""
        if self._firewalls is not None:
            self._firewalls.cancel()
        if self._tasks:
            # Who is in the middle of starting one would go on unseen, and start it after the end.
            await asyncio.wait(self._tasks.values(), timeout=UNDER_WAY_SECONDS)
        await super().close()

    async def power_off(self) -> None:
        """Stop all instances without ado, and take their networks away; those that are to run start next time."""
        sandboxes = await self.compute.sandboxes()
        # One that was killed from outside runs no more, and still holds a network.
        stops = [asyncio.ensure_future(self.compute.stop(each.id, force=True)) for each in sandboxes]
        if stops:
            _, late = await asyncio.wait(stops, timeout=POWER_OFF_SECONDS)
            for stop in late:
                stop.cancel()
            await asyncio.gather(*stops, return_exceptions=True)
        await self.compute.sweep(Known(sandboxes={each.id for each in sandboxes}))
        with self.store.read() as view:
            networks = {each.vpc_id for each in view.find(Instance)}
        for network in networks:
            await self._remove_network(network)

    def all_ids(self, view: View) -> Iterable[str]:
        """Return those that are not stopped for good."""
        self._instances = {each.id: each for each in view.find(Instance)}
        return [
            each.id
            for each in self._instances.values()
            if each.desired != "Stopped"
            or each.status != "Stopped"
            or each.id in self._running
            or due_at(each)
        ]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the instance that a change concerns; note what concerns networks and firewalls."""
        if ref.kind == Instance.kind:
            return self._take(view.get(Instance, ref.id), ref.id)
        if ref.kind == Vpc.kind:
            if ref.deleted:
                self._gone_networks.append(ref.id)
            return ()
        if ref.kind in (SecurityGroup.kind, Membership.kind):
            self._reconciler.firewalls_stale = True
            return ()
        part = view.get(_PARTS[ref.kind], ref.id)
        owner = part.parent if part is not None else ""
        if owner and ref.kind == Eip.kind and owner not in self._instances:
            interface = view.get(NetworkInterface, owner)
            owner = interface.parent if interface is not None else ""
        return (owner,) if owner in self._instances else ()

    def _take(self, instance: Instance | None, id_: str) -> Iterable[str]:
        if instance is None:
            self._instances.pop(id_, None)
            self._reconciler.forget(id_)
            return ()
        self._instances[id_] = instance
        return () if self._reconciler.written.get(id_) == instance.revision else (id_,)

    async def find_drift(self) -> Iterable[str]:
        """Return those of which something else runs than was asked for, or said.

        A look costs most of a millisecond an instance: with many it is not taken every time.
        """
        self._passed_over += 1
        if self._passed_over <= len(self._instances) // _LOOKED_AT_A_SECOND:
            return ()
        self._passed_over = 0
        found = {each.id: each for each in await self.compute.sandboxes()}
        return [each.id for each in self._instances.values() if needs_look(each, found.get(each.id))]

    async def reconcile(self, id_: str) -> float | None:
        """Bring one instance to what was asked for, and to what its agreements ask for by themselves."""
        instance = self._instances.get(id_)
        due, now = due_at(instance) if instance is not None else 0.0, self.clock.now()
        if 0.0 < due <= now:
            await self.write(lambda change: fall_due(change, id_, now))
            due = 0.0
        again = await self._reconciler.reconcile(id_)
        if not due:
            return again
        wait = due - self.clock.now()
        return wait if again is None else min(again, wait)

    async def _sweep(self) -> None:
        with self.store.read() as view:
            known = _known(view)
        await self.compute.sweep(known)
        self._running = frozenset(each.id for each in await self.compute.sandboxes() if each.running)
        running = self._running
        await self.write(lambda change: _say_starting(change, running))
        self._swept = True

    async def _remove_network(self, network: str) -> None:
        try:
            await self.compute.remove_network(network)
        except (ComputeError, OSError) as error:
            self.log(f"{self.name}: the network {network} stays until the next start ({error})")

    async def _apply_firewalls(self) -> None:
        try:
            await self._reconciler.apply_firewalls()
        except (ComputeError, OSError) as error:
            self.log(f"{self.name}: a firewall was not applied ({error}); again soon")
            await asyncio.sleep(1.0)
            self._reconciler.firewalls_stale = True
        finally:
            self._firewalls = None


def _known(view: View) -> Known:
    instances = view.find(Instance)
    addresses = {each.address for each in view.find(Eip) if each.parent}
    return Known(
        sandboxes={each.id for each in instances},
        networks={each.id for each in view.find(Vpc)},
        exposed=addresses | {each.public_ip for each in instances if each.public_ip},
    )


def _say_starting(change: Change, running: frozenset[str]) -> None:
    """Say of those that fell with the last cloud that they start, which is no failure of theirs."""
    for each in change.find(Instance):
        if each.desired == "Running" and each.status == "Running" and each.id not in running:
            change.replace(msgspec.structs.replace(each, status="Starting"))
