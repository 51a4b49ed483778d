"""The endpoints that OSS names in its answers."""

from __future__ import annotations

from yunbox.services.oss.call import Call


def extranet(call: Call, region: str) -> str:
    """Return where a region is reached.

    A client that came by the vendor's name is told the vendor's name; any other is told the address it used
    itself, so that what it builds from the answer leads back here.
    """
    return f"oss-{region}.aliyuncs.com" if call.route.vendor else call.route.endpoint


def intranet(call: Call, region: str) -> str:
    """Return where a region is reached from inside; at the client's own address, the same."""
    return f"oss-{region}-internal.aliyuncs.com" if call.route.vendor else call.route.endpoint
