"""Bringing a sandbox up, and ending it.

The first process waits until it is recorded on disk. When whoever starts it is killed before that, it reads the
end of its input and ends by itself; when it is killed after, the record says what runs.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from yunbox.engines.compute.errors import ComputeError, PathTakenError, StartError
from yunbox.engines.compute.interface import File, Mount, SandboxSpec
from yunbox.engines.compute.sandbox import (
    bubblewrap,
    host_system,
    namespaces,
    processes,
    records,
    seccomp,
)
from yunbox.engines.compute.sandbox.cgroups import join
from yunbox.engines.compute.sandbox.places import Places
from yunbox.engines.compute.sandbox.processes import Process

MARK = "YUNBOX_SANDBOX"
"""The variable by which a sandbox's outermost process is found when nothing was recorded of it."""

SHARE = "/run/yunbox"

_INIT = Path(__file__).with_name("init.sh")
_INSIDE = Path(__file__).with_name("inside.py")
_READY_SECONDS = 20.0
_INSIDE_SECONDS = 60.0
_KILL_SECONDS = 10.0
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_EXISTS = 3
_READ_ONLY_PROC = ("sys", "sysrq-trigger", "irq", "bus", "fs")
_HIDDEN_PROC = (
    "kcore",
    "keys",
    "key-users",
    "kmsg",
    "timer_list",
    "sched_debug",
    "latency_stats",
    "acpi",
    "scsi",
)


class Run(records.Record, frozen=True, kw_only=True):
    """What is recorded of a sandbox that runs; `ending` once it was told to stop."""

    process: Process
    began: float = 0.0
    ending: bool = False


class Children:
    """Processes that this one started, to be waited for when they end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[subprocess.Popen[bytes]] = []

    def add(self, child: subprocess.Popen[bytes]) -> None:
        """Take one in."""
        with self._lock:
            self._running.append(child)

    def reap(self) -> None:
        """Wait for those that have ended."""
        with self._lock:
            self._running = [each for each in self._running if each.poll() is None]

    def settle(self, pid: int, seconds: float) -> None:
        """Wait for one of them, for so long at most."""
        with self._lock:
            wanted = [each for each in self._running if each.pid == pid]
        for each in wanted:
            with contextlib.suppress(subprocess.TimeoutExpired):
                each.wait(seconds)
        self.reap()


def environment(spec: SandboxSpec, address: str) -> dict[str, str]:
    """Return what the boot script and executions find in their environment."""
    home = host_system.python_home()
    path = f"{_PATH}:{home}/bin" if home else _PATH
    fixed = {"PATH": path, "LANG": "C.UTF-8"}
    if address:
        fixed["YUNBOX_ADDRESS"] = address
    return {**fixed, **spec.environment}


def arguments(
    spec: SandboxSpec, root: Sequence[str], share: Path, mounts: Sequence[tuple[Path, Mount]]
) -> list[str]:
    """Return bubblewrap's arguments for a sandbox, without those of the network."""
    found = [*bubblewrap.isolation(), "--as-pid-1", "--hostname", spec.hostname, *bubblewrap.capabilities()]
    found += [*root, "--proc", "/proc", "--dev", "/dev", "--perms", "0755", "--tmpfs", "/run"]
    found += [*_closed_proc(), "--perms", "1777", "--dir", "/run/lock", "--bind", str(share), SHARE]
    home = host_system.python_home()
    if home is not None:
        for each in list(reversed(home.parents))[2:]:
            found += ["--perms", "0755", "--dir", str(each)]
        found += ["--ro-bind", str(home), str(home)]
    for source, mount in mounts:
        check_target(mount.target)
        found += ["--ro-bind" if mount.read_only else "--bind", str(source), mount.target]
    return [*found, "--chdir", "/"]


def check_target(target: str) -> None:
    """Raise StartError when a volume cannot appear there."""
    parts = target.split("/")[1:]
    if (
        not target.startswith("/")
        or not parts[0]
        or ".." in parts
        or parts[0] in ("proc", "sys", "dev", "run")
    ):
        raise StartError(f"a volume cannot appear at {target[:200]!r}")


def _closed_proc() -> list[str]:
    """Return the arguments that keep root inside from the host's kernel: root is root there, by its number."""
    proc = Path("/proc")
    shown = [str(proc / each) for each in _READ_ONLY_PROC if (proc / each).exists()]
    found = [argument for each in shown for argument in ("--ro-bind", each, each)]
    for each in _HIDDEN_PROC:
        if (proc / each).is_dir():
            found += ["--tmpfs", str(proc / each), "--remount-ro", str(proc / each)]
        elif (proc / each).exists():
            found += ["--ro-bind", "/dev/null", str(proc / each)]
    return found


def prepare_share(share: Path, boot: str) -> None:
    """Make ready what the sandbox sees as /run/yunbox. It wrote there before, so nothing is opened as it is."""
    share.mkdir(mode=0o755, exist_ok=True)
    for entry in share.iterdir():
        if entry.name not in ("console", "console.1"):
            records.erase(entry)
    records.write(share / "init", _INIT.read_bytes(), 0o644)
    records.write(share / "boot", boot.encode() or b":\n", 0o600)
    os.mkfifo(share / "log", 0o600)


