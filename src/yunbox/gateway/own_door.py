"""yunbox's own door: health and metrics, under a path that no bucket can have.

Only for this machine itself: a caller from elsewhere is refused.
"""

from __future__ import annotations

import ipaddress
import re

import msgspec

from yunbox import __version__
from yunbox.errors import CloudError
from yunbox.gateway.exchange import Exchange
from yunbox.gateway.http.authority import RELAYED_FROM
from yunbox.gateway.http.message import Response
from yunbox.gateway.metrics import Metrics

PREFIX = "/_yunbox/"


class Health(msgspec.Struct):
    """What `/_yunbox/health` says."""

    status: str
    version: str


class OwnDoor:
    """Answers `/_yunbox/health` and `/_yunbox/metrics`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def find_route(self, exchange: Exchange) -> bool:
        """Take what is under the prefix at an address that names no bucket."""
        request = exchange.request
        if not request.target.startswith(PREFIX) or not _own_address(request.host):
            return False
        exchange.product = "yunbox"
        return True

    async def authenticate(self, exchange: Exchange) -> None:
        """Let in callers on this machine only. Raises CloudError."""
        peer = exchange.request.peer
        if not peer or not ipaddress.ip_address(peer).is_loopback or peer == RELAYED_FROM:
            raise CloudError("AccessDenied", 403, "This page is for the machine that yunbox runs on.")

    async def perform(self, exchange: Exchange) -> Response:
        """Answer the page asked for."""
        page = exchange.request.target.removeprefix(PREFIX)
        if exchange.request.method not in ("GET", "HEAD"):
            raise CloudError("MethodNotAllowed", 405, "Only GET and HEAD.", headers={"Allow": "GET, HEAD"})
        if page == "health":
            body = msgspec.json.encode(Health(status="ok", version=__version__))
            return Response(200, [("Content-Type", "application/json")], body)
        if page == "metrics":
            kind = "text/plain; version=0.0.4; charset=utf-8"
            return Response(200, [("Content-Type", kind)], self._metrics.expose())
        raise CloudError("NotFound", 404, f"There is no page {PREFIX}{page[:64]}.")

    def refuse(self, exchange: Exchange, error: CloudError) -> Response:
        """Answer with the code and the sentence as JSON."""
        body = msgspec.json.encode(
            {"Code": error.code, "Message": error.message, "RequestId": exchange.request_id}
        )
        return Response(error.status, [("Content-Type", "application/json"), *error.headers.items()], body)


def _own_address(host: str) -> bool:
    """Whether a Host is `localhost` or an IP address: any other may be a bucket's, with keys of its own."""
    name = re.sub(r":\d*$", "", host)
    try:
        return name == "localhost" or bool(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return False
