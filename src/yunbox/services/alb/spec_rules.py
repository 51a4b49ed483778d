"""From stored rules to those of the balancer engine. Pure: it knows only what it is given."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from yunbox.engines.balancer.interface import (
    Action,
    Condition,
    Forward,
    Limit,
    Redirect,
    RemoveHeader,
    Respond,
    Rewrite,
    SetHeader,
)
from yunbox.engines.balancer.interface import Rule as EngineRule
from yunbox.services.alb.listeners.model import Forwarded
from yunbox.services.alb.rules import model
from yunbox.services.alb.rules.condition_parts import METHODS
from yunbox.services.alb.rules.model import Cors, Pair, Rule, StoredCondition

_Plain = (
    model.ForwardGroup
    | model.RedirectTo
    | model.FixedResponse
    | model.RewriteTo
    | model.InsertHeader
    | model.RemoveHeader
    | model.TrafficLimit
)

_SYSTEM = {
    "ClientSrcIp": "${client_ip}",
    "ClientSrcPort": "${client_port}",
    "Protocol": "${listener_protocol}",
    "SLBId": "${balancer_id}",
    "SLBPort": "${listener_port}",
}
"""What the system knows of a request, as the engine names it."""


def told(forwarded: Forwarded) -> tuple[str, ...]:
    """Return the engine's names of the headers that a listener adds."""
    named = (
        ("for", forwarded.client and forwarded.mode == "append"),
        ("proto", forwarded.protocol),
        ("port", forwarded.port),
        ("id", forwarded.balancer),
    )
    return tuple(name for name, wanted in named if wanted)


def changes(forwarded: Forwarded) -> tuple[Action, ...]:
    """Return what else a listener does to the headers of every request that it forwards."""
    found: list[Action] = []
    if forwarded.mode == "remove":
        found.append(RemoveHeader(name="X-Forwarded-For"))
    if forwarded.client_port:
        found.append(SetHeader(name="X-Forwarded-Client-srcport", value="${client_port}"))
    if forwarded.host:
        found.append(SetHeader(name="X-Forwarded-Host", value="${request_header:Host}"))
    return tuple(found)


def conditions_of(stored: Sequence[StoredCondition]) -> Iterator[tuple[Condition, ...]]:
    """Yield alternatives: a rule holds where all conditions of one of them hold.

    There is more than one where a condition takes pairs of several keys, any of which will do: the engine's
    conditions are about one key each.
    """
    return itertools.product(*(_one_of(each) for each in stored))


def _one_of(stored: StoredCondition) -> list[Condition]:
    match stored.type:
        case "Host":
            return [Condition(kind="host", values=stored.values)]
        case "Path":
            return [Condition(kind="path", values=stored.values)]
        case "Method":
            return [Condition(kind="method", values=stored.values)]
        case "SourceIp":
            return [Condition(kind="source", values=stored.values)]
        case "Header":
            return [Condition(kind="header", key=stored.key, values=stored.values)]
        case "QueryString":
            return [Condition(kind="query", key=key, values=values) for key, values in _keys(stored.pairs)]
        case "Cookie":
            return [Condition(kind="cookie", key=key, values=values) for key, values in _keys(stored.pairs)]


