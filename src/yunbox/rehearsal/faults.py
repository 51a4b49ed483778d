"""Faults, at their moments: what is killed, slowed, or run, and what came of the attempt."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from random import Random

from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.rehearsal import processes
from yunbox.rehearsal.cloud import CloudAt
from yunbox.rehearsal.curves import Curve
from yunbox.rehearsal.plan import (
    Fault,
    KillBalancer,
    KillControllers,
    KillInstance,
    Plan,
    RunCommand,
    SlowInstance,
)
from yunbox.rehearsal.plan_file import PlanError, moment
from yunbox.rehearsal.report import Event
from yunbox.rehearsal.verdict import NOT_DONE
from yunbox.services.ess.members.model import Member

_ECS_VERSION = "2014-05-26"
_SERVING = ("InService", "Protected")


class _NotDoneError(Exception):
    """There was nothing to do the fault to."""


def moments(plan: Plan, curve: Curve) -> list[tuple[float, Fault]]:
    """Return the faults and when they happen, in seconds from the start of the load, in order. Raises PlanError."""
    anchors = {"start": 0.0, "peak": curve.peak_at, "end": curve.length}
    found = []
    for index, fault in enumerate(plan.faults):
        anchor, offset = moment(fault.at)
        at = anchors[anchor] + offset
        if not 0 <= at <= curve.length:
            raise PlanError(
                f"faults[{index}].at: {fault.at} is {at:.1f} s from the start; the load lasts {curve.length:.1f} s"
            )
        found.append((at, fault))
    return sorted(found, key=lambda each: each[0])


def check(plan: Plan, cloud: CloudAt | None) -> None:
    """Refuse faults that there is nothing to do to. Raises PlanError."""
    for index, fault in enumerate(plan.faults):
        if not isinstance(fault, RunCommand) and cloud is None:
            raise PlanError(f"faults[{index}]: it is done to a cloud; give its --data")
        named = isinstance(fault, KillInstance | SlowInstance) and fault.instance
        if isinstance(fault, KillInstance | SlowInstance) and not named and not plan.watch.scaling_group:
            raise PlanError(f"faults[{index}]: name an instance, or the scaling group in watch.scaling_group")
        if isinstance(fault, KillBalancer) and not (fault.balancer or plan.target.balancer):
            raise PlanError(f"faults[{index}].balancer: name it; the target is not a balancer")


class Faults:
    """Does a plan's faults to a cloud. `events` are those that were done; `zero` is on `time.monotonic`'s clock."""

    def __init__(self, plan: Plan, curve: Curve, cloud: CloudAt | None, zero: float) -> None:
        self.events: list[Event] = []
        self._plan, self._cloud, self._zero = plan, cloud, zero
        self._moments = moments(plan, curve)
        self._done_to: set[str] = set()

    async def run(self) -> None:
        """Do all of them, each at its moment; one that takes long holds up no other."""
        async with asyncio.TaskGroup() as group:
            for index, (at, fault) in enumerate(self._moments):
                group.create_task(self._at(at, index, fault))

    async def _at(self, at: float, index: int, fault: Fault) -> None:
        await asyncio.sleep(max(0.0, self._zero + at - time.monotonic()))
        name = str(fault.__struct_config__.tag)
        try:
            detail = await self._do(index, fault)
        except (_NotDoneError, OSError, ValueError) as error:
            detail = f"{NOT_DONE}: {error}"
        self.events.append(
            Event(at=round(time.monotonic() - self._zero, 3), kind="fault", what=name, detail=detail)
        )

    async def _do(self, index: int, fault: Fault) -> str:
        match fault:
            case KillInstance():
                return await self._kill_instances(index, fault)
            case SlowInstance():
                return await self._slow(index, fault)
            case KillBalancer():
                return self._kill_balancer(fault.balancer or self._plan.target.balancer)
            case KillControllers():
                return self._kill_controllers()
            case RunCommand():
                return await _command(fault)

    async def _kill_instances(self, index: int, fault: KillInstance) -> str:
        assert self._cloud is not None
        chosen = [fault.instance] if fault.instance else self._choose(index, fault.count)
        for each in chosen:
            if fault.how == "api":
                await asyncio.to_thread(
                    self._cloud.call, _ECS_VERSION, "StopInstance", InstanceId=each, ForceStop="true"
                )
            else:
                processes.kill([await self._pid(each)])
        return ", ".join(chosen)

    async def _slow(self, index: int, fault: SlowInstance) -> str:
        chosen = fault.instance or self._choose(index, 1)[0]
        began = time.monotonic()
        await processes.slow(await self._pid(chosen), fault.share, fault.length)
        return f"{chosen}, for {time.monotonic() - began:.1f} s up to now"

    def _choose(self, index: int, count: int) -> list[str]:
        """Choose instances by chance among those in service that no fault was done to yet."""
        assert self._cloud is not None
        with closing(self._cloud.store()) as store, store.read() as view:
            members = view.find(Member, parent=self._plan.watch.scaling_group)
            found = sorted(each.id for each in members if each.lifecycle in _SERVING)
        left = [each for each in found if each not in self._done_to]
        if len(left) < count:
            raise _NotDoneError(f"{len(left)} instances are in service")
        chosen = Random(f"{self._plan.seed}-{index}").sample(left, count)  # noqa: S311 - to be replayed
        self._done_to.update(chosen)
        return chosen

    async def _pid(self, instance: str) -> int:
        assert self._cloud is not None
        compute = SandboxCompute(self._cloud.config.compute)
        try:
            sandbox = await compute.find(instance)
        finally:
            await compute.close()
        if sandbox is None or not sandbox.pid:
            raise _NotDoneError(f"{instance} does not run")
        return sandbox.pid

    def _kill_balancer(self, balancer: str) -> str:
        assert self._cloud is not None
        pids = processes.balancer_processes(self._cloud.config.balancers, balancer)
        if not processes.kill(pids):
            raise _NotDoneError(f"{balancer} has no process")
        return f"{balancer}, {_processes(pids)}"

    def _kill_controllers(self) -> str:
        assert self._cloud is not None
        pid = self._cloud.process("controllers")
        if not pid or not processes.kill([pid]):
            raise _NotDoneError("the cloud has no controllers")
        return _processes([pid])


def _processes(pids: list[int]) -> str:
    return f"process {', '.join(map(str, pids))}"


async def _command(fault: RunCommand) -> str:
    child = await asyncio.create_subprocess_exec(
        *fault.argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(fault.timeout):
            status = await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
        return f"{fault.argv[0]}: no end within {fault.timeout:g} s"
    return f"{fault.argv[0]}: status {status}"
