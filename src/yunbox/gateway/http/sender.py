"""Writes responses: heads, bytes, and spans of files, as fast as the client takes them."""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import Callable, Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol

from yunbox.engines.objects.interface import FileSpan
from yunbox.gateway.http.message import Response

_CHUNK = 256 * 1024
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_BODILESS = (204, 304)


class HttpDate:
    """The time as a Date header field, written anew once a second."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._second = -1
        self._text = ""

    def __call__(self) -> str:
        """Return the text for this second."""
        second = int(self._now())
        if second != self._second:
            self._text, self._second = formatdate(second, usegmt=True), second
        return self._text


class Outlet(Protocol):
    """Where a body goes: the transport itself, or something before it."""

    def write(self, data: bytes | bytearray, /) -> None:
        """Take the next bytes."""
        ...


class _GzipChunks:
    """Compresses what is written and passes it on as the chunks of a chunked transfer."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._compressor = zlib.compressobj(level=1, wbits=31)
        self.sent = 0

    def write(self, data: bytes | bytearray, /) -> None:
        """Take the next bytes."""
        self._chunk(self._compressor.compress(data))

    def finish(self) -> None:
        """Send what is left, and the end."""
        self._chunk(self._compressor.flush())
        self._transport.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        if data:
            self.sent += len(data)
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))


def _pace(response: Response) -> _Pace | None:
    return _Pace(response.rate) if response.rate else None


class _Pace:
    """Keeps a transfer at `rate` bytes a second: waits as long as a piece takes before it is sent."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.chunk = max(min(_CHUNK, rate // 4), 1)
        self._loop = asyncio.get_running_loop()
        self._free = self._loop.time()

    async def wait(self, size: int) -> None:
        """Wait until `size` more bytes may go."""
        self._free += size / self.rate
        if (wait := self._free - self._loop.time()) > 0:
            await asyncio.sleep(wait)


class Sender:
    """The writing half of a connection."""

    def __init__(self, transport: asyncio.Transport, date: Callable[[], str]) -> None:
        self._transport = transport
        self._date = date
        self._writable: asyncio.Future[None] | None = None
        self._gone = False

    @property
    def blocked(self) -> bool:
        """Whether the client has stopped reading what is being sent."""
        return self._writable is not None

    def pause(self) -> None:
        """Stop writing until `resume`."""
        if self._writable is None:
            self._writable = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        """Go on writing."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def connection_lost(self) -> None:
        """Wake whoever waits to write; nothing more will be sent."""
        self._gone = True
        self.resume()

    async def send(self, response: Response, *, head_only: bool, keep_alive: bool) -> bool:
        """Write a whole response; return False when the client was gone before its end."""
        body = response.body
        if len(body) == 1 and isinstance(body[0], bytes) and not response.rate:
            body = body[0]
        length = response.length if response.length is not None else _length(body)
        head = self._head(response, length, keep_alive)
        if self._lost:
            complete = False
        elif head_only or response.status in _BODILESS:
            self._transport.write(head)
            complete = True
        elif response.gzip:
            self._transport.write(head)
            outlet = _GzipChunks(self._transport)
            complete = await self._send_spans(
                outlet, [body] if isinstance(body, bytes) else body, _pace(response)
            )
            if complete:
                outlet.finish()
            length = outlet.sent
        elif isinstance(body, bytes):
            self._transport.write(head + body)
            complete = await self._drained()
        else:
            self._transport.write(head)
            complete = await self._send_spans(self._transport, body, _pace(response))
        if response.finished is not None:
            response.finished(length if complete and not head_only else 0)
        return complete

    def _head(self, response: Response, length: int, keep_alive: bool) -> bytes:
        lines = [_STATUS_LINES.get(response.status, f"HTTP/1.1 {response.status} Status\r\n")]
        for name, value in response.headers:
            if "\n" in value or "\r" in value:
                raise ValueError(f"the response header {name} holds a line break")
            lines.append(f"{name}: {value}\r\n")
        if response.gzip:
            lines.append("Transfer-Encoding: chunked\r\n")
        elif response.status not in _BODILESS or response.length is not None:
            lines.append(f"Content-Length: {length}\r\n")
        lines.append(f"Date: {self._date()}\r\nConnection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n")
        return "".join(lines).encode("utf-8", "surrogateescape")

    async def _drained(self) -> bool:
        while self._writable is not None and not self._gone:
            await self._writable
        return not self._lost

    @property
    def _lost(self) -> bool:
        return self._gone or self._transport.is_closing()

    async def _send_spans(self, outlet: Outlet, body: Sequence[bytes | FileSpan], pace: _Pace | None) -> bool:
        for piece in body:
            if isinstance(piece, bytes):
                if pace is not None:
                    await pace.wait(len(piece))
                if self._lost:
                    return False
                outlet.write(piece)
                if not await self._drained():
                    return False
            elif not await self._send_file(outlet, piece, pace):
                self._transport.abort()
                return False
        return not self._lost

    async def _send_file(self, outlet: Outlet, span: FileSpan, pace: _Pace | None) -> bool:
        loop = asyncio.get_running_loop()
        try:
            descriptor = os.open(span.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            offset, end = span.offset, span.offset + span.length
            while offset < end:
                want = min(_CHUNK if pace is None else pace.chunk, end - offset)
                if pace is not None:
                    await pace.wait(want)
                    if self._lost:
                        return False
                data: bytes | bytearray
                try:
                    data = _read_cached(descriptor, want, offset)
                except BlockingIOError:
                    data = await loop.run_in_executor(None, os.pread, descriptor, want, offset)
                if not data:
                    return False
                outlet.write(data)
                offset += len(data)
                if not await self._drained():
                    return False
                if outlet is not self._transport:
                    # Compression takes its time; others get their turn between two pieces.
                    await asyncio.sleep(0)
            return True
        finally:
            os.close(descriptor)


def _length(body: bytes | Sequence[bytes | FileSpan]) -> int:
    if isinstance(body, bytes):
        return len(body)
    return sum(len(piece) if isinstance(piece, bytes) else piece.length for piece in body)


def _read_cached(descriptor: int, want: int, offset: int) -> bytes | bytearray:
    """Read what the page cache holds. Raises BlockingIOError when the disk would have to be waited for."""
    buffer = bytearray(want)
    count = os.preadv(descriptor, [buffer], offset, os.RWF_NOWAIT)
    del buffer[count:]
    return buffer
