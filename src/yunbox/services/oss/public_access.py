"""Block Public Access: of a whole account, and of one bucket.

While it is on, public ACLs and public statements of bucket policies have no effect, and none can be made.
Source: OSS documentation, "Block public access" and `PutBucketPublicAccessBlock`.
"""

from __future__ import annotations

import asyncio

from yunbox.engines.objects.interface import Bucket
from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import gone, keep, read_document
from yunbox.services.oss.errors import access_denied
from yunbox.services.oss.model import settings_of
from yunbox.services.oss.operation import operation

_NAME = "public_access_block"
PUBLIC = frozenset({"public-read", "public-read-write"})


class PublicAccessBlockConfiguration(Document):
    """Whether public access is blocked."""

    block_public_access: bool = False


def bucket_blocks(bucket: Bucket) -> bool:
    """Return whether the bucket itself, its account aside, blocks public access."""
    stored = settings_of(bucket).configuration(_NAME, PublicAccessBlockConfiguration)
    return stored is not None and stored.block_public_access


def blocks_public_access(call: Call, bucket: Bucket) -> bool:
    """Return whether the bucket, or the account it belongs to, blocks public access."""
    return bucket_blocks(bucket) or call.cloud.accounts.get(bucket.owner).block_public_access


def forbid_public_acl(call: Call, bucket: Bucket | None, acl: str, what: str) -> None:
    """Refuse a public ACL of a bucket or an object (`what`) where public access is blocked.

    `bucket` is None for one yet to be made, by the caller. Raises CloudError (AccessDenied).
    """
    if acl not in PUBLIC:
        return
    if bucket is None:
        blocked = call.cloud.accounts.get(call.principal.account_id).block_public_access
    else:
        blocked = blocks_public_access(call, bucket)
    if blocked:
        raise access_denied(f"Put public {what} acl is not allowed", "0003-00000904")


def _no_access_point(call: Call) -> None:
    """Refuse what is about an access point: there are none."""
    if "x-oss-access-point-name" in call.query:
        raise CloudError("NoSuchAccessPoint", 404, "Accesspoint not found")


@operation("PutPublicAccessBlock", "PUT", "service", "publicAccessBlock", needs_bucket=False)
async def put_public_access_block(call: Call) -> Response:
    """Switch the block for all buckets of the caller's account."""
    wanted = await read_document(call, PublicAccessBlockConfiguration)
    await _switch_account(call, wanted.block_public_access)
    return Response(200)


@operation("GetPublicAccessBlock", "GET", "service", "publicAccessBlock", needs_bucket=False)
async def get_public_access_block(call: Call) -> PublicAccessBlockConfiguration:
    """Return the account's block."""
    settings = call.cloud.accounts.get(call.principal.account_id)
    return PublicAccessBlockConfiguration(block_public_access=settings.block_public_access)


@operation("DeletePublicAccessBlock", "DELETE", "service", "publicAccessBlock", needs_bucket=False)
async def delete_public_access_block(call: Call) -> Response:
    """Lift the account's block."""
    await _switch_account(call, False)
    return gone()


async def _switch_account(call: Call, blocked: bool) -> None:
    await asyncio.to_thread(call.cloud.accounts.set_block_public_access, call.principal.account_id, blocked)


@operation("PutBucketPublicAccessBlock", "PUT", "bucket", "publicAccessBlock")
async def put_bucket_public_access_block(call: Call) -> Response:
    """Switch the bucket's own block."""
    _no_access_point(call)
    await keep(call, _NAME, await read_document(call, PublicAccessBlockConfiguration))
    return Response(200)


@operation("GetBucketPublicAccessBlock", "GET", "bucket", "publicAccessBlock")
async def get_bucket_public_access_block(call: Call) -> PublicAccessBlockConfiguration:
    """Return the bucket's own block."""
    _no_access_point(call)
    return PublicAccessBlockConfiguration(block_public_access=bucket_blocks(call.bucket))


@operation("DeleteBucketPublicAccessBlock", "DELETE", "bucket", "publicAccessBlock")
async def delete_bucket_public_access_block(call: Call) -> Response:
    """Lift the bucket's own block."""
    _no_access_point(call)
    await keep(call, _NAME, None)
    return gone()
