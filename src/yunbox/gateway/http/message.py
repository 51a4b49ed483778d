"""Requests and responses, as the chain sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Protocol
from urllib.parse import unquote_to_bytes

from yunbox.engines.objects.interface import FileSpan
from yunbox.errors import CloudError

QueryPairs = list[tuple[str, str]]


class Headers:
    """Header fields by lower-case name.

    Values are text decoded as UTF-8 with `surrogateescape`, so that encoding them the same way gives back the
    very bytes that were sent (signatures cover bytes, and Chinese users send unescaped UTF-8).
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        merged: dict[str, str] = {}
        for name, value in fields:
            merged[name] = f"{merged[name]},{value}" if name in merged else value
        self._fields = merged

    def get(self, name: str, default: str = "") -> str:
        """Return the value of a field (repeated ones joined by a comma), or `default`."""
        return self._fields.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields.items())


class Body(Protocol):
    """The body of a request, read once, as it arrives."""

    @property
    def length(self) -> int | None:
        """The announced number of bytes; None when it comes in chunks of unannounced total."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes as they come. Raises CloudError on time-out or when the client goes away."""
        ...

    async def read(self, limit: int) -> bytes:
        """Return the whole body. Raises CloudError (EntityTooLarge) when it is longer than `limit` bytes."""
        ...


class Request:
    """A request as it came in.

    `target` is the raw path with neither scheme, authority nor query; `raw_query` what follows the `?`.
    `host` is the authority of an absolute-form target, else the Host header, lower-case, port included.
    `tls` is the version the connection speaks (`TLSv1.3`), empty for a plain one; `version` is HTTP's.
    """

    __slots__ = (
        "_query",
        "body",
        "headers",
        "host",
        "method",
        "peer",
        "raw_query",
        "scheme",
        "target",
        "tls",
        "version",
    )

    def __init__(  # noqa: PLR0913 - a request has this many parts
        self,
        *,
        method: str,
        target: str,
        raw_query: str,
        headers: Headers,
        host: str,
        body: Body,
        scheme: str = "http",
        peer: str = "",
        tls: str = "",
        version: str = "1.1",
    ) -> None:
        self.method = method
        self.target = target
        self.raw_query = raw_query
        self.headers = headers
        self.host = host
        self.body = body
        self.scheme = scheme
        self.peer = peer
        self.tls = tls
        self.version = version
        self._query: QueryPairs | None = None

    @property
    def path(self) -> str:
        """The percent-decoded path. Raises CloudError when it is not UTF-8."""
        return decode(self.target) if "%" in self.target else self.target

    @property
    def query_pairs(self) -> QueryPairs:
        """The decoded query parameters in the order sent; one without `=` has the value ``""``."""
        if self._query is None:
            self._query = parse_query(self.raw_query) if self.raw_query else []
        return self._query

    @property
    def query(self) -> dict[str, str]:
        """The decoded query parameters; the first of equal names counts."""
        return dict(reversed(self.query_pairs)) if self.raw_query else {}


class Response:
    """An answer. `body` is bytes, or a sequence of bytes and file spans that are sent without being read whole.

    Content-Length and Date are added by the connection; `length` overrides the first (for HEAD). `finished` is
    called with the number of body bytes sent, once the last one is handed to the operating system. `rate` limits
    the body to so many bytes a second; 0 sends as fast as the client takes it. `gzip` compresses the body on its
    way, in chunks of unannounced total, which only HTTP/1.1 knows; whoever sets it states the Content-Encoding.
    """

    __slots__ = ("body", "finished", "gzip", "headers", "length", "rate", "status")

    def __init__(
        self,
        status: int,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | Sequence[bytes | FileSpan] = b"",
        *,
        length: int | None = None,
    ) -> None:
        self.status = status
        self.headers = list(headers)
        self.body = body
        self.length = length
        self.rate = 0
        self.gzip = False
        self.finished: Callable[[int], None] | None = None


def decode(text: str) -> str:
    """Percent-decode UTF-8. Raises CloudError when the bytes are not UTF-8."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise CloudError(
            "InvalidArgument", 400, "The request URI is not percent-encoded UTF-8.", ec="0002-00000040"
        ) from None


def parse_query(raw: str, limit: int = 1000) -> QueryPairs:
    """Split and decode a query string (`+` is a space). Raises CloudError past `limit` parameters."""
    pairs: QueryPairs = []
    for piece in raw.split("&", limit):
        if len(pairs) == limit:
            raise CloudError("InvalidArgument", 400, f"A request may have at most {limit} query parameters.")
        if not piece:
            continue
        name, _, value = piece.partition("=")
        if "%" in piece or "+" in piece:
            name, value = decode(name.replace("+", " ")), decode(value.replace("+", " "))
        pairs.append((name, value))
    return pairs
