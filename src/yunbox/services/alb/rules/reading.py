"""From the actions of a request to those that are stored, and what goes together. Bounds: ALB API 2020-06-16."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET

from yunbox.api.errors import unsupported_parameter
from yunbox.services.alb.errors import illegal, missing
from yunbox.services.alb.rules.action_parts import ActionChangedPart, ActionPart, InsertCoverPart
from yunbox.services.alb.rules.model import (
    Cors,
    FixedResponse,
    ForwardGroup,
    InsertHeader,
    OrderedAction,
    RedirectTo,
    RemoveHeader,
    RewriteTo,
    Share,
    StoredAction,
    StoredCondition,
    TrafficLimit,
)

MAX_ACTIONS = 10

FINAL = (ForwardGroup, RedirectTo, FixedResponse)
"""What ends a rule: it has one of them."""

SYSTEM_VALUES = ("ClientSrcIp", "ClientSrcPort", "Protocol", "SLBId", "SLBPort")
"""What the system knows of a request, as the values of inserted headers."""

RESERVED = frozenset(
    {
        "authority",
        "connection",
        "content-length",
        "cookie",
        "host",
        "keep-alive",
        "remoteip",
        "slb-id",
        "slb-ip",
        "te",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-client-srcport",
        "x-forwarded-eip",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)
"""Headers that no rule inserts or removes."""

_HEADER = re.compile(r"[A-Za-z0-9_-]{1,40}")
_CODE = re.compile(r"[245]\d\d")
_PART = re.compile(r"[^\s\x00-\x1f\x7f\"'\\]*")
_PORT = re.compile(r"\$\{port\}|[1-9]\d{0,4}")
_CONTENT_TYPES = (
    "text/plain",
    "text/css",
    "text/html",
    "application/javascript",
    "application/json",
)

Parts = Sequence[ActionPart] | Sequence[ActionChangedPart]


def read_actions(parts: Parts, action: str) -> tuple[OrderedAction, ...]:
    """Return actions as they are stored, by their order. Raises CloudError."""
    if not 1 <= len(parts) <= MAX_ACTIONS:
        raise illegal("RuleActions", f"1 to {MAX_ACTIONS} are expected")
    found = sorted(
        (OrderedAction(order=part.order, action=_read(part, action)) for part in parts),
        key=lambda each: each.order,
    )
    if len({each.order for each in found}) != len(found):
        raise illegal("RuleActions.Order", "each action has its own")
    stored = [each.action for each in found]
    final = [each for each in stored if isinstance(each, FINAL)]
    if len(final) != 1 or not isinstance(stored[-1], FINAL):
        raise illegal(
            "RuleActions", "one of ForwardGroup, Redirect and FixedResponse is expected, as the last"
        )
    if any(isinstance(each, RewriteTo) for each in stored) and not isinstance(final[0], ForwardGroup):
        raise illegal("RuleActions", "Rewrite goes together with ForwardGroup")
    if any(isinstance(each, Cors) for each in stored) and not isinstance(final[0], ForwardGroup):
        raise illegal("RuleActions", "Cors goes together with ForwardGroup")
    _check_once(stored)
    return tuple(found)


def check_together(
    conditions: Sequence[StoredCondition], actions: Sequence[OrderedAction], action: str
) -> None:
    """Refuse what yunbox cannot do together. Raises CloudError."""
    kinds = {type(each.action) for each in actions}
    if TrafficLimit in kinds and any(len({pair.key for pair in each.pairs}) > 1 for each in conditions):
        raise unsupported_parameter("TrafficLimitConfig with conditions on several keys", action)
    if TrafficLimit in kinds and Cors in kinds:
        raise unsupported_parameter("TrafficLimitConfig with CorsConfig", action)


def _check_once(stored: Sequence[StoredAction]) -> None:
    for type_ in (RewriteTo, TrafficLimit, Cors):
        if sum(isinstance(each, type_) for each in stored) > 1:
            raise illegal("RuleActions", "an action is given twice")


def _read(part: ActionPart | ActionChangedPart, action: str) -> StoredAction:
    if part.type == "TrafficMirror":
        raise unsupported_parameter("RuleActions.N.Type TrafficMirror", action)
    config, read = {
        "ForwardGroup": (part.forward_group_config, _forward),
        "Redirect": (part.redirect_config, _redirect),
        "FixedResponse": (part.fixed_response_config, _fixed),
        "Rewrite": (part.rewrite_config, _rewrite),
        "InsertHeader": (part.insert_header_config, _insert),
        "RemoveHeader": (part.remove_header_config, _remove),
        "TrafficLimit": (part.traffic_limit_config, _limit),
        "Cors": (part.cors_config, _cors),
    }[part.type]
    if config is UNSET:
        raise missing(f"{part.type}Config")
    reading: Callable[[Any], StoredAction] = read
    return reading(config)


def _forward(config: Any) -> StoredAction:
    shares = tuple(
        Share(group=each.server_group_id, weight=each.weight) for each in config.server_group_tuples
    )
    if len({each.group for each in shares}) != len(shares):
        raise illegal("ServerGroupTuples", "a server group is given twice")
    session = config.server_group_sticky_session
    if session is UNSET:
        return ForwardGroup(shares=shares)
    if session.enabled and not session.timeout:
        raise illegal("ServerGroupStickySession.Timeout", "1 to 86400 seconds are expected")
    return ForwardGroup(shares=shares, sticky=session.enabled, sticky_seconds=session.timeout or 1000)


def _part(value: str, name: str, default: str) -> str:
    text = value or default
    if not _PART.fullmatch(text):
        raise illegal(name, "it holds blanks, quotes or control characters")
    return text


def _redirect(config: Any) -> StoredAction:
    protocol = config.protocol or "${protocol}"
    if protocol not in ("HTTP", "HTTPS", "${protocol}"):
        raise illegal("RedirectConfig.Protocol", "HTTP, HTTPS or ${protocol} is expected")
    port = config.port or "${port}"
    if not _PORT.fullmatch(port) or (port.isdigit() and int(port) > 65535):
        raise illegal("RedirectConfig.Port", "1 to 65535 or ${port} is expected")
    return RedirectTo(
        protocol=protocol,
        host=_part(config.host, "RedirectConfig.Host", "${host}"),
        port=port,
        path=_part(config.path, "RedirectConfig.Path", "${path}"),
        query=_part(config.query, "RedirectConfig.Query", "${query}"),
        code=config.http_code,
    )


def _fixed(config: Any) -> StoredAction:
    if not _CODE.fullmatch(config.http_code):
        raise illegal("FixedResponseConfig.HttpCode", "2xx, 4xx and 5xx are expected")
    content_type = config.content_type or "text/plain"
    if content_type.partition(";")[0].strip() not in _CONTENT_TYPES or not content_type.isprintable():
        raise illegal("FixedResponseConfig.ContentType", f"{', '.join(_CONTENT_TYPES)} are expected")
    return FixedResponse(code=config.http_code, content=config.content, content_type=content_type)


def _rewrite(config: Any) -> StoredAction:
    return RewriteTo(
        host=_part(config.host, "RewriteConfig.Host", "${host}"),
        path=_part(config.path, "RewriteConfig.Path", "${path}"),
        query=_part(config.query, "RewriteConfig.Query", "${query}"),
    )


def _header(key: str, name: str) -> str:
    if not _HEADER.fullmatch(key) or key.lower() in RESERVED:
        raise illegal(name, "1 to 40 letters, digits, '-' and '_' are expected, and no header of the system")
    return key


def _insert(config: Any) -> StoredAction:
    value = config.value
    if config.value_type == "SystemDefined" and value not in SYSTEM_VALUES:
        raise illegal("InsertHeaderConfig.Value", f"{', '.join(SYSTEM_VALUES)} are expected")
    if config.value_type == "ReferenceHeader" and not _HEADER.fullmatch(value):
        raise illegal("InsertHeaderConfig.Value", "the name of a header is expected")
    if config.value_type == "UserDefined" and not (value.isprintable() and value.strip() == value):
        raise illegal("InsertHeaderConfig.Value", "printable characters are expected")
    cover = config.cover_enabled if isinstance(config, InsertCoverPart) else True
    key = _header(config.key, "InsertHeaderConfig.Key")
    return InsertHeader(key=key, value=value, value_type=config.value_type, cover=cover)


def _remove(config: Any) -> StoredAction:
    return RemoveHeader(key=_header(config.key, "RemoveHeaderConfig.Key"))


def _limit(config: Any) -> StoredAction:
    if not config.qps and not config.per_ip_qps:
        raise missing("TrafficLimitConfig.QPS")
    if config.qps and config.per_ip_qps > config.qps:
        raise illegal("TrafficLimitConfig.PerIpQps", "it is not more than QPS")
    return TrafficLimit(qps=config.qps, per_ip=config.per_ip_qps)


def _cors(config: Any) -> StoredAction:
    if not config.allow_origin:
        raise missing("CorsConfig.AllowOrigin")
    for each in (*config.allow_origin, *config.allow_methods, *config.allow_headers, *config.expose_headers):
        if not each or not each.isprintable() or not _PART.fullmatch(each) or "," in each:
            raise illegal("CorsConfig", "words without blanks, quotes and commas are expected")
    return Cors(
        origins=tuple(config.allow_origin),
        methods=tuple(config.allow_methods),
        headers=tuple(config.allow_headers),
        exposed=tuple(config.expose_headers),
        credentials=config.allow_credentials == "on",
        max_age=config.max_age,
    )
