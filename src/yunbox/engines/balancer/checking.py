"""What every engine asks of a balancer's specification before it touches anything."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from yunbox.engines.balancer.interface import (
    Action,
    Backend,
    Balancer,
    Check,
    Condition,
    Forward,
    Limit,
    Listener,
    Redirect,
    RemoveHeader,
    Respond,
    Rewrite,
    SetHeader,
)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NAME = re.compile(r"(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.)*[A-Za-z0-9_-]+")
_CIPHER = re.compile(r"[A-Za-z0-9_-]+")

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
    if backend.check is not None:
        _check_check(backend.check)
    if backend.sticky is not None and backend.sticky.kind != "source":
        _check_token(backend.sticky.cookie)
    _alone(f"server of {backend.id}", (each.id for each in backend.servers))
    for server in backend.servers:
        checked(server.id)
        ipaddress.IPv4Address(server.address)
        _check_port(server.port)
        if not 0 <= server.weight <= MAX_WEIGHT:
            raise ValueError(f"the weight {server.weight} of {server.id} is not from 0 to {MAX_WEIGHT}")


def _check_check(check: Check) -> None:
    _check_line(check.path, spaces=False)
    _check_line(check.host, spaces=False)
    if not check.path:
        raise ValueError("a check asks for no path")
    if check.port:
        _check_port(check.port)
    if min(check.rise, check.fall) < 1 or min(check.interval, check.timeout) <= 0:
        raise ValueError("a check has a count or a time of nothing")


def _check_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise ValueError(f"not a port: {port}")


def _check_listener(listener: Listener, backends: dict[str, Backend]) -> None:
    checked(listener.id)
    _check_port(listener.port)
    if listener.protocol in ("https", "tls") and not listener.certificates:
        raise ValueError(f"the listener {listener.id} has no certificate")
    _check_tls(listener)
    for block in listener.access.blocks if listener.access else ():
        ipaddress.ip_network(block, strict=False)
    for rule in listener.rules:
        checked(rule.id)
        for condition in rule.conditions:
            _check_condition(condition)
    for actions in (*(rule.actions for rule in listener.rules), listener.default):
        for action in actions:
            _check_action(action)
    web = listener.protocol in ("http", "https")
    if not web and (listener.rules or len(listener.default) != 1):
        raise ValueError(f"the listener {listener.id} forwards to one backend and has no rules")
    for forward in forwards(listener):
        if not web and len(forward.backends) != 1:
            raise ValueError(f"the listener {listener.id} forwards to one backend")
        for name, _ in forward.backends:
            if name not in backends:
                raise ValueError(f"the listener {listener.id} forwards to {name}, which is no backend")
            if web == (backends[name].protocol == "tcp"):
                raise ValueError(f"the listener {listener.id} cannot speak as the backend {name} does")


def forwards(listener: Listener) -> Iterator[Forward]:
    """Yield every forwarding of a listener, of its rules and its default."""
    for actions in (*(rule.actions for rule in listener.rules), listener.default):
        yield from (each for each in actions if isinstance(each, Forward))


def _check_token(text: str) -> None:
    """Raise ValueError when it cannot be a name of a header or cookie. Source: RFC 9110, 5.6.2."""
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"not a name: {text[:80]!r}")


def _check_line(text: str, *, spaces: bool = True) -> None:
    """Raise ValueError when a text would end the line that it is put into, or (`spaces` False) the target."""
    if any(each < " " or each == "\x7f" or (each == " " and not spaces) for each in text):
        raise ValueError(f"a text holds what it must not: {text[:80]!r}")


def _check_condition(condition: Condition) -> None:
    if condition.kind in ("header", "cookie"):
        _check_token(condition.key)
    if condition.kind == "query":
        _check_line(condition.key)
        if not condition.key:
            raise ValueError("a condition on the query names no key")
    if not condition.values and condition.kind not in ("header", "cookie", "query"):
        raise ValueError(f"a condition on the {condition.kind} has no value")
    for value in condition.values:
        _check_line(value)
        if condition.kind == "source":
            ipaddress.ip_network(value, strict=False)
        if condition.kind == "method":
            _check_token(value)


def _check_action(action: Action) -> None:
    match action:
        case Forward():
            _check_counts(*(weight for _, weight in action.backends))
        case Redirect():
            for each in (action.protocol, action.host, action.port, action.path, action.query):
                _check_line(each, spaces=False)
        case Rewrite():
            for each in (action.host, action.path, action.query):
                _check_line(each, spaces=False)
        case Respond():
            _check_line(action.content_type)
            for name, value in action.headers:
                _check_token(name)
                _check_value(value)
            if not 200 <= action.status <= 599:
                raise ValueError(f"not a status to answer with: {action.status}")
        case SetHeader() | RemoveHeader():
            _check_token(action.name)
            _check_value(action.value if isinstance(action, SetHeader) else "")
        case Limit():
            _check_counts(action.rate, action.rate_per_source)


def _check_value(value: str) -> None:
    """Raise ValueError when it cannot be the value of a header, or speaks of one that cannot be."""
    _check_line(value)
    for name in re.findall(r"\$\{request_header:([^}]*)\}", value):
        _check_token(name)


def _check_counts(*counts: int) -> None:
    if min(counts, default=0) < 0:
        raise ValueError(f"a count is less than nothing: {counts}")


def _check_tls(listener: Listener) -> None:
    for certificate in listener.certificates:
        for name in certificate.names:
            if not _NAME.fullmatch(name):
                raise ValueError(f"not a domain name: {name[:80]!r}")
    for cipher in listener.ciphers:
        if not _CIPHER.fullmatch(cipher):
            raise ValueError(f"not a cipher: {cipher[:80]!r}")
    known = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
    if not listener.tls_versions or any(each not in known for each in listener.tls_versions):
        raise ValueError(f"not versions of TLS: {listener.tls_versions}")
