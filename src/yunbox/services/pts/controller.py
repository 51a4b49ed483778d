"""The controller of runs: begins those that are asked for, writes what they did so far, and ends them."""

from __future__ import annotations

import asyncio
import contextlib
import time

import msgspec

from yunbox.control.premises import Premises
from yunbox.rehearsal.plan_file import PlanError
from yunbox.rehearsal.rehearse import Progress, rehearse
from yunbox.services.pts.figures import figures
from yunbox.services.pts.model import Figures, Run, Status
from yunbox.services.pts.planning import plan_of

TURN_SECONDS = 0.1
WRITE_SECONDS = 1.0


class _Going(msgspec.Struct):
    """A run of this process. `last` is what was told of it last, and `written` when that was stored."""

    task: asyncio.Task[None]
    stop: asyncio.Event
    last: Progress | None = None
    written: float = 0.0


class RunController:
    """Runs load tests. One that its process did not live to see the end of is over, and says so."""

    name = "pts"

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._going: dict[str, _Going] = {}
        self._generation: object = None

    async def turn(self) -> float:
        """Begin and end what was asked for, and store what is new."""
        if self._generation != (generation := self._premises.store.generation()):
            self._generation = generation
            with self._premises.store.read() as view:
                found = [each for each in view.find(Run) if each.is_open]
            for run in found:
                self._look(run)
        for id_, going in list(self._going.items()):
            self._store(id_, going)
        return TURN_SECONDS

    async def close(self) -> None:
        """End all that runs: the controllers do."""
        for id_, going in list(self._going.items()):
            going.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await going.task
            self._end(id_, "the cloud was stopped")

    def _look(self, run: Run) -> None:
        going = self._going.get(run.id)
        if going is not None:
            if run.status == "STOPPING":
                going.stop.set()
        elif run.status == "PREPARING":
            stop = asyncio.Event()
            self._going[run.id] = _Going(asyncio.ensure_future(self._run(run, stop)), stop)
            self._write(run.id, status="RUNNING", began=self._premises.clock.now())
        else:
            self._end(run.id, "it was interrupted")

    async def _run(self, run: Run, stop: asyncio.Event) -> None:
        premises = self._premises
        failure = ""
        try:
            await rehearse(
                plan_of(run.scene, premises.time.speed),
                data=premises.config.data,
                on_progress=lambda progress: self._heard(run.id, progress),
                ids=premises.ids,
                stop=stop,
            )
        except (PlanError, ValueError, OSError) as error:
            failure = str(error)
            premises.log(f"load test {run.id} came to nothing: {error}")
        self._end(run.id, failure)

    def _heard(self, id_: str, progress: Progress) -> None:
        if (going := self._going.get(id_)) is not None:
            going.last = progress

    def _store(self, id_: str, going: _Going) -> None:
        now = time.monotonic()
        if going.last is not None and now - going.written >= WRITE_SECONDS:
            going.written = now
            self._write(id_, figures=figures(going.last.tally, going.last.at, over=False))

    def _end(self, id_: str, failure: str) -> None:
        going = self._going.pop(id_, None)
        told: dict[str, Figures] = {}
        if going is not None and going.last is not None:
            lasted = min(going.last.at, going.last.curve.length)
            told = {"figures": figures(going.last.tally, lasted, over=True)}
        self._write(id_, status="STOPPED", ended=self._premises.clock.now(), failure=failure, **told)

    def _write(self, id_: str, *, status: Status | None = None, **fields: object) -> None:
        with self._premises.store.write() as change:
            before = change.get(Run, id_)
            if before is None:
                return
            if status is not None and not (status == "RUNNING" and before.status == "STOPPING"):
                fields["status"] = status
            change.replace(msgspec.structs.replace(before, **fields))