def _keys(pairs: Sequence[Pair]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the values that each key may have; none at all where any value, or the mere key, will do."""
    for key in dict.fromkeys(each.key for each in pairs):
        values = tuple(each.value for each in pairs if each.key == key)
        yield key, () if "" in values else values


def actions_of(rule: Rule, backend: Callable[[str], str]) -> tuple[Action, ...]:
    """Return a rule's actions but Cors; `backend` returns the engine's id of a server group."""
    return tuple(_action(each.action, backend) for each in rule.actions if not isinstance(each.action, Cors))


def _action(action: _Plain, backend: Callable[[str], str]) -> Action:
    match action:
        case model.ForwardGroup():
            seconds = action.sticky_seconds if action.sticky else 0
            return Forward(backends=_weighted(action.shares, backend), sticky_seconds=seconds)
        case model.RedirectTo():
            return Redirect(
                protocol=action.protocol,
                host=action.host,
                port=action.port,
                path=action.path,
                query=action.query,
                code=_CODES[action.code],
            )
        case model.FixedResponse():
            return Respond(status=int(action.code), content_type=action.content_type, body=action.content)
        case model.RewriteTo():
            return Rewrite(host=action.host, path=action.path, query=action.query)
        case model.InsertHeader():
            return SetHeader(name=action.key, value=_value(action), cover=action.cover)
        case model.RemoveHeader():
            return RemoveHeader(name=action.key)
        case model.TrafficLimit():
            return Limit(rate=action.qps, rate_per_source=action.per_ip)


_CODES: dict[str, Literal[301, 302, 303, 307, 308]] = {
    "301": 301,
    "302": 302,
    "303": 303,
    "307": 307,
    "308": 308,
}


def _weighted(shares: Sequence[model.Share], backend: Callable[[str], str]) -> tuple[tuple[str, int], ...]:
    """Return backends with their weights. A group that is alone gets all; without any weight all get the same."""
    even = len(shares) == 1 or not any(each.weight for each in shares)
    return tuple((backend(each.group), 1 if even else each.weight) for each in shares)


def _value(action: model.InsertHeader) -> str:
    if action.value_type == "SystemDefined":
        return _SYSTEM[action.value]
    if action.value_type == "ReferenceHeader":
        return f"${{request_header:{action.value}}}"
    return action.value


def rules_of(
    rules: Sequence[Rule], before: tuple[Action, ...], backend: Callable[[str], str]
) -> Iterator[EngineRule]:
    """Yield the engine's rules for a listener's, in the order in which they are tried.

    `before` is what the listener does to every request.
    """
    for rule in sorted(rules, key=lambda each: (each.priority, each.id)):
        variants = tuple(_variants(rule, before, backend))
        pairs = itertools.product(conditions_of(rule.conditions), variants)
        for number, (conditions, (further, actions)) in enumerate(pairs):
            id_ = rule.id if not number else f"{rule.id}.{number}"
            yield EngineRule(id=id_, conditions=(*conditions, *further), actions=actions)


def _variants(
    rule: Rule, before: tuple[Action, ...], backend: Callable[[str], str]
) -> Iterator[tuple[tuple[Condition, ...], tuple[Action, ...]]]:
    """Yield further conditions, and what a rule does where they hold; the first that hold decide.

    With Cors there are three: what a browser asks beforehand, requests of pages of allowed origins, and all others.
    """
    actions = (*before, *actions_of(rule, backend))
    for each in rule.actions:
        if isinstance(each.action, Cors):
            cors = each.action
            origin = Condition(
                kind="header", key="Origin", values=() if "*" in cors.origins else cors.origins
            )
            asked = Condition(kind="header", key="Access-Control-Request-Method")
            options = Condition(kind="method", values=("OPTIONS",))
            answer = Respond(status=200, headers=(*_allowed(cors), *_asked_before(cors)))
            yield (origin, options, asked), (answer,)
            exposed = [*_allowed(cors)]
            if cors.exposed:
                exposed.append(("Access-Control-Expose-Headers", ",".join(cors.exposed)))
            headers = (SetHeader(name=name, value=value, answer=True) for name, value in exposed)
            yield (origin,), (*headers, *actions)
    yield (), actions


def _allowed(cors: Cors) -> Iterator[tuple[str, str]]:
    """Yield the headers that every answer to an allowed origin bears."""
    if "*" in cors.origins and not cors.credentials:
        yield "Access-Control-Allow-Origin", "*"
    else:
        yield "Access-Control-Allow-Origin", "${request_header:Origin}"
        yield "Vary", "Origin"
    if cors.credentials:
        yield "Access-Control-Allow-Credentials", "true"


def _asked_before(cors: Cors) -> Iterator[tuple[str, str]]:
    """Yield the headers of the answer to what a browser asks beforehand."""
    methods = METHODS if "*" in cors.methods else cors.methods
    if methods:
        yield "Access-Control-Allow-Methods", ",".join(methods)
    if "*" in cors.headers:
        yield "Access-Control-Allow-Headers", "${request_header:Access-Control-Request-Headers}"
    elif cors.headers:
        yield "Access-Control-Allow-Headers", ",".join(cors.headers)
    if cors.max_age >= 0:
        yield "Access-Control-Max-Age", str(cors.max_age)
