"""AWS Signature Version 4, for the door that speaks S3.

Sources: botocore `auth.S3SigV4Auth` and `S3SigV4QueryAuth`; AWS documentation, "Authenticating Requests (AWS
Signature Version 4)"; the EC numbers are OSS's for its S3-compatible signature (0002-00000403 to 427).
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures import s3_refusals as refusals
from yunbox.gateway.signatures.canonical import encoded_pairs, sha256_hex, sign_hex, signing_key
from yunbox.gateway.signatures.moments import basic, day_of, parse_moment
from yunbox.gateway.signatures.oss_v4 import authorization_fields
from yunbox.gateway.signatures.presented import ACCESS_KEY, Presented, one_token, presented
from yunbox.gateway.signatures.scheme import Claim, Resource, same

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_EXPIRES_SECONDS = 7 * 24 * 3600
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
STREAMING = frozenset(
    {
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }
)
"""The values of x-amz-content-sha256 that announce a body in aws-chunked encoding."""

_CREDENTIAL = re.compile(
    rf"({ACCESS_KEY})/([0-9]{{8}})/([A-Za-z0-9-]{{1,64}})/([a-z0-9-]+)/aws4_request", re.A
)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_NAMES = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*", re.ASCII)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.~/-]+", re.ASCII)


class SigV4:
    """`Authorization: AWS4-HMAC-SHA256 Credential=.., SignedHeaders=.., Signature=..`, or X-Amz- parameters.

    The claim's parameter `content-sha256` is what the signature says of the body: a digest that the caller
    must compare with the body, UNSIGNED-PAYLOAD, or one of STREAMING, which `aws_chunked` decodes.
    """

    def read(self, request: Request) -> Claim | None:
        """Return the claim, else None. Raises CloudError with S3's code when malformed."""
        shown = presented(request)
        if shown.kind != ALGORITHM:
            return None
        return _read_url(request, shown) if shown.parameters else _read_header(request, shown)

    def check(self, claim: Claim, request: Request, resource: Resource, secret: str, now: float) -> None:
        """Return when it holds; `resource` is not used, as S3 signs the path and the host as they were sent.

        Raises CloudError: RequestTimeTooSkewed, AccessDenied (a URL outside its time, or a header that
        should have been signed), SignatureDoesNotMatch.
        """
        if claim.expires:
            refusals.check_window(claim, now)
        else:
            refusals.check_skew(claim, now)
        names = claim.parameters["signed-headers"].split(";")
        _require_signed(request, frozenset(names))
        canonical = _canonical_request(claim, request, names)
        text = f"{ALGORITHM}\n{claim.parameters['date']}\n{scope_of(claim)}\n{sha256_hex(canonical)}"
        key = signing_key("AWS4", secret, claim.parameters["day"], claim.region, claim.service)
        if not same(sign_hex(key, text), claim.signature):
            raise refusals.mismatch(claim, text, canonical)


def scope_of(claim: Claim) -> str:
    """Return the scope that the signature is bound to."""
    return f"{claim.parameters['day']}/{claim.region}/{claim.service}/aws4_request"


def _require_signed(request: Request, names: frozenset[str]) -> None:
    """Refuse an unsigned header that would change what the request does.

    Besides AWS's own rule for x-amz-, this covers x-oss-: both doors lead to the same actions.
    """
    left_out = [
        name
        for name, _ in request.headers
        if name.startswith(("x-amz-", "x-oss-")) and name not in names and name != "x-oss-s3-compat"
    ]
    if "host" not in names:
        left_out.append("host")
    if left_out:
        raise refusals.headers_not_signed(left_out)


def _canonical_request(claim: Claim, request: Request, names: list[str]) -> str:
    target = request.target
    if not _PLAIN_PATH.fullmatch(target):
        target = quote(unquote_to_bytes(target.encode("utf-8", "surrogateescape")), safe="/") or "/"
    query = ""
    if request.raw_query:
        query = "&".join(
            [f"{name}={value}" for name, value in encoded_pairs(request.query_pairs, "X-Amz-Signature")]
        )
    lines = "".join([f"{name}:{_header(request, name)}\n" for name in names])
    parameters = claim.parameters
    return (
        f"{request.method}\n{target}\n{query}\n{lines}\n{parameters['signed-headers']}\n"
        f"{parameters['content-sha256']}"
    )


