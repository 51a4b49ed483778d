"""The driver: sandboxes on Linux, by bubblewrap, network namespaces and control groups as far as there are rights.

A root file system of its own in layers, own process, host name and message namespaces, few capabilities; as root
also a network namespace with a firewall, and limits by control groups. `facts` says what of that holds here.
"""

from __future__ import annotations

import asyncio
import functools
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from yunbox.engines.compute.errors import InUseError
from yunbox.engines.compute.interface import (
    Address,
    Command,
    Execution,
    Fact,
    File,
    Image,
    Known,
    Mount,
    Rule,
    Sandbox,
    SandboxSpec,
    Snapshot,
    Usage,
    Volume,
)
from yunbox.engines.compute.sandbox import launch, records
from yunbox.engines.compute.sandbox.facts import gather
from yunbox.engines.compute.sandbox.house import Lazy, collect, open_places, spool
from yunbox.engines.compute.sandbox.life import Life
from yunbox.engines.compute.sandbox.meter import Meter
from yunbox.engines.compute.sandbox.places import checked
from yunbox.engines.compute.sandbox.roots import Roots
from yunbox.engines.compute.sandbox.storage import Storage
from yunbox.engines.compute.sandbox.wiring import Wiring

_P = ParamSpec("_P")
_T = TypeVar("_T")

_THREADS = 16


