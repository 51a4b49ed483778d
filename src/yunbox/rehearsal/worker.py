"""A process of the generator: `python -m yunbox.rehearsal.worker`, with its job on standard input.

It writes pieces of its tally to standard output, each behind its length, and ends when it is done, or when its
standard input ends, which is when its parent does.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import struct
import sys
import time
from collections.abc import Iterator
from itertools import count

import msgspec
import uvloop

from yunbox.rehearsal.curves import curve
from yunbox.rehearsal.generator import Generator, Place
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.tally import Tally
from yunbox.rehearsal.wire import Kind

PIECE_SECONDS = 0.5
NICE = -10
LENGTH = struct.Struct(">I")


class Job(msgspec.Struct, kw_only=True):
    """One process's part of a plan. `places` are where the plan's requests go, in their order."""

    plan: Plan
    places: tuple[Place, ...]
    index: int
    parts: int
    zero: float
    run: str


class Piece(msgspec.Struct, kw_only=True):
    """What a worker reports. `done` is in the last one, with the processor seconds that it used."""

    tally: Tally
    done: bool = False
    cpu: float = 0.0


def main() -> None:
    """Do the job."""
    (size,) = LENGTH.unpack(sys.stdin.buffer.read(LENGTH.size))
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(size), type=Job)
    _prepare()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_work(job))


def _prepare() -> None:
    """Go first where that is allowed: a generator that waits for what it measures measures itself."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


async def _work(job: Job) -> None:
    plan = job.plan
    kinds = [
        (Kind(request, place.host, plan.seed, index), place)
        for index, (request, place) in enumerate(zip(plan.requests, job.places, strict=True))
    ]
    generator = Generator(plan, kinds, due(job), zero=job.zero, run=job.run, parts=job.parts)
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), _told, generator)
    generator.start()
    while not generator.ended.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PIECE_SECONDS):
                await generator.ended.wait()
        tally, generator.tally = generator.tally, Tally()
        _write(Piece(tally=tally))
    generator.close()
    _write(Piece(tally=Tally(), done=True, cpu=time.process_time()))


def due(job: Job) -> Iterator[tuple[int, float]]:
    """Yield this part's requests and when they are due; those of the warm-up come first, with numbers below 0."""
    plan, index, parts = job.plan, job.index, job.parts
    warm = int(plan.warm_up.rate * plan.warm_up.length)
    for number in range(index, warm, parts):
        yield number - warm, (number - warm) / plan.warm_up.rate
    arrivals = curve(plan.load).arrivals(plan.generator.arrivals, plan.seed)
    for number, at in zip(count(), arrivals, strict=False):
        if number % parts == index:
            yield number, at


def _told(generator: Generator) -> None:
    """The parent asks for an end, or has come to its own."""
    if not os.read(sys.stdin.fileno(), 64):
        os._exit(1)
    generator.stop()


def _write(piece: Piece) -> None:
    data = msgspec.msgpack.encode(piece)
    sys.stdout.buffer.write(LENGTH.pack(len(data)) + data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