def _header(request: Request, name: str) -> str:
    value = request.headers.get(name)
    if name == "host" and value.lower() != request.host:
        # An absolute-form target overrides the Host header, and it is the one that is routed by.
        value = request.host
    return " ".join(value.split()) if " " in value or "\t" in value else value


def _read_header(request: Request, shown: Presented) -> Claim:
    fields = authorization_fields(shown.authorization)
    if fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
        raise refusals.malformed_header(
            "the Credential, SignedHeaders and Signature fields are required", "0002-00000406"
        )
    headers = request.headers
    content = headers.get("x-amz-content-sha256")
    if not content:
        raise refusals.missing_header("x-amz-content-sha256")
    if content != UNSIGNED_PAYLOAD and content not in STREAMING and not _DIGEST.fullmatch(content):
        raise refusals.bad_content_sha256()
    date = headers.get("x-amz-date") or headers.get("date")
    signed_at = parse_moment(date) if date else None
    if signed_at is None:
        raise CloudError(
            "AccessDenied",
            403,
            "AWS authentication requires a valid Date or x-amz-date header",
            ec="0002-00000505" if date else "0002-00000503",
        )
    return _claim(
        fields["Credential"],
        fields["SignedHeaders"],
        fields["Signature"],
        refusals.malformed_header,
        signed_at=signed_at,
        content=content,
        token=one_token(headers.get("x-amz-security-token")),
    )


def _read_url(request: Request, shown: Presented) -> Claim:
    values = shown.parameters
    required = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    missing = [name for name in required if not values.get(f"X-Amz-{name}")]
    if missing:
        raise refusals.malformed_query(f"The X-Amz-{missing[0]} query parameter is required")
    if values["X-Amz-Algorithm"] != ALGORITHM:
        raise refusals.malformed_query(f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    seconds = values["X-Amz-Expires"]
    if not _SECONDS.fullmatch(seconds) or not 1 <= int(seconds) <= MAX_EXPIRES_SECONDS:
        raise refusals.malformed_query(f"X-Amz-Expires must be between 1 and {MAX_EXPIRES_SECONDS} seconds")
    signed_at = parse_moment(values["X-Amz-Date"])
    if signed_at is None:
        raise refusals.malformed_query(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        )
    content = (
        values.get("X-Amz-Content-Sha256") or request.headers.get("x-amz-content-sha256") or UNSIGNED_PAYLOAD
    )
    if content != UNSIGNED_PAYLOAD and not _DIGEST.fullmatch(content):
        raise refusals.bad_content_sha256()
    return _claim(
        values["X-Amz-Credential"],
        values["X-Amz-SignedHeaders"],
        values["X-Amz-Signature"],
        refusals.malformed_query,
        signed_at=signed_at,
        content=content,
        token=one_token(values.get("X-Amz-Security-Token", ""), request.headers.get("x-amz-security-token")),
        lifetime=int(seconds),
    )


def _claim(
    credential: str,
    names: str,
    signature: str,
    malformed: refusals.Malformed,
    *,
    signed_at: float,
    content: str,
    token: str,
    lifetime: int = 0,
) -> Claim:
    match = _CREDENTIAL.fullmatch(credential)
    if not match:
        raise malformed(
            "the Credential is malformed; expecting <AccessKeyId>/YYYYMMDD/REGION/SERVICE/aws4_request",
            "0002-00000404",
        )
    key, day, region, service = match.groups()
    if service != "s3":
        raise malformed('incorrect service; this endpoint belongs to "s3"', "")
    if day != day_of(signed_at):
        raise malformed("the Credential's date does not match x-amz-date", "0002-00000404")
    if len(names) > 4096 or not _NAMES.fullmatch(names):
        raise malformed("the SignedHeaders are empty or malformed", "0002-00000426")
    listed = names.split(";")
    if listed != sorted(set(listed)):
        raise malformed("the SignedHeaders must be sorted and stand once each", "0002-00000426")
    if not _SIGNATURE.fullmatch(signature):
        raise malformed("the Signature must be 64 lower-case hexadecimal digits", "0002-00000423")
    return Claim(
        "sigv4",
        key,
        signature,
        security_token=token,
        signed_at=signed_at,
        expires=signed_at + lifetime if lifetime else 0.0,
        region=region,
        service=service,
        parameters={
            "content-sha256": content,
            "date": basic(signed_at),
            "day": day,
            "signed-headers": names,
        },
    )
