"""What is stored of a server group. Its servers are `balancing.member` rows whose parent it is."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource
from yunbox.services.alb.health_check_templates.model import HealthCheck

REQUEST_SECONDS = 60.0

Scheduler = Literal["Wrr", "Wlc", "Sch", "Uch"]


class Stickiness(msgspec.Struct, frozen=True, kw_only=True):
    """How a client stays with a server: by a cookie that is inserted, or by the servers' own one."""

    enabled: bool = False
    type: Literal["Insert", "Server"] = "Insert"
    cookie: str = ""
    seconds: int = 1000


class ServerGroup(CloudResource, kind="alb.server_group", kw_only=True):
    """A server group of the VPC `parent`.

    `slow_start` and `drain` are in seconds, 0 for not at all; the `..._seconds` keep what was asked for while it is
    turned off. `hash_key` is the parameter of the query that the scheduler Uch goes by.
    """

    type: Literal["Instance", "Ip"] = "Instance"
    protocol: Literal["HTTP", "HTTPS"] = "HTTP"
    scheduler: Scheduler = "Wrr"
    check: HealthCheck
    sticky: Stickiness = Stickiness()
    slow_start_enabled: bool = False
    slow_start_seconds: int = 30
    drain_enabled: bool = False
    drain_seconds: int = 300
    hash_key: str = ""
    keep_alive: bool = False
    service_name: str = ""

    @property
    def vpc_id(self) -> str:
        """The VPC whose servers it takes."""
        return self.parent

    @property
    def slow_start(self) -> float:
        """Over how many seconds a new server gets its share."""
        return float(self.slow_start_seconds) if self.slow_start_enabled else 0.0

    @property
    def drain(self) -> float:
        """For how many seconds requests under way may go on at a server that is taken out.

        Without connection draining they are not cut off either: they have as long as a request may take by default.
        """
        return float(self.drain_seconds) if self.drain_enabled else REQUEST_SECONDS
