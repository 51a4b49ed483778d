"""Limits on the speed of one transfer: `x-oss-traffic-limit`.

Source: OSS documentation, "Single-connection bandwidth throttling".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from yunbox.gateway.http.message import Body
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import invalid_argument

NAME = "x-oss-traffic-limit"
LEAST_BITS, MOST_BITS = 819_200, 838_860_800


def traffic_limit(call: Call) -> int:
    """Return the limit asked for, by header or parameter, in bytes a second; 0 for none.

    Raises CloudError (InvalidArgument) when it is not 819,200 to 838,860,800 bits a second.
    """
    text = call.header(NAME) or (call.query.get(NAME, "") if call.request.raw_query else "")
    if not text:
        return 0
    bits = int(text) if len(text) <= 10 and text.isascii() and text.isdigit() else 0
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise invalid_argument(
            f"The traffic limit must be an integer between {LEAST_BITS} and {MOST_BITS}.", NAME, text
        )
    return bits // 8


class PacedBody:
    """A body that is read at `rate` bytes a second at most; what the client sends faster waits."""

    def __init__(self, body: Body, rate: int) -> None:
        self._body = body
        self._rate = rate

    @property
    def length(self) -> int | None:
        """The announced number of bytes."""
        return self._body.length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come and the limit allows."""
        loop = asyncio.get_running_loop()
        start, taken = loop.time(), 0
        async for chunk in self._body:
            taken += len(chunk)
            if (wait := start + taken / self._rate - loop.time()) > 0:
                await asyncio.sleep(wait)
            yield chunk

    async def read(self, limit: int) -> bytes:
        """Return the whole body. Raises CloudError (EntityTooLarge) when it is longer than `limit` bytes."""
        data = await self._body.read(limit)
        await asyncio.sleep(len(data) / self._rate)
        return data
