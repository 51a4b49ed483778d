"""A bucket's policy: who may do what with it, in RAM's language. `access` gives it its effect."""

from __future__ import annotations

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.identity.policy.model import PolicyError
from yunbox.identity.policy.parse import SIZE_LIMITS, parse
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import gone, read_body
from yunbox.services.oss.errors import access_denied
from yunbox.services.oss.operation import operation
from yunbox.services.oss.public_access import blocks_public_access
from yunbox.services.oss.public_policy import is_public


class PolicyStatus(Document):
    """Whether a policy opens the bucket to people it does not name."""

    is_public: bool


def invalid_policy(reason: str) -> CloudError:
    """Return the refusal of a document that is no policy."""
    return CloudError("InvalidPolicyDocument", 400, f"The policy is not valid: {reason}")


@operation("PutBucketPolicy", "PUT", "bucket", "policy")
async def put_bucket_policy(call: Call) -> Response:
    """Set the policy."""
    body = await read_body(call, 2 * SIZE_LIMITS["bucket"])
    try:
        text = body.decode()
        parse(text, "bucket")
    except UnicodeDecodeError:
        raise invalid_policy("it is not UTF-8.") from None
    except PolicyError as error:
        raise invalid_policy(str(error)) from None
    if is_public(text) and blocks_public_access(call, call.bucket):
        raise access_denied("Put public bucket policy is not allowed", "0003-00000905")
    await _set(call, text)
    return Response(200)


@operation("GetBucketPolicy", "GET", "bucket", "policy")
async def get_bucket_policy(call: Call) -> Response:
    """Return the policy as it was set."""
    if not call.settings.policy:
        raise CloudError(
            "NoSuchBucketPolicy",
            404,
            "The bucket policy does not exist.",
            details={"BucketName": call.bucket.name},
        )
    return Response(200, [("Content-Type", "application/json")], call.settings.policy.encode())


@operation("DeleteBucketPolicy", "DELETE", "bucket", "policy")
async def delete_bucket_policy(call: Call) -> Response:
    """Remove the policy."""
    await _set(call, "")
    return gone()


async def _set(call: Call, text: str) -> None:
    await call.change_settings(lambda settings: msgspec.structs.replace(settings, policy=text))


@operation("GetBucketPolicyStatus", "GET", "bucket", "policyStatus")
async def get_bucket_policy_status(call: Call) -> PolicyStatus:
    """Say whether the policy is public; no policy is not."""
    return PolicyStatus(is_public=bool(call.settings.policy) and is_public(call.settings.policy))
