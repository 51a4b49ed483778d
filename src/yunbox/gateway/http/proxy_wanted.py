"""What a connection knows of proxies: that a client wants one, and what it hands over then.

The proxy itself (`yunbox.gateway.http.proxy`) is loaded with the first request for it.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import msgspec


class ProxyWantedError(Exception):
    """The head of a request asks for a proxy: its target is a host, or a URL of somebody else's."""


class Asked(msgspec.Struct, frozen=True):
    """The head of a request whose target is no path: `host:port` or a whole URL.

    `fields` are in the order sent, their names in lower case. `early` are the bytes that came behind the head.
    """

    method: str
    target: str
    fields: list[tuple[str, str]]
    early: bytes = b""


class Proxy(Protocol):
    """Takes over the connections of clients who want a proxy."""

    async def serve(self, transport: asyncio.Transport, asked: Asked) -> None:
        """Take over a connection, whose reading is paused, behind the head of a request."""
        ...


class Ending(Protocol):
    """What a listener asks of whatever lasts as long as a client's connection."""

    def check_deadline(self, monotonic: float) -> None:
        """Close it when what it waits for is overdue."""
        ...

    def close_if_idle(self) -> None:
        """Close it when there is nothing to be finished."""
        ...

    def abort(self) -> None:
        """Close it at once."""
        ...
