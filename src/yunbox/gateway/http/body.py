"""The body of a request as it arrives, with back pressure."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from yunbox.errors import CloudError


class StreamBody:
    """Bytes pushed in by the connection and pulled out by one reader.

    `on_demand` is called when the reader waits for bytes (to send `100 Continue`, to resume reading the
    socket); the connection calls `feed`, `finish` and `fail`.
    """

    __slots__ = (
        "_chunks",
        "_error",
        "_finished",
        "_on_demand",
        "_waiter",
        "buffered",
        "discarding",
        "length",
    )

    def __init__(self, length: int | None, on_demand: Callable[[], None]) -> None:
        self.length = length
        self.buffered = 0
        self.discarding = False
        self._chunks: deque[bytes] = deque()
        self._finished = False
        self._error: CloudError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._on_demand = on_demand

    @property
    def finished(self) -> bool:
        """Whether the last byte has arrived."""
        return self._finished

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        if self.discarding:
            return
        self._chunks.append(data)
        self.buffered += len(data)
        self._wake()

    def finish(self) -> None:
        """Say that the body is complete."""
        self._finished = True
        self._wake()

    def fail(self, error: CloudError) -> None:
        """Say that the rest will never come."""
        if not self._finished:
            self._error = error
            self._wake()

    def discard(self) -> None:
        """Throw away what is buffered and what is yet to come."""
        self.discarding = True
        self._chunks.clear()
        self.buffered = 0

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come. Raises CloudError on time-out or when the client goes away."""
        while True:
            if self._chunks:
                data = self._chunks.popleft()
                self.buffered -= len(data)
                yield data
                continue
            if self._finished:
                return
            if self._error is not None:
                raise self._error
            self._waiter = asyncio.get_running_loop().create_future()
            self._on_demand()
            await self._waiter

    async def read(self, limit: int) -> bytes:
        """Return the whole body. Raises CloudError (EntityTooLarge) when it is longer than `limit` bytes."""
        if (self.length or 0) > limit:
            raise _too_large(limit)
        if self._finished and len(self._chunks) == 1:
            data = self._chunks.popleft()
            self.buffered = 0
            if len(data) <= limit:
                return data
            raise _too_large(limit)
        parts: list[bytes] = []
        total = 0
        async for chunk in self:
            total += len(chunk)
            if total > limit:
                raise _too_large(limit)
            parts.append(chunk)
        return b"".join(parts)


def _too_large(limit: int) -> CloudError:
    return CloudError("EntityTooLarge", 400, f"The request body must not be longer than {limit} bytes.")
