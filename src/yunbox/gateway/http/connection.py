"""One client connection: HTTP/1.1 in and out, with limits, time-outs, pipelining and back pressure.

Parsing is llhttp's (through httptools). The bytes of header fields and paths reach the chain unchanged, which
generic servers do not promise: signatures cover them.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

import httptools

from yunbox.errors import CloudError
from yunbox.gateway.http.authority import answers
from yunbox.gateway.http.body import StreamBody
from yunbox.gateway.http.delayed_ack import acknowledge
from yunbox.gateway.http.eager import begin
from yunbox.gateway.http.message import Headers, Request, Response
from yunbox.gateway.http.proxy_wanted import Asked, Ending, Proxy, ProxyWantedError
from yunbox.gateway.http.sender import HttpDate, Sender
from yunbox.gateway.limits import Limits

App = Callable[[Request], Awaitable[Response]]


class RefusalError(CloudError):
    """A request that cannot even be parsed: answered without a body, and the connection closed."""


class Listener:
    """What all connections of a worker share: the application, limits, and the register of connections.

    `open_proxy` is called when the first client wants one; without it there is none. `tls` is what the secure
    port serves with, once there is a certificate.
    """

    def __init__(
        self,
        app: App,
        limits: Limits,
        now: Callable[[], float],
        open_proxy: Callable[[Listener], Proxy] | None = None,
    ) -> None:
        self.app = app
        self.limits = limits
        self.date = HttpDate(now)
        self.connections: set[Ending] = set()
        self.draining = False
        self.tls: ssl.SSLContext | None = None
        self.open_proxy = open_proxy
        self._proxy: Proxy | None = None

    @property
    def proxy(self) -> Proxy:
        """The proxy, for which `open_proxy` must be given."""
        if self._proxy is None:
            assert self.open_proxy is not None
            self._proxy = self.open_proxy(self)
        return self._proxy

    def factory(self, scheme: str) -> Callable[[], Connection]:
        """Return a maker of connections for a port that speaks `scheme`."""
        return lambda: Connection(self, scheme)

    def sweep(self, monotonic: float) -> None:
        """Close every connection whose time has run out; called about once a second."""
        for connection in list(self.connections):
            connection.check_deadline(monotonic)

    async def drain(self, seconds: float) -> None:
        """Let the requests under way finish, then close what is left."""
        self.draining = True
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        for connection in list(self.connections):
            connection.close_if_idle()
        while self.connections and loop.time() < end:
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.abort()


class Connection(asyncio.Protocol):
    """Reads requests, runs the application for one at a time, and writes its answers in order."""

    def __init__(self, listener: Listener, scheme: str) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._scheme = scheme
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._pending: deque[tuple[Request, StreamBody, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._body: StreamBody | None = None
        self._in_head = False
        self._head_bytes = 0
        self._head_size = 0
        self._url = b""
        self._fields: list[tuple[str, str]] = []
        self._expects_continue = False
        self._paused = False
        self._closing = False
        self._partial: tuple[object, bytes] = (None, b"")
        self._deadline = self._loop.time() + self._limits.head_seconds
        self._peer = ""
        self._tls = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection, or turn it away when there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        self._sender = Sender(self._transport, self._listener.date)
        peer = self._transport.get_extra_info("peername")
        self._peer = str(peer[0]) if isinstance(peer, tuple) else ""
        secure = self._transport.get_extra_info("ssl_object")
        self._tls = "" if secure is None else secure.version() or ""
        if len(self._listener.connections) >= self._limits.connections or self._listener.draining:
            self._transport.abort()
            return
        self._listener.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what still runs for a client that is gone."""
        self._listener.connections.discard(self)
        self._closing = True
        if self._body is not None:
            self._body.fail(CloudError("RequestTimeout", 400, "The client closed the connection."))
        self._sender.connection_lost()
        self._pending.clear()

    def pause_writing(self) -> None:
        """The client reads more slowly than we send."""
        self._sender.pause()
        self._deadline = self._loop.time() + self._limits.write_idle_seconds

    def resume_writing(self) -> None:
        """The client caught up."""
        self._sender.resume()

    def eof_received(self) -> bool:
        """Keep the connection open for the answer when a client half-closes after its request."""
        self._closing = True
        if self._body is not None:
            self._body.fail(CloudError("IncompleteBody", 400, "The request body ended too early."))
        return self._task is not None and self._scheme == "http"

    def data_received(self, data: bytes) -> None:
        """Parse what came; a request starts as soon as its head is complete."""
        if self._closing:
            return
        if self._body is None:
            self._head_bytes += len(data)
            if not self._in_head:
                self._deadline = self._loop.time() + self._limits.head_seconds
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._closing = True
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, ProxyWantedError) and (asked := self._asked(data)) is not None:
                self._closing = True
                self._transport.pause_reading()
                self._task = self._loop.create_task(self._hand_over(asked))
                return
            self._start()
            self._refuse(
                cause if isinstance(cause, RefusalError) else RefusalError("BadRequest", 400, "Not HTTP/1.1.")
            )
            return
        self._start()
        if self._body is not None:
            self._deadline = self._loop.time() + self._limits.body_idle_seconds
            if self._body.buffered > self._limits.body_buffer and not self._paused:
                self._paused = True
                self._transport.pause_reading()
        elif self._in_head:
            fields, tail = self._partial
            self._partial = (self._fields, ((tail if fields is self._fields else b"") + data)[-3:])
            if self._head_bytes > self._limits.head_bytes:
                self._refuse(
                    RefusalError("RequestHeaderFieldsTooLarge", 431, "The request head is too long.")
                )

    def _asked(self, data: bytes) -> Asked | None:
        """Return what a proxy is asked for by the head that ends in `data`; None while others wait for answers."""
        if self._task is not None or self._pending:
            return None
        fields, tail = self._partial
        if fields is not self._fields:
            # The head began in this piece, at most behind empty lines.
            tail, data = b"", data.lstrip(b"\r\n")
        _, end, early = (tail + data).partition(b"\r\n\r\n")
        if not end:
            return None
        method = self._parser.get_method().decode("ascii")
        return Asked(method, self._url.decode("utf-8", "surrogateescape"), self._fields, early)

    async def _hand_over(self, asked: Asked) -> None:
        try:
            await self._listener.proxy.serve(self._transport, asked)
        except Exception as error:
            self._transport.abort()
            self._loop.call_exception_handler({"message": "the proxy failed", "exception": error})
        finally:
            self._task = None
            self._listener.connections.discard(self)

    def on_message_begin(self) -> None:
        """Start a request's head (called by the parser, like all `on_` methods)."""
        self._in_head = True
        self._head_size = 0
        self._url = b""
        self._fields = []
        self._expects_continue = False

    def on_url(self, url: bytes) -> None:
        """Collect the request target."""
        self._url += url
        self._grow(len(url))

    def _grow(self, count: int) -> None:
        self._head_size += count
        if self._head_size > self._limits.head_bytes:
            raise RefusalError("RequestHeaderFieldsTooLarge", 431, "The request head is too long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect one header field."""
        self._grow(len(name) + len(value))
        if len(self._fields) >= self._limits.header_count:
            raise RefusalError("RequestHeaderFieldsTooLarge", 431, "Too many header fields.")
        field = name.decode("latin-1").lower()
        if field == "expect":
            self._expects_continue = value.lower() == b"100-continue"
        self._fields.append((field, value.decode("utf-8", "surrogateescape")))

    def on_headers_complete(self) -> None:
        """Hand the request to the application; its body follows."""
        self._in_head = False
        self._head_bytes = 0
        if len(self._pending) >= self._limits.pipelined:
            raise RefusalError("TooManyRequests", 429, "Too many pipelined requests.")
        headers = Headers(self._fields)
        length = int(text) if (text := headers.get("content-length")).isdigit() else None
        if length is None and "transfer-encoding" not in headers:
            length = 0
        body = StreamBody(length, self._demand)
        if length == 0 and self._task is None and not self._pending:
            # Nobody will ask for an empty body, yet botocore waits for the invitation: it would take a final
            # answer that came without one for the answer to the connection's next request as well.
            self._demand()
        request = self._build_request(headers, body)
        self._body = body
        self._pending.append((request, body, self._parser.should_keep_alive()))

    def _build_request(self, headers: Headers, body: StreamBody) -> Request:
        if sum(1 for name, _ in self._fields if name == "host") > 1:
            raise RefusalError("BadRequest", 400, "More than one Host header field.")
        text = self._url.decode("utf-8", "surrogateescape")
        host = headers.get("host")
        if not text.startswith("/"):
            host, text = self._absolute(text, host)
        target, _, query = text.partition("#")[0].partition("?")
        return Request(
            method=self._parser.get_method().decode("ascii"),
            target=target,
            raw_query=query,
            headers=headers,
            host=host.lower(),
            body=body,
            scheme=self._scheme,
            peer=self._peer,
            tls=self._tls,
            version=self._parser.get_http_version(),
        )

    def _absolute(self, text: str, host: str) -> tuple[str, str]:
        """Return the host and the path of a target that is no path. Raises ProxyWantedError."""
        wanted = self._listener.open_proxy is not None and self._scheme == "http"
        if self._parser.get_method() == b"CONNECT":
            raise (
                ProxyWantedError
                if wanted
                else RefusalError("NotImplemented", 501, "CONNECT is not served here.")
            )
        scheme, separator, rest = text.partition("://")
        if separator and scheme.lower() in ("http", "https"):
            cut = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
            host, text = rest[:cut].rpartition("@")[2], rest[cut:]
            text = text if text.startswith("/") else f"/{text}"
            if wanted and not answers(host, self._transport.get_extra_info("sockname")):
                raise ProxyWantedError
            if self._parser.get_method() not in (b"GET", b"HEAD"):
                acknowledge(self._transport)
        return host, text

    def on_body(self, data: bytes) -> None:
        """Pass on a piece of the body."""
        if self._body is not None:
            self._body.feed(data)

    def on_message_complete(self) -> None:
        """The body is complete; what follows is the next request."""
        if self._body is not None:
            self._body.finish()
        self._body = None

    def _demand(self) -> None:
        if self._expects_continue:
            self._expects_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._resume_reading()

    def _resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self._deadline = self._loop.time() + self._limits.body_idle_seconds
            self._transport.resume_reading()

    def _start(self) -> None:
        """Serve what is pending, unless that is under way."""
        if self._task is None and self._pending:
            self._task = begin(self._loop, self._serve())

    async def _serve(self) -> None:
        try:
            while self._pending and await self._serve_one(*self._pending[0]):
                self._pending.popleft()
        except Exception as error:
            self._transport.abort()
            self._loop.call_exception_handler({"message": "a response could not be sent", "exception": error})
        finally:
            self._task = None
        if self._pending:
            self._close()
        else:
            self._deadline = self._loop.time() + self._limits.idle_seconds

    async def _serve_one(self, request: Request, body: StreamBody, keep_alive: bool) -> bool:
        """Answer one request; return whether the connection can be used for another."""
        response = await self._listener.app(request)
        keep = keep_alive and not self._closing and not self._listener.draining
        uninvited = self._expects_continue and self._body is body
        if not body.finished:
            # A client that announces a body for a GET may well never send it (oss2 does so for signed URLs).
            keep = keep and not uninvited and request.method not in ("GET", "HEAD", "DELETE")
            body.discard()
            self._resume_reading()
        sent = await self._sender.send(response, head_only=request.method == "HEAD", keep_alive=keep)
        if sent and not body.finished and not uninvited:
            keep = await self._swallow(body) and keep
        return sent and keep

    async def _swallow(self, body: StreamBody) -> bool:
        """Read on to the end of a refused body, so that the client gets to see the answer."""
        await asyncio.sleep(0)  # a time-out needs to be inside a task
        try:
            async with asyncio.timeout(self._limits.linger_seconds):
                async for _ in body:
                    pass
        except (TimeoutError, CloudError):
            return False
        return True

    def _refuse(self, refusal: RefusalError) -> None:
        self._closing = True
        if self._task is None:
            self._transport.write(
                b"HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                % (refusal.status, refusal.code.encode())
            )
            self._transport.close()
        elif self._body is not None:
            self._body.fail(refusal)

    def _close(self) -> None:
        self._closing = True
        self._transport.close()

    def check_deadline(self, monotonic: float) -> None:
        """Close the connection when what it waits for is overdue."""
        if monotonic < self._deadline:
            return
        if self._sender.blocked:
            self._transport.abort()
        elif self._body is not None and self._task is not None:
            if not self._paused:
                self._body.fail(CloudError("RequestTimeout", 400, "The request body did not arrive in time."))
                self._closing = True
        elif self._task is None:
            self._close()

    def close_if_idle(self) -> None:
        """Close now when no request is under way."""
        if self._task is None:
            self._close()

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()
