"""Against the 40 milliseconds that a small request through a proxy takes otherwise.

Clients that send head and body apart turn Nagle's algorithm off, but some (urllib3, so requests and the vendor's
SDKs) leave it on towards a proxy: the body then waits for the head's acknowledgement, which the kernel delays.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

_QUICK = getattr(socket, "TCP_QUICKACK", None)


def acknowledge(transport: asyncio.Transport) -> None:
    """Acknowledge what was received at once. It holds until the next answer, so it is to be said each time."""
    found = transport.get_extra_info("socket")
    if _QUICK is None or found is None:
        return
    with contextlib.suppress(OSError):
        found.setsockopt(socket.IPPROTO_TCP, _QUICK, 1)
