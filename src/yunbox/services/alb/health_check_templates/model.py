"""How the health of servers is checked, as server groups and templates say it."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource

CheckProtocol = Literal["HTTP", "HTTPS", "TCP", "gRPC", "GRPC"]
CheckMethod = Literal["HEAD", "GET", "POST"]
CheckVersion = Literal["HTTP1.0", "HTTP1.1"]

OWN_ADDRESS = "$SERVER_IP"
"""As the host of a check: the server's own address."""


class HealthCheck(msgspec.Struct, frozen=True, kw_only=True):
    """How a server is checked. Times are in seconds; `port` 0 is the server's own.

    `codes` are such as `http_2xx`. The words are the API's.
    """

    enabled: bool = True
    protocol: Literal["HTTP", "HTTPS", "TCP"] = "HTTP"
    port: int = 0
    host: str = OWN_ADDRESS
    path: str = "/"
    method: Literal["HEAD", "GET"] = "HEAD"
    version: CheckVersion = "HTTP1.1"
    codes: tuple[str, ...] = ("http_2xx",)
    interval: int = 2
    timeout: int = 5
    healthy: int = 3
    unhealthy: int = 3


class HealthCheckTemplate(CloudResource, kind="alb.health_check_template", kw_only=True):
    """A health check that server groups can take over."""

    check: HealthCheck
