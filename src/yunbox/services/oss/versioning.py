"""Whether a bucket keeps the former versions of its objects."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.engines.objects.interface import Bucket, NoBucketError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import read_document
from yunbox.services.oss.errors import no_such_bucket
from yunbox.services.oss.operation import operation

Status = Literal["Enabled", "Suspended"]


class VersioningConfiguration(Document):
    """The state; a bucket whose versioning was never switched on has none."""

    status: Status | None = None


class WantedVersioning(Document):
    """The state asked for."""

    status: Status


@operation("PutBucketVersioning", "PUT", "bucket", "versioning")
async def put_bucket_versioning(call: Call) -> Response:
    """Switch versioning on, or suspend it; what was kept stays."""
    wanted = await read_document(call, WantedVersioning, "VersioningConfiguration")

    def change(bucket: Bucket) -> Bucket:
        return msgspec.structs.replace(bucket, versioning=wanted.status)

    try:
        await call.objects.update_bucket(call.bucket.name, change)
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    return Response(200)


@operation("GetBucketVersioning", "GET", "bucket", "versioning")
async def get_bucket_versioning(call: Call) -> VersioningConfiguration:
    """Return the state."""
    state = call.bucket.versioning
    return VersioningConfiguration(status=None if state == "Off" else state)
