"""The resource group a bucket belongs to: one of the account's, its default group when none was given."""

from __future__ import annotations

import msgspec

from yunbox.engines.objects.interface import Bucket
from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import read_document
from yunbox.services.oss.model import BucketSettings, settings_of
from yunbox.services.oss.operation import operation
from yunbox.services.resourcemanager.model import default_group


class BucketResourceGroupConfiguration(Document):
    """The group's id."""

    resource_group_id: str


def group_of(bucket: Bucket) -> str:
    """Return the id of the group that a bucket is in."""
    return settings_of(bucket).resource_group or default_group(bucket.owner).id


def checked_group(call: Call, account: str, group_id: str) -> str:
    """Return the id of a group of an account, empty for the default one. Raises CloudError."""
    if group_id in ("", default_group(account).id):
        return ""
    if not call.cloud.accounts.has_group(account, group_id):
        raise CloudError(
            "ResourceGroupIdPreCheckError",
            400,
            "The resource group does not exist.",
            details={"ResourceGroupId": group_id[:128]},
        )
    return group_id


@operation("PutBucketResourceGroup", "PUT", "bucket", "resourceGroup")
async def put_bucket_resource_group(call: Call) -> Response:
    """Put the bucket into a group of its account."""
    wanted = await read_document(call, BucketResourceGroupConfiguration)
    group = checked_group(call, call.bucket.owner, wanted.resource_group_id.strip())

    def change(settings: BucketSettings) -> BucketSettings:
        return msgspec.structs.replace(settings, resource_group=group)

    await call.change_settings(change)
    return Response(200)


@operation("GetBucketResourceGroup", "GET", "bucket", "resourceGroup")
async def get_bucket_resource_group(call: Call) -> BucketResourceGroupConfiguration:
    """Return the group."""
    return BucketResourceGroupConfiguration(resource_group_id=group_of(call.bucket))
