"""One instance: from what runs to what was asked for. Every step may be the last one before a kill."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.store import Change, Store, View
from yunbox.engines.compute.errors import ComputeError, NoSandboxError
from yunbox.engines.compute.interface import Compute, Interface, Sandbox, SandboxSpec
from yunbox.services.ecs.instances.exposures import Exposures
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.network import (
    Firewalls,
    exposures_of,
    is_stale,
    renew_network,
    wired,
)
from yunbox.services.ecs.instances.records import finish_deletion, settle
from yunbox.services.ecs.instances.sandbox import STEADY_SECONDS, backoff, boot_of, must_restart, spec_of
from yunbox.services.ecs.instances.volumes import mounts_of
from yunbox.services.ecs.key_pairs.model import KeyPair
from yunbox.services.ecs.network_interfaces.create import interfaces_of

T = TypeVar("T")

STOP_SECONDS = 10.0
"""So long the processes of an instance may take to end, unless it is stopped by force."""

_DISKS_SECONDS = 0.1


class Write(Protocol):
    """Does something in a transaction of its own, beside the event loop."""

    def __call__(self, work: Callable[[Change], T]) -> Awaitable[T]:
        """Return what `work` returns."""
        ...


class Wish(msgspec.Struct):
    """What is to run, read at one moment. `spec` is None while a disk is not ready."""

    spec: SandboxSpec | None
    exposures: dict[str, str]


class Reconciler:
    """Brings instances to what was asked for, one call an instance; calls for different ones run side by side.

    It remembers which firewalls it has applied, so as not to do it again; losing that is harmless.
    `written` are the revisions that it wrote itself, `firewalls_stale` asks for a call of `apply_firewalls`.
    """

    def __init__(
        self, store: Store, compute: Compute, clock: Clock, log: Callable[[str], None], write: Write
    ) -> None:
        self._store = store
        self._compute = compute
        self._clock = clock
        self._log = log
        self._write = write
        self._applied: dict[str, tuple[Interface, ...]] = {}
        self._exposures = Exposures(compute, log)
        self.written: dict[str, int] = {}
        self.firewalls_stale = False

    async def reconcile(self, instance_id: str) -> float | None:
        """Do what there is to do for an instance; return in how many seconds to be called again, if at all.

        Raises ComputeError when the engine fails at something other than a start, and what the store raises.
        """
        with self._store.read() as view:
            instance = view.get(Instance, instance_id)
            stale = instance is not None and is_stale(view, instance)
        if instance is None:
            self.forget(instance_id)
            return None
        if stale:
            await self._write(lambda change: renew_network(change, instance_id))
        sandbox = await self._compute.find(instance_id)
        if instance.desired == "Deleted":
            return await self._delete(instance)
        if instance.desired == "Stopped":
            return await self._stop(instance, sandbox)
        return await self._run(instance, sandbox)

    def forget(self, instance_id: str) -> None:
        """Drop what is remembered of an instance."""
        self._applied.pop(instance_id, None)
        self.written.pop(instance_id, None)

    async def settle(self, seen: Instance, **fields: object) -> None:
        """Write an outcome, and remember that this controller wrote it: nobody needs to look again for that.

        Unless somebody else has written in between, whose change would otherwise be passed over.
        """

        def work(change: Change) -> tuple[int, Instance | None]:
            before = change.get(Instance, seen.id)
            return (before.revision if before else 0), settle(change, seen, **fields)

        before, now = await self._write(work)
        if now is not None and before in (seen.revision, self.written.get(seen.id)):
            self.written[seen.id] = now.revision

    async def _delete(self, instance: Instance) -> float | None:
        await self._compute.remove(instance.id)
        with self._store.read() as view:
            addresses = exposures_of(view, instance)
        await self._exposures.drop(instance.id, addresses)
        await self._write(lambda change: finish_deletion(change, instance.id))
        self.forget(instance.id)
        return None

    async def _stop(self, instance: Instance, sandbox: Sandbox | None) -> float | None:
        if sandbox is not None and sandbox.running:
            await self._compute.stop(instance.id, force=instance.force, timeout=STOP_SECONDS)
        self._applied.pop(instance.id, None)
        with self._store.read() as view:
            addresses = exposures_of(view, instance)
        await self._exposures.retract(instance.id, but=addresses)
        await self.settle(instance, status="Stopped", force=False, failure="", attempts=0, retry_at=0.0)
        return None

    async def _run(self, instance: Instance, sandbox: Sandbox | None) -> float | None:
        running = sandbox is not None and sandbox.running
        if sandbox is not None and running and must_restart(instance, sandbox):
            await self._compute.stop(instance.id, force=instance.force, timeout=STOP_SECONDS)
            running = False
        elif not running and instance.status == "Running":
            return await self._ended_by_itself(instance)
        now = self._clock.now()
        if not running and instance.retry_at > now:
            return instance.retry_at - now
        wish = self._wish(instance)
        if wish.spec is None:
            return _DISKS_SECONDS
        try:
            await self._start(instance, wish.spec, running=running)
            await self._exposures.keep(instance.id, instance.vpc_id, wish.exposures)
        except (ComputeError, OSError) as error:
            return await self._failed(instance, error)
        await self._now_running(instance)
        return None

    async def _start(self, instance: Instance, spec: SandboxSpec, *, running: bool) -> None:
        if not running and instance.layer != instance.system_disk:
            if instance.layer:
                await self._compute.reset_layer(instance.id, instance.engine_image)
            await self.settle(instance, layer=instance.system_disk)
        if not running or self._applied.get(instance.id) != spec.interfaces:
            await self._compute.start(spec)
            self._applied[instance.id] = spec.interfaces
            # What changed while it started was not yet applied to it.
            self.firewalls_stale = True

    async def _now_running(self, instance: Instance) -> None:
        fields: dict[str, object] = {"status": "Running", "booted": instance.boot, "failure": ""}
        if instance.status != "Running" or instance.booted < instance.boot:
            sandbox = await self._compute.find(instance.id)
            started = sandbox.started_at if sandbox is not None else None
            fields |= {"started": started or self._clock.now(), "force": False, "retry_at": 0.0}
            fields |= _reached(instance, sandbox)
        await self.settle(instance, **fields)

    async def _ended_by_itself(self, instance: Instance) -> float:
        now = self._clock.now()
        attempts = instance.attempts + 1 if now - instance.started < STEADY_SECONDS else 1
        wait = backoff(attempts)
        self._applied.pop(instance.id, None)
        self._log(f"instance {instance.id} ended by itself; starting it again in {wait:g} s")
        await self.settle(
            instance,
            status="Starting",
            attempts=attempts,
            retry_at=now + wait,
            failure="The system ended by itself.",
        )
        return wait

    async def _failed(self, instance: Instance, error: Exception) -> float:
        attempts = instance.attempts + 1
        wait = backoff(attempts)
        self._applied.pop(instance.id, None)
        self._log(
            f"instance {instance.id} did not start ({type(error).__name__}: {error}); again in {wait:g} s"
        )
        await self.settle(
            instance, attempts=attempts, retry_at=self._clock.now() + wait, failure=str(error)[:2000]
        )
        return wait

    def _wish(self, instance: Instance) -> Wish:
        with self._store.read() as view:
            interfaces = interfaces_of(view, instance.id)
            mounts = mounts_of(view, instance.id)
            key = ""
            if instance.key_pair:
                pairs = view.find(
                    KeyPair, account=instance.account, region=instance.region, name=instance.key_pair, limit=1
                )
                key = pairs[0].public_key if pairs else ""
            exposures = exposures_of(view, instance)
            if mounts is None:
                return Wish(None, exposures)
            return Wish(spec_of(instance, wired(view, interfaces), mounts, boot_of(instance, key)), exposures)

    async def apply_firewalls(self) -> None:
        """Apply the firewalls of all running instances that are not as they were applied last."""
        with self._store.read() as view:
            firewalls = Firewalls(view)
            stale = [
                (id_, one)
                for id_, applied in self._applied.items()
                for one in _changed(view, firewalls, id_, applied)
            ]
        for id_, one in stale:
            # One that is about to start, or to go, has no such interface; its next start brings the rules.
            with contextlib.suppress(NoSandboxError):
                await self._compute.firewall(id_, one.id, one.rules)
            applied = self._applied.get(id_)
            if applied is not None:
                self._applied[id_] = tuple(one if each.id == one.id else each for each in applied)


def _reached(instance: Instance, sandbox: Sandbox | None) -> dict[str, str]:
    """Return where this machine reaches a sandbox, if that is not its private address, or why it does not."""
    for each in sandbox.addresses if sandbox is not None else ():
        if each.address == instance.private_ip:
            other = each.host if each.host != each.address else ""
            return {"reached_at": other, "unreached": "" if each.host else each.reason}
    return {"reached_at": "", "unreached": ""}


def _changed(
    view: View, firewalls: Firewalls, instance_id: str, applied: tuple[Interface, ...]
) -> list[Interface]:
    """Return the applied interfaces whose rules are others by now, with those."""
    found = {one.id: one for one in interfaces_of(view, instance_id)}
    wanted = [
        msgspec.structs.replace(one, rules=firewalls.rules(found[one.id]))
        for one in applied
        if one.id in found
    ]
    return [one for one in wanted if one not in applied]
