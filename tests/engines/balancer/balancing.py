"""What the tests of the balancer engines say often: servers to balance to, a client, a specification."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import msgspec

from yunbox.engines.balancer.interface import (
    Backend,
    BackendSeen,
    Balancer,
    BalancerEngine,
    Forward,
    Listener,
    Place,
    Server,
    ServerSeen,
)

Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""The fixture `run`: runs a coroutine to its end."""

SECONDS = 10.0


class Answer(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes
    head: str = ""

    @property
    def asked(self) -> dict[str, Any]:
        """What the server says that it was asked."""
        return json.loads(self.body)


class Origin:
    """A server: answers with what it was asked. `/slow/SECONDS` takes its time; `/die` closes without an answer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = 0
        self.asked = 0
        self.deaths = 0
        self._open = False
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def server(self) -> Server:
        return Server(id=self.name, address="127.0.0.1", port=self.port)

    async def open(self) -> None:
        self._open = True
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End at once, as a killed process does."""
        assert self._server is not None
        self._open = False
        self._server.close()
        for each in list(self._writers):
            each.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while self._open and await self._answer(reader, writer):
                pass
        self._writers.discard(writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.rstrip().split("\r\n")
        method, target, _ = line.split(" ", 2)
        headers = [each.split(": ", 1) for each in lines]
        length = int({name.lower(): value for name, value in headers}.get("content-length", 0))
        await reader.readexactly(length)
        if method != "HEAD":
            self.asked += 1
        if target.startswith("/slow/"):
            await asyncio.sleep(float(target.rpartition("/")[2]))
        if target.startswith("/die"):
            self.deaths += 1
            return False
        told = {"server": self.name, "method": method, "target": target, "headers": headers}
        body = json.dumps(told).encode()
        extra = "Set-Cookie: session=abc\r\n" if target.startswith("/login") else ""
        first = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nX-Secret: s\r\n{extra}\r\n"
        writer.write(first.encode() + (b"" if method == "HEAD" else body))
        await writer.drain()
        return "connection: close" not in head.lower()


@contextlib.asynccontextmanager
async def origins(*names: str) -> AsyncIterator[list[Origin]]:
    found = [Origin(each) for each in names]
    for each in found:
        await each.open()
    try:
        yield found
    finally:
        for each in found:
            await each.close()


async def ask(
    port: int,
    target: str = "/",
    *,
    method: str = "GET",
    host: str = "127.0.0.1",
    headers: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    name: str | None = None,
) -> Answer:
    """Return the answer to one request on a connection of its own."""
    more = {"Host": name or f"{host}:{port}", "Connection": "close"} | (headers or {})
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_connection(
            host, port, ssl=tls, server_hostname=(name or host) if tls else None
        )
        try:
            lines = "".join(f"{key}: {value}\r\n" for key, value in more.items())
            writer.write(f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode())
            heard = await reader.read()
            while part := await reader.read():
                heard += part
        finally:
            writer.close()
    return read_answer(heard)


def read_answer(heard: bytes) -> Answer:
    if not heard:
        raise ConnectionResetError("no answer")
    head, _, body = heard.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {key.lower(): value for key, value in (each.split(": ", 1) for each in lines)}
    return Answer(int(first.split(" ")[1]), headers, body, head.decode("latin-1"))


_given: set[int] = set()


def free_port() -> int:
    """Return a port that is free, another one every time."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


TO_G = (Forward(backends=(("g", 1),)),)


def listener(port: int, **fields: Any) -> Listener:
    return Listener(**({"id": f"l{port}", "port": port, "protocol": "http", "default": TO_G} | fields))


def balancer(listeners: Listener | tuple[Listener, ...], *backends: Backend, name: str = "lb-1") -> Balancer:
    many = listeners if isinstance(listeners, tuple) else (listeners,)
    return Balancer(id=name, places=(Place(address="127.0.0.1"),), listeners=many, backends=backends)


def group(*servers: Server | Origin, name: str = "g", **fields: Any) -> Backend:
    known = tuple(each.server if isinstance(each, Origin) else each for each in servers)
    return Backend(id=name, servers=known, **fields)


async def eventually(what: Callable[[], Awaitable[Any]], seconds: float = SECONDS) -> Any:
    """Return the first true thing that `what` returns."""
    end = time.monotonic() + seconds
    while not (found := await what()):
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.01)
    return found


async def seen(engine: BalancerEngine, backend: str = "g", name: str = "lb-1") -> BackendSeen:
    found = await engine.observe(name)
    assert found is not None
    return next(each for each in found.backends if each.id == backend)


async def server_seen(engine: BalancerEngine, server: str) -> ServerSeen | None:
    return next((each for each in (await seen(engine)).servers if each.id == server), None)


async def in_state(engine: BalancerEngine, **states: str) -> None:
    """Wait until servers are in these states, and there are no others."""

    async def are() -> bool:
        return {each.id: each.state for each in (await seen(engine)).servers} == states

    await eventually(are)
