"""What to do with a request to a proxy: whom to connect to, and which bytes go first. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from yunbox.gateway.http.authority import Authority, parse_authority
from yunbox.gateway.http.proxy_wanted import Asked

_HOP_BY_HOP = frozenset(("connection", "keep-alive", "proxy-connection", "proxy-authorization", "te"))
"""Fields that concern one connection only (RFC 9110, 7.6.1); Transfer-Encoding stays, as bodies pass unchanged."""

_UNSAFE = re.compile(r"[\0-\x20\x7f]")


class ProxyRefusalError(Exception):
    """What a client is asking of the proxy cannot be done."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def answer(self) -> bytes:
        """Return the whole response."""
        body = f"yunbox: {self.message}\n".encode("utf-8", "replace")
        head = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body


class Upstream(msgspec.Struct, frozen=True):
    """Another proxy, reached by TLS if `tls`. `authorization` is a Proxy-Authorization, or empty."""

    to: Authority
    tls: bool = False
    authorization: str = ""


class Upstreams(msgspec.Struct, frozen=True):
    """Which hosts are reached through another proxy, as the usual variables say."""

    plain: Upstream | None = None
    secure: Upstream | None = None
    direct: tuple[str, ...] = ()

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Upstreams:
        """Read HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, the lower-case ones first.

        Only proxies that speak HTTP are taken. NO_PROXY lists names that stand for all under them, addresses, or
        is `*`.
        """

        def read(name: str) -> str:
            return environment.get(name.lower()) or environment.get(name.upper()) or ""

        every = read("ALL_PROXY")
        direct = (each.strip().lower().lstrip("*").lstrip(".") for each in read("NO_PROXY").split(","))
        names = tuple(each for each in direct if each)
        if read("NO_PROXY").strip() == "*":
            return cls()
        plain, secure = (_upstream(read(name) or every) for name in ("HTTP_PROXY", "HTTPS_PROXY"))
        return cls(plain, secure, names)

    def upstream(self, to: Authority, *, secure: bool) -> Upstream | None:
        """Return the proxy for a host, None when it is reached directly."""
        for each in ("localhost", "127.0.0.1", "::1", *self.direct):
            if each in (to.host, str(to)) or to.host.endswith(f".{each}"):
                return None
        return self.secure if secure else self.plain


def _upstream(url: str) -> Upstream | None:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    to = parse_authority(parts.netloc.rpartition("@")[2], 443 if parts.scheme == "https" else 80)
    if to is None:
        return None
    authorization = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Upstream(to, parts.scheme == "https", authorization)


class Plan(NamedTuple):
    """Connect to `to`, by TLS if `tls`; `first` is sent to it, and `reply` to the client."""

    to: Authority
    tls: bool
    reply: bytes
    first: bytes


ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def plan(asked: Asked, upstreams: Upstreams, via: str) -> Plan:
    """Return what to do with a request that is for another host. Raises ProxyRefusalError.

    `via` names this proxy: a request that it has passed on already has gone round in a circle. One that is not
    CONNECT is sent on with `Connection: close`, so that what comes back needs no reading: it ends the connection.
    """
    if any(name == "via" and via in map(str.strip, value.split(",")) for name, value in asked.fields):
        raise ProxyRefusalError(
            508, "This request goes round in a circle; look at HTTP_PROXY where `up` ran."
        )
    if asked.method == "CONNECT":
        to = parse_authority(asked.target, None)
        if to is None:
            raise ProxyRefusalError(400, "CONNECT takes a host and a port.")
        upstream = upstreams.upstream(to, secure=True)
        if upstream is None:
            return Plan(to, False, ESTABLISHED, asked.early)
        # Whatever the other proxy answers is the answer.
        fields = [("host", str(to)), ("via", via)]
        return _by_upstream(upstream, f"CONNECT {to}", fields, asked.early)
    scheme, _, rest = asked.target.partition("://")
    cut = min((at for at in (rest.find(mark) for mark in "/?#") if at >= 0), default=len(rest))
    host, path = rest[:cut].rpartition("@")[2], rest[cut:].partition("#")[0]
    secure = scheme.lower() == "https"
    to = parse_authority(host, 443 if secure else 80)
    if to is None or _UNSAFE.search(asked.target):
        raise ProxyRefusalError(400, "The request's target is not a URL.")
    upstream = upstreams.upstream(to, secure=secure)
    fields = [("host", host), *_passed_on(asked.fields), ("via", via), ("connection", "close")]
    path = path if path.startswith("/") else f"/{path}"
    if upstream is None:
        return Plan(to, secure, b"", _head(f"{asked.method} {path}", fields) + asked.early)
    return _by_upstream(upstream, f"{asked.method} {scheme}://{host}{path}", fields, asked.early)


def _by_upstream(upstream: Upstream, start: str, fields: list[tuple[str, str]], early: bytes) -> Plan:
    if upstream.authorization:
        fields = [*fields, ("proxy-authorization", upstream.authorization)]
    return Plan(upstream.to, upstream.tls, b"", _head(start, fields) + early)


def _passed_on(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    named = {
        each.strip().lower() for name, value in fields if name == "connection" for each in value.split(",")
    }
    # A client that asks for another protocol gets none: the answer tells it so.
    dropped = _HOP_BY_HOP | named | {"host", "upgrade"}
    dropped -= {"transfer-encoding", "content-length"}
    return [(name, value) for name, value in fields if name not in dropped]


def _head(start: str, fields: list[tuple[str, str]]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{start} HTTP/1.1\r\n{lines}\r\n".encode("utf-8", "surrogateescape")
