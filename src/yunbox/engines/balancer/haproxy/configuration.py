"""The whole configuration of a balancer's HAProxy, from its specification alone: text, and the files it names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from yunbox.engines.balancer.checking import forwards
from yunbox.engines.balancer.haproxy.backends import backend_lines
from yunbox.engines.balancer.haproxy.rules import Place, Written, write_rules
from yunbox.engines.balancer.haproxy.servers import Facts
from yunbox.engines.balancer.haproxy.syntax import literal, milliseconds, word
from yunbox.engines.balancer.interface import Access, Balancer, Certificate, Listener, Server

STATES = "servers.state"
"""The file from which a new process learns in what state the old one's servers were."""

RUNTIME = "YUNBOX_RUNTIME"
"""The variable that holds the descriptor of the runtime socket."""

_COMPRESSED = (
    "text/html text/xml text/plain text/css application/javascript application/x-javascript application/json"
    " application/rss+xml application/atom+xml application/xml"
)
_LONGEST_DRAIN = 3600
_REQUEST_SECONDS = 60.0


class Door(msgspec.Struct, frozen=True):
    """A port that is open: of which place of the balancer, by its position, and which port."""

    place: int
    port: int

    @property
    def variable(self) -> str:
        """The variable that holds its descriptor."""
        return f"YUNBOX_DOOR_{self.place}_{self.port}"


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What of the machine the configuration rests on.

    `folder` is where its files lie, `number` the process's among those of the balancer, `user` whom HAProxy becomes
    when root starts it (0: nobody else).
    """

    folder: str
    number: int
    threads: int
    connections: int
    user: int = 0


class Configuration(msgspec.Struct, frozen=True):
    """The text, and files by the names they have in the balancer's folder."""

    text: str
    files: Mapping[str, bytes]


def configure(
    wanted: Balancer,
    servers: Mapping[str, Iterable[Server]],
    doors: Iterable[Door],
    facts: Facts,
    ground: Ground,
) -> Configuration:
    """Return the configuration for a balancer, with those `servers` of its backends, by their ids."""
    files: dict[str, bytes] = {}
    place = Place(wanted.id, ground.folder)
    idle = _idle(wanted)
    limited = _limited(wanted)
    lines = [*_global(ground), *_defaults()]
    opened = list(doors)
    for listener in wanted.listeners:
        ports = [each for each in opened if each.port == listener.port]
        lines += _frontend(wanted, listener, ports, place, files, timed=_timed(listener, wanted))
    for backend in wanted.backends:
        lines += backend_lines(
            backend,
            servers.get(backend.id, ()),
            facts,
            idle=idle.get(backend.id, 60.0),
            limited=backend.id in limited,
            number=ground.number,
            user=ground.user,
        )
    return Configuration("\n".join(lines) + "\n", files)


def _idle(wanted: Balancer) -> dict[str, float]:
    """Return how long tcp connections may be silent, by backend."""
    found: dict[str, float] = {}
    for listener in wanted.listeners:
        for forward in forwards(listener):
            for backend, _ in forward.backends:
                found[backend] = max(found.get(backend, 0.0), listener.idle_timeout)
    return found


def _timed(listener: Listener, wanted: Balancer) -> bool:
    """Return whether a listener waits less for a response than one of its backends."""
    reached = {name for forward in forwards(listener) for name, _ in forward.backends}
    return any(
        listener.request_timeout < each.response_timeout for each in wanted.backends if each.id in reached
    )


def _limited(wanted: Balancer) -> set[str]:
    """Return the backends for which listeners say how long a response may take."""
    timed = [each for each in wanted.listeners if _timed(each, wanted)]
    return {name for each in timed for forward in forwards(each) for name, _ in forward.backends}


def _global(ground: Ground) -> list[str]:
    lines = [
        "global",
        f"  maxconn {ground.connections}",
        f"  nbthread {ground.threads}",
        f'  stats socket "fd@${{{RUNTIME}}}" level admin',
        f"  crt-base {word(ground.folder)}",
        f"  ca-base {word(ground.folder)}",
        f"  server-state-file {word(f'{ground.folder}/{STATES}')}",
        f"  hard-stop-after {_LONGEST_DRAIN}s",
        "  tune.ssl.default-dh-param 2048",
        # No certificate's revocation is looked up, nor is anything else outside.
        "  ssl-server-verify none",
    ]
    if ground.user:
        lines += [f"  uid {ground.user}", f"  gid {ground.user}"]
    return lines


