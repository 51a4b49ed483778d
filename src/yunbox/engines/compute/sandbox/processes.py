"""Processes that outlive the one who started them, recognised without mistake when their number is used again."""

from __future__ import annotations

import os
import select
import signal
from functools import cache
from pathlib import Path

import msgspec


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A process: its number, when it began (in clock ticks after the machine did), and which start of the machine."""

    pid: int
    ticks: int
    machine: str


@cache
def machine_start() -> str:
    """Return what tells this start of the machine from every other."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _stat(pid: int) -> tuple[str, int] | None:
    """Return its state letter and its beginning, or None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in parentheses, and may hold anything.
    fields = text[text.rindex(b")") + 2 :].split()
    return fields[0].decode(), int(fields[19])


def identify(pid: int) -> Process | None:
    """Return what will recognise the process that has this number now."""
    found = _stat(pid)
    return found and Process(pid=pid, ticks=found[1], machine=machine_start())


def alive(process: Process | None) -> bool:
    """Return whether it still runs; one that ended and was not yet waited for does not."""
    if process is None or process.machine != machine_start():
        return False
    found = _stat(process.pid)
    return found is not None and found[1] == process.ticks and found[0] not in "ZX"


def send(process: Process, number: signal.Signals) -> None:
    """Send it a signal; nothing happens when it has ended."""
    descriptor = _open(process)
    if descriptor is None:
        return
    try:
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)


def wait(process: Process, seconds: float) -> bool:
    """Wait for its end; return whether it came within the time."""
    descriptor = _open(process)
    if descriptor is None:
        return True
    try:
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        return bool(ready.poll(max(0, int(seconds * 1000))))
    finally:
        os.close(descriptor)


def _open(process: Process) -> int | None:
    if process.machine != machine_start():
        return None
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    if alive(process):
        return descriptor
    os.close(descriptor)
    return None


def marked(variable: str, value: str) -> list[Process]:
    """Return the processes that were started with `variable` set to a text that begins with `value`."""
    wanted = f"{variable}={value}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if any(each.startswith(wanted) for each in environment.split(b"\0")):
            found.append(identify(int(entry.name)))
    return [each for each in found if each is not None]


def children(pid: int) -> list[Process]:
    """Return the processes that a process started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_bytes()
        except OSError:
            continue
        if int(text[text.rindex(b")") + 2 :].split()[1]) == pid:
            found.append(identify(int(entry.name)))
    return [each for each in found if each is not None]
