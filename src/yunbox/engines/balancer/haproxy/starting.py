"""Starting HAProxy, taking sockets back from one that runs, and being told when one ends."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from yunbox.engines.balancer.errors import BalancerError
from yunbox.engines.balancer.haproxy import runtime
from yunbox.engines.balancer.haproxy.configuration import RUNTIME, Door
from yunbox.engines.balancer.haproxy.program import haproxy
from yunbox.engines.balancer.haproxy.records import Folder, Run
from yunbox.engines.compute.sandbox.processes import Process, alive, identify

MARK = "YUNBOX_BALANCER"
"""A variable that every HAProxy of a cloud is started with: its folder."""

START_SECONDS = 15.0
_GETFD = 438
_DESCRIPTORS = 1 << 17
_libc = ctypes.CDLL(None, use_errno=True)


def descriptors() -> int:
    """Return how many descriptors a process started from here may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)


class Started:
    """A HAProxy that this process started; it is waited for, so that it does not remain as a zombie."""

    def __init__(self, popen: subprocess.Popen[bytes], process: Process) -> None:
        self.popen = popen
        self.process = process


async def start(folder: Folder, run: Run, doors: Mapping[Door, socket.socket]) -> Started:
    """Start a process with the folder's configuration, and return when it answers at its runtime socket.

    `run.number` counts up, and `run.runtime` becomes its socket's name. Raises BalancerError with what HAProxy
    says when it does not start.
    """
    run.number += 1
    name = f"runtime-{run.number}.sock"
    place = folder.path / name
    errors = folder.path / "haproxy.err"
    with runtime.listening(place) as asked:
        environment = {each.variable: str(door.fileno()) for each, door in doors.items()}
        environment |= {RUNTIME: str(asked.fileno()), MARK: str(folder.path)}
        popen = await asyncio.to_thread(
            _spawn, folder, errors, environment, (asked.fileno(), *(each.fileno() for each in doors.values()))
        )
    process = identify(popen.pid)
    answering = asyncio.ensure_future(_answers(place))
    ending = asyncio.ensure_future(ended(popen.pid))
    try:
        await asyncio.wait((answering, ending), timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done() or answering.exception() is not None or process is None or ending.done():
            popen.kill()
            popen.wait()
            place.unlink(missing_ok=True)
            raise BalancerError(f"HAProxy does not start: {_said(errors)}")
    finally:
        for each in (answering, ending):
            each.cancel()
    run.runtime = name
    return Started(popen, process)


def _spawn(
    folder: Folder, errors: Path, environment: dict[str, str], passed: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    with errors.open("wb") as output:
        return subprocess.Popen(  # noqa: S603
            # Quiet, or every change of a server's state would be a line in a file that nobody reads.
            [haproxy(), "-db", "-q", "-f", folder.configuration],
            cwd=folder.path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            pass_fds=passed,
            # It outlives the cloud, and is not meant when somebody interrupts it.
            start_new_session=True,
        )


async def _answers(place: Path) -> None:
    # It may not run yet: the socket is there before it is.
    await runtime.ask(place, "show version")


def _said(errors: Path) -> str:
    text = errors.read_text("utf-8", "replace")
    lines = [each for each in text.splitlines() if "[ALERT]" in each] or text.splitlines()
    return "; ".join(each.partition(": ")[2].strip() or each for each in lines[:3]) or "it says nothing"


async def ended(pid: int) -> None:
    """Wait until a process has ended; one that is no more has."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, _end, done)
    try:
        await done
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _end(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def take_back(process: Process, descriptor: int, address: str, port: int) -> socket.socket | None:
    """Return another process's listening socket, or None where that is not allowed or it has none like that."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return None
    try:
        taken = _libc.syscall(_GETFD, handle, descriptor, 0) if alive(process) else -1
    finally:
        os.close(handle)
    if taken < 0:
        return None
    os.set_inheritable(taken, False)
    try:
        found = socket.socket(fileno=taken)
    except OSError:
        os.close(taken)
        return None
    try:
        if found.getsockname() == (address, port) and found.getsockopt(
            socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        ):
            return found
    except OSError:
        pass
    found.close()
    return None
