"""The forged twins of a signed request: each differs in one thing that a signature has to cover."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import quote

from signed_requests import altered

from yunbox.gateway.http.message import Request


def forged(
    request: Request, *, headers: Collection[str], query: Collection[str] | None
) -> Iterator[tuple[str, Request]]:
    """Yield (what was done, the request), for each signed header and query parameter.

    `query` are the names that the scheme covers; None when it covers all.
    """
    yield from _line(request)
    yield from _headers(request, headers)
    yield from _query(request, query)


def _line(request: Request) -> Iterator[tuple[str, Request]]:
    for method in {"GET", "PUT", "POST", "HEAD", "DELETE"} - {request.method}:
        yield f"method {method}", altered(request, method=method)
    yield "key grown", altered(request, target=request.target + "x")
    yield "key shortened", altered(request, target=request.target[:-1])
    yield "other bucket", altered(request, target="/other" + request.target)
    yield (
        "slash doubled",
        altered(request, target=request.target[0] + request.target.replace("/", "//")[2:] + "/"),
    )
    yield "escaped twice", altered(request, target=request.target + "%2541")


def _headers(request: Request, names: Collection[str]) -> Iterator[tuple[str, Request]]:
    fields = dict(request.headers)
    for name in names:
        assert name in fields, f"{name} was not sent"
        for label, value in (("grown", fields[name] + "x"), ("other", "x" + fields[name][1:]), ("empty", "")):
            yield f"header {name} {label}", altered(request, headers=fields | {name: value})
        yield f"header {name} gone", altered(request, headers={k: v for k, v in fields.items() if k != name})
    yield "x-oss- header added", altered(request, headers=fields | {"x-oss-object-acl": "public-read"})
    if authorization := fields.get("authorization"):
        for index in range(1, 5):
            changed = "A" if authorization[-index] != "A" else "B"
            text = (
                authorization[: len(authorization) - index]
                + changed
                + authorization[len(authorization) - index + 1 :]
            )
            yield "signature", altered(request, headers=fields | {"authorization": text})


def _query(request: Request, names: Collection[str] | None) -> Iterator[tuple[str, Request]]:
    pairs = request.query_pairs
    for index, (name, value) in enumerate(pairs):
        if names is not None and name not in names:
            continue
        changed = [(name, value + "x"), (name + "x", value), (name, "")]
        if value:
            changed += [(name, value[:-1]), (name, chr(ord(value[0]) ^ 1) + value[1:])]
        for pair in changed:
            if pair != (name, value):
                yield (
                    f"parameter {name}={pair}",
                    altered(request, raw_query=_joined([*pairs[:index], pair, *pairs[index + 1 :]])),
                )
        yield (
            f"parameter {name} gone",
            altered(request, raw_query=_joined(pairs[:index] + pairs[index + 1 :])),
        )
        yield f"parameter {name} twice", altered(request, raw_query=_joined([*pairs, (name, "other")]))
    yield "acl added", altered(request, raw_query=_joined([*pairs, ("acl", "")]))
    if names is None:
        yield "prefix added", altered(request, raw_query=_joined([*pairs, ("prefix", "a")]))


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
