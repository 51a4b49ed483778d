"""The register of OSS's operations: one decorated function each.

Adding one is writing the function: routing, existence of the bucket, permission, errors and XML come from what
the decorator states and from the type that the function returns.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import msgspec

from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Request, Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import method_not_allowed
from yunbox.services.oss.vendor_actions import ACTIONS, SELECTORS

Level = Literal["service", "bucket", "object"]
Answer = Response | Document | None
Handler = Callable[[Call], Awaitable[Answer]]


class Operation(msgspec.Struct, frozen=True):
    """One action of the API.

    `permission` is the RAM action it needs (empty: the handler authorises itself). `header` is a request header
    whose presence selects it. `partial` says what of the vendor's behaviour is missing, for the coverage page.
    `of_version` is the permission needed instead where the request names a version.
    """

    name: str
    method: str
    level: Level
    sub: str
    permission: str
    handler: Handler
    header: str = ""
    needs_bucket: bool = True
    partial: str = ""
    of_version: str = ""

    def permission_for(self, query: Mapping[str, str]) -> str:
        """Return the permission that a request with these parameters needs."""
        return self.of_version if self.of_version and "versionId" in query else self.permission


OPERATIONS: dict[str, Operation] = {}
_ROUTES: dict[tuple[str, Level, str], list[Operation]] = {}


def operation(
    name: str,
    method: str,
    on: Level,
    sub: str = "",
    *,
    permission: str | None = None,
    header: str = "",
    needs_bucket: bool = True,
    partial: str = "",
    of_version: str = "",
) -> Callable[[Handler], Handler]:
    """Register a function as an action. The permission is `oss:<name>` unless given."""

    def register(handler: Handler) -> Handler:
        asked = f"oss:{name}" if permission is None else permission
        entry = Operation(name, method, on, sub, asked, handler, header, needs_bucket, partial, of_version)
        OPERATIONS[name] = entry
        routes = _ROUTES.setdefault((method, on, sub), [])
        routes.append(entry)
        routes.sort(key=lambda each: not each.header)
        return handler

    return register


def find_operation(request: Request, level: Level) -> Operation:
    """Return the operation that a request asks for.

    Raises CloudError: NotImplemented by name for what the vendor has and yunbox has not, MethodNotAllowed for
    what neither has.
    """
    method = "GET" if request.method == "HEAD" and level != "object" else request.method
    sub = ""
    if request.raw_query:
        for name, _ in request.query_pairs:
            if (method, level, name) in SELECTORS:
                sub = name
                break
        if sub and "comp=" in request.raw_query:
            with_comp = f"{sub}&comp={request.query.get('comp')}"
            sub = with_comp if (method, level, with_comp) in ACTIONS else sub
    for entry in _ROUTES.get((method, level, sub), ()):
        if not entry.header or entry.header in request.headers:
            return entry
    if missing := ACTIONS.get((method, level, sub)):
        raise not_implemented(f"the OSS action {missing}")
    raise _unknown(method, level, sub)


def _unknown(method: str, level: Level, sub: str) -> CloudError:
    allowed = sorted({each for each, at, what in _ROUTES if at == level and what == sub})
    return method_not_allowed(method, f"{level}?{sub}" if sub else level, ", ".join(allowed))
