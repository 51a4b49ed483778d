"""The generator's processes: started, listened to, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable

import msgspec

from yunbox.rehearsal.generator import Place
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.tally import Tally
from yunbox.rehearsal.worker import LENGTH, Job, Piece

RATE_OF_ONE = 2000.0
"""Requests a second that are left to one process; more take more."""


class CrewError(Exception):
    """A process of the generator ended before its work was done."""


class Crew:
    """Sends a plan's requests. `tally` grows while it works."""

    def __init__(self, plan: Plan, places: tuple[Place, ...], *, peak: float, run: str) -> None:
        self.tally = Tally()
        self.cpu = 0.0
        self.processes = plan.generator.processes or processes_for(peak)
        self._plan, self._places, self._run = plan, places, run
        self._children: list[asyncio.subprocess.Process] = []
        self._in_flight: dict[int, tuple[int, int]] = {}

    async def start(self, zero: float) -> None:
        """Start the processes; the load begins at `zero` on the clock of `time.monotonic`."""
        for index in range(self.processes):
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "yunbox.rehearsal.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            self._children.append(child)
            job = Job(
                plan=self._plan,
                places=self._places,
                index=index,
                parts=self.processes,
                zero=zero,
                run=self._run,
            )
            data = msgspec.msgpack.encode(job)
            assert child.stdin is not None
            child.stdin.write(LENGTH.pack(len(data)) + data)
            await child.stdin.drain()

    async def gather(self, on_piece: Callable[[Tally], None] = lambda tally: None) -> None:
        """Add up what the processes report until all are done. Raises CrewError."""
        await asyncio.gather(
            *(self._listen(index, child, on_piece) for index, child in enumerate(self._children))
        )

    def stop(self) -> None:
        """Ask for an end: nothing new is sent, what is under way ends."""
        for child in self._children:
            if child.returncode is None and child.stdin is not None:
                with contextlib.suppress(OSError):
                    child.stdin.write(b"stop")

    async def close(self) -> None:
        """End processes that still run."""
        for child in self._children:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
            await child.wait()

    async def _listen(
        self, index: int, child: asyncio.subprocess.Process, on_piece: Callable[[Tally], None]
    ) -> None:
        assert child.stdout is not None
        done = False
        while not done:
            try:
                (size,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
                piece = msgspec.msgpack.decode(await child.stdout.readexactly(size), type=Piece)
            except asyncio.IncompleteReadError:
                raise CrewError("a process of the generator ended before its work was done") from None
            self._in_flight[index] = (piece.tally.in_flight, piece.tally.connections)
            self.tally.merge(piece.tally)
            self.tally.in_flight, self.tally.connections = map(
                sum, zip(*self._in_flight.values(), strict=True)
            )
            self.cpu += piece.cpu
            done = piece.done
            on_piece(self.tally)
        await child.wait()


def processes_for(peak: float) -> int:
    """Return how many processes a peak rate takes on this machine."""
    return max(1, min(len(os.sched_getaffinity(0)), -int(-peak // RATE_OF_ONE)))
