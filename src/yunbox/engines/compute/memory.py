"""The engine's twin in memory: keeps what a real one keeps and runs nothing; for tests of what drives an engine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from yunbox.control.clock import Clock
from yunbox.engines.compute.errors import (
    InUseError,
    NoSandboxError,
    PathTakenError,
)
from yunbox.engines.compute.interface import (
    Address,
    Command,
    Execution,
    Fact,
    File,
    Known,
    Rule,
    Sandbox,
    SandboxSpec,
    Traffic,
    Usage,
)
from yunbox.engines.compute.memory_storage import Files, Held, MemoryStorage
from yunbox.engines.compute.sandbox.places import checked

Script = Callable[[SandboxSpec, Command], Execution | None]
"""Says what becomes of a command: an execution whose id and times are filled in, or None while it goes on."""


def succeed(spec: SandboxSpec, command: Command) -> Execution:
    """Let a command end with success, printing nothing."""
    del spec, command
    return Execution(id="", started_at=0.0, end="exited", exit_code=0)


class MemoryCompute(MemoryStorage):
    """Implements `Compute` in memory. Executions end as `script` says; it may be replaced at any time."""

    def __init__(self, clock: Clock, script: Script = succeed) -> None:
        super().__init__()
        self._clock = clock
        self.script = script
        self._exposed: dict[str, tuple[str, str]] = {}
        self._used: dict[str, dict[str, Any]] = {}
        self._pids = 1000

    # Sandboxes

    async def find(self, sandbox: str) -> Sandbox | None:
        """See `Compute`."""
        held = self._held.get(checked(sandbox))
        return self._seen(held) if held is not None else None

    def _seen(self, held: Held) -> Sandbox:
        running = held.started_at is not None
        found = Sandbox(
            id=held.spec.id,
            running=running,
            image=held.image,
            volumes=tuple(each.volume for each in held.spec.mounts),
        )
        if not running:
            return found
        addresses = tuple(
            Address(interface=each.id, address=address, host=address)
            for each in held.spec.interfaces
            for address in (each.address, *each.secondary)
        )
        return msgspec.structs.replace(
            found,
            pid=self._pids,
            started_at=held.started_at,
            booted_at=held.started_at,
            boot_status=0,
            addresses=addresses,
            limits=("cpu", "memory", "pids"),
            firewall=True,
        )

    async def sandboxes(self) -> list[Sandbox]:
        """See `Compute`."""
        return [self._seen(held) for _, held in sorted(self._held.items())]

    def spec(self, sandbox: str) -> SandboxSpec:
        """Return what a sandbox is now, rules and mounts included. Raises NoSandboxError."""
        return self._existing(sandbox).spec

    def files(self, sandbox: str) -> Files:
        """Return the files written into a sandbox. Raises NoSandboxError."""
        return self._existing(sandbox).files

    def exposed(self) -> dict[str, tuple[str, str]]:
        """Return the exposed addresses, with network and target."""
        return dict(self._exposed)

    def crash(self, sandbox: str) -> None:
        """End a sandbox as its own fault would. Raises NoSandboxError."""
        self._halt(self._existing(sandbox))

    async def start(self, spec: SandboxSpec) -> None:
        """See `Compute`."""
        held = self._held.get(checked(spec.id))
        if held is not None and held.started_at is not None:
            rules = {each.id: each.rules for each in spec.interfaces}
            interfaces = tuple(
                msgspec.structs.replace(each, rules=rules.get(each.id, each.rules))
                for each in held.spec.interfaces
            )
            held.spec = msgspec.structs.replace(spec, mounts=held.spec.mounts, interfaces=interfaces)
            return
        files = self._image_files(spec.image)
        for mount in spec.mounts:
            self._take(spec.id, mount)
        self._release(spec.id, but={each.volume for each in spec.mounts})
        if held is None:
            held = self._held[spec.id] = Held(spec, spec.image, files, executions={})
        held.spec = spec
        held.files.update({each.path: each for each in spec.files})
        held.started_at = self._clock.now()
        held.console += b"booted\n"
        self._pids += 1

    async def stop(self, sandbox: str, *, force: bool = False, timeout: float = 10.0) -> None:
        """See `Compute`."""
        del force, timeout
        held = self._held.get(checked(sandbox))
        if held is not None:
            self._halt(held)

    def _halt(self, held: Held) -> None:
        held.started_at = None
        self._used.pop(held.spec.id, None)
        for name, (command, execution) in held.executions.items():
            if not execution.finished:
                held.executions[name] = (command, self._ended(execution, "exited", 128 + 9))

    async def remove(self, sandbox: str) -> None:
        """See `Compute`."""
        self._release(checked(sandbox))
        self._used.pop(sandbox, None)
        self._held.pop(sandbox, None)

    async def console(self, sandbox: str, limit: int = 64 * 1024) -> bytes:
        """See `Compute`."""
        held = self._held.get(checked(sandbox))
        return held.console[max(0, len(held.console) - max(0, limit)) :] if held else b""

    def use(self, sandbox: str, **used: Any) -> None:
        """Let a running sandbox have used so much (fields of `Usage`) from now on. Raises NoSandboxError."""
        self._existing(sandbox)
        self._used[sandbox] = self._used.get(sandbox, {}) | used

    async def usage(self) -> list[Usage]:
        """See `Compute`; what was told to `use`, and nothing else."""
        found = []
        for sandbox, held in sorted(self._held.items()):
            if held.started_at is not None:
                traffic = tuple(Traffic(interface=each.id) for each in held.spec.interfaces)
                facts: dict[str, Any] = {
                    "cpu": 0.0,
                    "memory": 0,
                    "processes": 1,
                    "threads": 1,
                    "traffic": traffic,
                    "established": 0,
                    "connections": 0,
                }
                found.append(Usage(id=sandbox, at=self._clock.now(), **facts | self._used.get(sandbox, {})))
        return found

    async def occupied(self, sandbox: str) -> Mapping[str, int]:
        """See `Compute`."""
        held = self._held.get(checked(sandbox))
        if held is None:
            return {}
        layer = sum(len(each.data) for each in held.files.values())
        return {"": layer} | {each.volume: 0 for each in held.spec.mounts}

    async def firewall(self, sandbox: str, interface: str, rules: tuple[Rule, ...]) -> None:
        """See `Compute`."""
        held = self._existing(sandbox)
        if interface not in {each.id for each in held.spec.interfaces}:
            raise NoSandboxError(f"there is no interface {interface} of a sandbox {sandbox}")
        interfaces = tuple(
            msgspec.structs.replace(each, rules=rules) if each.id == interface else each
            for each in held.spec.interfaces
        )
        held.spec = msgspec.structs.replace(held.spec, interfaces=interfaces)

    # Inside

    def _ended(self, execution: Execution, end: str, code: int | None) -> Execution:
        return msgspec.structs.replace(execution, end=end, exit_code=code, finished_at=self._clock.now())

    async def execute(self, sandbox: str, execution: str, command: Command) -> None:
        """See `Compute`."""
        held = self._running(sandbox)
        if checked(execution) not in held.executions:
            begun = Execution(id=execution, started_at=self._clock.now())
            held.executions[execution] = (command, begun)
            self._advance(held, execution)

    def _advance(self, held: Held, name: str) -> Execution:
        command, execution = held.executions[name]
        if not execution.finished:
            outcome = self.script(held.spec, command)
            if outcome is not None:
                kept = outcome.output[max(0, len(outcome.output) - command.output_limit) :]
                execution = msgspec.structs.replace(
                    outcome,
                    id=name,
                    started_at=execution.started_at,
                    output=kept,
                    dropped=outcome.dropped + len(outcome.output) - len(kept),
                    finished_at=self._clock.now() if outcome.finished else None,
                )
                held.executions[name] = (command, execution)
        return execution

    async def find_execution(self, sandbox: str, execution: str) -> Execution | None:
        """See `Compute`."""
        held = self._held.get(checked(sandbox))
        if held is None or checked(execution) not in held.executions:
            return None
        return self._advance(held, execution)

    async def executions(self, sandbox: str) -> list[Execution]:
        """See `Compute`."""
        held = self._held.get(checked(sandbox))
        return [self._advance(held, name) for name in sorted(held.executions)] if held else []

    async def cancel(self, sandbox: str, execution: str) -> None:
        """See `Compute`."""
        held = self._held.get(checked(sandbox))
        if held is None or checked(execution) not in held.executions:
            return
        command, found = held.executions[execution]
        if not found.finished:
            held.executions[execution] = (command, self._ended(found, "cancelled", None))

    async def forget_execution(self, sandbox: str, execution: str) -> None:
        """See `Compute`."""
        held = self._held.get(checked(sandbox))
        if held is not None:
            held.executions.pop(checked(execution), None)

    async def write_file(self, sandbox: str, file: File, *, overwrite: bool = True) -> None:
        """See `Compute`."""
        held = self._running(sandbox)
        if file.path in held.files and not overwrite:
            raise PathTakenError("the file exists")
        held.files[file.path] = file

    # Networks

    async def listen(self, network: str, address: str, port: int) -> socket.socket:
        """Return a socket that listens at a loopback address and a free port: there are no networks in memory."""
        del network, address, port
        server = socket.create_server(("127.0.0.1", 0))
        server.setblocking(False)
        return server

    async def answer(self, network: str, address: str) -> Address:
        """See `Compute`."""
        del network
        return Address(interface="", address=address, host=address)

    async def unanswer(self, network: str, address: str) -> None:
        """See `Compute`."""

    async def trusted_source(self, address: str) -> str:
        """Return an empty text: there are no firewalls in memory."""
        del address
        return ""

    async def expose(self, address: str, network: str, to: str) -> Address:
        """See `Compute`."""
        self._exposed[address] = (network, to)
        return Address(interface="", address=to, host=address)

    async def unexpose(self, address: str) -> None:
        """See `Compute`."""
        self._exposed.pop(address, None)

    async def remove_network(self, network: str) -> None:
        """See `Compute`."""
        used = {
            i.network
            for held in self._held.values()
            if held.started_at is not None
            for i in held.spec.interfaces
        }
        if network in used:
            raise InUseError(f"a running sandbox has an interface in the network {network}")
        self._exposed = {key: to for key, to in self._exposed.items() if to[0] != network}

    # The whole

    async def sweep(self, known: Known) -> None:
        """See `Compute`."""
        for sandbox in set(self._held) - known.sandboxes:
            await self.remove(sandbox)
        for address in set(self._exposed) - known.exposed:
            await self.unexpose(address)

    async def facts(self) -> list[Fact]:
        """See `Compute`."""
        return [Fact(name="sandboxes", works=False, detail="in memory: nothing runs")]

    async def close(self) -> None:
        """See `Compute`."""
