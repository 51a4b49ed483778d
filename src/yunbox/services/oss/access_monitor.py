"""Whether a bucket remembers when its objects were last read. yunbox does not: it can only be off."""

from __future__ import annotations

from typing import Literal

from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import read_document
from yunbox.services.oss.operation import operation


class AccessMonitorConfiguration(Document):
    """The state."""

    status: Literal["Enabled", "Disabled"]


@operation(
    "PutBucketAccessMonitor", "PUT", "bucket", "accessmonitor", partial="only Disabled: reads leave no trace"
)
async def put_bucket_access_monitor(call: Call) -> Response:
    """Switch tracking off, where it always is."""
    wanted = await read_document(call, AccessMonitorConfiguration)
    if wanted.status == "Enabled":
        raise not_implemented("access tracking (AccessMonitorConfiguration with Status Enabled)")
    return Response(200)


@operation("GetBucketAccessMonitor", "GET", "bucket", "accessmonitor")
async def get_bucket_access_monitor(call: Call) -> AccessMonitorConfiguration:
    """Return the state."""
    return AccessMonitorConfiguration(status="Disabled")
