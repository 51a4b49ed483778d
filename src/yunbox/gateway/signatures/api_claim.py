"""What a signed call of an RPC or ROA action says of itself, and what it is checked by."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

import msgspec

from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures import api_refusals as refusals
from yunbox.gateway.signatures.presented import ACCESS_KEY, MAX_TOKEN_CHARACTERS

MAX_NONCE_CHARACTERS = 256
_ACCESS_KEY = re.compile(ACCESS_KEY, re.ASCII)
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", re.ASCII)


class SignedRequest(msgspec.Struct, frozen=True, gc=False):
    """A request with its whole body.

    `form` holds the decoded pairs of a body whose type is application/x-www-form-urlencoded, else nothing.
    """

    request: Request
    body: bytes = b""
    form: list[tuple[str, str]] = []


class ApiClaim(msgspec.Struct, frozen=True):
    """What a signed call says of itself; nothing of it is proven before `ApiScheme.check`.

    `signature` is as sent (base64 or hexadecimal). `signed_at` is in seconds since the epoch; the call holds
    for `valid_seconds` before and after it. `nonce` is empty only where the scheme lets a client leave it out
    (ROA V1). `parameters` holds what else the scheme needs to check it.
    """

    scheme: str
    access_key_id: str
    signature: str
    security_token: str
    signed_at: float
    nonce: str
    valid_seconds: float
    parameters: dict[str, str] = {}


class ApiScheme(Protocol):
    """One signature scheme of the RPC and ROA actions."""

    def read(self, signed: SignedRequest) -> ApiClaim | None:
        """Return the claim when the request is signed this way, else None. Raises CloudError when malformed."""
        ...

    def check(self, claim: ApiClaim, signed: SignedRequest, secret: str, now: float) -> None:
        """Return when signature and time hold. The nonce is the caller's to use, once this has returned.

        Raises CloudError: InvalidTimeStamp.Expired, SignatureDoesNotMatch, or why the request may not be
        read in the sense that was signed.
        """
        ...


def parameters_of(signed: SignedRequest) -> dict[str, str]:
    """Return the parameters of query and form together.

    Raises CloudError (InvalidParameter) when a name is given twice: which of the two counts would be a guess
    that a signature over sorted pairs does not settle. Only the same value in query and form may be: the
    classic SDKs put RegionId into the query of a form that has it too.
    """
    query = _once(signed.request.query_pairs)
    if not signed.form:
        return query
    form = _once(signed.form)
    for name in query.keys() & form.keys():
        if query[name] != form[name]:
            raise refusals.repeated(name)
    return query | form


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise refusals.repeated(name)
            seen.add(name)
    return found


def checked(claim: ApiClaim) -> ApiClaim:
    """Return `claim` when key, token and nonce are of a form that can exist. Raises CloudError otherwise."""
    if not _ACCESS_KEY.fullmatch(claim.access_key_id):
        raise refusals.unknown_key()
    if len(claim.security_token) > MAX_TOKEN_CHARACTERS:
        raise refusals.bad_token()
    if len(claim.nonce) > MAX_NONCE_CHARACTERS:
        raise refusals.invalid("SignatureNonce")
    return claim


@lru_cache(maxsize=256)
def parse_timestamp(text: str) -> float | None:
    """Return the seconds since the epoch of `2018-01-01T12:00:00Z`, the only form the vendor takes, else None.

    Cached: a busy client repeats a second many times.
    """
    match = _MOMENT.fullmatch(text) if len(text) == 20 else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
