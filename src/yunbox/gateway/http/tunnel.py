"""Two connections whose bytes go to each other, with back pressure, half-closes and a time-out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from yunbox.gateway.http.delayed_ack import acknowledge


class Tunnel:
    """A client's connection joined to a server's, once the protocol from `to_server` is connected.

    `reply` is for the client and `first` for the server then, all other bytes are theirs. The client's connection
    must be paused until then. `ended` is called once or more when it is over.
    """

    def __init__(
        self,
        client: asyncio.Transport,
        reply: bytes,
        first: bytes,
        idle_seconds: float,
        ended: Callable[[Tunnel], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._client = client
        self._server: asyncio.Transport | None = None
        self._reply = reply
        self._first = first
        self._idle = idle_seconds
        self._deadline = self._loop.time() + idle_seconds
        self._ended = ended
        self._talking = 2

    def to_server(self) -> End:
        """Return the protocol for the server's connection."""
        return End(self, self._client)

    @property
    def joined(self) -> bool:
        """Whether the server's connection is there."""
        return self._server is not None

    def join(self, server: asyncio.Transport) -> None:
        """Go ahead, since the server is there."""
        self._server = server
        if self._client.is_closing():
            self.abort()
            return
        if self._first:
            server.write(self._first)
        if self._reply:
            self._client.write(self._reply)
        self._client.set_protocol(ClientEnd(self, server, self._client))
        self._client.resume_reading()

    def touch(self) -> None:
        """Bytes went by."""
        self._deadline = self._loop.time() + self._idle

    def said_all(self) -> None:
        """One side will say no more; when neither will, that was all."""
        self._talking -= 1
        if not self._talking:
            self.lost()

    def lost(self) -> None:
        """One side is gone: the other gets what is still on its way, and is closed."""
        self._ended(self)
        self._client.close()
        if self._server is not None:
            self._server.close()

    def check_deadline(self, monotonic: float) -> None:
        """End it when nothing has gone by for too long."""
        if monotonic >= self._deadline:
            self.abort()

    def close_if_idle(self) -> None:
        """End it when the cloud is told to stop: what goes by is not for the cloud to finish."""
        self.abort()

    def abort(self) -> None:
        """End it at once."""
        self._ended(self)
        self._client.abort()
        if self._server is not None:
            self._server.abort()


class End(asyncio.Protocol):
    """Reads one side of a tunnel and writes to the other."""

    def __init__(self, tunnel: Tunnel, other: asyncio.Transport) -> None:
        self._tunnel = tunnel
        self._other = other
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the two (called for the server's connection only, before anything is read from it)."""
        self._tunnel.join(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        self._tunnel.touch()
        self._other.write(data)

    def eof_received(self) -> bool:
        """Pass on that this side will say no more; it may still listen, where the other can be told so."""
        if not self._other.can_write_eof() or self._other.is_closing():
            return False
        if not self._ended:
            # A stream that is resumed after its end tells of the end again.
            self._ended = True
            self._other.write_eof()
            self._tunnel.said_all()
        return True

    def pause_writing(self) -> None:
        """This side reads too slowly: hear no more from the other."""
        if not self._other.is_closing():
            self._other.pause_reading()

    def resume_writing(self) -> None:
        """This side caught up."""
        if not self._other.is_closing():
            self._other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the other side too."""
        self._tunnel.lost()


class ClientEnd(End):
    """Reads the client's side."""

    def __init__(self, tunnel: Tunnel, other: asyncio.Transport, own: asyncio.Transport) -> None:
        super().__init__(tunnel, other)
        self._own = own

    def data_received(self, data: bytes) -> None:
        """Pass on, and let the next piece come."""
        super().data_received(data)
        acknowledge(self._own)