def _defaults() -> list[str]:
    return [
        "defaults",
        "  load-server-state-from-file global",
        "  timeout connect 5s",
        "  timeout client 60s",
        "  timeout server 60s",
        f"  timeout http-request {milliseconds(_REQUEST_SECONDS)}",
        # Connections that idle end with their next answer when a new process takes over, not in a request's face.
        "  option idle-close-on-response",
    ]


def _frontend(
    wanted: Balancer,
    listener: Listener,
    doors: list[Door],
    place: Place,
    files: dict[str, bytes],
    *,
    timed: bool,
) -> list[str]:
    web = listener.protocol in ("http", "https")
    lines = [f"frontend {listener.id}", f"  mode {'http' if web else 'tcp'}"]
    secured = _tls(listener, files) if listener.protocol in ("https", "tls") else ""
    lines += [f'  bind "fd@${{{each.variable}}}"{secured}' for each in doors]
    if listener.max_connections:
        lines.append(f"  maxconn {listener.max_connections}")
    if listener.access is not None:
        lines.append(_access(listener.access, place.folder, files))
    if not web:
        lines.append(f"  timeout client {milliseconds(listener.idle_timeout)}")
        lines += [f"  default_backend {name}" for each in forwards(listener) for name, _ in each.backends]
        return lines
    lines.append(f"  timeout client {milliseconds(max(_REQUEST_SECONDS, listener.idle_timeout))}")
    lines.append(f"  timeout http-keep-alive {milliseconds(listener.idle_timeout)}")
    if timed:
        within = round(listener.request_timeout * 1000)
        lines.append(f"  http-request set-var(txn.answer_within) int({within})")
    lines += [f"  {each}" for each in _forwarded(wanted, listener)]
    if listener.gzip:
        lines += [
            "  filter compression",
            "  compression algo gzip",
            f"  compression type {_COMPRESSED}",
        ]
    written: Written = write_rules(listener, place)
    files.update(written.files)
    lines += [f"  {each}" for each in (*written.request, *written.response, *written.choice)]
    return [*lines, *written.sections]


def _forwarded(wanted: Balancer, listener: Listener) -> Iterator[str]:
    for each in listener.forwarded:
        if each == "for":
            yield "option forwardfor"
        elif each == "proto":
            yield f"http-request set-header X-Forwarded-Proto {listener.protocol}"
        elif each == "port":
            yield f"http-request set-header X-Forwarded-Port {listener.port}"
        elif each == "id":
            yield f"http-request set-header SLB-ID {word(literal(wanted.id))}"
        elif each == "ip":
            alone = wanted.places[0].address if len(wanted.places) == 1 else "%[dst]"
            yield f"http-request set-header SLB-IP {alone}"


def _access(access: Access, folder: str, files: dict[str, bytes]) -> str:
    blocks = "".join(f"{each}\n" for each in access.blocks).encode()
    name = f"blocks-{hashlib.sha256(blocks).hexdigest()[:32]}"
    files[name] = blocks
    refused = "unless" if access.kind == "white" else "if"
    return f"  tcp-request connection reject {refused} {{ src -m ip -f {word(f'{folder}/{name}')} }}"


# TLS


def _tls(listener: Listener, files: dict[str, bytes]) -> str:
    lines = []
    for certificate in listener.certificates:
        name = _pem(certificate, files)
        lines.append(" ".join([name, *certificate.names]))
    listing = ("\n".join(lines) + "\n").encode()
    name = f"certificates-{hashlib.sha256(listing).hexdigest()[:32]}"
    files[name] = listing
    versions = sorted(listener.tls_versions)
    words = [" ssl crt-list", name, "ssl-min-ver", versions[0], "ssl-max-ver", versions[-1]]
    older = [each for each in listener.ciphers if not each.startswith("TLS_")]
    newer = [each for each in listener.ciphers if each.startswith("TLS_")]
    if older:
        words += ["ciphers", word(":".join(older))]
    if newer:
        words += ["ciphersuites", word(":".join(newer))]
    if listener.client_ca:
        authority = listener.client_ca.encode()
        place = f"ca-{hashlib.sha256(authority).hexdigest()[:32]}.pem"
        files[place] = authority
        words += ["ca-file", place, "verify", "required"]
    if listener.protocol == "https":
        words += ["alpn", "h2,http/1.1" if listener.http2 else "http/1.1"]
    return " ".join(words)


def _pem(certificate: Certificate, files: dict[str, bytes]) -> str:
    # Whoever joins the two forgets the newline between them sooner or later.
    both = re.sub(r"\n+", "\n", f"{certificate.chain}\n{certificate.key}\n").lstrip("\n").encode()
    name = f"certificate-{hashlib.sha256(both).hexdigest()[:32]}.pem"
    files[name] = both
    return name
