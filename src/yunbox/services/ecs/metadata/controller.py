"""Keeps the metadata service listening in the network of every VPC that has running instances.

At the same address, on the front door's own ports, instances reach the cloud. What comes that way arrives at the
front door from `RELAYED_FROM`, so that an instance is never taken for somebody at this machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.engines.compute.errors import ComputeError, UnsupportedError
from yunbox.engines.compute.interface import Compute
from yunbox.gateway.http.authority import RELAYED_FROM
from yunbox.gateway.http.connection import Listener
from yunbox.gateway.limits import DEFAULT_LIMITS
from yunbox.identity.directory import Directory
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.metadata.service import MetadataService, Sessions
from yunbox.services.ecs.metadata.tokens import Tokens

ADDRESS = "100.100.100.200"
PORT = 80

_POLL_SECONDS = 0.05
_CHUNK = 64 * 1024
MAX_RELAYED = 256
"""The most connections of instances to the front door at a time."""


class MetadataController:
    """One service and a relay a VPC; `front_door` is the host that the front door listens on, and its ports."""

    name = "ecs-metadata"

    def __init__(
        self,
        store: Store,
        compute: Compute,
        directory: Directory,
        clock: Clock,
        ids: Ids,
        front_door: tuple[str, tuple[int, ...]],
        log: Callable[[str], None],
    ) -> None:
        self._store = store
        self._compute = compute
        self._clock = clock
        self._front_door = front_door
        self._log = log
        self._sessions = Sessions(directory, clock)
        self._tokens = Tokens(ids.random(32))
        self._open: dict[str, list[asyncio.Server]] = {}
        self._listeners: dict[str, Listener] = {}
        self._relayed: set[asyncio.Task[None]] = set()
        self._generation: object = None
        self._possible = True

    async def turn(self) -> float:
        """Open and close what changed; return when to look again."""
        generation = self._store.generation()
        if generation != self._generation and self._possible:
            self._generation = generation
            with self._store.read() as view:
                running = [each for each in view.find(Instance) if each.status == "Running"]
            self._sessions.forget({each.id for each in running})
            wanted = {each.vpc_id for each in running}
            for vpc in self._open.keys() - wanted:
                await self._close(vpc)
            for vpc in wanted - self._open.keys():
                await self._listen(vpc)
        now = asyncio.get_running_loop().time()
        for listener in self._listeners.values():
            listener.sweep(now)
        return _POLL_SECONDS if self._possible else 60.0

    async def _listen(self, vpc: str) -> None:
        loop = asyncio.get_running_loop()
        servers: list[asyncio.Server] = []
        try:
            service = MetadataService(vpc, self._store, self._sessions, self._tokens, self._clock)
            listener = Listener(service, DEFAULT_LIMITS, self._clock.now)
            socket = await self._compute.listen(vpc, ADDRESS, PORT)
            servers.append(await loop.create_server(listener.factory("http"), sock=socket))
            host, ports = self._front_door
            for port in ports:
                socket = await self._compute.listen(vpc, ADDRESS, port)
                servers.append(await asyncio.start_server(partial(self._relay, host, port), sock=socket))
        except UnsupportedError as error:
            self._possible = False
            self._log(f"instances have no metadata service here: {error}")
        except ComputeError:
            # The network went away again, or is not there yet.
            self._generation = None
            raise
        else:
            self._open[vpc], self._listeners[vpc] = servers, listener
            return
        finally:
            if vpc not in self._open:
                for server in servers:
                    server.close()

    async def _close(self, vpc: str) -> None:
        for server in self._open.pop(vpc):
            server.close()
        await self._listeners.pop(vpc).drain(0.0)

    async def _relay(
        self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._relayed) >= MAX_RELAYED:
            writer.close()
            return
        self._relayed.add(task)
        try:
            inward, outward = await asyncio.open_connection(host, port, local_addr=(RELAYED_FROM, 0))
            try:
                await asyncio.gather(_pass_on(reader, outward), _pass_on(inward, writer))
            finally:
                outward.close()
        except OSError:
            # Either side went away: so does the other.
            pass
        finally:
            writer.close()
            self._relayed.discard(task)

    async def close(self) -> None:
        """Stop listening."""
        for vpc in list(self._open):
            await self._close(vpc)
        for task in self._relayed:
            task.cancel()
        await asyncio.gather(*self._relayed, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until they end, then end the other side too. Raises OSError when a side goes away."""
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
