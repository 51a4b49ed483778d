"""RPC signature V1: HMAC-SHA1 or HMAC-SHA256 over the method and the sorted parameters of query and form.

Sources: aliyun-python-sdk-core `auth/composer/rpc_signature_composer.py`, alibaba-cloud-sdk-go
`sdk/auth/rpc_signature_composer.go`, @alicloud/openapi-util `getRPCSignature`; HMAC-SHA256 is sent by the PHP
client (`ShaHmac256Signature`). A URL with everything in its query is signed and checked the same way.
"""

from __future__ import annotations

import base64
import hmac

from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures import api_refusals as refusals
from yunbox.gateway.signatures.api_claim import (
    ApiClaim,
    SignedRequest,
    checked,
    parameters_of,
    parse_timestamp,
)
from yunbox.gateway.signatures.canonical import encode
from yunbox.gateway.signatures.scheme import same

VALID_SECONDS = 31 * 60
METHODS = {"": "sha1", "HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}
"""The values of SignatureMethod, and their digests; the vendor lets it be left out."""

_MARKS = ("Signature", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureType")
_REQUIRED = ("AccessKeyId", "Signature", "Timestamp", "SignatureNonce")


class RpcV1:
    """The parameters AccessKeyId, Signature, Timestamp and SignatureNonce in query or form.

    A timestamp and a nonce alone are no signature: clients put them into anonymous calls as well.
    """

    def read(self, signed: SignedRequest) -> ApiClaim | None:
        """Return the claim, else None, which it is with an Authorization header, whatever the parameters.

        Raises CloudError: MissingAccessKeyId, MissingSignature, MissingTimestamp, MissingSignatureNonce,
        InvalidSignatureMethod, InvalidSignatureType (bearer tokens and key pairs), InvalidSignatureVersion,
        InvalidTimeStamp.Format, InvalidParameter (given twice).
        """
        if "authorization" in signed.request.headers:
            return None
        given = parameters_of(signed)
        if not any(given.get(name) for name in _MARKS):
            return None
        _check_kind(given)
        for name in _REQUIRED:
            if not given.get(name):
                raise refusals.missing(name)
        signed_at = parse_timestamp(given["Timestamp"])
        if signed_at is None:
            raise refusals.bad_time()
        return checked(
            ApiClaim(
                "rpc_v1",
                given["AccessKeyId"],
                given["Signature"],
                given.get("SecurityToken", ""),
                signed_at,
                given["SignatureNonce"],
                VALID_SECONDS,
                {"method": given.get("SignatureMethod", "")},
            )
        )

    def check(self, claim: ApiClaim, signed: SignedRequest, secret: str, now: float) -> None:
        """Return when it holds, and with it every parameter, the method and the path.

        Raises CloudError: InvalidTimeStamp.Expired, SignatureDoesNotMatch, IncompleteSignature (something
        that the signature does not cover would say what the call is).
        """
        refusals.check_time(claim.signed_at, claim.valid_seconds, now)
        given = parameters_of(signed)
        _refuse_uncovered(signed, given)
        given.pop("Signature", None)
        text = _string_to_sign(signed.request, given)
        digest = hmac.digest(f"{secret}&".encode(), text.encode(), METHODS[claim.parameters["method"]])
        if not same(base64.b64encode(digest).decode(), claim.signature):
            raise refusals.mismatch(text)


def _check_kind(given: dict[str, str]) -> None:
    method = given.get("SignatureMethod", "")
    if kind := given.get("SignatureType"):
        raise refusals.invalid("SignatureType", f"yunbox does not know {kind[:32]!a}; leave it out.")
    if method not in METHODS:
        raise refusals.unknown_method(method)
    if given.get("SignatureVersion", "1.0") != "1.0":
        raise refusals.invalid("SignatureVersion", "It is 1.0.")


def _refuse_uncovered(signed: SignedRequest, given: dict[str, str]) -> None:
    """Refuse what an attacker could add to a signed call: a body of another type, another action's name.

    The core SDKs repeat Action and Version in headers, which V1 does not sign.
    """
    if signed.body and not signed.form:
        raise refusals.incomplete("RPC signature 1.0 covers no body but a form.")
    headers = signed.request.headers
    for name, parameter in (("x-acs-action", "Action"), ("x-acs-version", "Version")):
        if headers.get(name, given.get(parameter, "")) != given.get(parameter, ""):
            raise refusals.incomplete(f"The header {name} is not signed and differs from {parameter}.")


def _string_to_sign(request: Request, given: dict[str, str]) -> str:
    pairs = [f"{encode(name)}={encode(given[name])}" for name in sorted(given)]
    # Encoding once more what is encoded touches three characters only.
    text = "&".join(pairs).replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    return f"{request.method}&{encode(request.target or '/')}&{text}"
