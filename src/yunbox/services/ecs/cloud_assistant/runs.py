"""One target: from what was asked for to what became of it. Every step may be the last one before a kill."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.store import Change, Store
from yunbox.engines.compute.errors import NoSandboxError, NotRunningError
from yunbox.engines.compute.interface import Compute, Execution
from yunbox.services.ecs.cloud_assistant.content import rendered
from yunbox.services.ecs.cloud_assistant.model import (
    ACTIVE,
    Invocation,
    Target,
    execution_id,
    keep_output,
    output_of,
)
from yunbox.services.ecs.cloud_assistant.script import (
    CANCELLED,
    INTERRUPTED,
    NOT_RUNNING,
    RELEASED,
    RELEASED_RUNNING,
    UNDELIVERED,
    Outcome,
    order_of,
    outcome_of,
)
from yunbox.services.ecs.cloud_assistant.settling import begin_run, finish_run, sum_up
from yunbox.services.ecs.instances.model import Instance

T = TypeVar("T")
Write = Callable[[Callable[[Change], T]], Awaitable[T]]

DELIVERY_SECONDS = 60.0
"""So long a command waits for an instance that is starting. Source: DescribeInvocations, Aborted."""

RETRY_SECONDS = 0.1
_SOONEST, _LATEST = 0.02, 0.5
_OUTPUT_SECONDS = 2.0

_SIGNALLED = (128 + 9, 128 + 15)
"""How a command ends whose system is taken down."""

SIDE_BY_SIDE = 64
"""So many commands run in one instance at a time; others wait."""


class Runs:
    """Begins, watches and ends the executions of targets."""

    def __init__(self, store: Store, compute: Compute, clock: Clock, write: Write[None]) -> None:
        self._store = store
        self._compute = compute
        self._clock = clock
        self._write = write
        self._begun: dict[str, set[str]] = {}
        self._output_at: dict[str, float] = {}

    async def reconcile(self, id_: str) -> float | None:
        """Bring one target on; return in how many seconds to be called again, if at all."""
        with self._store.read() as view:
            target = view.get(Target, id_)
            invocation = view.get(Invocation, target.parent) if target is not None else None
            instance = view.get(Instance, target.name) if target is not None else None
        if target is None or invocation is None or target.status not in ACTIVE:
            self._let_go(id_)
            return None
        if instance is None or instance.desired == "Deleted":
            await self._finish(target, RELEASED if not target.began else RELEASED_RUNNING, None, last=True)
            return None
        if target.status == "Scheduled":
            return await self._await_turn(target, invocation, instance)
        execution = None
        if target.run:
            execution = await self._compute.find_execution(
                instance.id, execution_id(invocation.id, target.run)
            )
        if target.status == "Stopping":
            await self._stop(target, invocation, execution)
            return None
        if execution is None:
            return await self._begin(target, invocation, instance)
        if not execution.finished:
            return await self._watch(target, execution)
        outcome = outcome_of(execution, invocation.working_dir)
        if execution.exit_code in _SIGNALLED and await self._fell(instance, execution):
            outcome = INTERRUPTED
        await self._finish(target, outcome, execution)
        await self._compute.forget_execution(instance.id, execution.id)
        # A repeated one goes on to wait.
        return 0.0 if invocation.repeat_mode != "Once" else None

    async def _fell(self, instance: Instance, execution: Execution) -> bool:
        """Tell whether the system that ran an execution has ended since, or is about to."""
        if instance.status != "Running" or instance.booted < instance.boot:
            return True
        sandbox = await self._compute.find(instance.id)
        if sandbox is None or not sandbox.running:
            return True
        return sandbox.started_at is not None and sandbox.started_at > execution.started_at

    def _let_go(self, id_: str) -> None:
        _, _, instance = id_.partition(":")
        self._begun.get(instance, set()).discard(id_)
        self._output_at.pop(id_, None)

    async def _await_turn(self, target: Target, invocation: Invocation, instance: Instance) -> float | None:
        now = self._clock.now()
        if invocation.repeat_mode == "Period":
            if now < target.due:
                return min(target.due - now, 60.0)
            due = True
        else:
            due = instance.status == "Running" and instance.started > target.boot
        if not due:
            return None
        await self._write(lambda change: begin_run(change, target.id, instance, now))
        return 0.0

    async def _begin(self, target: Target, invocation: Invocation, instance: Instance) -> float | None:
        if target.status == "Running":
            await self._finish(target, INTERRUPTED, None)
            return 0.0
        if instance.status in ("Stopped", "Stopping"):
            await self._finish(target, NOT_RUNNING, None)
            return 0.0
        if self._clock.now() - target.pending_since > DELIVERY_SECONDS and instance.status != "Running":
            await self._finish(target, UNDELIVERED, None)
            return 0.0
        begun = self._begun.setdefault(instance.id, set())
        if instance.status != "Running" or len(begun) >= SIDE_BY_SIDE:
            return RETRY_SECONDS
        begun.add(target.id)
        try:
            await self._execute(target, invocation, instance)
        except (NotRunningError, NoSandboxError):
            # It is about to be started again, or to be said stopped.
            begun.discard(target.id)
            return RETRY_SECONDS
        return _SOONEST

    async def _execute(self, target: Target, invocation: Invocation, instance: Instance) -> None:
        content = invocation.content
        if invocation.enable_parameter:
            built_in = {
                "RegionId": invocation.region,
                "AccountId": invocation.account,
                "InstanceId": instance.id,
                "InstanceName": instance.name,
                "InvokeId": invocation.id,
                "CommandId": invocation.parent,
            }
            content = rendered(content, invocation.parameters, built_in)
        name = execution_id(invocation.id, target.run)
        order = order_of(
            name,
            content,
            user=invocation.username,
            working_dir=invocation.working_dir,
            timeout=invocation.timeout,
            launcher=invocation.launcher,
        )
        await self._compute.execute(instance.id, name, order)

    async def _watch(self, target: Target, execution: Execution) -> float:
        self._begun.setdefault(target.name, set()).add(target.id)
        now = self._clock.now()
        if target.status == "Pending":
            await self._write(lambda change: _say_running(change, target.id, execution, now))
        elif now >= self._output_at.get(target.id, 0.0) and execution.output:
            self._output_at[target.id] = now + _OUTPUT_SECONDS
            await self._write(lambda change: _show_output(change, target.id, execution, now))
        return min(max(_SOONEST, (now - execution.started_at) / 10), _LATEST)

    async def _stop(self, target: Target, invocation: Invocation, execution: Execution | None) -> None:
        if execution is None:
            outcome = CANCELLED if not target.began or target.ended else INTERRUPTED
            await self._finish(target, outcome, None, last=True)
            return
        ended: Execution | None = execution
        if not execution.finished:
            await self._compute.cancel(target.name, execution.id)
            ended = await self._compute.find_execution(target.name, execution.id)
        outcome = outcome_of(ended, invocation.working_dir) if ended is not None else INTERRUPTED
        await self._finish(target, outcome, ended, last=True)
        await self._compute.forget_execution(target.name, execution.id)

    async def _finish(
        self, target: Target, outcome: Outcome, execution: Execution | None, *, last: bool = False
    ) -> None:
        now = self._clock.now()
        await self._write(lambda change: finish_run(change, target.id, outcome, execution, now, last=last))
        self._let_go(target.id)


def _say_running(change: Change, id_: str, execution: Execution, now: float) -> None:
    target = change.get(Target, id_)
    if target is None or target.status != "Pending":
        return
    changed = change.replace(
        msgspec.structs.replace(
            target,
            status="Running",
            began=execution.started_at,
            ended=0.0,
            repeats=target.repeats + 1,
            updated=now,
        )
    )
    sum_up(change, changed)


def _show_output(change: Change, id_: str, execution: Execution, now: float) -> None:
    target = change.get(Target, id_)
    if target is None or target.status != "Running" or output_of(change, id_) == execution.output:
        return
    keep_output(change, target, execution.output)
    change.replace(msgspec.structs.replace(target, dropped=execution.dropped, updated=now))
