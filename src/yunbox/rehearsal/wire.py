"""HTTP/1.1 as the generator speaks it: bytes of requests, and connections that read one answer after another."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

import httptools
import msgspec

from yunbox.rehearsal.plan import Request
from yunbox.rehearsal.templates import template

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
"""Methods that may be sent again whatever became of the first (RFC 9110, 9.2.2)."""

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class Answer(msgspec.Struct):
    """An answer's status, and those of its headers that were asked for, by lower-case name."""

    status: int
    headers: dict[bytes, bytes]


class Kind:
    """One kind of request, ready to be written."""

    def __init__(self, request: Request, host: str, seed: int, index: int) -> None:
        self.name = request.name
        self.method = request.method
        self.keyed = request.idempotency_key
        self.repeatable = request.idempotency_key or request.method in IDEMPOTENT
        self.expected = frozenset(request.expect) if request.expect else frozenset(range(200, 400))
        self.head_only = request.method == "HEAD"
        hole = index * 1000
        self._path = template(request.path, seed, hole)
        self._headers = template(_head(request, host), seed, hole + 300)
        self._body = template(request.body, seed, hole + 600) if request.body else None
        self._method = request.method.encode() + b" "

    def bytes_of(self, number: int, id_: str) -> bytes:
        """Return the whole request."""
        head = b"".join((self._method, self._path(number, id_), b" HTTP/1.1\r\n", self._headers(number, id_)))
        if self._body is None:
            return head + (b"\r\n" if self.method in _BODILESS else b"content-length: 0\r\n\r\n")
        body = self._body(number, id_)
        return b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), body)


def _head(request: Request, host: str) -> str:
    headers = {"Host": host, "User-Agent": "yunbox-rehearse", "Accept": "*/*"}
    if request.idempotency_key:
        headers["Idempotency-Key"] = "${id}"
    for name, value in request.headers.items():
        given = next((each for each in headers if each.lower() == name.lower()), name)
        headers[given] = value
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


class Keeper(Protocol):
    """Whoever owns connections."""

    wanted: frozenset[bytes]
    """Lower-case names of the headers that answers are read for."""

    def answered(self, connection: Connection, answer: Answer) -> None:
        """A whole answer has come; the connection is free when `reusable`."""
        ...

    def broken(self, connection: Connection, reason: str) -> None:
        """It ended with no whole answer to the request under way."""
        ...


class Connection(asyncio.Protocol):
    """A connection with at most one request under way. `load` is the owner's, whatever it is that is under way."""

    __slots__ = (
        "_answer", "_framed", "_headed", "_headers", "_keeper", "_parser", "closed", "head_only", "idle_since",
        "load", "place", "reusable", "transport",
    )  # fmt: skip

    def __init__(self, keeper: Keeper, place: object) -> None:
        self._keeper = keeper
        self.place = place
        self.transport: asyncio.Transport | None = None
        self.load: object = None
        self.head_only = False
        self.closed = False
        self.reusable = False
        self.idle_since = 0.0
        self._headers: dict[bytes, bytes] = {}
        self._framed = self._headed = False
        self._answer: Answer | None = None
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def send(self, data: bytes, load: object, *, head_only: bool) -> None:
        """Write a request; its answer goes to the keeper."""
        self.load, self.head_only = load, head_only
        self._headers, self._framed, self._headed = {}, False, False
        assert self.transport is not None
        self.transport.write(data)

    def close(self) -> None:
        """Let go of it at once, with nothing said to the keeper."""
        self.closed, self.load = True, None
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Feed the parser. What comes with no request under way ends the connection."""
        if self.load is None:
            self._break("unasked answer")
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if self._answer is None:
                self._break("not an HTTP answer")
                return
            self.reusable = False
        if (answer := self._answer) is not None:
            self._answer = None
            if not self.reusable:
                self._keeper.answered(self, answer)
                self.close()
            else:
                self._keeper.answered(self, answer)

    def on_message_begin(self) -> None:
        """Forget the last answer's headers. A second answer to one request ends the connection."""
        if self._answer is not None:
            self.reusable = False
        self._headers, self._framed, self._headed = {}, False, False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header that was asked for, and note one that tells where the body ends."""
        lower = name.lower()
        if lower in _FRAMING:
            self._framed = True
        if lower in self._keeper.wanted:
            self._headers[lower] = value

    def on_headers_complete(self) -> None:
        """Take the answer to HEAD for whole: no body follows, whatever its headers say."""
        self._headed = True
        if self.head_only and self._parser.get_status_code() >= 200:
            self._complete(reusable=self._parser.should_keep_alive())
            self._parser = httptools.HttpResponseParser(self)

    def on_message_complete(self) -> None:
        """Hand over a whole answer; one of 1xx is only a sign that another follows."""
        if self._parser.get_status_code() >= 200 and not (self.head_only and self._answer is not None):
            self._complete(reusable=self._parser.should_keep_alive())

    def _complete(self, *, reusable: bool) -> None:
        # A second answer in the same bytes was not asked for.
        self.reusable = reusable and self._answer is None
        self._answer = self._answer or Answer(self._parser.get_status_code(), self._headers)

    def eof_received(self) -> bool:
        """An answer without a length ends with the connection."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the keeper, unless it let go itself."""
        if self.closed:
            return
        if self.load is not None and error is None and self._ended_by_close():
            return
        self._break("connection reset" if error is not None else "connection closed")

    def _ended_by_close(self) -> bool:
        """Whether the end of the connection was the end of an answer: one that said no length."""
        if self._framed or not self._headed:
            return False
        self.closed, self.reusable = True, False
        self._keeper.answered(self, Answer(self._parser.get_status_code(), self._headers))
        self.load = None
        return True

    def _break(self, reason: str) -> None:
        self.closed = True
        self._keeper.broken(self, reason)
        self.load = None
        if self.transport is not None:
            self.transport.abort()
