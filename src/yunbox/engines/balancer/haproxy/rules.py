"""What an http listener does with a request, as rules of HAProxy's.

Which rule of the listener holds is found out first and kept in a variable, before any action changes what the
conditions look at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import assert_never

import msgspec

from yunbox.engines.balancer.haproxy.syntax import argument, format_word, formatted, literal, matching, word
from yunbox.engines.balancer.interface import (
    Action,
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

_FINAL = (Forward, Redirect, Respond)
_WITHOUT_BODY = (204, 205, 304)
_STUCK = "yunbox-group"
_HOST = "req.hdr(host),field(1,:)"
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Written(msgspec.Struct):
    """Lines of a frontend, in the order in which HAProxy goes through them, and sections and files besides."""

    request: list[str] = []
    response: list[str] = []
    choice: list[str] = []
    sections: list[str] = []
    files: dict[str, bytes] = {}


class Place(msgspec.Struct, frozen=True):
    """Where the rules stand: of which balancer, and in which folder files lie."""

    balancer: str
    folder: str


def write_rules(listener: Listener, place: Place) -> Written:
    """Return the rules of an http listener."""
    written = Written()
    for number, rule in enumerate(listener.rules):
        names = []
        for position, condition in enumerate(rule.conditions):
            name = f"c{number}.{position}"
            names.append(name)
            written.request += [f"acl {name} {each}" for each in _condition(condition)]
        first = "" if number == 0 else " !{ var(txn.rule) -m found }"
        holds = f" if{first} {' '.join(names)}" if first or names else ""
        written.request.append(f"http-request set-var(txn.rule) int({number}){holds}")
    for number, rule in enumerate(listener.rules):
        _Actions(written, listener, place, f"r{number}", f"{{ var(txn.rule) -m int {number} }}").write(
            rule.actions
        )
    otherwise = "!{ var(txn.rule) -m found }" if listener.rules else ""
    default = _Actions(written, listener, place, "d", otherwise)
    open_ends = not all(any(isinstance(each, _FINAL) for each in rule.actions) for rule in listener.rules)
    if open_ends:
        # A rule that only changes something leaves it to the default where the request goes.
        for forward in listener.default:
            if isinstance(forward, Forward):
                _Actions(written, listener, place, "d", "").write((forward,))
        default.write(tuple(each for each in listener.default if not isinstance(each, Forward)))
    else:
        default.write(listener.default)
    return written


def _condition(condition: Condition) -> list[str]:
    """Return what follows an ACL's name; several lines are alternatives."""
    if condition.kind == "source":
        return [f"src -m ip -- {' '.join(word(each) for each in condition.values)}"]
    if condition.kind == "method":
        return [f"method -m str -- {' '.join(word(each) for each in condition.values)}"]
    fetch, any_case = {
        "host": (_HOST, True),
        "path": ("path", False),
        "header": (f"req.fhdr({argument(condition.key)})", False),
        "cookie": (f"req.cook({argument(condition.key)})", False),
        "query": (f"url_param({argument(condition.key)}),url_dec", False),
    }[condition.kind]
    if not condition.values:
        return [f"{word(fetch)} -m found"]
    found = [matching(each, any_case=any_case) for each in condition.values]
    return [f"{word(fetch)} {flags} {pattern}" for flags, pattern in found]


