"""Refusals in S3's codes, where they are not OSS's, and S3's error document."""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Request
from yunbox.gateway.protocols.xml import escape

_CODES = {
    "FileAlreadyExists": ("PreconditionFailed", 412),
    "InvalidDigest": ("BadDigest", 400),
    "InvalidPolicyDocument": ("MalformedPolicy", 400),
    "InvalidSecurityToken": ("InvalidToken", 400),
    "NoSuchLifecycle": ("NoSuchLifecycleConfiguration", 404),
    "NoSuchServerSideEncryptionRule": ("ServerSideEncryptionConfigurationNotFoundError", 404),
    "SecurityTokenExpired": ("ExpiredToken", 400),
}
"""OSS's code -> S3's code and status (AWS documentation, "List of error codes")."""

_DETAILS = {"OSSAccessKeyId": "AWSAccessKeyId"}
_MESSAGES = {
    "InvalidAccessKeyId": "The AWS Access Key Id you provided does not exist in our records.",
    "PreconditionFailed": "At least one of the pre-conditions you specified did not hold",
}


def s3_refusal(error: CloudError) -> CloudError:
    """Return the refusal as S3 words it."""
    code, status = _CODES.get(error.code, (error.code, error.status))
    argument = error.details.get("ArgumentName")
    if code == "InvalidArgument" and argument == "LocationConstraint":
        code = "InvalidLocationConstraint"
    elif code == "InvalidArgument" and argument == "Content-MD5":
        code = "InvalidDigest"
    details = {_DETAILS.get(name, name): value for name, value in error.details.items()}
    return CloudError(
        code,
        status,
        _MESSAGES.get(code, error.message),
        ec=error.ec,
        details=details,
        headers=error.headers,
    )


def error_document(request: Request, request_id: str, error: CloudError) -> bytes:
    """Return S3's error document."""
    fields = {
        "Code": error.code,
        "Message": error.message,
        **error.details,
        "Resource": request.target,
        "RequestId": request_id,
        "HostId": request_id,
    }
    if error.ec:
        fields["EC"] = error.ec
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
    return text.encode("utf-8", "surrogatepass")
