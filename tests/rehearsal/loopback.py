"""A small HTTP server on loopback whose answers a test decides, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable

Head = tuple[str, str, dict[str, str]]
"""Method, path, headers by lower-case name."""

Answering = Callable[[Head, asyncio.StreamWriter], Awaitable[None]]


async def answer(
    writer: asyncio.StreamWriter,
    status: int = 200,
    body: bytes = b"ok",
    headers: str = "",
    close: bool = False,
) -> None:
    """Write an answer; `headers` are whole lines."""
    end = "Connection: close\r\n" if close else ""
    writer.write(f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\n{headers}{end}\r\n".encode() + body)
    await writer.drain()
    if close:
        writer.close()


async def served(head: Head, writer: asyncio.StreamWriter) -> None:
    """Answer 200 to everything."""
    await answer(writer)


class Loopback:
    """Serves while it is entered. `seen` counts requests by path, `keys` by their Idempotency-Key."""

    def __init__(self, answering: Answering = served) -> None:
        self.answering = answering
        self.seen: Counter[str] = Counter()
        self.keys: Counter[str] = Counter()
        self.heads: list[Head] = []
        self.port = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Loopback:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = text.strip().split("\r\n")
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
                method, path, _ = first.split(" ")
                await reader.readexactly(int(headers.get("content-length", 0)))
                self.seen[path] += 1
                self.heads.append((method, path, headers))
                if "idempotency-key" in headers:
                    self.keys[headers["idempotency-key"]] += 1
                await self.answering((method, path, headers), writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
