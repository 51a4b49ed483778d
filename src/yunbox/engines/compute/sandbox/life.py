"""The life of sandboxes: start, stop, removal, and what is left when those were cut short.

Every method waits for the kernel and the disk, so it belongs in a thread; each holds its sandbox's lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from yunbox.engines.compute.errors import (
    ComputeError,
    NoSandboxError,
    NotRunningError,
    RunningError,
)
from yunbox.engines.compute.interface import File, Interface, Rule, Sandbox, SandboxSpec
from yunbox.engines.compute.sandbox import launch, namespaces, processes, records
from yunbox.engines.compute.sandbox.attachments import Attachments
from yunbox.engines.compute.sandbox.cgroups import Groups
from yunbox.engines.compute.sandbox.executions import Executions
from yunbox.engines.compute.sandbox.locks import held
from yunbox.engines.compute.sandbox.places import Places, checked, digest
from yunbox.engines.compute.sandbox.processes import Process
from yunbox.engines.compute.sandbox.roots import Layer, Roots
from yunbox.engines.compute.sandbox.wiring import Wiring

CONSOLE_LIMIT = 1 << 20
_SETTLE_SECONDS = 5.0


class Kept(records.Record, frozen=True, kw_only=True):
    """What a sandbox was last asked to be."""

    spec: SandboxSpec


class Life:
    """The sandboxes of one driver."""

    def __init__(self, places: Places, roots: Roots, wiring: Callable[[], Wiring]) -> None:
        self._places = places
        self._roots = roots
        self._wiring = wiring
        self.groups = Groups(places)
        self.children = launch.Children()
        self.executions = Executions(places, self.children)
        self.attachments = Attachments(places)

    def held(self, sandbox: str) -> AbstractContextManager[None]:
        """Hold a sandbox's lock."""
        return held(self._places.locks, "sandbox", checked(sandbox))

    # What there is

    def ids(self) -> list[str]:
        """Return the ids of all sandboxes."""
        return sorted(each.name for each in (self._places.root / "sandboxes").iterdir())

    def spec(self, sandbox: str) -> SandboxSpec | None:
        """Return what a sandbox was last asked to be."""
        kept = records.load(self._places.spec(sandbox), Kept)
        return kept.spec if kept else None

    def keep(self, spec: SandboxSpec) -> None:
        """Remember what a sandbox is asked to be."""
        records.keep(self._places.spec(spec.id), Kept(spec=spec))

    def process(self, sandbox: str) -> Process | None:
        """Return the first process of a sandbox that runs, or None."""
        run = self._run(sandbox)
        return run.process if run is not None and processes.alive(run.process) else None

    def _run(self, sandbox: str) -> launch.Run | None:
        return records.load(self._places.run(sandbox), launch.Run)

    def needed(self, sandbox: str) -> Process:
        """Return the first process. Raises NoSandboxError, NotRunningError."""
        process = self.process(sandbox)
        if process is not None:
            return process
        if not self._places.sandbox(sandbox).exists():
            raise NoSandboxError(f"there is no sandbox {sandbox}")
        raise NotRunningError(f"the sandbox {sandbox} does not run")

    def require_stopped(self, sandbox: str) -> None:
        """Raise RunningError when it runs."""
        if self.process(sandbox) is not None:
            raise RunningError(f"the sandbox {sandbox} runs")

    def find(self, sandbox: str) -> Sandbox | None:
        """Return the sandbox as it is."""
        self.children.reap()
        if not self._places.sandbox(sandbox).exists():
            return None
        spec, process = self.spec(sandbox), self.process(sandbox)
        layer = records.load(self._places.layer(sandbox) / "layer.json", Layer)
        found = Sandbox(
            id=sandbox,
            running=process is not None,
            image=layer.image if layer else spec.image if spec else "",
            volumes=tuple(each.volume for each in spec.mounts) if spec else (),
        )
        return found if process is None or spec is None else self._running(found, spec, process)

    def _running(self, found: Sandbox, spec: SandboxSpec, process: Process) -> Sandbox:
        booted = records.read_shared(self._places.share(spec.id) / "booted", 16)
        status = booted[0].strip() if booted else b""
        run = self._run(spec.id)
        return msgspec.structs.replace(
            found,
            pid=process.pid,
            started_at=run.began if run else None,
            booted_at=booted[1] if booted else None,
            boot_status=int(status) if status.isdigit() else None,
            addresses=self._wiring().addresses(spec),
            limits=self.groups.limits(spec.id),
            firewall=self._wiring().firewall,
        )

    def console(self, sandbox: str, limit: int) -> bytes:
        """Return the end of what was printed."""
        wanted = max(0, min(limit, CONSOLE_LIMIT))
        share = self._places.share(sandbox)
        parts = (records.read_shared(share / name, wanted) for name in ("console.1", "console"))
        printed = b"".join(each[0] for each in parts if each is not None)
        return printed[len(printed) - wanted :] if len(printed) > wanted else printed

    # Start

    def start(self, spec: SandboxSpec) -> None:
        """Make it run, or make what can change of a running one as the spec says."""
        with self.held(spec.id):
            self.children.reap()
            run = self._run(spec.id)
            if run is not None and run.ending:
                # Who told it to stop was killed before it had ended.
                self._stop(spec.id, force=True, timeout=0.0)
            if self.process(spec.id) is not None:
                self._refresh(spec)
            else:
                self._start(spec)

    def _refresh(self, spec: SandboxSpec) -> None:
        kept = self.spec(spec.id)
        if kept is not None:
            # What is attached is a fact, which attaching and detaching change.
            spec = msgspec.structs.replace(spec, mounts=kept.mounts)
            plugged = {each.id: each for each in spec.interfaces}
            interfaces = tuple(
                msgspec.structs.replace(each, rules=plugged[each.id].rules) if each.id in plugged else each
                for each in kept.interfaces
            )
            spec = msgspec.structs.replace(spec, interfaces=interfaces)
        if spec != kept:
            self.keep(spec)
        self._wiring().refresh(spec)

    def _start(self, spec: SandboxSpec) -> None:
        wiring = self._wiring()
        self._roots.parts(spec.image)
        self._tidy(spec.id)
        self._places.sandbox(spec.id).mkdir(exist_ok=True, mode=0o700)
        try:
            mounts = self.attachments.take(spec.id, spec.mounts)
        except ComputeError:
            # What was never more than a wish leaves no folder.
            with contextlib.suppress(OSError):
                self._places.sandbox(spec.id).rmdir()
            raise
        self.keep(spec)
        fresh = self._roots.prepare(spec.id, spec.image)
        share = self._places.share(spec.id)
        launch.prepare_share(share, spec.boot)
        namespace = wiring.connect(spec)
        groups = set(self.groups.create(spec.id, spec.cpus, spec.memory).values())
        variables = launch.environment(spec, wiring.address(spec.id))
        wanted = launch.arguments(spec, self._roots.arguments(spec.id), share, mounts)
        if namespace is None:
            wanted.insert(0, "--share-net")
        files = (*(self._identity(spec) if fresh else ()), *spec.files)
        begin = launch.Launch(self._places, spec.id, self.children).begin
        try:
            begin(wanted, variables, namespace, sorted(groups), files)
            self._roots.begun(spec.id)
        except BaseException:
            with contextlib.suppress(OSError):
                self._tidy(spec.id)
            raise

    def _identity(self, spec: SandboxSpec) -> list[File]:
        """Return the files that say who a fresh system is; from then on they are its own."""
        own = spec.interfaces[0].address if spec.interfaces else "127.0.1.1"
        hosts = f"127.0.0.1\tlocalhost\n{own}\t{spec.hostname}\n"
        machine = digest(f"{self._places.root}/{spec.id}", 32)
        return [
            File(path="/etc/hostname", data=f"{spec.hostname}\n".encode()),
            File(path="/etc/hosts", data=hosts.encode()),
            File(path="/etc/resolv.conf", data=b"# This network has no name server.\n"),
            File(path="/etc/machine-id", data=f"{machine}\n".encode(), mode=0o444),
        ]

    # Stop

    def stop(self, sandbox: str, *, force: bool, timeout: float) -> None:
        """Make it not run, and take away what only a running one needs."""
        with self.held(sandbox):
            self._stop(sandbox, force=force, timeout=timeout)

    def _stop(self, sandbox: str, *, force: bool, timeout: float) -> None:
        if not self._places.sandbox(sandbox).exists():
            return
        process = self.process(sandbox)
        if process is not None:
            outer, run = _parent(process), self._run(sandbox)
            if run is not None and not run.ending:
                records.keep(self._places.run(sandbox), msgspec.structs.replace(run, ending=True))
            launch.end(process, force=force, timeout=timeout)
            if outer is not None:
                self.children.settle(outer.pid, _SETTLE_SECONDS)
                processes.wait(outer, _SETTLE_SECONDS)
        self.executions.end_all(sandbox)
        self._tidy(sandbox)

    def _tidy(self, sandbox: str) -> None:
        """Take away what is left of a run that has ended."""
        spec = self.spec(sandbox)
        if spec is not None:
            self._wiring().disconnect(spec)
        namespaces.remove(self._places.namespace(sandbox))
        self.groups.remove(sandbox)
        self._places.run(sandbox).unlink(missing_ok=True)
        self.children.reap()

    def remove(self, sandbox: str) -> None:
        """Remove it with all that is its own."""
        with self.held(sandbox):
            self._stop(sandbox, force=True, timeout=0.0)
            self.attachments.release_all(sandbox)
            records.discard(self._places.sandbox(sandbox), self._places.aside("sandbox", sandbox, "gone"))

    # While it runs

    def firewall(self, sandbox: str, interface: str, rules: tuple[Rule, ...]) -> None:
        """Replace the rules of an interface. Raises NoSandboxError."""
        with self.held(sandbox):
            spec = self.spec(sandbox)
            if spec is None or interface not in {each.id for each in spec.interfaces}:
                raise NoSandboxError(f"there is no interface {interface} of a sandbox {sandbox}")

            def changed(each: Interface) -> Interface:
                return msgspec.structs.replace(each, rules=rules) if each.id == interface else each

            spec = msgspec.structs.replace(spec, interfaces=tuple(map(changed, spec.interfaces)))
            self.keep(spec)
            if self.process(sandbox) is not None:
                self._wiring().refresh(spec)

    # What was cut short

    def sweep(self, known: set[str]) -> None:
        """Remove sandboxes that are not known, and processes, namespaces and groups that nobody recorded."""
        failures = []
        # First, since what they use cannot be removed while they run.
        self._end_unrecorded()
        for sandbox in self.ids():
            if sandbox not in known:
                try:
                    self.remove(sandbox)
                except (ComputeError, OSError, ValueError) as error:
                    failures.append(f"{sandbox}: {error}")
        for place in namespaces.mounted_below(self._places.root / "sandboxes"):
            if place.parent.name not in known:
                namespaces.remove(place)
        self.groups.sweep(known)
        if failures:
            raise ComputeError(f"not everything could be removed: {'; '.join(failures)[:1000]}")

    def _end_unrecorded(self) -> None:
        for outer in processes.marked(launch.MARK, f"{self._places.prefix}/"):
            sandbox = _marked_id(outer)
            with self.held(sandbox) if sandbox else contextlib.nullcontext():
                inner = processes.children(outer.pid)
                if sandbox and self.process(sandbox) in [*inner, outer]:
                    continue
                for each in [*inner, outer]:
                    launch.end(each, force=True, timeout=0.0)
        self.children.reap()

    def networks(self) -> set[str]:
        """Return the networks of all sandboxes that exist."""
        specs = (self.spec(sandbox) for sandbox in self.ids())
        return {each.network for spec in specs if spec for each in spec.interfaces}

    def runs_in(self, network: str) -> bool:
        """Return whether a running sandbox has an interface in a network."""
        for sandbox in self.ids():
            spec = self.spec(sandbox)
            if spec and any(each.network == network for each in spec.interfaces) and self.process(sandbox):
                return True
        return False


def _parent(process: Process) -> Process | None:
    """Return the bubblewrap process that waits for a sandbox's first one."""
    try:
        text = Path(f"/proc/{process.pid}/stat").read_bytes()
    except OSError:
        return None
    found = processes.identify(int(text[text.rindex(b")") + 2 :].split()[1]))
    # When bubblewrap was killed, the parent is whoever takes in orphans.
    return found if found is not None and _marked_id(found) else None


def _marked_id(process: Process) -> str:
    """Return the sandbox that a process was started for, or an empty text."""
    try:
        environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    except OSError:
        return ""
    marks = [each for each in environment.split(b"\0") if each.startswith(launch.MARK.encode() + b"=")]
    name = os.fsdecode(marks[0].rpartition(b"/")[2]) if marks else ""
    try:
        return checked(name)
    except ValueError:
        return ""
