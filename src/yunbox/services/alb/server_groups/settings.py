"""How requests say what a server group is like. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from yunbox.api.errors import unsupported_parameter
from yunbox.api.shapes import Shape
from yunbox.services.alb.errors import illegal, missing
from yunbox.services.alb.health_check_templates.checks import CheckAsked, altered
from yunbox.services.alb.server_groups.model import ServerGroup, Stickiness

_COOKIE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")

EXCLUSIVE = (
    "With a scheduler other than Wrr, SlowStartConfig is recorded and changes nothing, as with the vendor."
)


class HealthCheckConfig(CheckAsked):
    """How servers are checked."""

    health_check_enabled: bool | None = None


class StickySessionConfig(Shape):
    """How clients stay with a server."""

    sticky_session_enabled: bool | None = None
    sticky_session_type: Literal["Insert", "Server"] | None = None
    cookie: str = ""
    cookie_timeout: Annotated[int, Meta(ge=1, le=86400)] | None = None


class SlowStartConfig(Shape):
    """Over how many seconds a new server gets its share."""

    slow_start_enabled: bool | None = None
    slow_start_duration: Annotated[int, Meta(ge=30, le=900)] | None = None


class ConnectionDrainConfig(Shape):
    """For how many seconds requests under way may go on at a server that is taken out."""

    connection_drain_enabled: bool | None = None
    connection_drain_timeout: Annotated[int, Meta(ge=0, le=900)] | None = None


class UchConfig(Shape, kw_only=True):
    """By which parameter of the query Uch hashes."""

    type: Literal["QueryString"] = "QueryString"
    value: Annotated[str, Meta(min_length=1, max_length=100)]


class Settings(Shape):
    """What both making and changing a server group may say; what it leaves out stays as it is."""

    scheduler: Literal["Wrr", "Wlc", "Sch", "Uch"] | None = None
    health_check_config: HealthCheckConfig | None = None
    sticky_session_config: StickySessionConfig | None = None
    slow_start_config: SlowStartConfig | None = None
    connection_drain_config: ConnectionDrainConfig | None = None
    uch_config: UchConfig | None = None
    upstream_keepalive_enabled: bool | None = None
    cross_zone_enabled: bool | None = None
    service_name: Annotated[str, Meta(max_length=128)] = ""


def settled(group: ServerGroup, asked: Settings, action: str) -> ServerGroup:
    """Return a group with what is asked for. Raises CloudError."""
    if asked.cross_zone_enabled is False:
        raise unsupported_parameter("CrossZoneEnabled false", action)
    check = asked.health_check_config
    if check is not None:
        new = altered(group.check, check, action)
        if check.health_check_enabled is not None:
            new = msgspec.structs.replace(new, enabled=check.health_check_enabled)
        group = msgspec.structs.replace(group, check=new)
    given = {
        "scheduler": asked.scheduler,
        "keep_alive": asked.upstream_keepalive_enabled,
        "service_name": asked.service_name or None,
        "hash_key": asked.uch_config.value if asked.uch_config else None,
        **_times(asked),
    }
    if asked.sticky_session_config is not None:
        given["sticky"] = _sticky(group.sticky, asked.sticky_session_config)
    changed: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    group = msgspec.structs.replace(group, **changed)
    _check(group, action)
    return group


def _times(asked: Settings) -> dict[str, Any]:
    slow, drain = asked.slow_start_config, asked.connection_drain_config
    return {
        "slow_start_enabled": slow.slow_start_enabled if slow else None,
        "slow_start_seconds": slow.slow_start_duration if slow else None,
        "drain_enabled": drain.connection_drain_enabled if drain else None,
        "drain_seconds": drain.connection_drain_timeout if drain else None,
    }


def _sticky(before: Stickiness, asked: StickySessionConfig) -> Stickiness:
    given = {
        "enabled": asked.sticky_session_enabled,
        "type": asked.sticky_session_type,
        "cookie": asked.cookie or None,
        "seconds": asked.cookie_timeout,
    }
    sticky = msgspec.structs.replace(
        before, **{name: value for name, value in given.items() if value is not None}
    )
    if sticky.cookie and not _COOKIE.fullmatch(sticky.cookie):
        raise illegal("Cookie", "1 to 200 letters, digits, '_', '-' and '.' are expected")
    if sticky.enabled and sticky.type == "Server" and not sticky.cookie:
        raise missing("StickySessionConfig.Cookie")
    return sticky


def _check(group: ServerGroup, action: str) -> None:
    """Refuse what does not go together. Raises CloudError."""
    if group.scheduler == "Uch" and not group.hash_key:
        raise missing("UchConfig")
    if group.check.enabled and group.check.protocol not in ("TCP", group.protocol):
        raise unsupported_parameter(
            f"HealthCheckProtocol {group.check.protocol} with the protocol {group.protocol}", action
        )
