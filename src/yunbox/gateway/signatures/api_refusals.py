"""What the gateway of the RPC and ROA actions answers to a signature it does not accept.

Codes and messages: the vendor's list of codes common to all actions ("public error codes" of the OpenAPI
gateway). The text of SignatureDoesNotMatch is parsed by clients: aliyun-python-sdk-core compares what stands
behind its colon with what it signed itself, alibaba-cloud-sdk-go what stands behind the whole sentence.
"""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.gateway.signatures.canonical import printable

MISMATCH = "Specified signature is not matched with our calculation. server string to sign is:"
_MAX_SHOWN = 64 * 1024


def missing(name: str, where: str = "") -> CloudError:
    """Return the refusal of a call without `name`, such as MissingTimestamp; `where` is the header it goes in."""
    return CloudError(
        f"Missing{name}", 400, f"{name} is mandatory for this action{f' (header {where})' if where else ''}."
    )


def invalid(name: str, reason: str = "") -> CloudError:
    """Return the refusal of a parameter of the signature itself, such as InvalidSignatureMethod."""
    return CloudError(
        f"Invalid{name}", 400, f"Specified parameter {name} is not valid.{reason and ' '}{reason}"
    )


def unknown_method(method: str) -> CloudError:
    """Return the refusal of a way to sign that is not known, by its name."""
    return invalid(
        "SignatureMethod", f"yunbox does not know {method[:32]!a}; HMAC-SHA1 and HMAC-SHA256 are known."
    )


def repeated(name: str) -> CloudError:
    """Return the refusal of a call that gives a parameter twice."""
    return CloudError(
        "InvalidParameter", 400, f"The parameter {printable(name[:128])} is given more than once."
    )


def incomplete(reason: str) -> CloudError:
    """Return IncompleteSignature: the signature is malformed, or leaves out what it has to cover."""
    return CloudError(
        "IncompleteSignature", 400, f"The request signature does not conform to Aliyun standards. {reason}"
    )


def mismatch(string_to_sign: str, canonical_request: str = "") -> CloudError:
    """Return SignatureDoesNotMatch with what the server signed, so that a client can find the difference.

    It repeats what the client sent and nothing that depends on the secret; what is longer than 64 Ki
    characters is cut.
    """
    details = {"CanonicalRequest": printable(canonical_request[:_MAX_SHOWN])} if canonical_request else None
    text = printable(string_to_sign[:_MAX_SHOWN])
    return CloudError("SignatureDoesNotMatch", 400, f"{MISMATCH}{text}", details=details)


def wrong_md5() -> CloudError:
    """Return the refusal of a body that is not the one Content-MD5 was made of."""
    return CloudError(
        "ContentMD5NotMatched", 400, "Specified Content-MD5 is not matched with our calculation."
    )


def wrong_sha256() -> CloudError:
    """Return the refusal of a body that is not the one x-acs-content-sha256 was made of."""
    return incomplete("x-acs-content-sha256 is not the SHA-256 of the body.")


def bad_time() -> CloudError:
    """Return the refusal of a time that cannot be read."""
    return CloudError(
        "InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted."
    )


def check_time(signed_at: float, valid_seconds: float, now: float) -> None:
    """Raise InvalidTimeStamp.Expired when the call was signed more than `valid_seconds` from `now`."""
    if not abs(now - signed_at) <= valid_seconds:
        raise CloudError("InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired.")


def unknown_key() -> CloudError:
    """Return the refusal of an AccessKey id that nobody has."""
    return CloudError("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found.")


def bad_token() -> CloudError:
    """Return the refusal of a security token that cannot be one."""
    return CloudError("InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed.")
