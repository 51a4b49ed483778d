"""Whether archived objects of a bucket can be read without being restored first."""

from __future__ import annotations

from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import keep, read_document
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation

_NAME = "archive_direct_read"


class ArchiveDirectReadConfiguration(Document):
    """The state."""

    enabled: bool


def reads_archives_directly(settings: BucketSettings) -> bool:
    """Return whether objects of the class Archive are read as they are, not restored."""
    stored = settings.configuration(_NAME, ArchiveDirectReadConfiguration)
    return stored is not None and stored.enabled


@operation("PutBucketArchiveDirectRead", "PUT", "bucket", "bucketArchiveDirectRead")
async def put_bucket_archive_direct_read(call: Call) -> Response:
    """Set the state."""
    await keep(call, _NAME, await read_document(call, ArchiveDirectReadConfiguration))
    return Response(200)


@operation("GetBucketArchiveDirectRead", "GET", "bucket", "bucketArchiveDirectRead")
async def get_bucket_archive_direct_read(call: Call) -> ArchiveDirectReadConfiguration:
    """Return the state."""
    return ArchiveDirectReadConfiguration(enabled=reads_archives_directly(call.settings))
