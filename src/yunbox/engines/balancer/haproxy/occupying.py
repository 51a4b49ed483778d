"""Keeps the one place of the server that is none taken (see `backends`), so that no held request gets it.

One that got it would begin to wait anew. Where nobody keeps the place, as while the cloud's controllers are dead, the
first request does, and a few requests may wait for twice as long as they should.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from yunbox.engines.balancer.haproxy.backends import OCCUPANT, way
from yunbox.engines.balancer.haproxy.records import Folder
from yunbox.engines.balancer.haproxy.runtime import reachable

_AGAIN_SECONDS = 0.05
_LOOK_SECONDS = 1.0
# It comes from no address, as no request of a client's does.
_REQUEST = f"PROXY UNKNOWN\r\nGET / HTTP/1.1\r\nHost: hold\r\n{OCCUPANT}: 1\r\n\r\n".encode()


async def occupy(folder: Folder, number: int, backend: str, wait: float, wanted: Callable[[], bool]) -> None:
    """Take the place in the process of that number, again and again while it is `wanted`.

    Afterwards it is kept for `wait` seconds more: what waits in a process that was replaced waits on.
    """
    place = folder.path / way(backend, number)
    while wanted():
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as taken:
            taken.setblocking(False)
            loop = asyncio.get_running_loop()
            with reachable(place) as path:
                await loop.sock_connect(taken, path)
            await loop.sock_sendall(taken, _REQUEST)
            if await _ended(taken, wanted):
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await _ended(taken, lambda: True)
            return
        await asyncio.sleep(_AGAIN_SECONDS)


async def _ended(taken: socket.socket, wanted: Callable[[], bool]) -> bool:
    """Return True when the other side has ended it, False as soon as it is no longer wanted."""
    loop = asyncio.get_running_loop()
    while wanted():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await loop.sock_recv(taken, 4096)
                return True
    return False
