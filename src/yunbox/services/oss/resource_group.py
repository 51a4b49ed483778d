"""The resource group a bucket belongs to. There is one: the account's default group."""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import read_document
from yunbox.services.oss.operation import operation

DEFAULT_GROUP = "rg-acfmdefault"
"""The id of every account's default group."""


class BucketResourceGroupConfiguration(Document):
    """The group's id."""

    resource_group_id: str


def check_group(group_id: str) -> None:
    """Refuse a group that does not exist. Raises CloudError."""
    if group_id not in ("", DEFAULT_GROUP):
        raise CloudError(
            "ResourceGroupIdPreCheckError",
            400,
            "The resource group does not exist: yunbox has the default group alone.",
            details={"ResourceGroupId": group_id[:128]},
        )


@operation(
    "PutBucketResourceGroup", "PUT", "bucket", "resourceGroup", partial="only the default resource group"
)
async def put_bucket_resource_group(call: Call) -> Response:
    """Put the bucket into the group it is in."""
    wanted = await read_document(call, BucketResourceGroupConfiguration)
    check_group(wanted.resource_group_id.strip())
    return Response(200)


@operation("GetBucketResourceGroup", "GET", "bucket", "resourceGroup")
async def get_bucket_resource_group(call: Call) -> BucketResourceGroupConfiguration:
    """Return the group."""
    return BucketResourceGroupConfiguration(resource_group_id=DEFAULT_GROUP)
