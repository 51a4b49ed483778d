"""How a server is told to HAProxy: the same words in the configuration and at its runtime socket."""

from __future__ import annotations

import hashlib

import msgspec

from yunbox.engines.balancer.haproxy.syntax import milliseconds
from yunbox.engines.balancer.interface import Backend, Check, Server

QUICK_SECONDS = 0.1
"""So often is a server asked that is down, or about to change; in between, as often as its check says."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine knows of servers: from which address to speak to each, and limits set at run time."""

    sources: dict[str, str] = {}
    limits: dict[str, int] = {}


NO_LIMIT = 1_000_000
"""What stands for no limit where there is a queue: HAProxy takes nothing from it for a server without one."""


def per_server(backend: Backend, facts: Facts) -> int:
    """Return how many requests a server of a backend works on at a time; 0 where none ever waits."""
    asked = facts.limits.get(backend.id, backend.queue.per_server if backend.queue else 0)
    return asked or (NO_LIMIT if backend.queue is not None or backend.id in facts.limits else 0)


def cookie_of(server: str) -> str:
    """Return what a cookie says instead of the server's id."""
    return hashlib.sha256(server.encode()).hexdigest()[:16]


def parameters(backend: Backend, server: Server, facts: Facts) -> list[str]:
    """Return the words after a server's name. None of them comes from outside but as a number or an address."""
    words = [f"{server.address}:{server.port}", "weight", str(server.weight)]
    if limit := per_server(backend, facts):
        words += ["maxconn", str(limit)]
    if source := facts.sources.get(server.address):
        words += ["source", source]
    if backend.proxy_protocol:
        words.append("send-proxy-v2")
    if backend.check is not None:
        words += _check(backend.check)
    if backend.slow_start:
        words += ["slowstart", milliseconds(backend.slow_start)]
    if backend.sticky is not None and backend.sticky.kind != "source":
        words += ["cookie", cookie_of(server.id)]
    if backend.protocol != "tcp":
        # Many servers close what idles for a few seconds; a request must not be on its way just then.
        words += ["pool-purge-delay", "1s"]
    if backend.protocol == "https":
        words += ["ssl", "verify", "none"]
        if backend.check is not None:
            words += ["check-ssl"] if backend.check.kind == "http" else ["no-check-ssl"]
    if server.backup:
        words.append("backup")
    return words


def _check(check: Check) -> list[str]:
    quick = milliseconds(min(check.interval, QUICK_SECONDS))
    words = ["check", "inter", milliseconds(check.interval), "fastinter", quick, "downinter", quick]
    words += ["rise", str(check.rise), "fall", str(check.fall)]
    if check.port:
        words += ["port", str(check.port)]
    # Two connections in a row that fail have the server asked at once; one failed check more, and it is down.
    return [*words, "observe", "layer4", "error-limit", "2", "on-error", "sudden-death"]
