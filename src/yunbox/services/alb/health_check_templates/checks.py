"""How requests say how health is checked, and how answers show it. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from yunbox.api.errors import unsupported_parameter
from yunbox.api.shapes import Shape
from yunbox.services.alb.errors import illegal
from yunbox.services.alb.health_check_templates.model import (
    OWN_ADDRESS,
    CheckMethod,
    CheckProtocol,
    CheckVersion,
    HealthCheck,
)

Code = Literal["http_2xx", "http_3xx", "http_4xx", "http_5xx", "http_1xx"]
Port = Annotated[int, Meta(ge=0, le=65535)]
Threshold = Annotated[int, Meta(ge=2, le=10)]


class CheckAsked(Shape):
    """What a request may say of a health check; what it leaves out stays as it is, or as it is by default."""

    health_check_protocol: CheckProtocol | None = None
    health_check_connect_port: Port | None = None
    health_check_host: Annotated[str, Meta(max_length=80)] = ""
    health_check_path: Annotated[str, Meta(max_length=80)] = ""
    health_check_method: CheckMethod | None = None
    health_check_http_version: CheckVersion | None = None
    health_check_codes: Annotated[list[Code], Meta(max_length=5)] = []
    health_check_interval: Annotated[int, Meta(ge=1, le=50)] | None = None
    health_check_timeout: Annotated[int, Meta(ge=1, le=300)] | None = None
    healthy_threshold: Threshold | None = None
    unhealthy_threshold: Threshold | None = None


class CheckShown(Shape):
    """What answers show of a health check."""

    health_check_protocol: str
    health_check_connect_port: int
    health_check_host: str
    health_check_path: str
    health_check_method: str
    health_check_http_version: str
    health_check_codes: list[str]
    health_check_interval: int
    health_check_timeout: int
    healthy_threshold: int
    unhealthy_threshold: int


_FIELDS = {
    "protocol": "health_check_protocol",
    "port": "health_check_connect_port",
    "host": "health_check_host",
    "path": "health_check_path",
    "method": "health_check_method",
    "version": "health_check_http_version",
    "codes": "health_check_codes",
    "interval": "health_check_interval",
    "timeout": "health_check_timeout",
    "healthy": "healthy_threshold",
    "unhealthy": "unhealthy_threshold",
}
"""Attributes of what is stored by those of requests and answers."""


def altered(before: HealthCheck, asked: Any, action: str) -> HealthCheck:
    """Return a check with what a request asks for (the fields of `CheckAsked`). Raises CloudError."""
    given = {
        mine: tuple(value) if mine == "codes" else value
        for mine, theirs in _FIELDS.items()
        if (value := getattr(asked, theirs)) not in (None, "", [])
    }
    if given.get("protocol") in ("gRPC", "GRPC"):
        raise unsupported_parameter("HealthCheckProtocol gRPC", action)
    if given.get("method") == "POST":
        raise unsupported_parameter("HealthCheckMethod POST", action)
    if not str(given.get("path", "/")).startswith("/"):
        raise illegal("HealthCheckPath", "it begins with a slash")
    return msgspec.structs.replace(before, **given)


def facts(check: HealthCheck) -> dict[str, Any]:
    """Return the fields of `CheckShown`."""
    found = {theirs: getattr(check, mine) for mine, theirs in _FIELDS.items()}
    return found | {"health_check_codes": list(check.codes), "health_check_host": check.host or OWN_ADDRESS}
