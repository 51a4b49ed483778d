"""The instance controller: looks at what changed, and has each instance brought to what was asked for."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Changes, Resource
from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.interface import Compute, Known
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.reconcile import Reconciler
from yunbox.services.ecs.instances.sandbox import backoff, needs_look
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.security_groups.model import Membership, SecurityGroup
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.vpcs.model import Vpc

AT_ONCE = 8
"""So many instances are worked on side by side."""

POLL_SECONDS = 0.02
DRIFT_SECONDS = 5.0
"""So often what runs is compared with what was asked for, whether anything changed or not."""

POWER_OFF_SECONDS = 8.0

_WATCHED = (Instance, NetworkInterface, SecurityGroup, Membership, Eip, Disk, Vpc)
_PARTS: dict[str, type[Resource]] = {each.kind: each for each in (NetworkInterface, Eip, Disk)}
_LIMIT = 5000


class InstanceController:
    """Level-triggered: what it keeps in memory is a copy of the store, timers, and who is being worked on."""

    name = "ecs-instances"

    def __init__(self, store: Store, compute: Compute, clock: Clock, log: Callable[[str], None]) -> None:
        self._store = store
        self._compute = compute
        self._clock = clock
        self._log = log
        self._reconciler = Reconciler(store, compute, clock, log)
        self._instances: dict[str, Instance] = {}
        self._revision = -1
        self._generation: object = None
        self._waiting: dict[str, None] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._timers: list[tuple[float, str]] = []
        self._failures: dict[str, int] = {}
        self._drift_at = 0.0
        self._firewalls: asyncio.Task[None] | None = None

    async def turn(self) -> float:
        """Take note of changes and begin what there is to do; return when to look again."""
        if self._revision < 0:
            await self._begin()
        generation = self._store.generation()
        if generation != self._generation:
            self._generation = generation
            await self._watch()
        now = self._clock.now()
        if now >= self._drift_at:
            await self._find_drift()
        while self._timers and self._timers[0][0] <= now:
            self._look_at(heapq.heappop(self._timers)[1])
        self._begin_tasks()
        return POLL_SECONDS

    async def close(self, *, power_off: bool) -> None:
        """Leave off at once; with `power_off` also stop all sandboxes, whose instances start again next time."""
        tasks = [*self._tasks.values(), *([self._firewalls] if self._firewalls else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._reconciler.close()
        if power_off:
            running = [each.id for each in await self._compute.sandboxes() if each.running]
            stops = [asyncio.ensure_future(self._compute.stop(id_, force=True)) for id_ in running]
            if stops:
                _, late = await asyncio.wait(stops, timeout=POWER_OFF_SECONDS)
                for stop in late:
                    stop.cancel()
                await asyncio.gather(*stops, return_exceptions=True)

    async def _begin(self) -> None:
        """Remove what nobody knows, then adopt what runs. Nothing is started before that."""
        with self._store.read() as view:
            known = _known(view)
            revision = view.revision
            self._instances = {each.id: each for each in view.find(Instance)}
        await self._compute.sweep(known)
        running = {each.id for each in await self._compute.sandboxes() if each.running}
        fell = [
            each
            for each in self._instances.values()
            if each.desired == "Running" and each.status == "Running" and each.id not in running
        ]
        if fell:
            await self._reconciler.write(lambda change: _say_starting(change, fell))
        for each in self._instances.values():
            if each.desired != "Stopped" or each.status != "Stopped" or each.id in running:
                self._look_at(each.id)
            self._set_release(each)
        self._revision = revision

    async def _watch(self) -> None:
        more = True
        while more:
            with self._store.read() as view:
                changes = view.changes_since(self._revision, *_WATCHED, limit=_LIMIT)
                removed = self._take(view, changes)
            self._revision, more = changes.upto, changes.more
            for vpc in removed:
                await self._compute.remove_network(vpc)

    def _take(self, view: View, changes: Changes) -> list[str]:
        """Mark what a list of changes concerns; return the VPCs that are gone."""
        if not changes.complete:
            self._instances = {each.id: each for each in view.find(Instance)}
            for id_ in self._instances:
                self._look_at(id_)
        removed = []
        for ref in changes.refs:
            if ref.kind == Instance.kind:
                self._take_instance(view.get(Instance, ref.id), ref.id)
            elif ref.kind == Vpc.kind:
                removed += [ref.id] if ref.deleted else []
            elif ref.kind in (SecurityGroup.kind, Membership.kind):
                self._reconciler.firewalls_stale = True
            else:
                self._take_part(view, ref.kind, ref.id)
        return removed

    def _take_instance(self, instance: Instance | None, id_: str) -> None:
        if instance is None:
            self._instances.pop(id_, None)
            self._reconciler.forget(id_)
            return
        self._instances[id_] = instance
        if self._reconciler.written.get(id_) != instance.revision:
            self._look_at(id_)
            self._set_release(instance)

    def _take_part(self, view: View, kind: str, id_: str) -> None:
        part = view.get(_PARTS[kind], id_)
        if part is None or not part.parent:
            return
        if part.parent in self._instances:
            self._look_at(part.parent)
        elif kind == Eip.kind:
            interface = view.get(NetworkInterface, part.parent)
            if interface is not None and interface.parent in self._instances:
                self._look_at(interface.parent)

    def _set_release(self, instance: Instance) -> None:
        if instance.auto_release and instance.desired != "Deleted":
            heapq.heappush(self._timers, (instance.auto_release, instance.id))

    async def _find_drift(self) -> None:
        self._drift_at = self._clock.now() + DRIFT_SECONDS
        found = {each.id: each for each in await self._compute.sandboxes()}
        for instance in self._instances.values():
            if needs_look(instance, found.get(instance.id)):
                self._look_at(instance.id)

    def _look_at(self, id_: str) -> None:
        self._waiting[id_] = None

    def _begin_tasks(self) -> None:
        for id_ in list(self._waiting):
            if len(self._tasks) >= AT_ONCE:
                break
            if id_ not in self._tasks:
                del self._waiting[id_]
                self._tasks[id_] = asyncio.ensure_future(self._work(id_))
        if self._reconciler.firewalls_stale and self._firewalls is None:
            self._reconciler.firewalls_stale = False
            self._firewalls = asyncio.ensure_future(self._apply_firewalls())

    async def _work(self, id_: str) -> None:
        try:
            await self._release_when_due(id_)
            again = await self._reconciler.reconcile(id_)
            self._failures.pop(id_, None)
        except (ComputeError, OSError) as error:
            failures = self._failures[id_] = self._failures.get(id_, 0) + 1
            again = backoff(failures)
            self._log(f"instance {id_}: {type(error).__name__}: {error}; again in {again:g} s")
        except Exception as error:
            failures = self._failures[id_] = self._failures.get(id_, 0) + 1
            again = backoff(failures)
            self._log(
                f"instance {id_} failed unexpectedly: {type(error).__name__}: {error}; again in {again:g} s"
            )
        finally:
            self._tasks.pop(id_, None)
        if again is not None:
            heapq.heappush(self._timers, (self._clock.now() + again, id_))

    async def _release_when_due(self, id_: str) -> None:
        instance = self._instances.get(id_)
        if instance is None or not instance.auto_release or instance.desired == "Deleted":
            return
        if instance.auto_release > self._clock.now():
            return
        now = self._clock.now()
        await self._reconciler.write(lambda change: _release(change, id_, now))

    async def _apply_firewalls(self) -> None:
        try:
            await self._reconciler.apply_firewalls()
        except (ComputeError, OSError) as error:
            self._log(f"a firewall was not applied ({error}); again soon")
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


def _say_starting(change: Change, fell: list[Instance]) -> None:
    for each in fell:
        now = change.get(Instance, each.id)
        if now is not None and now.desired == "Running" and now.status == "Running":
            change.replace(msgspec.structs.replace(now, status="Starting"))


def _release(change: Change, id_: str, now: float) -> None:
    """Ask for the deletion of an instance whose time has come. Release protection does not hold it back.

    Source: ECS documentation, "Enable or disable release protection": it prevents manual releases only.
    """
    instance = change.get(Instance, id_)
    if instance is not None and instance.auto_release and instance.auto_release <= now:
        change.replace(msgspec.structs.replace(instance, desired="Deleted", force=True, status="Stopping"))
