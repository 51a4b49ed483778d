"""The parent process: binds the ports, forks the workers, keeps them alive, ends them cleanly.

Everything is imported before the fork, so that a worker starts in milliseconds and shares its code pages. The
parent holds every listening socket open: connections that wait for a worker that died are served by its
successor. Workers notice the parent's death by a pipe and end at once, so that nothing outlives the cloud.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable

import msgspec

STOP_SECONDS = 15.0
RESPAWN_SECONDS = 0.2


class PortTakenError(Exception):
    """Another program listens on the port."""


def bind(host: str, port: int, count: int) -> list[socket.socket]:
    """Return `count` sockets that listen on one address together; the kernel spreads connections over them.

    Port 0 picks a free one. Raises PortTakenError when somebody else listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror}") from None
        port = probe.getsockname()[1]
    listening = []
    for _ in range(count):
        each = socket.socket(family, socket.SOCK_STREAM)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        each.bind((host, port))
        each.listen(1024)
        each.setblocking(False)
        listening.append(each)
    return listening


class Role(msgspec.Struct, frozen=True):
    """A child process: its name, and what it runs after the fork. `main` gets a callable that says "ready"."""

    name: str
    main: Callable[[Callable[[], None]], None]


class Supervisor:
    """Runs one process a role until it is told to stop."""

    def __init__(
        self, log: Callable[[str], None], note: Callable[[dict[str, int]], None] = lambda processes: None
    ) -> None:
        """Take where lines go, and what is told the number of each role's process whenever one was started."""
        self._note = note
        self._roles: list[Role] = []
        self._log = log
        self._children: dict[int, Role] = {}
        self._alive_read, self._alive_write = os.pipe()
        self._ready_read, self._ready_write = os.pipe()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._stopping = False
        self._failed = False

    def add(self, role: Role) -> None:
        """Take a role to be run."""
        self._roles.append(role)

    def run(self, on_ready: Callable[[], None]) -> int:
        """Start all roles, call `on_ready` once they are up, return the exit status when all have ended.

        It is 1 when one of them ended before all were up.
        """
        gc.collect()
        gc.freeze()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write)
        for role in self._roles:
            self._fork(role)
        if self._wait_ready():
            on_ready()
        self._watch()
        return self._end()

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _fork(self, role: Role) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            self._children[pid] = role
            self._note({each.name: number for number, each in self._children.items()})
            return
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.close(self._alive_write)
            role.main(self._say_ready)
            status = 0
        except KeyboardInterrupt:
            status = 130
        except BaseException:
            self._log(f"{role.name} failed:\n{traceback.format_exc()}")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _say_ready(self) -> None:
        os.write(self._ready_write, b".")

    @property
    def alive(self) -> int:
        """The pipe that reaches its end when the parent dies; workers watch it."""
        return self._alive_read

    def _wait_ready(self) -> bool:
        missing = len(self._roles)
        with selectors.DefaultSelector() as selector:
            selector.register(self._ready_read, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            while missing and not self._stopping:
                for key, _ in selector.select():
                    data = os.read(key.fd, 4096)
                    if key.fd == self._ready_read:
                        missing -= len(data)
                    elif self._reap() and not self._stopping:
                        self._failed = self._stopping = True
        return not missing

    def _watch(self) -> None:
        while not self._stopping:
            os.read(self._wake_read, 4096)
            for pid, role in self._reap():
                if self._stopping:
                    break
                self._log(f"{role.name} (process {pid}) ended unexpectedly; starting another")
                time.sleep(RESPAWN_SECONDS)
                self._fork(role)

    def _reap(self) -> list[tuple[int, Role]]:
        ended = []
        for pid in list(self._children):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == pid:
                    ended.append((pid, self._children.pop(pid)))
        return ended

    def _end(self) -> int:
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            while self._children and (left := end - time.monotonic()) > 0:
                if selector.select(min(left, 0.5)):
                    os.read(self._wake_read, 4096)
                self._reap()
        for pid, role in self._children.items():
            self._log(f"{role.name} (process {pid}) did not end in time; killing it")
            os.kill(pid, signal.SIGKILL)
        return 1 if self._failed else 0
