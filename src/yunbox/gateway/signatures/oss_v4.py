"""OSS signature V4: HMAC-SHA256 with a key bound to a day, a region and the product.

Sources: oss2 `auth.ProviderAuthV4`, alibabacloud-oss-v2 `signer/v4.py`, ali-oss `common/signUtils.js`;
documentation, "Signature version 4". The body is never covered: OSS knows UNSIGNED-PAYLOAD only.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures.canonical import (
    encode_path,
    encoded_pairs,
    header_lines,
    joined,
    sha256_hex,
    sign_hex,
    signing_key,
)
from yunbox.gateway.signatures.moments import day_of, parse_moment
from yunbox.gateway.signatures.oss_v1 import SUB_RESOURCES
from yunbox.gateway.signatures.presented import Presented, access_key, one_token, presented
from yunbox.gateway.signatures.refusals import (
    MAX_SKEW_SECONDS,
    bad_date,
    check_expiry,
    check_skew,
    invalid,
    mismatch,
)
from yunbox.gateway.signatures.scheme import Claim, Resource, same

ALGORITHM = "OSS4-HMAC-SHA256"
MAX_EXPIRES_SECONDS = 7 * 24 * 3600
_PAYLOAD = "UNSIGNED-PAYLOAD"
_DAY = re.compile(r"[0-9]{8}", re.ASCII)
_REGION = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_NAMES = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*", re.ASCII)
_ALWAYS_SIGNED = ("content-type", "content-md5")


class Scope(msgspec.Struct, frozen=True, gc=False):
    """The credential of a V4 signature: whose key, and the day and region that the key is bound to."""

    access_key_id: str
    day: str
    region: str


class OssV4:
    """`Authorization: OSS4-HMAC-SHA256 Credential=..,Signature=..`, or x-oss- parameters in the URL."""

    def read(self, request: Request) -> Claim | None:
        """Return the claim, else None. Raises CloudError: InvalidArgument, or AccessDenied without a date."""
        shown = presented(request)
        if shown.kind != ALGORITHM:
            return None
        return _read_url(request, shown) if shown.parameters else _read_header(request, shown)

    def check(self, claim: Claim, request: Request, resource: Resource, secret: str, now: float) -> None:
        """Return when it holds. Whether the region is the bucket's is the caller's to check (`wrong_region`).

        Raises CloudError: RequestTimeTooSkewed, AccessDenied (a URL outside its time), SignatureDoesNotMatch.
        """
        if claim.expires:
            _check_window(claim, now)
        else:
            check_skew(claim.signed_at, now)
        pairs = encoded_pairs(request.query_pairs, "x-oss-signature") if request.raw_query else []
        canonical = _canonical_request(claim, request, resource, joined(pairs))
        if _matches(claim, secret, canonical):
            return
        # ali-oss signs `prefix=` for an empty parameter and `acl` for a sub-resource, and sends both alike;
        # an empty value means the same either way, so accepting this spelling weakens nothing.
        if any(not value and name not in SUB_RESOURCES for name, value in pairs):
            spelt = "&".join(
                name if not value and name in SUB_RESOURCES else f"{name}={value}" for name, value in pairs
            )
            if _matches(claim, secret, _canonical_request(claim, request, resource, spelt)):
                return
        raise mismatch(claim, _string_to_sign(claim, canonical), canonical)


def wrong_region() -> CloudError:
    """Return the refusal of a claim whose region is not that of the bucket."""
    return invalid("Invalid signing region in Authorization header.", "Authorization", "0002-00000226")


@lru_cache(1024)
def read_credential(text: str, argument: str) -> Scope:
    """Read `<AccessKeyId>/<yyyymmdd>/<region>/oss/aliyun_v4_request`. Raises CloudError (InvalidArgument)."""
    parts = text.split("/")
    if len(parts) != 5 or parts[4] != "aliyun_v4_request":
        ec = "0002-00000213" if argument == "Authorization" else "0002-00000224"
        raise invalid(f"Invalid credential in {argument}.", argument, ec)
    key, day, region, product, _ = parts
    if not _DAY.fullmatch(day):
        raise invalid(f"Invalid signing date in {argument}.", argument, "0002-00000223")
    if not _REGION.fullmatch(region):
        if argument == "Authorization":
            raise wrong_region()
        raise invalid("The signing region in credential is invalid.", argument, "0002-00000226")
    if product != "oss":
        raise invalid("Invalid signing product in Authorization header.", argument, "0002-00000227")
    ec = "0002-00000206" if argument == "Authorization" else "0002-00000222"
    return Scope(access_key(key, argument, ec), day, region)


def _check_window(claim: Claim, now: float) -> None:
    if now < claim.signed_at - MAX_SKEW_SECONDS:
        raise CloudError("AccessDenied", 403, "Request is not valid yet.", ec="0002-00000235")
    check_expiry(claim.expires, now)


def _matches(claim: Claim, secret: str, canonical: str) -> bool:
    key = signing_key("aliyun_v4", secret, claim.parameters["day"], claim.region, claim.service)
    return same(sign_hex(key, _string_to_sign(claim, canonical)), claim.signature)


def _string_to_sign(claim: Claim, canonical: str) -> str:
    parameters = claim.parameters
    scope = f"{parameters['day']}/{claim.region}/{claim.service}/aliyun_v4_request"
    return f"{ALGORITHM}\n{parameters['date']}\n{scope}\n{sha256_hex(canonical)}"


def _canonical_request(claim: Claim, request: Request, resource: Resource, query: str) -> str:
    path = f"/{resource.bucket}/{encode_path(resource.key)}" if resource.bucket else "/"
    names = claim.parameters["additional-headers"]
    extra = frozenset(names.split(";")) if names else frozenset()
    signed = header_lines(
        [
            field
            for field in request.headers
            if field[0].startswith("x-oss-") or field[0] in _ALWAYS_SIGNED or field[0] in extra
        ]
    )
    return f"{request.method}\n{path}\n{query}\n{signed}\n{names}\n{_PAYLOAD}"


def _read_header(request: Request, shown: Presented) -> Claim:
    fields = authorization_fields(shown.authorization)
    if not {"Credential", "Signature"} <= fields.keys() <= {"Credential", "Signature", "AdditionalHeaders"}:
        raise invalid("Authorization header is invalid.", "Authorization")
    scope = read_credential(fields["Credential"], "Authorization")
    headers = request.headers
    if headers.get("x-oss-content-sha256") != _PAYLOAD:
        raise invalid("x-oss-content-sha256 must be UNSIGNED-PAYLOAD.", "x-oss-content-sha256")
    date = headers.get("x-oss-date") or headers.get("date")
    return _claim(
        scope,
        date,
        fields["Signature"],
        additional_headers(fields.get("AdditionalHeaders", ""), "Authorization"),
        token=one_token(headers.get("x-oss-security-token")),
    )


def _read_url(request: Request, shown: Presented) -> Claim:
    values = shown.parameters
    for name in ("x-oss-credential", "x-oss-date", "x-oss-expires", "x-oss-signature"):
        if not values.get(name):
            raise invalid(f"A signed URL requires the {name} parameter.", name)
    if request.headers.get("x-oss-content-sha256", _PAYLOAD) != _PAYLOAD:
        raise invalid("x-oss-content-sha256 must be UNSIGNED-PAYLOAD.", "x-oss-content-sha256")
    seconds = values["x-oss-expires"]
    if not _SECONDS.fullmatch(seconds) or not 1 <= int(seconds) <= MAX_EXPIRES_SECONDS:
        raise invalid(
            f"x-oss-expires must be between 1 and {MAX_EXPIRES_SECONDS} seconds.",
            "x-oss-expires",
            "0002-00000070",
        )
    return _claim(
        read_credential(values["x-oss-credential"], "x-oss-credential"),
        values["x-oss-date"],
        values["x-oss-signature"],
        additional_headers(values.get("x-oss-additional-headers", ""), "x-oss-additional-headers"),
        token=one_token(values.get("x-oss-security-token", ""), request.headers.get("x-oss-security-token")),
        lifetime=int(seconds),
    )


def _claim(scope: Scope, date: str, signature: str, names: str, *, token: str, lifetime: int = 0) -> Claim:
    if not date:
        raise bad_date("0002-00000503")
    signed_at = parse_moment(date)
    if signed_at is None:
        raise bad_date("0002-00000505")
    if day_of(signed_at) != scope.day:
        raise invalid("The signing date does not match x-oss-date.", "x-oss-date", "0002-00000223")
    if not _SIGNATURE.fullmatch(signature):
        raise invalid("The signature must be 64 lower-case hexadecimal digits.", "Signature")
    return Claim(
        "oss_v4",
        scope.access_key_id,
        signature,
        security_token=token,
        signed_at=signed_at,
        expires=signed_at + lifetime if lifetime else 0.0,
        region=scope.region,
        service="oss",
        parameters={"date": date, "day": scope.day, "additional-headers": names},
    )


def authorization_fields(text: str) -> dict[str, str]:
    """Split `A=b, C=d` at commas with or without a space. Raises CloudError when a name is repeated."""
    fields: dict[str, str] = {}
    for piece in text.split(",", 8):
        name, equals, value = piece.strip().partition("=")
        if not equals or name in fields:
            raise invalid("Authorization header is invalid.", "Authorization")
        fields[name] = value
    return fields


def additional_headers(text: str, argument: str) -> str:
    """Return the names of further signed headers in order, joined by `;` (oss2 sends them half sorted).

    Raises CloudError (InvalidArgument) when they are malformed, repeated or too many.
    """
    if not text:
        return ""
    if len(text) > 2048 or not _NAMES.fullmatch(text):
        raise invalid(f"The additional headers in {argument} are invalid.", argument)
    names = text.split(";")
    if len(set(names)) != len(names):
        raise invalid("An additional header may not be repeated.", argument)
    return ";".join(sorted(names))
