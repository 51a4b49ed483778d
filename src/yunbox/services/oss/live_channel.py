"""Live channels: streams recorded into a bucket. yunbox takes in none, so no bucket has any."""

from __future__ import annotations

from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import integer


class ListLiveChannelResult(Document):
    """One page of a bucket's channels: an empty one."""

    prefix: str
    marker: str
    max_keys: int
    is_truncated: bool = False
    next_marker: str = ""


@operation(
    "ListLiveChannel", "GET", "bucket", "live", partial="truthfully empty: PutLiveChannel is not implemented"
)
async def list_live_channel(call: Call) -> ListLiveChannelResult:
    """List the bucket's live channels."""
    query = call.query
    limit = integer(query, "max-keys", default=100, low=1, high=1000)
    return ListLiveChannelResult(
        prefix=query.get("prefix", ""), marker=query.get("marker", ""), max_keys=limit
    )
