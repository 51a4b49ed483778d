"""Lifecycle rules of a bucket: what becomes of its objects as time goes by.

The rules are only stored here; `lifecycle_decision` says what they ask for, `lifecycle_controller` does it.
"""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import gone, keep, read_document
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.lifecycle_check import check_rules
from yunbox.services.oss.lifecycle_documents import CONFIGURATION, LifecycleConfiguration
from yunbox.services.oss.operation import operation

ALLOW_OVERLAP = "x-oss-allow-same-action-overlap"


@operation("PutBucketLifecycle", "PUT", "bucket", "lifecycle", partial="no rules by access time")
async def put_bucket_lifecycle(call: Call) -> Response:
    """Set the rules, in place of the former ones. Rules without an ID get one."""
    wanted = await read_document(call, LifecycleConfiguration)
    check_rules(wanted.rule, allow_overlap=_allows_overlap(call))
    for rule in wanted.rule:
        rule.id = rule.id or call.cloud.ids.hex(32).lower()
    await keep(call, CONFIGURATION, wanted)
    return Response(200)


def _allows_overlap(call: Call) -> bool:
    text = call.header(ALLOW_OVERLAP, "false").lower()
    if text not in ("true", "false"):
        raise invalid_argument("The header must be true or false.", ALLOW_OVERLAP, text)
    return text == "true"


@operation("GetBucketLifecycle", "GET", "bucket", "lifecycle")
async def get_bucket_lifecycle(call: Call) -> LifecycleConfiguration:
    """Return the rules."""
    stored = call.settings.configuration(CONFIGURATION, LifecycleConfiguration)
    if stored is None:
        raise CloudError(
            "NoSuchLifecycle",
            404,
            "No Row found in Lifecycle Table.",
            details={"BucketName": call.bucket.name},
        )
    return stored


@operation("DeleteBucketLifecycle", "DELETE", "bucket", "lifecycle")
async def delete_bucket_lifecycle(call: Call) -> Response:
    """Remove the rules."""
    await keep(call, CONFIGURATION, None)
    return gone()