class SandboxCompute:
    """Implements `Compute`. Several objects, also in several processes, may use one directory at a time.

    Nothing happens when it is made but that the directory is. `network` False leaves network namespaces unused
    where they could be had.
    """

    def __init__(self, root: Path, *, network: bool = True) -> None:
        self._places = open_places(root)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="compute")
        self._lazy = Lazy(self._places, network)
        self._roots = Roots(self._places)
        self._life = Life(self._places, self._roots, self._wiring)
        self._storage = Storage(self._places, self._roots, self._life)
        self._meter = Meter(self._places, self._life)

    async def _do(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do what waits for the kernel or the disk, in a thread of this driver's own: a stop may wait for long."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, functools.partial(work, *args, **kwargs))

    def _wiring(self) -> Wiring:
        return self._lazy.wiring()

    # Sandboxes

    async def find(self, sandbox: str) -> Sandbox | None:
        """See `Compute`."""
        return await self._do(self._life.find, sandbox)

    async def sandboxes(self) -> list[Sandbox]:
        """See `Compute`."""

        def find_all() -> list[Sandbox]:
            found = (self._life.find(each) for each in self._life.ids())
            return [each for each in found if each is not None]

        return await self._do(find_all)

    async def start(self, spec: SandboxSpec) -> None:
        """See `Compute`."""
        checked(spec.id)
        await self._do(self._life.start, spec)

    async def stop(self, sandbox: str, *, force: bool = False, timeout: float = 10.0) -> None:
        """See `Compute`."""
        await self._do(self._life.stop, sandbox, force=force, timeout=timeout)

    async def remove(self, sandbox: str) -> None:
        """See `Compute`."""
        await self._do(self._life.remove, sandbox)

    async def console(self, sandbox: str, limit: int = 64 * 1024) -> bytes:
        """See `Compute`."""
        return await self._do(self._life.console, sandbox, limit)

    async def usage(self) -> list[Usage]:
        """See `Compute`."""
        return await self._do(self._meter.read)

    async def occupied(self, sandbox: str) -> Mapping[str, int]:
        """See `Compute`."""
        return await self._do(self._meter.occupied, sandbox)

    async def firewall(self, sandbox: str, interface: str, rules: tuple[Rule, ...]) -> None:
        """See `Compute`."""
        await self._do(self._life.firewall, sandbox, interface, rules)

    # Inside

    async def execute(self, sandbox: str, execution: str, command: Command) -> None:
        """See `Compute`."""
        checked(execution)

        def begin() -> None:
            life = self._life
            with life.held(sandbox):
                process = life.needed(sandbox)
                spec = life.spec(sandbox)
                address = self._wiring().address(sandbox)
                variables = launch.environment(spec or SandboxSpec(id=sandbox), address)
                groups = life.groups.places(sandbox)
                life.executions.begin(sandbox, execution, command, process, groups, variables)

        await self._do(begin)

    async def find_execution(self, sandbox: str, execution: str) -> Execution | None:
        """See `Compute`."""

        def find() -> Execution | None:
            with self._life.held(sandbox):
                self._life.children.reap()
                return self._life.executions.find(sandbox, execution)

        return await self._do(find)

    async def executions(self, sandbox: str) -> list[Execution]:
        """See `Compute`."""

        def find() -> list[Execution]:
            with self._life.held(sandbox):
                return self._life.executions.all(sandbox)

        return await self._do(find)

    async def cancel(self, sandbox: str, execution: str) -> None:
        """See `Compute`."""
        checked(execution)

        def cancel() -> None:
            with self._life.held(sandbox):
                self._life.executions.cancel(sandbox, execution)

        await self._do(cancel)

    async def forget_execution(self, sandbox: str, execution: str) -> None:
        """See `Compute`."""
        checked(execution)

        def forget() -> None:
            with self._life.held(sandbox):
                self._life.executions.forget(sandbox, execution)

        await self._do(forget)

    async def write_file(self, sandbox: str, file: File, *, overwrite: bool = True) -> None:
        """See `Compute`."""

        def write() -> None:
            launch.write_files(self._life.needed(sandbox), [file], overwrite=overwrite)

        await self._do(write)

    # Volumes, snapshots, layers, images

    async def create_volume(self, volume: str, size: int, *, snapshot: str = "") -> None:
        """See `Compute`."""
        await self._do(self._storage.create_volume, volume, size, snapshot)

    async def resize_volume(self, volume: str, size: int) -> None:
        """See `Compute`."""
        await self._do(self._storage.resize_volume, volume, size)

    async def remove_volume(self, volume: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.remove_volume, volume)

    async def volumes(self) -> list[Volume]:
        """See `Compute`."""
        return await self._do(self._life.attachments.all)

    async def attach_volume(self, sandbox: str, mount: Mount) -> None:
        """See `Compute`."""
        await self._do(self._storage.attach, sandbox, mount)

    async def detach_volume(self, sandbox: str, volume: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.detach, sandbox, volume)

    async def snapshot_volume(self, volume: str, snapshot: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.snapshot_volume, volume, snapshot)

    async def restore_volume(self, volume: str, snapshot: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.restore_volume, volume, snapshot)

    async def snapshot_layer(self, sandbox: str, snapshot: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.snapshot_layer, sandbox, snapshot)

    async def restore_layer(self, sandbox: str, snapshot: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.restore_layer, sandbox, snapshot)

    async def reset_layer(self, sandbox: str, image: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.reset_layer, sandbox, image)

    async def remove_snapshot(self, snapshot: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.remove_snapshot, snapshot)

    async def snapshots(self) -> list[Snapshot]:
        """See `Compute`."""
        return await self._do(self._storage.snapshots)

    async def import_image(self, image: str, archive: Path | AsyncIterator[bytes]) -> None:
        """See `Compute`."""
        checked(image)
        if isinstance(archive, Path):
            await self._do(self._storage.import_image, image, archive)
            return
        place = self._places.aside("import", f"{os.getpid()}-{id(archive)}", image)
        try:
            await spool(archive, place)
            await self._do(self._storage.import_image, image, place)
        finally:
            records.erase(place)

    async def create_image(self, image: str, snapshot: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.create_image, image, snapshot)

    async def remove_image(self, image: str) -> None:
        """See `Compute`."""
        await self._do(self._storage.remove_image, image)

    async def images(self) -> list[Image]:
        """See `Compute`."""
        return await self._do(self._storage.images)

    # Networks

    async def listen(self, network: str, address: str, port: int) -> socket.socket:
        """See `Compute`."""
        return await self._do(lambda: self._wiring().listen(network, address, port))

    async def answer(self, network: str, address: str) -> Address:
        """See `Compute`."""
        return await self._do(lambda: self._wiring().answer(network, address))

    async def unanswer(self, network: str, address: str) -> None:
        """See `Compute`."""
        await self._do(self._lazy.routers.unanswer, network, address)

    async def trusted_source(self, address: str) -> str:
        """See `Compute`."""
        return await self._do(lambda: self._wiring().trusted_source(address))

    async def expose(self, address: str, network: str, to: str) -> Address:
        """See `Compute`."""
        return await self._do(lambda: self._wiring().expose(address, network, to))

    async def unexpose(self, address: str) -> None:
        """See `Compute`."""
        await self._do(self._lazy.routers.unexpose, address)

    async def remove_network(self, network: str) -> None:
        """See `Compute`."""

        def remove() -> None:
            if self._life.runs_in(network):
                raise InUseError(f"a running sandbox has an interface in the network {network}")
            self._lazy.routers.remove(network)

        await self._do(remove)

    # The whole

    async def sweep(self, known: Known) -> None:
        """See `Compute`."""

        def sweep() -> None:
            self._life.sweep(set(known.sandboxes))
            if not self._lazy.refused():
                for address in self._lazy.routers.exposed():
                    if address not in known.exposed:
                        self._lazy.routers.unexpose(address)
                self._lazy.routers.sweep(known.networks | self._life.networks())
            collect(self._places)

        await self._do(sweep)

    async def facts(self) -> list[Fact]:
        """See `Compute`."""
        return await self._do(gather, self._roots, self._lazy.refused)

    async def close(self) -> None:
        """See `Compute`."""
        self._life.children.reap()
        self._threads.shutdown(wait=False)
