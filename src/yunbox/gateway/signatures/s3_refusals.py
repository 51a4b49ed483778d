"""What S3 answers to a signature it does not accept (AWS documentation, "Error responses")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from yunbox.errors import CloudError
from yunbox.gateway.signatures.canonical import printable
from yunbox.gateway.signatures.moments import iso
from yunbox.gateway.signatures.refusals import MAX_SKEW_SECONDS
from yunbox.gateway.signatures.scheme import Claim


class Malformed(Protocol):
    """Builds the refusal of a malformed signature, in the header or in the URL."""

    def __call__(self, reason: str, ec: str = "") -> CloudError:
        """Return the refusal."""
        ...


def malformed_header(reason: str, ec: str = "") -> CloudError:
    """Return AuthorizationHeaderMalformed."""
    return CloudError(
        "AuthorizationHeaderMalformed", 400, f"The authorization header is malformed; {reason}.", ec=ec
    )


def malformed_query(reason: str, ec: str = "") -> CloudError:
    """Return AuthorizationQueryParametersError."""
    return CloudError(
        "AuthorizationQueryParametersError",
        400,
        f"Error parsing the X-Amz- query parameters; {reason}.",
        ec=ec,
    )


def wrong_region(claim: Claim, expected: str) -> CloudError:
    """Return the refusal of a claim for another region than the bucket's; clients retry with `Region`."""
    refusal = malformed_header(f"the region '{claim.region}' is wrong; expecting '{expected}'")
    refusal.details["Region"] = expected
    return refusal


def missing_header(name: str) -> CloudError:
    """Return InvalidRequest that names a header the signature needs."""
    return CloudError("InvalidRequest", 400, f"Missing required header for this request: {name}")


def bad_content_sha256() -> CloudError:
    """Return InvalidArgument for an x-amz-content-sha256 that means nothing."""
    return CloudError(
        "InvalidArgument",
        400,
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- value or a valid SHA-256 digest.",
        ec="0002-00000427",
        details={"ArgumentName": "x-amz-content-sha256"},
    )


def content_sha256_mismatch(claim: Claim, computed: str) -> CloudError:
    """Return the refusal of a body whose digest is not the signed one."""
    return CloudError(
        "XAmzContentSHA256Mismatch",
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        details={
            "ClientComputedContentSHA256": claim.parameters["content-sha256"],
            "S3ComputedContentSHA256": computed,
        },
    )


def headers_not_signed(names: Sequence[str]) -> CloudError:
    """Return AccessDenied naming headers that should have been signed."""
    return CloudError(
        "AccessDenied",
        403,
        "There were headers present in the request which were not signed",
        details={"HeadersNotSigned": printable(", ".join(names))[:1024]},
    )


def mismatch(claim: Claim, string_to_sign: str, canonical_request: str = "") -> CloudError:
    """Return SignatureDoesNotMatch with what the server signed; nothing in it depends on the secret."""
    details = {
        "AWSAccessKeyId": claim.access_key_id,
        "SignatureProvided": printable(claim.signature),
        "StringToSign": printable(string_to_sign),
    }
    if canonical_request:
        details["CanonicalRequest"] = printable(canonical_request)
    return CloudError(
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
        ec="0002-00000040",
        details=details,
    )


def check_skew(claim: Claim, now: float) -> None:
    """Raise RequestTimeTooSkewed when the request was signed more than 15 minutes from `now`."""
    if abs(now - claim.signed_at) > MAX_SKEW_SECONDS:
        raise CloudError(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
            ec="0002-00000504",
            details={
                "RequestTime": claim.parameters["date"],
                "ServerTime": iso(now),
                "MaxAllowedSkewMilliseconds": str(MAX_SKEW_SECONDS * 1000),
            },
        )


def check_window(claim: Claim, now: float) -> None:
    """Raise AccessDenied when a presigned URL is used before its time (by 15 minutes) or after it."""
    if now < claim.signed_at - MAX_SKEW_SECONDS:
        raise CloudError("AccessDenied", 403, "Request is not valid yet", ec="0002-00000235")
    if now > claim.expires:
        raise CloudError(
            "AccessDenied",
            403,
            "Request has expired",
            ec="0002-00000418",
            details={
                "X-Amz-Expires": str(int(claim.expires - claim.signed_at)),
                "Expires": iso(claim.expires),
                "ServerTime": iso(now),
            },
        )