class _Actions:
    """Writes the actions of one rule, each where `holds`."""

    def __init__(self, written: Written, listener: Listener, place: Place, name: str, holds: str) -> None:
        self._written = written
        self._listener = listener
        self._place = place
        self._name = name
        self._holds = holds

    def write(self, actions: tuple[Action, ...]) -> None:
        for action in actions:
            match action:
                case Forward():
                    self._forward(action)
                case Redirect():
                    self._redirect(action)
                case Respond():
                    self._respond(action)
                case Rewrite():
                    self._rewrite(action)
                case SetHeader():
                    self._set_header(action)
                case RemoveHeader():
                    self._add(f"del-header {word(action.name)}", answer=action.answer)
                case Limit():
                    self._limit(action)
                case _:
                    assert_never(action)

    def _if(self, *more: str) -> str:
        conditions = " ".join(each for each in (self._holds, *more) if each)
        return f" if {conditions}" if conditions else ""

    def _add(self, what: str, *more: str, answer: bool = False) -> None:
        lines = self._written.response if answer else self._written.request
        lines.append(f"http-{'response' if answer else 'request'} {what}{self._if(*more)}")

    # Final actions

    def _forward(self, action: Forward) -> None:
        weighted = [(backend, weight) for backend, weight in action.backends if weight > 0]
        if not weighted:
            self._add("return status 503")
            return
        if len(weighted) == 1:
            self._written.choice.append(f"use_backend {weighted[0][0]}{self._if()}")
            return
        if action.sticky_seconds:
            self._stick(action, [backend for backend, _ in weighted])
        self._add(f"set-var(txn.share) rand({sum(weight for _, weight in weighted)})")
        upto = 0
        for backend, weight in weighted:
            upto += weight
            share = f"{{ var(txn.share) -m int lt {upto} }}"
            self._written.choice.append(f"use_backend {backend}{self._if(share)}")

    def _stick(self, action: Forward, backends: list[str]) -> None:
        cookie = f"{_STUCK}-{_short(f'{self._listener.id}/{self._name}')[:6]}"
        for backend in backends:
            value = _short(backend)
            came_with = f"{{ req.cook({cookie}) -m str -- {value} }}"
            self._written.choice.append(f"use_backend {backend}{self._if(came_with)}")
            kept = f"{cookie}={value}; Path=/; Max-Age={action.sticky_seconds}; HttpOnly"
            went_to = f"{{ be_name -m str -- {backend} }}"
            self._add(f"add-header Set-Cookie {word(literal(kept))}", went_to, answer=True)

    def _redirect(self, action: Redirect) -> None:
        protocol, port = action.protocol.lower(), action.port
        if port == "${port}" and protocol in ("${protocol}", self._listener.protocol):
            port = str(self._listener.port)
        known = self._original()
        protocol = formatted(protocol, known)
        target = f"{protocol}://{formatted(action.host, known)}"
        if (port := formatted(port, known)) != _DEFAULT_PORTS.get(protocol):
            target += f":{port}"
        target += formatted(action.path, known)
        if action.query == "${query}":
            target += "%[var(txn.asked)]"
        elif action.query:
            target += "?" + formatted(action.query, known)
        self._note_query()
        self._add(f"redirect location {format_word(target)} code {action.code}")

    def _original(self) -> dict[str, Callable[[str], str]]:
        return {
            "protocol": lambda _: self._listener.protocol,
            "host": lambda _: f"%[{_HOST}]",
            "port": lambda _: str(self._listener.port),
            "path": lambda _: "%[path]",
            "query": lambda _: "%[query]",
        }

    def _respond(self, action: Respond) -> None:
        known = self._known(answer=False)
        headers = "".join(
            f" hdr {word(name)} {format_word(formatted(value, known))}" for name, value in action.headers
        )
        if not action.body or action.status in _WITHOUT_BODY:
            self._add(f"return status {action.status}{headers}")
            return
        body = action.body.encode()
        name = f"body-{hashlib.sha256(body).hexdigest()[:32]}"
        self._written.files[name] = body
        what = f"content-type {word(action.content_type or 'text/plain')} file {word(f'{self._place.folder}/{name}')}"
        self._add(f"return status {action.status} {what}{headers}")

    # Changes

    def _rewrite(self, action: Rewrite) -> None:
        self._add("set-var(txn.path) path")
        self._add("set-var(txn.query) query")
        self._note_query()
        known = self._original() | {
            "path": lambda _: "%[var(txn.path)]",
            "query": lambda _: "%[var(txn.query)]",
        }
        target = formatted(action.path, known)
        if action.query == "${query}":
            target += "%[var(txn.asked)]"
        elif action.query:
            target += "?" + formatted(action.query, known)
        self._add(f"set-pathq {format_word(target)}")
        if action.host != "${host}":
            self._add(f"set-header Host {format_word(formatted(action.host, known))}")

    def _note_query(self) -> None:
        """Keep the query with its question mark, or nothing where there is none."""
        self._add('set-var-fmt(txn.asked) "?%[query]"', "{ query -m len gt 0 }")

    def _set_header(self, action: SetHeader) -> None:
        value = format_word(formatted(action.value, self._known(answer=action.answer)))
        fetch = f"{'res' if action.answer else 'req'}.hdr({argument(action.name)})"
        more = () if action.cover else (f"!{{ {word(fetch)} -m found }}",)
        self._add(f"set-header {word(action.name)} {value}", *more, answer=action.answer)

    def _known(self, *, answer: bool) -> dict[str, Callable[[str], str]]:
        """Return what the values of headers may hold, of requests or of answers."""
        return {
            "client_ip": lambda _: "%[src]",
            "client_port": lambda _: "%[src_port]",
            "listener_protocol": lambda _: self._listener.protocol.upper(),
            "listener_port": lambda _: str(self._listener.port),
            "balancer_id": lambda _: literal(self._place.balancer),
            "request_header": lambda name: self._asked_header(name, answer=answer),
        }

    def _asked_header(self, name: str, *, answer: bool) -> str:
        fetch = f"req.fhdr({argument(name)})"
        if not answer:
            return f"%[{fetch}]"
        variable = f"txn.h{_short(name)}"
        self._add(f"set-var({variable}) {word(fetch)}")
        return f"%[var({variable})]"

    def _limit(self, action: Limit) -> None:
        for counter, rate, key, kind in (
            (0, action.rate, "int(0)", "integer size 10"),
            (1, action.rate_per_source, "src", "ipv6 size 200k"),
        ):
            if not rate:
                continue
            table = f"_limit.{self._listener.id}.{self._name}.{counter}"
            self._written.sections += [
                f"backend {table}",
                f"  stick-table type {kind} expire 10s store gpc0_rate(1s)",
            ]
            self._add(f"track-sc{counter} {key} table {table}")
            self._add("deny deny_status 503", f"{{ sc{counter}_gpc0_rate ge {rate} }}")
            self._add(f"sc-inc-gpc0({counter})")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
