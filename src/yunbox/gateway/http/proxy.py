"""The front door as a proxy: the vendor's hosts are this cloud, all others are reached for this machine alone.

Loaded when the first client asks for it. The vendor's names under CONNECT become ordinary connections of this
server, on port 80 plain and on any other within TLS under a certificate for the name. Whatever else a program on
this machine asks for goes where it would have gone, through the proxy that HTTP_PROXY and its like named when
the cloud was started, if they did. Nobody else is served: a front door that others can reach is no open proxy.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from yunbox.gateway.http.authority import Authority, is_this_machine, parse_authority
from yunbox.gateway.http.connection import Connection, Listener
from yunbox.gateway.http.delayed_ack import acknowledge
from yunbox.gateway.http.forwarding import ESTABLISHED, Plan, ProxyRefusalError, Upstreams, plan
from yunbox.gateway.http.outward import reach
from yunbox.gateway.http.proxy_wanted import Asked
from yunbox.gateway.http.tunnel import Tunnel
from yunbox.gateway.leaf_certificates import LeafCertificates
from yunbox.gateway.tls import TlsError


class Proxy:
    """Serves connections whose client takes the front door for a proxy. `environment` is the cloud's own."""

    def __init__(
        self, listener: Listener, tls: Path, now: Callable[[], float], environment: Mapping[str, str]
    ) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._tls = tls
        self._now = now
        self._upstreams = Upstreams.of(environment)
        self._leaves: LeafCertificates | None = None
        self._tunnels: set[Tunnel] = set()

    async def serve(self, transport: asyncio.Transport, asked: Asked) -> None:
        """Take over a connection, whose reading is paused, at the head of a request."""
        try:
            await self._serve(transport, asked)
        except ProxyRefusalError as error:
            if not transport.is_closing():
                transport.write(error.answer())
            transport.close()
        except (OSError, TimeoutError):
            transport.abort()

    async def _serve(self, transport: asyncio.Transport, asked: Asked) -> None:
        peer, own = (transport.get_extra_info(name) for name in ("peername", "sockname"))
        local = bool(peer and own) and is_this_machine(str(peer[0]), str(own[0]))
        if asked.method == "CONNECT":
            authority = parse_authority(asked.target, None)
            if authority is not None and authority.is_vendors:
                await self._answer(transport, authority, asked.early, local=local)
                return
        if not local:
            raise ProxyRefusalError(403, "This is a proxy to other hosts for its own machine only.")
        # Its port tells this cloud from others on the way: two that are each other's upstream must not chase.
        await self._forward(transport, plan(asked, self._upstreams, f"1.1 yunbox-{own[1]}"))

    async def _answer(
        self, transport: asyncio.Transport, authority: Authority, early: bytes, *, local: bool
    ) -> None:
        """Make the connection one of this server's own, for a host of the vendor's."""
        if authority.port == 80:
            transport.write(ESTABLISHED)
            self._begin(transport, "http", early)
            return
        if early:
            raise ProxyRefusalError(400, "Nothing may follow CONNECT before it is answered.")
        context = await self._context(authority.host, local=local)
        if transport.is_closing():
            return
        transport.write(ESTABLISHED)
        arriving = _Arriving()
        secure = await asyncio.get_running_loop().start_tls(
            transport, arriving, context, server_side=True, ssl_handshake_timeout=self._limits.head_seconds
        )
        if secure is None or arriving.over:
            transport.abort()
            return
        self._begin(secure, "https", bytes(arriving.data))

    async def _context(self, name: str, *, local: bool) -> ssl.SSLContext:
        server = self._listener.tls
        if server is None:
            raise ProxyRefusalError(503, "The cloud's certificate is still being made.")
        try:
            if self._leaves is None:
                self._leaves = LeafCertificates(self._tls, server, self._now)
            found = self._leaves.at_hand(name)
            if found is None and not local:
                # A stranger is not to have any number of certificates made.
                raise ProxyRefusalError(403, f"There is no certificate for {name}.")
            return found or await self._leaves.context(name)
        except (OSError, TlsError) as error:
            raise ProxyRefusalError(502, f"There is no certificate for {name}: {error}.") from None

    def _begin(self, transport: asyncio.Transport, scheme: str, data: bytes) -> None:
        connection = _Tunnelled(self._listener, scheme)
        transport.set_protocol(connection)
        connection.connection_made(transport)
        if transport.is_closing():
            return
        if data:
            connection.data_received(data)
        transport.resume_reading()

    async def _forward(self, transport: asyncio.Transport, way: Plan) -> None:
        if len(self._tunnels) >= self._limits.tunnels:
            raise ProxyRefusalError(503, "There are too many connections to other hosts.")
        tunnel = Tunnel(transport, way.reply, way.first, self._limits.tunnel_idle_seconds, self._forget)
        self._tunnels.add(tunnel)
        self._listener.connections.add(tunnel)
        try:
            async with asyncio.timeout(self._limits.tunnel_connect_seconds):
                await reach(way.to, tunnel.to_server, tls=way.tls)
        except TimeoutError:
            if not tunnel.joined:
                raise ProxyRefusalError(504, f"{way.to} does not answer.") from None
        finally:
            if not tunnel.joined:
                self._forget(tunnel)

    def _forget(self, tunnel: Tunnel) -> None:
        self._tunnels.discard(tunnel)
        self._listener.connections.discard(tunnel)


class _Tunnelled(Connection):
    """A connection whose client takes the other side for a proxy."""

    def on_headers_complete(self) -> None:
        """Hand the request to the application, and hurry its body."""
        super().on_headers_complete()
        if self._body is not None and self._parser.get_method() not in (b"GET", b"HEAD"):
            acknowledge(self._transport)


class _Arriving(asyncio.Protocol):
    """Keeps what comes between the end of a TLS handshake and the connection that is made of it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.over = False

    def data_received(self, data: bytes) -> None:
        """Keep it. The record that ended the handshake may have brought a request along."""
        self.data += data

    def eof_received(self) -> bool:
        """Note that the client will send nothing more; it has not said anything whole yet either."""
        self.over = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note it."""
        self.over = True
