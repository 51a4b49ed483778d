"""What every engine asks of a balancer's specification before it touches anything."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from yunbox.engines.balancer.interface import Backend, Balancer, Forward, Listener

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")

MAX_WEIGHT = 256


def checked(identifier: str) -> str:
    """Return the id, or raise ValueError when it is not one."""
    if not _ID.fullmatch(identifier):
        raise ValueError(f"not an id: {identifier[:80]!r}")
    return identifier


def check_balancer(wanted: Balancer) -> None:
    """Raise ValueError when a specification contradicts itself or the seam's bounds."""
    checked(wanted.id)
    for place in wanted.places:
        ipaddress.IPv4Address(place.address)
    _alone("listener", (each.id for each in wanted.listeners))
    _alone("port", (str(each.port) for each in wanted.listeners))
    _alone("backend", (each.id for each in wanted.backends))
    backends = {each.id: each for each in wanted.backends}
    for backend in wanted.backends:
        _check_backend(backend)
    for listener in wanted.listeners:
        _check_listener(listener, backends)


def _alone(what: str, ids: Iterable[str]) -> None:
    for identifier, count in Counter(ids).items():
        if count > 1:
            raise ValueError(f"the {what} {identifier} is there {count} times")


def _check_backend(backend: Backend) -> None:
    checked(backend.id)
    _alone(f"server of {backend.id}", (each.id for each in backend.servers))
    for server in backend.servers:
        checked(server.id)
        ipaddress.IPv4Address(server.address)
        _check_port(server.port)
        if not 0 <= server.weight <= MAX_WEIGHT:
            raise ValueError(f"the weight {server.weight} of {server.id} is not from 0 to {MAX_WEIGHT}")


def _check_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise ValueError(f"not a port: {port}")


def _check_listener(listener: Listener, backends: dict[str, Backend]) -> None:
    checked(listener.id)
    _check_port(listener.port)
    if listener.protocol in ("https", "tls") and not listener.certificates:
        raise ValueError(f"the listener {listener.id} has no certificate")
    web = listener.protocol in ("http", "https")
    if not web and (listener.rules or len(listener.default) != 1):
        raise ValueError(f"the listener {listener.id} forwards to one backend and has no rules")
    for forward in forwards(listener):
        if not web and len(forward.backends) != 1:
            raise ValueError(f"the listener {listener.id} forwards to one backend")
        for name, weight in forward.backends:
            if name not in backends:
                raise ValueError(f"the listener {listener.id} forwards to {name}, which is no backend")
            if web == (backends[name].protocol == "tcp"):
                raise ValueError(f"the listener {listener.id} cannot speak as the backend {name} does")
            if weight < 0:
                raise ValueError(f"the listener {listener.id} has a negative weight")


def forwards(listener: Listener) -> Iterator[Forward]:
    """Yield every forwarding of a listener, of its rules and its default."""
    for actions in (*(rule.actions for rule in listener.rules), listener.default):
        yield from (each for each in actions if isinstance(each, Forward))
