"""ClientToken: a request sent twice is done once, and answered alike. Source: ECS documentation, "Idempotence"."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, token_mismatch
from yunbox.api.parameters import PROTOCOL
from yunbox.control.store import Store
from yunbox.control.store_resource import Resource

KEPT_SECONDS = 24 * 3600.0

_TOKEN = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)
_PURGED_AT_ONCE = 500


class UsedToken(Resource, kind="api.token"):
    """A client token that was used: for which parameters (`digest`), and what was answered. `region` is empty."""

    digest: bytes
    answer: bytes
    created: float


def find_answer(call: Call, parameters: Mapping[str, Any]) -> bytes | None:
    """Return what was answered to the same request before, or None for a new one (or one without a token).

    Raises CloudError: InvalidParameter, IdempotentParameterMismatch.
    """
    token = str(parameters.get("ClientToken", ""))
    if not token:
        return None
    if not _TOKEN.fullmatch(token):
        raise invalid_parameter("ClientToken", "1 to 64 ASCII characters are expected")
    used = call.view.get(UsedToken, _id(call, token))
    if used is None or used.created + KEPT_SECONDS < call.now:
        return None
    if used.digest != _digest(parameters):
        raise token_mismatch()
    return used.answer


def remember(call: Call, parameters: Mapping[str, Any], answer: bytes) -> None:
    """Keep an answer under the request's token, if it has one, in the transaction of the action."""
    token = str(parameters.get("ClientToken", ""))
    if not token:
        return
    id_ = _id(call, token)
    if call.change.get(UsedToken, id_) is not None:
        call.change.delete(UsedToken, id_)
    call.change.create(
        UsedToken(id=id_, account=call.account, digest=_digest(parameters), answer=answer, created=call.now)
    )


def purge(store: Store, now: float) -> None:
    """Forget the tokens that are older than a day."""
    after = ""
    while True:
        with store.write() as change:
            tokens = change.find(UsedToken, after=after, limit=_PURGED_AT_ONCE)
            for each in tokens:
                if each.created + KEPT_SECONDS < now:
                    change.delete(UsedToken, each.id)
        if len(tokens) < _PURGED_AT_ONCE:
            return
        after = tokens[-1].id


def _id(call: Call, token: str) -> str:
    named = "\0".join((call.account, call.region, call.product.code, call.action, token))
    return hashlib.sha256(named.encode()).hexdigest()


def _digest(parameters: Mapping[str, Any]) -> bytes:
    taken = hashlib.sha256()
    for name, value in sorted(parameters.items()):
        if name not in PROTOCOL:
            for text in (name, str(value)):
                data = text.encode("utf-8", "surrogateescape")
                taken.update(len(data).to_bytes(8, "big") + data)
    return taken.digest()
