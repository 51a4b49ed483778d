"""OSS signature V2: HMAC-SHA256 over everything V1 signs and every query parameter.

Source: oss2 `auth.ProviderAuthV2`; documentation of the EC codes 0002-00000070 and 0002-00000107.
"""

from __future__ import annotations

import base64
import hmac
import re

from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures.canonical import encode, encoded_pairs, header_lines, joined, wire_bytes
from yunbox.gateway.signatures.moments import parse_moment
from yunbox.gateway.signatures.oss_v4 import additional_headers
from yunbox.gateway.signatures.presented import Presented, access_key, one_token, presented
from yunbox.gateway.signatures.refusals import bad_date, check_expiry, check_skew, invalid, mismatch
from yunbox.gateway.signatures.scheme import Claim, Resource, same

_SIGNATURE = re.compile(r"[A-Za-z0-9+/=]{1,128}", re.ASCII)
_EXPIRES = re.compile(r"[0-9]{1,12}", re.ASCII)


class OssV2:
    """`Authorization: OSS2 AccessKeyId:..,Signature:..`, or x-oss-signature-version=OSS2 in the URL."""

    def read(self, request: Request) -> Claim | None:
        """Return the claim, else None. Raises CloudError: InvalidArgument, or AccessDenied without a date."""
        shown = presented(request)
        if shown.kind != "OSS2":
            return None
        return _read_url(request, shown) if shown.parameters else _read_header(request, shown)

    def check(self, claim: Claim, request: Request, resource: Resource, secret: str, now: float) -> None:
        """Return when it holds.

        Raises CloudError: RequestTimeTooSkewed, AccessDenied (an expired URL), SignatureDoesNotMatch.
        """
        if claim.expires:
            check_expiry(claim.expires, now)
        else:
            check_skew(claim.signed_at, now)
        text = _string_to_sign(claim, request, resource)
        expected = base64.b64encode(hmac.digest(secret.encode(), wire_bytes(text), "sha256")).decode()
        if not same(expected, claim.signature):
            raise mismatch(claim, text)


def _string_to_sign(claim: Claim, request: Request, resource: Resource) -> str:
    headers = request.headers
    names = claim.parameters["additional-headers"]
    extra = frozenset(names.split(";")) if names else frozenset()
    signed = header_lines([field for field in headers if field[0].startswith("x-oss-") or field[0] in extra])
    # Unlike V4, the slashes of the path are encoded as well.
    path = encode(f"/{resource.bucket}/{resource.key}" if resource.bucket else "/")
    query = joined(encoded_pairs(request.query_pairs, "x-oss-signature")) if request.raw_query else ""
    return (
        f"{request.method}\n{headers.get('content-md5')}\n{headers.get('content-type')}\n"
        f"{claim.parameters['date']}\n{signed}{names}\n{path}{'?' if query else ''}{query}"
    )


def _read_header(request: Request, shown: Presented) -> Claim:
    fields: dict[str, str] = {}
    for piece in shown.authorization.split(",", 4):
        name, colon, value = piece.strip().partition(":")
        if not colon or name in fields or name not in ("AccessKeyId", "AdditionalHeaders", "Signature"):
            raise invalid("Authorization header is invalid.", "Authorization")
        fields[name] = value
    if "AccessKeyId" not in fields or not _SIGNATURE.fullmatch(fields.get("Signature", "")):
        raise invalid("Authorization header is invalid.", "Authorization")
    headers = request.headers
    date = headers.get("date") or headers.get("x-oss-date")
    if not date:
        raise bad_date("0002-00000503")
    signed_at = parse_moment(date)
    if signed_at is None:
        raise bad_date("0002-00000505")
    return Claim(
        "oss_v2",
        access_key(fields["AccessKeyId"], "Authorization", "0002-00000107"),
        fields["Signature"],
        security_token=one_token(headers.get("x-oss-security-token")),
        signed_at=signed_at,
        parameters={
            "date": date,
            "additional-headers": additional_headers(fields.get("AdditionalHeaders", ""), "Authorization"),
        },
    )


def _read_url(request: Request, shown: Presented) -> Claim:
    values = shown.parameters
    for name in ("x-oss-access-key-id", "x-oss-expires", "x-oss-signature"):
        if not values.get(name):
            raise invalid(f"A signed URL requires the {name} parameter.", name)
    expires = values["x-oss-expires"]
    if not _EXPIRES.fullmatch(expires) or int(expires) == 0:
        raise invalid("x-oss-expires must be the seconds since the epoch.", "x-oss-expires", "0002-00000070")
    if not _SIGNATURE.fullmatch(values["x-oss-signature"]):
        raise invalid("The x-oss-signature parameter is invalid.", "x-oss-signature")
    names = values.get("x-oss-additional-headers", "")
    return Claim(
        "oss_v2",
        access_key(values["x-oss-access-key-id"], "x-oss-access-key-id"),
        values["x-oss-signature"],
        security_token=one_token(
            values.get("security-token", ""),
            values.get("x-oss-security-token", ""),
            request.headers.get("x-oss-security-token"),
        ),
        expires=float(expires),
        parameters={
            "date": expires,
            "additional-headers": additional_headers(names, "x-oss-additional-headers"),
        },
    )
