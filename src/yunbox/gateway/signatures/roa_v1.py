"""ROA signature V1: `Authorization: acs <AccessKeyId>:<base64>`, HMAC-SHA1 or HMAC-SHA256.

Sources: aliyun-python-sdk-core `auth/composer/roa_signature_composer.py`, alibaba-cloud-sdk-go
`sdk/auth/roa_signature_composer.go` and `sdk/requests/roa_request.go`, alibabacloud-tea-openapi
`get_string_to_sign`, @alicloud/openapi-util `getStringToSign`.

What the scheme itself leaves open, here as at the vendor: it signs the decoded query, so `a=b%26c%3Dd` and
`a=b&c=d` have one signature; it covers a body by Content-MD5 only, which some clients leave out; a nonce is
optional. The host is not covered.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures import api_refusals as refusals
from yunbox.gateway.signatures.api_claim import ApiClaim, SignedRequest, checked, parameters_of
from yunbox.gateway.signatures.canonical import header_lines, wire_bytes
from yunbox.gateway.signatures.moments import parse_moment
from yunbox.gateway.signatures.rpc_v1 import METHODS
from yunbox.gateway.signatures.scheme import same

VALID_SECONDS = 15 * 60
_AUTHORIZATION = re.compile(r"acs +([^\s:]{1,256}):([A-Za-z0-9+/=]{1,128})", re.ASCII)
_STRUCTURAL = re.compile(r"%(?:2[35Ff]|3[Ff])", re.ASCII)


class RoaV1:
    """`Authorization: acs <AccessKeyId>:<signature>`; the claim's nonce may be empty."""

    def read(self, signed: SignedRequest) -> ApiClaim | None:
        """Return the claim, else None.

        Raises CloudError: IncompleteSignature (malformed), MissingDate, InvalidTimeStamp.Format,
        InvalidSignatureMethod, InvalidSignatureVersion.
        """
        headers = signed.request.headers
        authorization = headers.get("authorization")
        if not authorization.startswith("acs "):
            return None
        match = _AUTHORIZATION.fullmatch(authorization)
        if not match:
            raise refusals.incomplete("Expected Authorization: acs <AccessKeyId>:<signature in base64>.")
        method = headers.get("x-acs-signature-method")
        if method not in METHODS:
            raise refusals.unknown_method(method)
        if headers.get("x-acs-signature-version", "1.0") != "1.0":
            raise refusals.invalid("SignatureVersion", "It is 1.0.")
        date = headers.get("date")
        if not date:
            raise refusals.missing("Date")
        signed_at = parse_moment(date)
        if signed_at is None:
            raise refusals.bad_time()
        return checked(
            ApiClaim(
                "roa_v1",
                match[1],
                match[2],
                headers.get("x-acs-security-token"),
                signed_at,
                headers.get("x-acs-signature-nonce"),
                VALID_SECONDS,
                {"method": method},
            )
        )

    def check(self, claim: ApiClaim, signed: SignedRequest, secret: str, now: float) -> None:
        """Return when it holds, and with it method, path, query, Accept, Content-Type, Date and x-acs- headers.

        A body is covered where the client states Content-MD5 or x-acs-content-sha256.
        Raises CloudError: InvalidTimeStamp.Expired, InvalidParameter (given twice), ContentMD5NotMatched,
        IncompleteSignature (another digest than the body's), SignatureDoesNotMatch.
        """
        refusals.check_time(claim.signed_at, claim.valid_seconds, now)
        parameters_of(signed)
        _check_body(signed)
        key, digest = secret.encode(), METHODS[claim.parameters["method"]]
        shown = ""
        for text in _strings_to_sign(signed.request):
            expected = base64.b64encode(hmac.digest(key, wire_bytes(text), digest)).decode()
            if same(expected, claim.signature):
                return
            shown = shown or text
        raise refusals.mismatch(shown)


def _check_body(signed: SignedRequest) -> None:
    headers = signed.request.headers
    if md5 := headers.get("content-md5"):
        expected = base64.b64encode(hashlib.md5(signed.body, usedforsecurity=False).digest()).decode()
        if not same(md5.strip(), expected):
            raise refusals.wrong_md5()
    if sha256 := headers.get("x-acs-content-sha256"):
        expected = hashlib.sha256(signed.body).hexdigest()
        if not same(sha256.strip().lower(), expected):
            raise refusals.wrong_sha256()


def _strings_to_sign(request: Request) -> Iterator[str]:
    """Yield the strings that clients make of one and the same request."""
    get = request.headers.get
    lines = header_lines([field for field in request.headers if field[0].startswith("x-acs-")])
    head = f"{request.method}\n{get('accept')}\n{get('content-md5')}\n{get('content-type')}\n{get('date')}\n{lines}"
    for path in _paths(request.target):
        for query in _queries(request.query_pairs):
            yield f"{head}{path}{query}"


def _paths(target: str) -> Iterator[str]:
    yield target or "/"
    # The core SDKs sign a path before it is escaped. Not where an escape hides a character that would mean
    # something bare: what was signed and what is served have to be one path.
    if "%" in target and not _STRUCTURAL.search(target):
        yield unquote_to_bytes(wire_bytes(target)).decode("utf-8", "surrogateescape")


def _queries(pairs: list[tuple[str, str]]) -> Iterator[str]:
    if not pairs:
        yield ""
        yield "?"  # alibaba-cloud-sdk-go
        return
    found = sorted(pairs)
    yield "?" + "&".join([f"{name}={value}" if value else name for name, value in found])
    if not all(value for _, value in found):
        yield "?" + "&".join([f"{name}={value}" for name, value in found])
