"""Where a bucket is."""

from __future__ import annotations

from yunbox.gateway.http.message import Response
from yunbox.services.oss.call import Call
from yunbox.services.oss.operation import operation


@operation("GetBucketLocation", "GET", "bucket", "location")
async def get_bucket_location(call: Call) -> Response:
    """Return the bucket's region, as `oss-<region>`: a document of one element that holds only text."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<LocationConstraint>oss-{call.bucket.region}</LocationConstraint>"
    )
    return Response(200, [("Content-Type", "application/xml")], body.encode())
