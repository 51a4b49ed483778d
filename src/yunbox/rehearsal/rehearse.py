"""Runs a rehearsal: `run(plan)` sends the load, watches, injects faults, reads back, and returns the report."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from yunbox.control.ids import Ids
from yunbox.rehearsal import faults, places, reconciling
from yunbox.rehearsal.cloud import CloudAt, cloud_at
from yunbox.rehearsal.crew import Crew, CrewError
from yunbox.rehearsal.curves import Curve, curve
from yunbox.rehearsal.faults import Faults
from yunbox.rehearsal.machine import machine
from yunbox.rehearsal.page import write
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.plan_file import PlanError, check
from yunbox.rehearsal.report import Event, Reconciliation, Report, Scaled, Watched
from yunbox.rehearsal.summing import Facts, report
from yunbox.rehearsal.tally import Tally
from yunbox.rehearsal.timeline import scaled
from yunbox.rehearsal.watch import Watcher
from yunbox.rehearsal.wire import Kind

START_SECONDS = 1.0
"""So long the generator's processes get to come up."""

STUCK_SECONDS = 30.0
"""So long after its last request can have ended a run is given to end."""


class Progress(msgspec.Struct, kw_only=True):
    """How far a run is, for whoever shows it: seconds from the start of the load, and what was counted so far.

    `watched` is the cloud as it was seen last, `events` is all that happened.
    """

    at: float
    phase: str
    tally: Tally
    curve: Curve
    watched: Watched | None = None
    events: list[Event] = []


OnProgress = Callable[[Progress], None]


def run(
    plan: Plan,
    *,
    data: Path | None = None,
    folder: Path | None = None,
    allow: Collection[str] = (),
    on_progress: OnProgress = lambda progress: None,
    ids: Ids | None = None,
) -> Report:
    """Rehearse a plan and return the report, which is also written into `folder`.

    `data` is the data directory of the running cloud, which plans with balancers, faults or buckets need; `allow`
    are addresses beyond this machine's that load may go to. Raises PlanError before anything is sent.
    """
    return asyncio.run(
        rehearse(plan, data=data, folder=folder, allow=allow, on_progress=on_progress, ids=ids)
    )


async def rehearse(
    plan: Plan,
    *,
    data: Path | None = None,
    folder: Path | None = None,
    allow: Collection[str] = (),
    on_progress: OnProgress = lambda progress: None,
    ids: Ids | None = None,
    stop: asyncio.Event | None = None,
) -> Report:
    """Do what `run` does, in a loop that runs already. Once `stop` is set nothing new is sent."""
    return await _Run(check(plan), data, allow, on_progress, ids or Ids(), stop).go(folder)


