"""Runs a rehearsal: `run(plan)` sends the load, watches, injects faults, reads back, and returns the report."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from yunbox.control.ids import Ids
from yunbox.rehearsal import reconciling
from yunbox.rehearsal.cloud import CloudAt, cloud_at
from yunbox.rehearsal.crew import Crew, CrewError
from yunbox.rehearsal.curves import Curve, curve
from yunbox.rehearsal.generator import Place
from yunbox.rehearsal.machine import machine
from yunbox.rehearsal.page import write
from yunbox.rehearsal.places import places
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.plan_file import check
from yunbox.rehearsal.report import Reconciliation, Report
from yunbox.rehearsal.summing import Facts, report
from yunbox.rehearsal.tally import Tally
from yunbox.rehearsal.wire import Kind

START_SECONDS = 1.0
"""So long the generator's processes get to come up."""


class Progress(msgspec.Struct, kw_only=True):
    """How far a run is, for whoever shows it: seconds from the start of the load, and what was counted so far."""

    at: float
    phase: str
    tally: Tally
    curve: Curve


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
    return asyncio.run(_Run(check(plan), data, allow, on_progress, ids or Ids()).go(folder))


class _Run:
    """One run."""

    def __init__(
        self, plan: Plan, data: Path | None, allow: Collection[str], on_progress: OnProgress, ids: Ids
    ) -> None:
        self._plan = plan
        self._cloud: CloudAt | None = cloud_at(data) if data is not None else None
        self._curve = curve(plan.load)
        self._places: tuple[Place, ...] = places(plan, allow=allow)
        self._on_progress = on_progress
        self._run = ids.hex(8).lower()
        if plan.reconcile is not None:
            reconciling.check(plan.reconcile, self._cloud)
        for index, (request, place) in enumerate(zip(plan.requests, self._places, strict=True)):
            Kind(request, place.host, plan.seed, index)

    async def go(self, folder: Path | None) -> Report:
        """Do it all."""
        began, started = datetime.now(UTC), time.monotonic()
        plan = self._plan
        crew = Crew(plan, self._places, peak=self._curve.peak, run=self._run)
        zero = started + START_SECONDS + plan.warm_up.length
        cut_short = ""
        try:
            await crew.start(zero)
            cut_short = await self._send(crew, zero)
        finally:
            await crew.close()
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
            )
        )
        if folder is not None:
            write(found, folder)
        return found

    async def _send(self, crew: Crew, zero: float) -> str:
        """Send the load; return why it was cut short, or nothing."""

        def progress(tally: Tally) -> None:
            at = time.monotonic() - zero
            phase = "warm-up" if at < 0 else "load" if at < self._curve.length else "drain"
            self._on_progress(Progress(at=at, phase=phase, tally=tally, curve=self._curve))

        try:
            async with asyncio.timeout(self._plan.limit):
                await crew.gather(progress)
        except TimeoutError:
            return f"the run was cut short at its limit of {self._plan.limit:g} s"
        except CrewError as error:
            return str(error)
        return ""

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
