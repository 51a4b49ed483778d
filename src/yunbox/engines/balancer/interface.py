"""The seam of balancers: listeners that carry traffic to servers.

An engine knows balancers, listeners, backends and servers. It knows no cloud product. One contract test suite runs
against every implementation.

Every method is level-triggered and may be called again at any time: what is so already stays so. A balancer goes on
when its caller dies, and the next caller adopts it. No request that was accepted is lost to a change: a server that
leaves a backend is drained first, a listener's settings change without closing its port.

Ids are 1 to 128 characters of `a-z`, `A-Z`, `0-9`, `-`, `_`, `.` and `:`, beginning with a letter or digit; anything
else raises ValueError. Times are in seconds, ports from 1 to 65535.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Literal, Protocol

import msgspec

ServerState = Literal["up", "down", "unchecked", "draining", "gone"]
"""What a server is: answers its checks, fails them, has none, is being drained, or is not known."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """How the health of a backend's servers is found out. `port` 0 is the server's own.

    `codes` are the status classes that count as healthy, such as "2xx" and "3xx".
    """

    kind: Literal["tcp", "http"] = "tcp"
    port: int = 0
    interval: float = 2.0
    timeout: float = 5.0
    rise: int = 3
    fall: int = 3
    method: Literal["GET", "HEAD"] = "HEAD"
    path: str = "/"
    host: str = ""
    version: Literal["HTTP/1.0", "HTTP/1.1"] = "HTTP/1.0"
    codes: tuple[str, ...] = ("2xx", "3xx")


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A server of a backend. Weights are relative; 0 gets no new traffic. `backup`: only while no other is up."""

    id: str
    address: str
    port: int
    weight: int = 100
    backup: bool = False


class Sticky(msgspec.Struct, frozen=True, kw_only=True):
    """Keeps a client on a server: by a cookie that is inserted, by the servers' own cookie, or by its address."""

    kind: Literal["insert", "rewrite", "source"]
    cookie: str = ""
    seconds: int = 0


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Holds requests while capacity is short, instead of refusing them. The balancer's own protection in a surge.

    A request waits for `seconds` at most, then gets 503 with `Retry-After: retry_after`; so does one that finds
    `length` others waiting. `per_server` is how many requests a server works on at a time (0: no limit). It holds
    also while the backend has no server at all.
    """

    seconds: float = 10.0
    length: int = 10_000
    per_server: int = 0
    retry_after: int = 1


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """Servers that share the traffic sent to the backend.

    A server that comes gets its share over `slow_start` seconds. A server that is left out of a later spec is
    drained: it gets nothing new, requests under way end, for `drain` seconds at most.

    `retry`: a request that never reached a server is tried again at another one; with a `queue`, so is one that is
    idempotent by its method (or bears an `Idempotency-Key`) and got no answer before the server failed.
    `hash_key` is the parameter of the query that the algorithm "query" goes by; requests without it go round robin.
    `proxy_protocol`: servers are told the client's address by the PROXY protocol, version 2.
    """

    id: str
    protocol: Literal["http", "https", "tcp"] = "http"
    servers: tuple[Server, ...] = ()
    algorithm: Literal["roundrobin", "leastconn", "source", "uri", "query"] = "roundrobin"
    hash_key: str = ""
    check: Check | None = None
    sticky: Sticky | None = None
    slow_start: float = 0.0
    drain: float = 30.0
    connect_timeout: float = 5.0
    response_timeout: float = 60.0
    keep_alive: bool = True
    retry: bool = True
    proxy_protocol: bool = False
    queue: Queue | None = None


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What a request must be like: any one of `values` will do.

    Of `host` and `path`, values are patterns with `*` and `?` (any case for hosts), or, beginning with `~`, regular
    expressions (`~*`: in any case). Of `header`, `cookie` and `query`, `key` names it and values are patterns; an
    empty `values` asks that it be there. Of `source`, values are CIDR blocks.
    """

    kind: Literal["host", "path", "header", "query", "method", "cookie", "source"]
    values: tuple[str, ...] = ()
    key: str = ""


