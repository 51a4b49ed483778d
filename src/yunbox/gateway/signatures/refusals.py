"""What OSS answers to a signature it does not accept.

Codes, messages and EC numbers: OSS documentation, "EC codes" (pages `0002-00000002` and following), and the
error documents quoted in the issues of the official SDKs.
"""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.gateway.signatures.canonical import printable
from yunbox.gateway.signatures.moments import iso
from yunbox.gateway.signatures.scheme import Claim

MAX_SKEW_SECONDS = 15 * 60
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)


def mismatch(claim: Claim, string_to_sign: str, canonical_request: str = "") -> CloudError:
    """Return SignatureDoesNotMatch with what the server signed, so that a client can find the difference.

    It repeats what the client sent and nothing that depends on the secret.
    """
    details = {
        "OSSAccessKeyId": claim.access_key_id,
        "SignatureProvided": printable(claim.signature),
        "StringToSign": printable(string_to_sign),
    }
    if canonical_request:
        details["CanonicalRequest"] = printable(canonical_request)
    return CloudError("SignatureDoesNotMatch", 403, _MISMATCH, ec="0002-00000040", details=details)


def check_skew(signed_at: float, now: float) -> None:
    """Raise RequestTimeTooSkewed when the request was signed more than 15 minutes from `now`."""
    if abs(now - signed_at) > MAX_SKEW_SECONDS:
        raise CloudError(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
            ec="0002-00000504",
            details={
                "RequestTime": iso(signed_at),
                "ServerTime": iso(now),
                "MaxAllowedSkewMilliseconds": str(MAX_SKEW_SECONDS * 1000),
            },
        )


def check_expiry(expires: float, now: float) -> None:
    """Raise AccessDenied when a signed URL is past its last second."""
    if now > expires:
        raise CloudError(
            "AccessDenied",
            403,
            "Request has expired.",
            ec="0002-00000069",
            details={"Expires": iso(expires), "ServerTime": iso(now)},
        )


def bad_date(ec: str) -> CloudError:
    """Return AccessDenied for a date that is missing (EC 0002-00000503) or unreadable (0002-00000505)."""
    return CloudError("AccessDenied", 403, "OSS authentication requires a valid Date.", ec=ec)


def invalid(message: str, argument: str, ec: str = "") -> CloudError:
    """Return InvalidArgument that names the header or parameter at fault."""
    return CloudError("InvalidArgument", 400, message, ec=ec, details={"ArgumentName": argument})
