"""Transfer acceleration: a bucket's leave to be reached by the accelerate endpoint.

On one machine no road is faster than another; what is kept is the state that clients read back.
"""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import keep, read_document
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation

_NAME = "transfer_acceleration"


class TransferAccelerationConfiguration(Document):
    """The state."""

    enabled: bool


def is_accelerated(settings: BucketSettings) -> bool:
    """Return whether acceleration is on."""
    stored = settings.configuration(_NAME, TransferAccelerationConfiguration)
    return stored is not None and stored.enabled


@operation(
    "PutBucketTransferAcceleration",
    "PUT",
    "bucket",
    "transferAcceleration",
    partial="the state is kept; requests by the accelerate endpoint's own name are not routed",
)
async def put_bucket_transfer_acceleration(call: Call) -> Response:
    """Set the state."""
    await keep(call, _NAME, await read_document(call, TransferAccelerationConfiguration))
    return Response(200)


@operation("GetBucketTransferAcceleration", "GET", "bucket", "transferAcceleration")
async def get_bucket_transfer_acceleration(call: Call) -> TransferAccelerationConfiguration:
    """Return the state, once it was set."""
    stored = call.settings.configuration(_NAME, TransferAccelerationConfiguration)
    if stored is None:
        raise CloudError(
            "NoSuchTransferAccelerationConfiguration",
            404,
            "The transfer acceleration configuration does not exist.",
            details={"BucketName": call.bucket.name},
        )
    return stored
