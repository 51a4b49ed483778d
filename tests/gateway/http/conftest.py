"""A front door in this process, on a free port, with an application of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from yunbox.gateway.http.connection import Listener
from yunbox.gateway.http.message import Request, Response
from yunbox.gateway.limits import DEFAULT_LIMITS, Limits

App = Callable[[Request], Awaitable[Response]]


class Client:
    """A raw connection: bytes out, bytes in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)

    async def answer(self, *, bodiless: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Read one response: status, headers by lower-case name, body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines if line)}
        length = 0 if bodiless else int(headers.get("content-length", "0"))
        return int(status.split()[1]), headers, await self.reader.readexactly(length)

    async def closed(self) -> bool:
        """Wait until the other side closes; what still comes is dropped."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65536):
                pass
        return True


@contextlib.asynccontextmanager
async def front_door(
    app: App, **limits: float
) -> AsyncIterator[tuple[Callable[[], Awaitable[Client]], Listener]]:
    """Serve `app`; yields a function that opens a connection, and the listener."""
    changed: Limits = msgspec.structs.replace(DEFAULT_LIMITS, **limits)
    listener = Listener(app, changed, lambda: 1_700_000_000.0)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(listener.factory("http"), "127.0.0.1", 0)
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        writers.append(writer)
        return Client(reader, writer)

    try:
        yield connect, listener
    finally:
        for writer in writers:
            writer.close()
        server.close()
        await listener.drain(1.0)
