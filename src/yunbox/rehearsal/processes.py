"""Processes of this machine, found and signalled from outside: what faults are made of."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from yunbox.engines.balancer.haproxy.records import Folder
from yunbox.engines.compute.sandbox.processes import alive

PROC = Path("/proc")
PERIOD_SECONDS = 0.1


def balancer_processes(folder: Path, balancer: str) -> list[int]:
    """Return the process that a balancer runs as, in the engine's folder; none where it does not run."""
    run = Folder(folder, balancer).load()
    return [run.process.pid] if run is not None and run.process is not None and alive(run.process) else []


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it, parents first."""
    parents: dict[int, list[int]] = {}
    for each in PROC.iterdir():
        if each.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                text = (each / "stat").read_bytes()
                parent = int(text[text.rindex(b")") + 2 :].split()[1])
                parents.setdefault(parent, []).append(int(each.name))
    found = [pid]
    for each_pid in found:
        found += parents.get(each_pid, [])
    return found


def kill(pids: list[int], number: signal.Signals = signal.SIGKILL) -> int:
    """Send processes a signal; return how many were there to get it."""
    reached = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            reached += 1
    return reached


async def slow(pid: int, share: float, seconds: float) -> None:
    """Let a process and its descendants run for a share of the time alone, for so long."""
    end = asyncio.get_running_loop().time() + seconds
    try:
        while asyncio.get_running_loop().time() < end:
            kill(family(pid), signal.SIGSTOP)
            await asyncio.sleep(PERIOD_SECONDS * (1 - share))
            kill(family(pid), signal.SIGCONT)
            await asyncio.sleep(PERIOD_SECONDS * share)
    finally:
        kill(family(pid), signal.SIGCONT)
