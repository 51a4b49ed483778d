"""DeleteObjects: OSS's bulk deletion, whose answer S3 clients expect to be a document in any case."""

from __future__ import annotations

from typing import cast

from yunbox.gateway.http.message import Response
from yunbox.services.oss.call import Call
from yunbox.services.oss.delete_many import delete_multiple_objects
from yunbox.services.s3.action import own


@own("DeleteObjects", "")
async def delete_objects(call: Call) -> Response:
    """Delete up to 1,000 objects or versions; each key needs the permission to delete it."""
    answer = cast(Response, await delete_multiple_objects(call))
    if not answer.body:
        answer.headers.append(("Content-Type", "application/xml"))
        answer.body = b'<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult></DeleteResult>'
    return answer