class Forward(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Send it to backends, by their weights. `sticky_seconds`: a client stays with the backend it came to."""

    backends: tuple[tuple[str, int], ...]
    sticky_seconds: int = 0


class Redirect(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Send the client elsewhere. Parts may hold `${protocol}`, `${host}`, `${port}`, `${path}` and `${query}`."""

    protocol: str = "${protocol}"
    host: str = "${host}"
    port: str = "${port}"
    path: str = "${path}"
    query: str = "${query}"
    code: Literal[301, 302, 303, 307, 308] = 301


class Respond(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer right here. `headers` are names and values, which may hold what those of SetHeader may."""

    status: int
    content_type: str = "text/plain"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Rewrite(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Change what the request asks for, before it is forwarded. Parts as in Redirect."""

    host: str = "${host}"
    path: str = "${path}"
    query: str = "${query}"


class SetHeader(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Insert a header, in the request or (`answer`) the response. `value` may hold `${client_ip}` and the like.

    Known: `${client_ip}`, `${client_port}`, `${listener_protocol}`, `${listener_port}`, `${balancer_id}`,
    `${request_header:NAME}`.
    """

    name: str
    value: str
    cover: bool = True
    answer: bool = False


class RemoveHeader(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Remove a header, from the request or (`answer`) the response."""

    name: str
    answer: bool = False


class Limit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let so many requests a second pass, of all clients together and of each address (0: no limit); others get 503.

    Goes together with a final action, as the changes of headers do.
    """

    rate: int = 0
    rate_per_source: int = 0


Action = Forward | Redirect | Respond | Rewrite | SetHeader | RemoveHeader | Limit


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Do `actions` where all `conditions` hold. Rules are tried in the order given; the first that holds decides."""

    id: str
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate with its chain and its private key, in PEM. `names`: for which SNI; empty: those in it."""

    id: str
    chain: str
    key: str
    names: tuple[str, ...] = ()


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Who may connect: those of `blocks` alone ("white"), or everybody else ("black"). CIDR blocks."""

    kind: Literal["white", "black"]
    blocks: tuple[str, ...]


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A port and what happens to what comes in there. `certificates`: the first is the default.

    `default` are the actions for a request that no rule holds for; of a tcp listener it is one Forward, to one
    backend. `forwarded` are headers to add: "for", "proto", "port", "id" (the balancer's id as SLB-ID), "ip" (the
    listening address as SLB-IP). `client_ca` is PEM: clients must show a certificate of it.
    """

    id: str
    port: int
    protocol: Literal["http", "https", "tcp", "tls"]
    default: tuple[Action, ...] = ()
    rules: tuple[Rule, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    client_ca: str = ""
    tls_versions: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    ciphers: tuple[str, ...] = ()
    http2: bool = True
    idle_timeout: float = 60.0
    request_timeout: float = 60.0
    gzip: bool = False
    forwarded: tuple[str, ...] = ("for",)
    access: Access | None = None
    max_connections: int = 0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a balancer listens: an address within a network (a network of the compute engine), or the host's own.

    An empty network is the host's: the address is added to it where that is possible.
    """

    address: str
    network: str = ""


class Balancer(msgspec.Struct, frozen=True, kw_only=True):
    """What a balancer is to be. Its listeners' actions name backends by id."""

    id: str
    places: tuple[Place, ...]
    listeners: tuple[Listener, ...] = ()
    backends: tuple[Backend, ...] = ()


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """Where the host reaches a place: the address itself, or, without network namespaces, a loopback address.

    `reason` says why it does not reach it at all; then `host` is empty. `closed` are listeners' ports that could
    not be opened there, each with the reason; the others are open.
    """

    address: str
    host: str
    reason: str = ""
    closed: tuple[tuple[int, str], ...] = ()


class ServerSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A server as the balancer sees it. Counters (`requests`, `connections`, `bytes_*`, `answers`, `failures`) only
    grow, and begin at 0 anew with the process: see `Seen.since`. `answers` are counts of 1xx to 5xx.

    `active` requests (tcp: connections) are under way; `response_time` is the mean of the last answers, in seconds.
    """

    id: str
    state: ServerState
    since: float = 0.0
    detail: str = ""
    weight: int = 0
    active: int = 0
    queued: int = 0
    requests: int = 0
    connections: int = 0
    failures: int = 0
    retries: int = 0
    response_time: float = 0.0
    answers: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    bytes_in: int = 0
    bytes_out: int = 0


class BackendSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A backend as the balancer sees it; `queued` wait in it, `shed` were refused by its queue."""

    id: str
    servers: tuple[ServerSeen, ...]
    active: int = 0
    queued: int = 0
    requests: int = 0
    shed: int = 0
    response_time: float = 0.0
    answers: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)


class ListenerSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A listener as the balancer sees it. `rate` is of new requests (tcp: connections) in the last second."""

    id: str
    connections: int = 0
    new_connections: int = 0
    requests: int = 0
    rate: int = 0
    refused: int = 0
    answers: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    bytes_in: int = 0
    bytes_out: int = 0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a balancer does now. `since`: when its process began (machine's time), from when on counters count."""

    id: str
    since: float
    listeners: tuple[ListenerSeen, ...] = ()
    backends: tuple[BackendSeen, ...] = ()


class BalancerEngine(Protocol):
    """Runs balancers. Implementations: haproxy, and one in memory for tests."""

    async def apply(self, wanted: Balancer) -> tuple[Reached, ...]:
        """Make a balancer what is wanted; returns when its ports are open and its servers are known.

        Servers that are left out go on draining after the return: `observe` shows them as "draining" until they are
        gone. Changes of servers, weights and queues' limits take no reload. Raises BalancerError.
        """
        ...

    async def limit(self, balancer: str, backend: str, per_server: int) -> None:
        """Let each server of a backend work on so many requests at a time (0: no limit), at once.

        Holds until `apply` gives another `Queue.per_server`. Raises NoBalancerError.
        """
        ...

    async def remove(self, balancer: str) -> None:
        """Remove it: its ports close at once; requests under way end, for as long as its backends' `drain` says."""
        ...

    async def observe(self, balancer: str) -> Seen | None:
        """Return what it does now, or None when it does not run. Costs a millisecond or two; any process may ask."""
        ...

    async def balancers(self) -> list[str]:
        """Return the ids of those that run."""
        ...

    async def sweep(self, known: AbstractSet[str]) -> None:
        """Remove every balancer that is not known, and whatever killed calls left; adopt those that run."""
        ...

    async def ended(self) -> str:
        """Wait until a balancer's process has ended unasked; return the balancer's id. `apply` starts it again."""
        ...

    async def close(self) -> None:
        """Give up what this object holds; balancers go on."""
        ...

    async def power_off(self) -> None:
        """Remove all balancers, for the end of the cloud."""
        ...