class Launch:
    """One start of one sandbox."""

    def __init__(self, places: Places, sandbox: str, children: Children) -> None:
        self._places = places
        self._sandbox = sandbox
        self._children = children

    def begin(
        self,
        wanted: Sequence[str],
        variables: Mapping[str, str],
        namespace: Path | None,
        groups: Sequence[Path],
        files: Sequence[File],
    ) -> Process:
        """Bring it up, and return its first process. Raises StartError."""
        # The arguments are told apart by this character: within one it would begin another.
        texts = (*wanted, *variables, *variables.values())
        if any("\0" in each for each in texts) or any("=" in each or not each for each in variables):
            raise StartError("a text of the sandbox holds a character that none may hold")
        setting = [argument for key, value in variables.items() for argument in ("--setenv", key, value)]
        given = ["--clearenv", "--setenv", "HOME", "/root", *setting, *wanted]
        child, information = self._spawn(given, namespace)
        leave, first = child.stdin, None
        assert leave is not None
        try:
            first = self._first(child, information)
            self._await_ready(child)
            join(list(groups), first.pid)
            self._write(first, files)
            # The clock that files are dated by is the one that says when the boot script ended.
            began = self._places.spec(self._sandbox).stat().st_mtime
            records.keep(self._places.run(self._sandbox), Run(process=first, began=began))
            leave.write(b"go\n")
            leave.flush()
        except BaseException:
            self._places.run(self._sandbox).unlink(missing_ok=True)
            if first is not None:
                processes.send(first, signal.SIGKILL)
                processes.wait(first, _KILL_SECONDS)
            child.kill()
            self._children.settle(child.pid, _KILL_SECONDS)
            raise
        finally:
            with contextlib.suppress(OSError):
                leave.close()
            if child.stderr is not None:
                child.stderr.close()
        return first

    def _write(self, first: Process, files: Sequence[File]) -> None:
        try:
            if files:
                write_files(first, files, overwrite=True)
        except ComputeError as error:
            raise StartError(f"a file could not be written: {error}") from None

    def _spawn(self, given: Sequence[str], namespace: Path | None) -> tuple[subprocess.Popen[bytes], int]:
        # Environment variables are the sandbox's secrets: they do not belong on a command line.
        hidden = os.memfd_create("arguments")
        calls = os.memfd_create("calls")
        reading, writing = os.pipe()
        try:
            _fill(calls, seccomp.program())
            _fill(hidden, b"".join(each.encode() + b"\0" for each in ("--seccomp", str(calls), *given)))

            def spawn() -> subprocess.Popen[bytes]:
                return subprocess.Popen(  # noqa: S603 - our own arguments
                    [
                        bubblewrap.program(),
                        "--args",
                        str(hidden),
                        "--info-fd",
                        str(writing),
                        "--",
                        "/bin/sh",
                        f"{SHARE}/init",
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=(hidden, calls, writing),
                    start_new_session=True,
                    cwd="/",
                    env={MARK: f"{self._places.prefix}/{self._sandbox}"},
                )

            child = spawn() if namespace is None else namespaces.inside(namespace, spawn)
        except BaseException:
            os.close(reading)
            raise
        finally:
            for each in (hidden, calls, writing):
                os.close(each)
        self._children.add(child)
        return child, reading

    def _first(self, child: subprocess.Popen[bytes], information: int) -> Process:
        with os.fdopen(information, "rb") as file:
            text = file.read()
        try:
            number = int(json.loads(text)["child-pid"])
        except (ValueError, KeyError):
            raise StartError(self._complaint(child)) from None
        found = processes.identify(number)
        if found is None:
            raise StartError(self._complaint(child))
        return found

    def _await_ready(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stderr is not None
        heard, descriptor = b"", child.stderr.fileno()
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        while b"ready\n" not in heard:
            if not ready.poll(_READY_SECONDS * 1000):
                raise StartError("the sandbox did not come up in time")
            data = os.read(descriptor, 4096)
            if not data:
                raise StartError(
                    heard.decode(errors="replace").strip()[-1000:] or "the sandbox ended at once"
                )
            heard += data

    def _complaint(self, child: subprocess.Popen[bytes]) -> str:
        assert child.stderr is not None
        child.kill()
        return child.stderr.read().decode(errors="replace").strip()[-1000:] or "bubblewrap ended at once"


def _fill(descriptor: int, data: bytes) -> None:
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)


def end(process: Process, *, force: bool, timeout: float) -> None:
    """End a sandbox by its first process, with which the kernel ends all others."""
    if not force:
        processes.send(process, signal.SIGTERM)
        if processes.wait(process, timeout):
            return
    processes.send(process, signal.SIGKILL)
    if not processes.wait(process, _KILL_SECONDS):
        raise ComputeError(f"process {process.pid} does not end")


def inside_program() -> list[str]:
    """Return the command line of the program that works inside a sandbox."""
    return [sys.executable, "-I", "-S", str(_INSIDE)]


def filtered_calls() -> str:
    """Return the filter of system calls as the program that works inside wants it."""
    return base64.b64encode(seccomp.program()).decode()


def do_inside(process: Process, order: Mapping[str, object]) -> None:
    """Have something done inside and wait for it. Raises PathTakenError, ComputeError."""
    document = msgspec.json.encode({**order, "pid": process.pid, "ticks": process.ticks})
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            inside_program(),
            input=document,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_INSIDE_SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ComputeError("the sandbox took too long") from None
    if done.returncode == _EXISTS:
        raise PathTakenError("the file exists")
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise ComputeError(lines[-1][:500] if lines else f"exit status {done.returncode}")


def write_files(process: Process, files: Sequence[File], *, overwrite: bool) -> None:
    """Write files inside. Raises PathTakenError, ComputeError."""
    given = [
        {
            "path": each.path,
            "data": base64.b64encode(each.data).decode(),
            "mode": each.mode & 0o7777,
            "owner": each.owner,
            "overwrite": overwrite,
        }
        for each in files
    ]
    do_inside(process, {"do": "write", "files": given, "calls": filtered_calls()})
