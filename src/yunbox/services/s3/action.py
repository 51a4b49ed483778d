"""The register of the S3 actions that this door does: which operation of OSS does each, or a function of its own.

Adding one is a line of `does`, or a function decorated with `own` where the two products' shapes differ.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Request
from yunbox.services.oss.errors import method_not_allowed
from yunbox.services.oss.operation import OPERATIONS, Handler, Operation
from yunbox.services.s3.vendor_actions import NAMES, SUBRESOURCES
from yunbox.services.s3.vocabulary import Level

Ask = Callable[[Request], Request]


class Action(msgspec.Struct, frozen=True):
    """One action of S3.

    `operation` does it; `ask` puts the request into the words that the operation reads, after the headers
    have been; `document` says that its answer's body is XML, which gets S3's words.
    """

    name: str
    operation: Operation
    ask: Ask | None = None
    document: bool = False


_ACTIONS: dict[str, Action] = {}


def does(name: str, operation: str = "", *, ask: Ask | None = None, document: bool = False) -> None:
    """Register an S3 action as the OSS operation of that (or another) name."""
    found = OPERATIONS.get(operation or name)
    if found is not None:
        _ACTIONS[name] = Action(name, found, ask, document)


def own(
    name: str,
    permission: str,
    *,
    of_version: str = "",
    needs_bucket: bool = True,
    ask: Ask | None = None,
) -> Callable[[Handler], Handler]:
    """Register a function as an S3 action; `permission` is the RAM action it needs."""
    method, level, sub = next(key for key, each in NAMES.items() if each == name)

    def register(handler: Handler) -> Handler:
        operation = Operation(
            name,
            method,
            level,  # type: ignore[arg-type]  # a level is what the table holds
            sub,
            permission,
            handler,
            needs_bucket=needs_bucket,
            of_version=of_version,
        )
        _ACTIONS[name] = Action(name, operation, ask, document=True)
        return handler

    return register


def answers_document(name: str) -> bool:
    """Return whether the body that answers an action is XML."""
    return _ACTIONS[name].document


def implemented() -> frozenset[str]:
    """Return the names of the actions that this door does."""
    return frozenset(_ACTIONS)


def find_action(request: Request, level: Level) -> Action:
    """Return the action that a request asks for.

    Raises CloudError: NotImplemented by name for what S3 has and this door has not, MethodNotAllowed for what
    neither has.
    """
    sub = _subresource(request, level) if request.raw_query else ""
    if request.method == "PUT" and level == "object" and "x-amz-copy-source" in request.headers:
        sub += "+copy"
    name = NAMES.get((request.method, level, sub))
    if name is None:
        raise _not_allowed(request.method, level, sub)
    action = _ACTIONS.get(name)
    if action is None:
        raise not_implemented(f"the S3 action {name}")
    return action


def _subresource(request: Request, level: Level) -> str:
    found = ""
    for name, _ in request.query_pairs:
        if name in SUBRESOURCES and not found:
            if (request.method, level, name) not in NAMES:
                # Never fall back on the plain action: DELETE ?acl must not delete the bucket.
                raise _not_allowed(request.method, level, name)
            found = name
        elif name.startswith("x-oss-"):
            raise not_implemented(f"the query parameter {name[:64]} of S3 requests")
    return found


def _not_allowed(method: str, level: Level, sub: str) -> CloudError:
    allowed = sorted({each for each, at, what in NAMES if at == level and what == sub})
    return method_not_allowed(method, f"{level}?{sub}" if sub else level, ", ".join(allowed))