class _Run:
    """One run. Making it checks all that can be checked before anything is sent. Raises PlanError."""

    def __init__(
        self,
        plan: Plan,
        data: Path | None,
        allow: Collection[str],
        on_progress: OnProgress,
        ids: Ids,
        stop: asyncio.Event | None,
    ) -> None:
        self._plan = plan
        self._stop = stop
        self._cloud = _cloud(plan, data)
        self._curve = curve(plan.load)
        locate = self._cloud.locate if self._cloud is not None else places.no_cloud
        own = self._cloud.addresses() if self._cloud is not None else ()
        self._places = places.places(plan, locate, allow=allow, own=own)
        self._on_progress = on_progress
        self._run = ids.hex(8).lower()
        if plan.reconcile is not None:
            reconciling.check(plan.reconcile, self._cloud)
        faults.check(plan, self._cloud)
        faults.moments(plan, self._curve)
        for index, (request, place) in enumerate(zip(plan.requests, self._places, strict=True)):
            try:
                Kind(request, place.host, plan.seed, index)
            except ValueError as error:
                raise PlanError(f"requests[{index}]: {error}") from None
        self._watcher: Watcher | None = None
        self._faults: Faults | None = None

    async def go(self, folder: Path | None) -> Report:
        """Do it all."""
        began, started = datetime.now(UTC), time.monotonic()
        plan = self._plan
        crew = Crew(plan, self._places, peak=self._curve.peak, run=self._run)
        zero = started + START_SECONDS + plan.warm_up.length
        async with AsyncExitStack() as stack:
            stack.push_async_callback(crew.close)
            await crew.start(zero)
            self._accompany(stack, zero)
            if self._stop is not None:
                stack.push_async_callback(_end, asyncio.create_task(_stop_when(self._stop, crew)))
            cut_short = await self._send(crew, zero)
            await self._watch_after(zero)
        notes: list[str] = []
        reconciliation = await self._reconcile(crew.tally, notes)
        found = report(
            Facts(
                plan=plan,
                curve=self._curve,
                run=self._run,
                began=began.strftime("%Y-%m-%dT%H:%M:%SZ"),
                seconds_taken=time.monotonic() - started,
                tally=crew.tally,
                processes=crew.processes,
                cpu_seconds=crew.cpu,
                machine=machine(),
                reconciliation=reconciliation,
                notes=notes,
                cut_short=cut_short,
                watched=self._watcher.watched if self._watcher else [],
                events=self._events(),
                scaling=self._scaled(crew.tally),
            )
        )
        if folder is not None:
            write(found, folder)
        return found

    def _accompany(self, stack: AsyncExitStack, zero: float) -> None:
        """Begin to watch, and to wait for the moments of the faults; both end with the stack."""
        if self._cloud is not None and (self._plan.watch.scaling_group or self._plan.target.balancer):
            store, engine = self._cloud.store(), self._cloud.balancers()
            stack.callback(store.close)
            if engine is not None:
                stack.push_async_callback(engine.close)
            self._watcher = Watcher(self._plan, self._curve, store, engine, lambda: time.monotonic() - zero)
            stack.push_async_callback(_end, asyncio.create_task(self._watcher.run()))
        self._faults = Faults(self._plan, self._curve, self._cloud, zero)
        stack.push_async_callback(_end, asyncio.create_task(self._faults.run()))

    def _events(self) -> list[Event]:
        found = [*(self._faults.events if self._faults else ())]
        found += self._watcher.events if self._watcher else ()
        return sorted(found, key=lambda event: event.at)

    def _scaled(self, tally: Tally) -> list[Scaled]:
        if self._watcher is None:
            return []
        return scaled(self._watcher.ways, self._watcher.causes, self._watcher.watched, tally.servers)

    async def _send(self, crew: Crew, zero: float) -> str:
        """Send the load; return why it was cut short, or nothing."""
        bound = START_SECONDS + self._plan.warm_up.length + self._curve.length
        bound = min(self._plan.limit, bound + self._plan.generator.timeout + STUCK_SECONDS)
        try:
            async with asyncio.timeout(bound):
                await crew.gather(lambda tally: self._progress(tally, time.monotonic() - zero))
        except TimeoutError:
            return f"the run was cut short after {bound:g} s"
        except CrewError as error:
            return str(error)
        return ""

    def _progress(self, tally: Tally, at: float) -> None:
        phase = "warm-up" if at < 0 else "load" if at < self._curve.length else "drain"
        watcher = self._watcher
        self._on_progress(
            Progress(
                at=at,
                phase=phase,
                tally=tally,
                curve=self._curve,
                watched=watcher.watched[-1] if watcher and watcher.watched else None,
                events=self._events(),
            )
        )

    async def _watch_after(self, zero: float) -> None:
        """Go on watching for as long as the plan says, as for scaling in."""
        if self._watcher is not None and self._plan.watch.after:
            await asyncio.sleep(
                max(0.0, zero + self._curve.length + self._plan.watch.after - time.monotonic())
            )

    async def _reconcile(self, tally: Tally, notes: list[str]) -> Reconciliation | None:
        wanted = self._plan.reconcile
        if wanted is None:
            return None
        await asyncio.sleep(wanted.wait)
        try:
            found = await asyncio.to_thread(reconciling.executed, wanted, self._cloud)
        except reconciling.UnreadableError as error:
            notes.append(f"reconciliation: {error}")
            return None
        return reconciling.reconcile(self._run, tally.accepted, tally.unknown, found)


def _cloud(plan: Plan, data: Path | None) -> CloudAt | None:
    """Return the cloud, where the plan needs one, or there is one. Raises PlanError."""
    needed = plan.watch.scaling_group or plan.target.balancer or (plan.reconcile and plan.reconcile.bucket)
    if data is None:
        if needed:
            raise PlanError(
                "the plan is about a cloud, and none is up; start one with `yunbox up`, or give --data"
            )
        return None
    return cloud_at(data)


async def _stop_when(stop: asyncio.Event, crew: Crew) -> None:
    await stop.wait()
    crew.stop()


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a companion; what it failed of comes up here."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
