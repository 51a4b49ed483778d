"""Signature V3, ACS3-HMAC-SHA256: what the current SDKs sign RPC and ROA actions with.

Sources: alibabacloud-tea-openapi `utils.py`, alibabacloud-go `openapi-util` and `darabonba-openapi` (utils),
@alicloud/openapi-util; the vendor's "V3 request structure and signature mechanism", which demands that every
public header is signed. There is no payload that goes unsigned.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures import api_refusals as refusals
from yunbox.gateway.signatures.api_claim import (
    ApiClaim,
    SignedRequest,
    checked,
    parameters_of,
    parse_timestamp,
)
from yunbox.gateway.signatures.canonical import encode, sha256_hex, sign_hex, wire_bytes
from yunbox.gateway.signatures.scheme import same

ALGORITHM = "ACS3-HMAC-SHA256"
VALID_SECONDS = 15 * 60
_MAX_AUTHORIZATION = 4096
_EMPTY = hashlib.sha256(b"").hexdigest()
_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 +Credential=([^,\s]{1,256}), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})", re.A
)
_NAMES = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*", re.ASCII)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.~/-]+", re.ASCII)
_UNSAFE_NAME = re.compile(r"[\x00-\x20\x7f&=%+]")


class Acs3:
    """`Authorization: ACS3-HMAC-SHA256 Credential=..,SignedHeaders=..,Signature=..`."""

    def read(self, signed: SignedRequest) -> ApiClaim | None:
        """Return the claim, else None.

        Raises CloudError: IncompleteSignature (malformed), MissingTimestamp, MissingSignatureNonce,
        InvalidTimeStamp.Format.
        """
        headers = signed.request.headers
        authorization = headers.get("authorization")
        if not authorization.startswith(f"{ALGORITHM} "):
            return None
        match = _AUTHORIZATION.fullmatch(authorization) if len(authorization) <= _MAX_AUTHORIZATION else None
        if not match or not _NAMES.fullmatch(match[2]):
            raise refusals.incomplete(
                f"Expected Authorization: {ALGORITHM} Credential=<AccessKeyId>,SignedHeaders=<names joined by"
                " semicolons>,Signature=<64 hexadecimal digits>."
            )
        date, nonce = headers.get("x-acs-date"), headers.get("x-acs-signature-nonce")
        if not date:
            raise refusals.missing("Timestamp", "x-acs-date")
        if not nonce:
            raise refusals.missing("SignatureNonce", "x-acs-signature-nonce")
        signed_at = parse_timestamp(date)
        if signed_at is None:
            raise refusals.bad_time()
        token = headers.get("x-acs-security-token")
        return checked(
            ApiClaim(
                "acs3",
                match[1],
                match[3],
                token,
                signed_at,
                nonce,
                VALID_SECONDS,
                {"signed-headers": match[2]},
            )
        )

    def check(self, claim: ApiClaim, signed: SignedRequest, secret: str, now: float) -> None:
        """Return when it holds, and with it method, path, query, body, host and every x-acs- header.

        Raises CloudError: InvalidTimeStamp.Expired, IncompleteSignature (a header that must be signed is
        not, or x-acs-content-sha256 is not the body's), InvalidParameter (given twice), SignatureDoesNotMatch.
        """
        refusals.check_time(claim.signed_at, claim.valid_seconds, now)
        request = signed.request
        names = claim.parameters["signed-headers"].split(";")
        _require_signed(signed, names)
        parameters_of(signed)
        digest = hashlib.sha256(signed.body).hexdigest() if signed.body else _EMPTY
        stated = request.headers.get("x-acs-content-sha256", digest)
        lines = "".join([f"{name}:{_header(request, name)}\n" for name in names])
        tail = f"{lines}\n{claim.parameters['signed-headers']}\n{digest}"
        key = secret.encode()
        for head in _heads(request):
            text = f"{ALGORITHM}\n{sha256_hex(f'{head}{tail}')}"
            if same(sign_hex(key, text), claim.signature):
                if not same(stated.lower(), digest):
                    raise refusals.wrong_sha256()
                return
        canonical = f"{next(_heads(request))}{tail}"
        raise refusals.mismatch(f"{ALGORITHM}\n{sha256_hex(canonical)}", canonical)


def _require_signed(signed: SignedRequest, names: list[str]) -> None:
    """Refuse an unsigned header that would change what the call does, such as another x-acs-action."""
    listed = frozenset(names)
    if len(listed) != len(names):
        raise refusals.incomplete("A name stands twice in SignedHeaders.")
    left_out = [
        name for name, _ in signed.request.headers if name.startswith("x-acs-") and name not in listed
    ]
    if "host" not in listed:
        left_out.append("host")
    if signed.body and "content-type" not in listed and "content-type" in signed.request.headers:
        left_out.append("content-type")
    if left_out:
        raise refusals.incomplete(f"SignedHeaders lacks {', '.join(left_out)[:512]}.")


def _header(request: Request, name: str) -> str:
    value = request.headers.get(name).strip()
    if name == "host" and value.lower() != request.host:
        # An absolute-form target overrides the Host header, and it is the one that is routed by.
        return request.host
    return value


def _heads(request: Request) -> Iterator[str]:
    """Yield the ways in which clients write method, path and query; all that are equal say the same."""
    for path in _paths(request.target):
        for query in _queries(request.query_pairs):
            yield f"{request.method}\n{path}\n{query}\n"


def _paths(target: str) -> Iterator[str]:
    yield target or "/"
    if not _PLAIN_PATH.fullmatch(target):
        # HTTP libraries escape less or more than the signing code did. Segment by segment, so that an escaped
        # slash never passes for one that parts two segments.
        parts = wire_bytes(target).split(b"/")
        again = "/".join([quote(unquote_to_bytes(part), safe="") for part in parts])
        if again != target:
            yield again


def _queries(pairs: list[tuple[str, str]]) -> Iterator[str]:
    found = sorted(pairs)
    encoded = [(encode(name), encode(value)) for name, value in found]
    yield "&".join([f"{name}={value}" for name, value in encoded])
    # The Python, Go and Node clients encode values only. Without the characters that structure a query or a
    # canonical request, a name that stands bare can be read in one way only.
    names = [name for name, _ in found]
    if names != [name for name, _ in encoded] and not any(_UNSAFE_NAME.search(name) for name in names):
        yield "&".join([f"{name}={value}" for name, (_, value) in zip(names, encoded, strict=True)])
