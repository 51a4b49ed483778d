"""Which signature a request carries: exactly one, or it is refused.

A request signed in two ways could be understood in two ways, so it is never guessed which one was meant.
"""

from __future__ import annotations

import re

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures.refusals import invalid

ACCESS_KEY = r"[A-Za-z0-9._+=@-]{1,128}"
MAX_TOKEN_CHARACTERS = 8192
_MAX_AUTHORIZATION_CHARACTERS = 4096
_ACCESS_KEY = re.compile(ACCESS_KEY, re.ASCII)

_MARKS = {
    "Signature": "OSS",
    "OSSAccessKeyId": "OSS",
    "x-oss-signature": "x-oss",
    "x-oss-signature-version": "x-oss",
    "x-oss-credential": "x-oss",
    "x-oss-access-key-id": "x-oss",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AWS4-HMAC-SHA256",
    "X-Amz-Signature": "AWS4-HMAC-SHA256",
}
_ACCOMPANYING = frozenset(
    {
        "Expires",
        "security-token",
        "x-oss-additional-headers",
        "x-oss-date",
        "x-oss-expires",
        "x-oss-security-token",
        "X-Amz-Content-Sha256",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Security-Token",
        "X-Amz-SignedHeaders",
    }
)


class Presented(msgspec.Struct, frozen=True, gc=False):
    """The signature of a request.

    `kind` is the algorithm's word: `OSS`, `OSS2`, `OSS4-HMAC-SHA256`, `AWS4-HMAC-SHA256`, what else the
    Authorization header starts with, or empty for an anonymous request. `authorization` is what follows that
    word, empty for a signed URL; `parameters` are the URL's signature parameters, empty for the header form.
    """

    kind: str = ""
    authorization: str = ""
    parameters: dict[str, str] = {}


_ANONYMOUS = Presented()


def presented(request: Request) -> Presented:
    """Return the one signature of a request. Raises CloudError (InvalidArgument) when there are two."""
    header = request.headers.get("authorization")
    in_url = _in_url(request) if request.raw_query else _ANONYMOUS
    if not header:
        return in_url
    if in_url.kind:
        raise invalid(
            "Only one signature is allowed: in the Authorization header or in the URL.", "Authorization"
        )
    if len(header) > _MAX_AUTHORIZATION_CHARACTERS:
        raise invalid("The Authorization header is too long.", "Authorization")
    kind, _, rest = header.partition(" ")
    return Presented(kind, rest.strip())


def _in_url(request: Request) -> Presented:
    kind = ""
    parameters: dict[str, str] = {}
    repeated = ""
    for name, value in request.query_pairs:
        mark = _MARKS.get(name, "")
        if not mark and name not in _ACCOMPANYING:
            continue
        if name in parameters:
            repeated = name
        if mark and kind and mark != kind:
            raise invalid("Only one kind of signature is allowed in the URL.", name)
        kind = kind or mark
        parameters[name] = value
    if not kind:
        return _ANONYMOUS
    if repeated:
        raise invalid("A signature parameter may not be repeated.", repeated)
    if kind == "x-oss":
        kind = parameters.get("x-oss-signature-version", "")
        if kind not in ("OSS2", "OSS4-HMAC-SHA256"):
            raise invalid(
                "x-oss-signature-version must be OSS4-HMAC-SHA256 or OSS2.", "x-oss-signature-version"
            )
    return Presented(kind, parameters=parameters)


def unsupported(kind: str) -> CloudError:
    """Return the refusal of an Authorization header of a kind that no scheme reads."""
    return invalid(f"Unsupported Authorization Type: {kind[:32]!a}", "Authorization", "0002-00000002")


def access_key(text: str, argument: str, ec: str = "") -> str:
    """Return an AccessKey id that is well formed. Raises CloudError (InvalidArgument) otherwise."""
    if not _ACCESS_KEY.fullmatch(text):
        raise invalid(f"The AccessKeyId in {argument} is invalid.", argument, ec)
    return text


def one_token(*candidates: str) -> str:
    """Return the security token given in one or several places. Raises CloudError when they differ."""
    given = {token for token in candidates if token}
    if len(given) > 1:
        raise invalid("The request carries two different security tokens.", "security-token")
    token = given.pop() if given else ""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise invalid("The security token is too long.", "security-token")
    return token
