"""Commands inside sandboxes. Each is watched over by a process of its own, which outlives who asked for it.

What is kept of one is a folder: `watch.json` (who watches over it; its time of change is the beginning), `output`
(a line with the count of bytes dropped, then the last bytes) and `end` (how it ended, and when).
"""

from __future__ import annotations

import base64
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.interface import Command, Execution, ExecutionEnd
from yunbox.engines.compute.sandbox import launch, processes, records
from yunbox.engines.compute.sandbox.places import Places
from yunbox.engines.compute.sandbox.processes import Process

_BEGIN_SECONDS = 20.0
_CANCEL_SECONDS = 5.0
_KEPT = 200
"""So many finished executions of a sandbox are kept; the oldest go first."""


class _End(msgspec.Struct):
    end: ExecutionEnd
    exit_code: int | None
    error: str


class Executions:
    """The commands in the sandboxes of one driver. Who calls holds the sandbox's lock."""

    def __init__(self, places: Places, children: launch.Children) -> None:
        self._places = places
        self._children = children

    def begin(
        self,
        sandbox: str,
        execution: str,
        command: Command,
        process: Process,
        groups: Sequence[Path],
        variables: Mapping[str, str],
    ) -> None:
        """Begin a command, unless one with this id was begun before."""
        folder = self._places.execution(sandbox, execution)
        if folder.exists():
            return
        self._make_room(sandbox)
        folder.mkdir(parents=True, mode=0o700)
        order = {
            "do": "run",
            "pid": process.pid,
            "ticks": process.ticks,
            "folder": str(folder),
            "groups": [str(each / "cgroup.procs") for each in groups],
            "calls": launch.filtered_calls(),
            "argv": command.argv,
            "stdin": base64.b64encode(command.stdin).decode(),
            "cwd": command.cwd,
            "user": command.user,
            "environment": {**variables, **command.environment},
            "timeout": command.timeout,
            "output_limit": max(0, command.output_limit),
        }
        self._watch(msgspec.json.encode(order))

    def _watch(self, order: bytes) -> None:
        child = subprocess.Popen(  # noqa: S603 - our own program
            launch.inside_program(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={},
        )
        self._children.add(child)
        assert child.stdin is not None
        assert child.stdout is not None
        with child.stdout as answers:
            try:
                child.stdin.write(order)
                child.stdin.close()
            except BrokenPipeError:
                raise ComputeError("the command could not be begun") from None
            ready = select.poll()
            ready.register(answers, select.POLLIN)
            if not ready.poll(_BEGIN_SECONDS * 1000) or not answers.read(1):
                child.kill()
                raise ComputeError("the command could not be begun")

    def _make_room(self, sandbox: str) -> None:
        folder = self._places.sandbox(sandbox) / "executions"
        if not folder.exists():
            return
        finished = sorted(
            (end.stat().st_mtime_ns, end.parent.name) for end in folder.glob("*/end") if end.is_file()
        )
        for _, name in finished[: max(0, len(finished) - _KEPT + 1)]:
            self.forget(sandbox, name)

    def find(self, sandbox: str, execution: str) -> Execution | None:
        """Return an execution, or None."""
        folder = self._places.execution(sandbox, execution)
        if not folder.exists():
            return None
        watcher = records.load(folder / "watch.json", Process)
        # Whether it lives is asked first: it keeps the end before it ends.
        alive = processes.alive(watcher)
        began = (folder / "watch.json" if watcher else folder).stat().st_mtime
        dropped, output = _output(folder / "output")
        found = Execution(id=execution, started_at=began, output=output, dropped=dropped)
        ended = records.load(folder / "end", _End)
        if ended is not None:
            return msgspec.structs.replace(
                found,
                end=ended.end,
                exit_code=ended.exit_code,
                error=ended.error,
                finished_at=(folder / "end").stat().st_mtime,
            )
        if alive:
            return found
        return msgspec.structs.replace(found, end="lost", finished_at=folder.stat().st_mtime)

    def all(self, sandbox: str) -> list[Execution]:
        """Return all executions of a sandbox, by id."""
        folder = self._places.sandbox(sandbox) / "executions"
        names = sorted(each.name for each in folder.iterdir()) if folder.exists() else []
        return [each for each in (self.find(sandbox, name) for name in names) if each is not None]

    def cancel(self, sandbox: str, execution: str) -> None:
        """End a command that runs; returns when it has ended."""
        watcher = records.load(self._places.execution(sandbox, execution) / "watch.json", Process)
        if watcher is None:
            return
        processes.send(watcher, signal.SIGTERM)
        if not processes.wait(watcher, _CANCEL_SECONDS):
            processes.send(watcher, signal.SIGKILL)
            processes.wait(watcher, _CANCEL_SECONDS)

    def forget(self, sandbox: str, execution: str) -> None:
        """End it when it runs, and drop what is kept of it."""
        self.cancel(sandbox, execution)
        folder = self._places.execution(sandbox, execution)
        records.discard(folder, self._places.aside("sandbox", sandbox, f"execution-{execution}"))

    def end_all(self, sandbox: str) -> None:
        """Wait until nobody watches over a command of a sandbox that was ended, and end who still does."""
        folder = self._places.sandbox(sandbox) / "executions"
        for each in folder.glob("*/watch.json"):
            watcher = records.load(each, Process)
            if watcher is not None and not processes.wait(watcher, 1.0):
                self.cancel(sandbox, each.parent.name)


def _output(path: Path) -> tuple[int, bytes]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0, b""
    count, _, output = data.partition(b"\n")
    return int(count), output
