"""Backends as HAProxy's configuration has them.

A backend that holds requests (`Queue`) has one server that is none, with one place, which is taken for good: see
`occupying`. All others wait in the backend's queue, and a server that comes takes them from there at once. Where
nobody takes the place, the first request that finds no other server does: it comes back through it to the same
backend, and waits in its queue as all after it do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from yunbox.engines.balancer.haproxy.servers import Facts, parameters
from yunbox.engines.balancer.haproxy.syntax import argument, literal, milliseconds, word
from yunbox.engines.balancer.interface import Backend, Check, Queue, Server

HOLD = "_hold"
"""The server that is none. No id begins like this."""

WAITED = "X-Yunbox-Queue-Time"
"""The header by which an answer of a backend that holds requests says how long the request waited."""

REPEATABLE = "{ method GET HEAD PUT DELETE OPTIONS TRACE } || { req.hdr(Idempotency-Key) -m found }"

OCCUPANT = "Yunbox-Hold"
"""A header of the request that takes the place for good: "1" when it comes, "2" when it comes back."""

_FOREVER = "2000000s"

_ALGORITHMS = {
    "roundrobin": "roundrobin",
    "leastconn": "leastconn",
    "source": "source",
    "uri": "uri",
    "query": "url_param",
}


def hold_frontend(backend: str) -> str:
    """Return the name of the frontend through which a held request comes back."""
    return f"{HOLD}.{backend}"


def backend_lines(
    backend: Backend,
    servers: Iterable[Server],
    facts: Facts,
    *,
    idle: float,
    limited: bool,
    number: int,
    user: int,
) -> list[str]:
    """Return a backend's section.

    `servers` are those to write down, `idle` the seconds that a tcp connection may be silent. `limited`: listeners
    say how long a response may take. `number` tells this process from those before it, `user` is whom it becomes.
    """
    web = backend.protocol != "tcp"
    lines = [f"backend {backend.id}", f"  mode {'http' if web else 'tcp'}", *_sharing(backend)]
    lines.append(f"  timeout connect {milliseconds(backend.connect_timeout)}")
    lines.append(f"  timeout server {milliseconds(backend.response_timeout if web else idle)}")
    if web:
        lines += _http(backend, limited=limited)
    if backend.retry:
        lines += ["  retries 3", "  option redispatch 1"]
    else:
        lines.append("  retries 0")
    if backend.check is not None:
        lines += _check(backend.check)
    if backend.queue is None:
        lines.append(f"  timeout queue {milliseconds(backend.connect_timeout)}")
    else:
        lines += _queue(backend, backend.queue, number)
    lines += [f"  server {each.id} {' '.join(parameters(backend, each, facts))}" for each in servers]
    if backend.queue is not None:
        lines += _returning(backend, web, number, user, idle)
    return lines


def _sharing(backend: Backend) -> list[str]:
    algorithm = _ALGORITHMS[backend.algorithm]
    if backend.sticky is not None and backend.sticky.kind == "source":
        # By hashing, so that it holds over a restart, and asks for no table.
        algorithm = "source"
    by_query = algorithm == "url_param"
    lines = [f"  balance {algorithm}{f' {word(backend.hash_key)}' if by_query else ''}"]
    if by_query or algorithm in ("source", "uri"):
        lines.append("  hash-type consistent")
    if backend.sticky is not None and backend.sticky.kind == "insert":
        lives = f" maxlife {max(1, backend.sticky.seconds)}s" if backend.sticky.seconds else ""
        lines.append(f"  cookie {word(backend.sticky.cookie)} insert indirect nocache httponly{lives}")
    elif backend.sticky is not None and backend.sticky.kind == "rewrite":
        lines.append(f"  cookie {word(backend.sticky.cookie)} prefix nocache")
    return lines


def _http(backend: Backend, *, limited: bool) -> list[str]:
    lines = [] if backend.keep_alive else ["  option http-server-close"]
    if limited:
        variable = "var(txn.answer_within)"
        lines.append(f"  http-request set-timeout server {variable} if {{ {variable} -m found }}")
    if backend.retry and backend.queue is not None:
        # HAProxy keeps a copy of each request for this, which costs it a fifth of what the request does.
        lines.append("  retry-on conn-failure empty-response")
        lines.append(f"  http-request disable-l7-retry unless {REPEATABLE}")
    return lines


def _check(check: Check) -> list[str]:
    lines = [f"  timeout check {milliseconds(check.timeout)}"]
    if check.kind == "tcp":
        return lines
    host = f" hdr Host {word(literal(check.host))}" if check.host else ""
    if not check.host and check.version == "HTTP/1.1":
        host = " hdr Host localhost"
    asked = f"meth {check.method} uri {word(check.path)} ver {check.version}{host}"
    lines += ["  option httpchk", f"  http-check send {asked}"]
    digits = "".join(sorted({each[0] for each in check.codes if each[:1] in "12345"}))
    return [*lines, f"  http-check expect rstatus {word(f'^[{digits or 2}]')}"]


def _queue(backend: Backend, queue: Queue, number: int) -> list[str]:
    lines = [
        f"  timeout queue {milliseconds(queue.seconds)}",
        # Who gave up waiting leaves the queue.
        "  option abortonclose",
        # All that is for when no other server is up, not the first of it alone: only then does it queue.
        "  option allbackups",
    ]
    if backend.protocol != "tcp":
        after = f"hdr Retry-After {queue.retry_after}"
        back = f"{{ fe_name -m str -- {hold_frontend(backend.id)} }}"
        full = f"{{ queue({argument(backend.id)}) ge {queue.length} }} !{back}"
        lines += [
            f'  http-error status 503 content-type text/plain string "Service Unavailable" {after}',
            f"  http-request deny deny_status 503 {after} if {full}",
            f"  http-request set-timeout server {_FOREVER} if {back} !{{ src -m found }}",
            f"  use-server {HOLD} if {back} !{{ src -m found }}",
            # How long it waited for its turn, in milliseconds; one that was held was told so on its way back already.
            f"  http-response set-header {WAITED} %Tw unless {{ res.hdr({WAITED}) -m found }}",
        ]
    return [
        *lines,
        f"  server {HOLD} unix@./{way(backend.id, number)} send-proxy-v2 backup maxconn 1 weight 1 pool-max-conn 0",
    ]


def _returning(backend: Backend, web: bool, number: int, user: int, idle: float) -> list[str]:
    lines = [f"frontend {hold_frontend(backend.id)}", f"  mode {'http' if web else 'tcp'}"]
    owner = f" uid {user}" if user else ""
    queued = backend.queue.seconds if backend.queue else 0.0
    lines.append(f"  timeout client {milliseconds(idle + backend.response_timeout + queued)}")
    if web:
        # The one that takes the place is kept waiting when it comes back; it alone has no address.
        lines += [
            f"  timeout tarpit {_FOREVER}",
            f"  http-request tarpit if !{{ src -m found }} {{ req.hdr({OCCUPANT}) -m str 2 }}",
            f"  http-request set-header {OCCUPANT} 2 if !{{ src -m found }}",
        ]
    return [
        *lines,
        f"  bind unix@./{way(backend.id, number)} accept-proxy mode 600{owner}",
        f"  default_backend {backend.id}",
    ]


def way(backend: str, number: int) -> str:
    """Return the socket by which held requests come back; where it lies is HAProxy's working directory."""
    return f"hold-{number}-{hashlib.sha256(backend.encode()).hexdigest()[:16]}.sock"
