"""Bucket policies in AWS's words: put into RAM's, which are what is kept and judged, and back.

What one language has and the other has not is refused by name; nothing of a policy is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Response
from yunbox.identity.policy.parse import SIZE_LIMITS
from yunbox.services.oss.call import Call
from yunbox.services.oss.policy import get_bucket_policy as oss_get_bucket_policy
from yunbox.services.oss.policy import invalid_policy
from yunbox.services.oss.policy import put_bucket_policy as oss_put_bucket_policy
from yunbox.services.s3.action import own
from yunbox.services.s3.payload import KnownBody

_VERSION = "2012-10-17"
_RENAMED = {
    "s3:ListBucket": "oss:ListObjects",
    "s3:ListBucketVersions": "oss:ListObjectVersions",
    "s3:ListBucketMultipartUploads": "oss:ListMultipartUploads",
    "s3:ListMultipartUploadParts": "oss:ListParts",
    "s3:ListAllMyBuckets": "oss:ListBuckets",
    "s3:CreateBucket": "oss:PutBucket",
    "s3:GetBucketCORS": "oss:GetBucketCors",
    "s3:PutBucketCORS": "oss:PutBucketCors",
}
_SAME = (
    "*",
    "AbortMultipartUpload",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjectVersion",
    "DeleteObjectVersionTagging",
    "GetBucketAcl",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetObject",
    "GetObjectAcl",
    "GetObjectTagging",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "GetObjectVersionTagging",
    "PutBucketAcl",
    "PutBucketLogging",
    "PutBucketPolicy",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutObject",
    "PutObjectAcl",
    "PutObjectTagging",
    "PutObjectVersionAcl",
    "PutObjectVersionTagging",
    "RestoreObject",
)
_ACTIONS = {f"s3:{name}": f"oss:{name}" for name in _SAME} | _RENAMED
_KEYS = {
    "aws:SecureTransport": "acs:SecureTransport",
    "aws:SourceIp": "acs:SourceIp",
    "aws:CurrentTime": "acs:CurrentTime",
    "s3:prefix": "oss:Prefix",
    "s3:delimiter": "oss:Delimiter",
    "s3:x-amz-acl": "oss:x-oss-object-acl",
}
_RESOURCE = "arn:aws:s3:::"
_ARN = re.compile(r"arn:aws:iam::(\d{1,20}):(root|user/[^/\s]+|role/[^/\s]+)", re.ASCII)
_RAM_ARN = re.compile(r"acs:ram::(\d{1,20}):(root|user/[^/\s]+|role/[^/\s]+)", re.ASCII)


@own("PutBucketPolicy", "oss:PutBucketPolicy")
async def put_bucket_policy(call: Call) -> Response:
    """Set the policy. Raises CloudError: MalformedPolicy, or NotImplemented naming what RAM has no word for."""
    import json  # noqa: PLC0415 - only policies pay for it

    body = await call.request.body.read(2 * SIZE_LIMITS["bucket"])
    try:
        document = json.loads(body, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise invalid_policy(f"it is not valid JSON: {error}") from None
    made = _document(document, _to_ram)
    made["Version"] = "1"
    call.request.body = KnownBody(json.dumps(made).encode())
    answer = cast(Response, await oss_put_bucket_policy(call))
    answer.status = 204
    return answer


@own("GetBucketPolicy", "oss:GetBucketPolicy")
async def get_bucket_policy(call: Call) -> Response:
    """Return the policy in AWS's words; one that OSS's own door set and AWS has no words for, as it stands."""
    import json  # noqa: PLC0415 - only policies pay for it

    answer = cast(Response, await oss_get_bucket_policy(call))
    try:
        made = _document(json.loads(call.settings.policy), _to_aws)
    except CloudError:
        return answer
    made["Version"] = _VERSION
    answer.body = json.dumps(made).encode()
    return answer


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an element stands twice in one object")
    return made


def _document(document: Any, translate: Callable[[str, Any], Any]) -> dict[str, Any]:
    """Return the document with every element of its statements translated. Raises CloudError."""
    if not isinstance(document, dict) or "Statement" not in document:
        raise invalid_policy("it has no Statement.")
    if document.keys() - {"Version", "Statement"}:
        raise not_implemented("elements of a policy other than Version and Statement")
    if document.get("Version", _VERSION) not in (_VERSION, "1"):
        raise not_implemented(f"the policy version {str(document['Version'])[:32]}")
    statements = document["Statement"]
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(each, dict) for each in statements):
        raise invalid_policy("Statement must be a list of objects.")
    made = [{name: translate(name, value) for name, value in each.items()} for each in statements]
    return {"Version": _VERSION, "Statement": made}


def _texts(value: Any, name: str) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise invalid_policy(f"{name} must be a string or a list of strings.")
    return values


def _word(table: dict[str, str], word: str, what: str) -> str:
    found = table.get(word)
    if found is None:
        raise not_implemented(f"{what} {word[:128]} in a bucket policy")
    return found


def _to_ram(name: str, value: Any) -> Any:
    match name:
        case "Action" | "NotAction":
            return [
                each if each == "*" else _word(_ACTIONS, each, "the action") for each in _texts(value, name)
            ]
        case "Resource" | "NotResource":
            return [_ram_resource(each) for each in _texts(value, name)]
        case "Principal" | "NotPrincipal":
            if isinstance(value, dict) and value.keys() == {"AWS"}:
                value = value["AWS"]
            return [_ram_principal(each) for each in _texts(value, name)]
        case "Condition":
            return _conditions(value, _KEYS)
    return value


def _ram_resource(text: str) -> str:
    if text == "*":
        return text
    if not text.startswith(_RESOURCE):
        raise not_implemented(f"the resource {text[:128]} in a bucket policy")
    return f"acs:oss:*:*:{text.removeprefix(_RESOURCE)}"


def _ram_principal(text: str) -> str:
    if text == "*" or text.isdigit():
        return text
    match = _ARN.fullmatch(text)
    if match is None:
        raise not_implemented(f"the principal {text[:128]} in a bucket policy")
    return f"acs:ram::{match[1]}:{match[2]}"


def _to_aws(name: str, value: Any) -> Any:
    match name:
        case "Action" | "NotAction":
            back = {oss: s3 for s3, oss in _ACTIONS.items()}
            return [each if each == "*" else _word(back, each, "the action") for each in _texts(value, name)]
        case "Resource" | "NotResource":
            return [_aws_resource(each) for each in _texts(value, name)]
        case "Principal" | "NotPrincipal":
            return {"AWS": [_aws_principal(each) for each in _texts(value, name)]}
        case "Condition":
            return _conditions(value, {oss: s3 for s3, oss in _KEYS.items()})
    return value


def _aws_resource(text: str) -> str:
    if text == "*":
        return text
    head, _, relative = text.rpartition(":")
    if head != "acs:oss:*:*":
        raise not_implemented("such a resource in AWS's words")
    return _RESOURCE + relative


def _aws_principal(text: str) -> str:
    if text == "*" or text.isdigit():
        return text
    match = _RAM_ARN.fullmatch(text)
    if match is None:
        raise not_implemented("such a principal in AWS's words")
    return f"arn:aws:iam::{match[1]}:{match[2]}"


def _conditions(value: Any, keys: dict[str, str]) -> Any:
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise invalid_policy("Condition must be an object of objects.")
    return {
        operator: {_word(keys, key, "the condition key"): given for key, given in block.items()}
        for operator, block in value.items()
    }
