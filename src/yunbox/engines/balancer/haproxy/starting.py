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
    with runtime.listening(place) as asked:
        environment = {each.variable: str(door.fileno()) for each, door in doors.items()}
        environment |= {RUNTIME: str(asked.fileno()), MARK: str(folder.path)}
        passed = (asked.fileno(), *(each.fileno() for each in doors.values()))
        popen = await asyncio.to_thread(_spawn, folder, environment, passed)
        try:
            process = identify(popen.pid)
            if process is not None and await _answers(place, popen.pid):
                run.runtime = name
                return Started(popen, process)
            reason = await asyncio.to_thread(_why, folder, environment, passed)
        except BaseException:
            _end_now(popen, place)
            raise
    _end_now(popen, place)
    raise BalancerError(f"HAProxy does not start: {reason}")


def _end_now(popen: subprocess.Popen[bytes], place: Path) -> None:
    popen.kill()
    popen.wait()
    place.unlink(missing_ok=True)


def _spawn(folder: Folder, environment: dict[str, str], passed: tuple[int, ...]) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603
        # Quiet, or every change of a server's state would be a line for nobody.
        [haproxy(), "-db", "-q", "-f", folder.configuration],
        cwd=folder.path,
        env=environment,
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
        pass_fds=passed,
        # It outlives the cloud, and is not meant when somebody interrupts it.
        start_new_session=True,
    )


async def _answers(place: Path, pid: int) -> bool:
    """Return whether it answers, before it ends or takes too long. The socket was there before it ran."""
    answering = asyncio.ensure_future(runtime.ask(place, "show version", START_SECONDS))
    ending = asyncio.ensure_future(ended(pid))
    try:
        await asyncio.wait((answering, ending), return_when=asyncio.FIRST_COMPLETED)
        return answering.done() and answering.exception() is None and bool(answering.result())
    finally:
        for each in (answering, ending):
            each.cancel()


def _why(folder: Folder, environment: dict[str, str], passed: tuple[int, ...]) -> str:
    """Return what HAProxy has against the configuration."""
    done = subprocess.run(  # noqa: S603
        [haproxy(), "-c", "-f", folder.configuration],
        cwd=folder.path,
        env=environment,
        capture_output=True,
        pass_fds=passed,
        check=False,
        timeout=START_SECONDS,
    )
    text = done.stderr.decode("utf-8", "replace")
    lines = [each for each in text.splitlines() if "[ALERT]" in each] or text.splitlines()
    return "; ".join(each.partition(": ")[2].strip() or each for each in lines[:3]) or "it does not say why"


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
