"""One balancer, kept: its process started, replaced, revived, and its servers drained."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Coroutine, Iterable, Mapping
from itertools import chain
from pathlib import Path

import msgspec

from yunbox.control.clock import Clock
from yunbox.engines.balancer.errors import BalancerError, NoBalancerError
from yunbox.engines.balancer.haproxy import runtime, starting
from yunbox.engines.balancer.haproxy.configuration import STATES, Ground, configure
from yunbox.engines.balancer.haproxy.difference import Running, Steps, needs_reload, noted, steps
from yunbox.engines.balancer.haproxy.doors import Doors, Doorway, Opened
from yunbox.engines.balancer.haproxy.occupying import occupy
from yunbox.engines.balancer.haproxy.records import Door as KeptDoor
from yunbox.engines.balancer.haproxy.records import Folder, Former, Run, put
from yunbox.engines.balancer.haproxy.seeing import running_servers
from yunbox.engines.balancer.haproxy.servers import NO_LIMIT, Facts
from yunbox.engines.balancer.interface import Backend, Balancer, Reached, Server
from yunbox.engines.compute.interface import Compute
from yunbox.engines.compute.sandbox import records
from yunbox.engines.compute.sandbox.processes import Process, alive, send

FORMER_SECONDS = 3600.0
"""So long may what began before a change of a listener go on."""

_LOOK_SECONDS = 0.05
_FIRST_PAUSE, _LAST_PAUSE, _STEADY_SECONDS = 0.02, 5.0, 10.0
_NOBODY = 65534


class Kept:
    """One balancer of this process's. What it knows is in the folder too."""

    def __init__(
        self, balancer: str, folder: Folder, compute: Compute, clock: Clock, died: Callable[[str], None]
    ) -> None:
        self.id = balancer
        self.folder = folder
        self.run = folder.load() or Run(id=balancer)
        self.spec = folder.spec()
        self._compute = compute
        self._clock = clock
        self._died = died
        self._lock = asyncio.Lock()
        self._doorway = Doorway(compute, folder)
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pause = _FIRST_PAUSE
        self._tidying: asyncio.Task[None] | None = None
        self._closed = False
        if self.runs():
            self._doorway.adopt(self.run)
            self._watch(self.spec)
        if self.run.leaving or self.run.former:
            self._tidy_soon()

    def runs(self) -> bool:
        """Return whether its process lives and is wanted."""
        return not self.run.removed and alive(self.run.process)

    @property
    def gone(self) -> bool:
        """Whether nothing is left of it."""
        return self.run.removed and not self.run.former

    def _tidy_soon(self) -> None:
        if self._tidying is None or self._tidying.done():
            self._tidying = self._in_background(self._tidy())

    def _in_background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # What is wanted

    async def apply(self, wanted: Balancer) -> tuple[Reached, ...]:
        """See `BalancerEngine.apply`."""
        async with self._lock:
            self.folder.make()
            self.run.removed = False
            if self.runs() and not self._doorway.holds(self.run.doors):
                await self._give_way()
            opened = await self._doorway.open(wanted, self.run)
            await self._find_sources(wanted)
            self._forget_limits(wanted)
            same = self.spec is not None and self._same_doors(opened) and not needs_reload(self.spec, wanted)
            if self.runs() and same:
                self.folder.keep_spec(wanted)
            else:
                await self._replace(wanted, opened.doors)
            self.spec = wanted
            self.folder.keep(self.run)
            await self._make_servers(wanted)
            await self._doorway.keep_only(wanted, self.run)
            self.folder.keep(self.run)
            return opened.reached

    def _same_doors(self, opened: Opened) -> bool:
        return {_key(each) for each in self.run.doors} == {_key(door) for door, _ in opened.doors.values()}

    async def _give_way(self) -> None:
        """Have the process close its ports, since its sockets may not be had: for a moment nobody listens."""
        former, self.run.process = self.run.process, None
        await self._retire(former, self.folder.runtime(self.run))

    async def _find_sources(self, wanted: Balancer) -> None:
        found = {}
        for backend in wanted.backends:
            for server in backend.servers:
                address = server.address
                known = self.run.sources.get(address)
                found[address] = await self._compute.trusted_source(address) if known is None else known
        self.run.sources = found

    def _forget_limits(self, wanted: Balancer) -> None:
        """Let limits set at run time hold no more where what is asked for has changed."""
        before = {each.id: _asked(each) for each in self.spec.backends} if self.spec else {}
        for backend in wanted.backends:
            if backend.id in before and before[backend.id] != _asked(backend):
                self.run.limits.pop(backend.id, None)
        known = {each.id for each in wanted.backends}
        self.run.limits = {name: limit for name, limit in self.run.limits.items() if name in known}

    def facts(self) -> Facts:
        """Return what the machine knows of its servers."""
        return Facts(sources=self.run.sources, limits=self.run.limits)

    # Its process

    async def _replace(self, wanted: Balancer, doors: Doors) -> None:
        """Have a new process take over, with the servers that the old one had; new ones must prove themselves."""
        states, former = b"1\n", self.run.process if self.runs() else None
        asked = self.folder.runtime(self.run)
        if former is not None:
            states = (await runtime.ask(asked, "show servers state")).encode()
        put(self.folder.path / STATES, states)
        known: dict[str, set[str]] = {}
        if self.spec is not None:
            known = {each.id: {server.id for server in each.servers} for each in self.spec.backends}
        servers = {
            each.id: [server for server in each.servers if server.id in known.get(each.id, ())]
            for each in wanted.backends
        }
        written = self._write(wanted, servers, doors)
        await self._start(doors, wanted)
        self.folder.keep_spec(wanted)
        await self._retire(former, asked)
        self._collect(written)

    async def _retire(self, former: Process | None, asked: Path) -> None:
        """Let a process end what it began, and nothing more; `asked` is its runtime socket."""
        if former is not None:
            self.run.former.append(Former(process=former, until=self._clock.now() + FORMER_SECONDS))
            self.folder.keep(self.run)
            send(former, signal.SIGUSR1)
            # Until it has closed its ends of the sockets, some requests are still answered as before.
            await runtime.deaf(asked)
            self._tidy_soon()

    def _write(self, wanted: Balancer, servers: Mapping[str, list[Server]], doors: Doors) -> set[str]:
        """Write the configuration; return the names of its files."""
        written = configure(
            wanted, servers, doors, self.facts(), _ground(str(self.folder.path), self.run.number + 1)
        )
        for name, content in written.files.items():
            if not (self.folder.path / name).exists():
                put(self.folder.path / name, content)
        put(self.folder.configuration, written.text.encode())
        return set(written.files)

    def _collect(self, written: set[str]) -> None:
        kept = written | {"run.json", "spec.json", STATES, "haproxy.cfg", self.run.runtime}
        for each in self.folder.path.iterdir():
            if each.name not in kept and not each.name.startswith(f"hold-{self.run.number}-"):
                each.unlink(missing_ok=True)

    async def _start(self, doors: Doors, spec: Balancer) -> None:
        sockets = {door: made for door, (_, made) in doors.items()}
        started = await starting.start(self.folder, self.run, sockets)
        self._children[started.process.pid] = started.popen
        self.run.process = started.process
        self.run.since = self._clock.now()
        self.run.doors = [door for door, _ in doors.values()]
        self.folder.keep(self.run)
        self._watch(spec)

    def _watch(self, spec: Balancer | None) -> None:
        process = self.run.process
        if process is None:
            return
        self._in_background(self._watched(process))
        for backend in spec.backends if spec is not None else ():
            if backend.queue is not None and backend.protocol != "tcp":
                wait = backend.queue.seconds
                work = occupy(
                    self.folder, self.run.number, backend.id, wait, lambda: self.run.process == process
                )
                self._in_background(work)

    async def _watched(self, process: Process) -> None:
        await starting.ended(process.pid)
        if (popen := self._children.pop(process.pid, None)) is not None:
            popen.wait()
        if process != self.run.process or self.run.removed or self._closed:
            return
        self._died(self.id)
        if self._clock.now() - self.run.since > _STEADY_SECONDS:
            self._pause = _FIRST_PAUSE
        else:
            await asyncio.sleep(self._pause)
            self._pause = min(_LAST_PAUSE, self._pause * 2)
        with contextlib.suppress(BalancerError, OSError):
            await self.revive()

    async def revive(self) -> None:
        """Start it again as it was, when its process has ended; connections that came meanwhile are waiting."""
        async with self._lock:
            if self.run.removed or self.spec is None or alive(self.run.process):
                return
            put(self.folder.path / STATES, b"1\n")
            doors = self._doorway.held(self.spec)
            if not self._doorway.holds(self.run.doors):
                doors = (await self._doorway.open(self.spec, self.run)).doors
            self._write(self.spec, {each.id: list(each.servers) for each in self.spec.backends}, doors)
            self.run.leaving = [each for each in self.run.leaving if alive(each.process)]
            await self._start(doors, self.spec)

    # Servers

    async def _make_servers(self, wanted: Balancer) -> None:
        place = self.folder.runtime(self.run)
        running = running_servers(await runtime.statistics(place))
        for backend in wanted.backends:
            todo = steps(backend, running.get(backend.id, ()), self.facts())
            leave = [f"set server {backend.id}/{name} state maint" for name in todo.leaving]
            await runtime.tell(place, [*chain(*todo.commands), *leave], but="Already exists")
            self._note_leaving(backend, running.get(backend.id, ()), todo)
        if self.run.leaving:
            self.folder.keep(self.run)
            self._tidy_soon()

    def _note_leaving(self, backend: Backend, running: Iterable[Running], todo: Steps) -> None:
        assert self.run.process is not None
        until = self._clock.now() + backend.drain
        self.run.leaving = noted(self.run.leaving, backend.id, running, todo, self.run.process, until)

    async def limit(self, backend: str, per_server: int) -> None:
        """See `BalancerEngine.limit`."""
        async with self._lock:
            if (
                not self.runs()
                or self.spec is None
                or backend not in {each.id for each in self.spec.backends}
            ):
                raise NoBalancerError(f"no balancer {self.id} with a backend {backend} runs")
            place = self.folder.runtime(self.run)
            running = running_servers(await runtime.statistics(place)).get(backend, ())
            limit = per_server or NO_LIMIT
            names = [f"{backend}/{each.name}" for each in running if each.limit != limit]
            await runtime.tell(place, [f"set maxconn server {each} {limit}" for each in names])
            self.run.limits[backend] = per_server
            self.folder.keep(self.run)

    # What leaves

    async def _tidy(self) -> None:
        """See servers that drain to their end, and processes that were replaced."""
        while not self._closed:
            async with self._lock:
                with contextlib.suppress(OSError, TimeoutError):
                    await self._tidy_servers()
                await self._tidy_processes()
                if not self.run.leaving and not self.run.former:
                    return
            await asyncio.sleep(_LOOK_SECONDS if self.run.leaving or self.run.removed else 0.2)

    async def _tidy_servers(self) -> None:
        now = self._clock.now()
        mine = [each for each in self.run.leaving if each.process == self.run.process]
        staying = [
            each for each in self.run.leaving if each not in mine and each.until > now and alive(each.process)
        ]
        if mine and self.runs():
            place = self.folder.runtime(self.run)
            busy = {
                (row["pxname"], row["svname"]): runtime.number(row, "scur") + runtime.number(row, "qcur")
                for row in await runtime.statistics(place)
            }
            for each in mine:
                name = f"{each.backend}/{each.name}"
                if (each.backend, each.name) not in busy:
                    continue
                if busy[each.backend, each.name] and each.until > now:
                    staying.append(each)
                    continue
                if busy[each.backend, each.name]:
                    await runtime.ask(place, f"shutdown sessions server {name}")
                said = await runtime.ask(place, f"del server {name}")
                if "deleted" not in said and "No such server" not in said:
                    # A connection that idles is closed a little later.
                    staying.append(msgspec.structs.replace(each, idle=True))
        if staying != self.run.leaving:
            self.run.leaving = staying
            self.folder.keep(self.run)

    async def _tidy_processes(self) -> None:
        now = self._clock.now()
        staying = []
        for each in self.run.former:
            if (popen := self._children.get(each.process.pid)) is not None and popen.poll() is not None:
                del self._children[each.process.pid]
            if not alive(each.process):
                continue
            if each.until <= now:
                send(each.process, signal.SIGKILL)
            staying.append(each)
        if staying != self.run.former:
            self.run.former = staying
            self.folder.keep(self.run)
        if self.gone:
            await self._erase()

    # The end

    async def remove(self, *, at_once: bool = False) -> None:
        """Have its ports closed; what it began ends within its backends' times, or not at all when `at_once`."""
        async with self._lock:
            if not self.run.removed:
                drain = max((each.drain for each in self.spec.backends), default=0.0) if self.spec else 0.0
                self.run.removed = True
                self._doorway.close()
                if self.run.process is not None:
                    until = self._clock.now() + drain
                    self.run.former.append(Former(process=self.run.process, until=until))
                    send(self.run.process, signal.SIGUSR1)
                self.run.former = [
                    Former(process=each.process, until=min(each.until, self._clock.now() + drain))
                    for each in self.run.former
                ]
                self.run.process = None
                self.run.leaving = []
                self.folder.keep(self.run)
            if at_once:
                for each in self.run.former:
                    send(each.process, signal.SIGKILL)
                    await starting.ended(each.process.pid) if alive(each.process) else None
                    if (popen := self._children.pop(each.process.pid, None)) is not None:
                        popen.wait()
                self.run.former = []
                await self._erase()
        if not at_once:
            self._tidy_soon()

    async def _erase(self) -> None:
        await self._doorway.release(self.run.places)
        self.run.places = []
        records.erase(self.folder.path)

    async def close(self) -> None:
        """Leave off; what runs goes on."""
        self._closed = True
        for each in list(self._tasks):
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._doorway.close()


def _asked(backend: Backend) -> int:
    return backend.queue.per_server if backend.queue else 0


def _ground(folder: str, number: int) -> Ground:
    user = _NOBODY if os.geteuid() == 0 else 0
    threads = len(os.sched_getaffinity(0))
    return Ground(
        folder=folder,
        number=number,
        threads=threads,
        connections=(starting.descriptors() - 200) // 2 - 200,
        user=user,
    )


def _key(door: KeptDoor) -> tuple[str, str, int]:
    return door.network, door.address, door.port
