"""Conditions of rules, as requests and answers spell them. Wire shapes and bounds: ALB API 2020-06-16."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.errors import unsupported_parameter
from yunbox.api.shapes import Shape
from yunbox.services.alb.errors import illegal, missing
from yunbox.services.alb.rules.model import Pair, StoredCondition

MAX_CONDITIONS = 10
MAX_VALUES = 10
MAX_ALTERNATIVES = 30
"""QueryString and Cookie take pairs of several keys: so many combinations of keys a rule may have."""

Type = Literal[
    "Host",
    "Path",
    "Header",
    "QueryString",
    "Method",
    "Cookie",
    "SourceIp",
    "ResponseStatusCode",
    "ResponseHeader",
]
Text = Annotated[str, Meta(min_length=1, max_length=128)]
METHODS = ("HEAD", "GET", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")

_HEADER = re.compile(r"[A-Za-z0-9_-]{1,40}")
_HOST = re.compile(r"[\w.*?:-]{1,128}")


class Values(Shape):
    """What it must be: any of these."""

    values: Annotated[list[Text], Meta(max_length=MAX_VALUES)] = []


class HeaderValues(Shape):
    """Which header, and what it must be."""

    key: str
    values: Annotated[list[Text], Meta(max_length=MAX_VALUES)]


class PairPart(Shape):
    """A parameter of the query, or a cookie."""

    key: Annotated[str, Meta(max_length=100)] = ""
    value: Annotated[str, Meta(max_length=128)] = ""


class Pairs(Shape):
    """Any of these."""

    values: Annotated[list[PairPart], Meta(max_length=MAX_VALUES)] = []


class ConditionPart(Shape):
    """A condition; the configuration that goes with `type` is given."""

    type: Type
    host_config: Values | UnsetType = UNSET
    path_config: Values | UnsetType = UNSET
    header_config: HeaderValues | UnsetType = UNSET
    query_string_config: Pairs | UnsetType = UNSET
    method_config: Values | UnsetType = UNSET
    cookie_config: Pairs | UnsetType = UNSET
    source_ip_config: Values | UnsetType = UNSET


def read_conditions(parts: Sequence[ConditionPart], action: str) -> tuple[StoredCondition, ...]:
    """Return conditions as they are stored. Raises CloudError."""
    if not 1 <= len(parts) <= MAX_CONDITIONS:
        raise illegal("RuleConditions", f"1 to {MAX_CONDITIONS} are expected")
    found = tuple(_read(part, action) for part in parts)
    alternatives = 1
    for each in found:
        alternatives *= len({pair.key for pair in each.pairs}) or 1
    if alternatives > MAX_ALTERNATIVES:
        raise illegal("RuleConditions", "pairs have too many keys")
    return found


def _read(part: ConditionPart, action: str) -> StoredCondition:
    if part.type in ("QueryString", "Cookie"):
        return _read_pairs(part)
    if part.type == "Header":
        config = part.header_config
        if config is UNSET or not config.values:
            raise missing("HeaderConfig")
        if not _HEADER.fullmatch(config.key):
            raise illegal("HeaderConfig.Key", "1 to 40 letters, digits, '-' and '_' are expected")
        return StoredCondition(type="Header", key=config.key, values=tuple(config.values))
    match part.type:
        case "Host":
            return StoredCondition(type="Host", values=_values(part.host_config, "HostConfig", _check_host))
        case "Path":
            return StoredCondition(type="Path", values=_values(part.path_config, "PathConfig", _check_path))
        case "Method":
            values = _values(part.method_config, "MethodConfig", _check_method)
            return StoredCondition(type="Method", values=values)
        case "SourceIp":
            values = _values(part.source_ip_config, "SourceIpConfig", _check_source)
            return StoredCondition(type="SourceIp", values=values)
    raise unsupported_parameter(f"RuleConditions.N.Type {part.type}", action)


def _values(config: Values | UnsetType, name: str, check: Callable[[str], None]) -> tuple[str, ...]:
    if config is UNSET or not config.values:
        raise missing(name)
    for each in config.values:
        check(each)
    return tuple(config.values)


def _read_pairs(part: ConditionPart) -> StoredCondition:
    query = part.type == "QueryString"
    config = part.query_string_config if query else part.cookie_config
    if config is UNSET or not config.values:
        raise missing("QueryStringConfig" if query else "CookieConfig")
    if any(not each.key for each in config.values):
        raise missing("QueryStringConfig.Values.N.Key" if query else "CookieConfig.Values.N.Key")
    pairs = tuple(Pair(key=each.key, value=each.value) for each in config.values)
    return StoredCondition(type="QueryString" if query else "Cookie", pairs=pairs)


def _check_host(value: str) -> None:
    if not value.startswith("~") and not _HOST.fullmatch(value):
        raise illegal("HostConfig", "names with '*' and '?' are expected, or '~' and a regular expression")
    _check_pattern(value, "HostConfig")


def _check_path(value: str) -> None:
    if not value.startswith(("/", "~", "*")):
        raise illegal("PathConfig", "a path is expected, or '~' and a regular expression")
    _check_pattern(value, "PathConfig")


def _check_pattern(value: str, name: str) -> None:
    if value.startswith("~"):
        try:
            re.compile(value.removeprefix("~").removeprefix("*"))
        except re.error as error:
            raise illegal(name, f"the regular expression is not valid ({error})") from None


def _check_method(value: str) -> None:
    if value not in METHODS:
        raise illegal("MethodConfig", f"{', '.join(METHODS)} are expected")


def _check_source(value: str) -> None:
    try:
        IPv4Network(value, strict=False)
    except ValueError:
        raise illegal("SourceIpConfig", "IPv4 addresses and CIDR blocks are expected") from None


def shown_condition(condition: StoredCondition) -> ConditionPart:
    """Return a condition as answers show it."""
    values = Values(values=list(condition.values))
    pairs = Pairs(values=[PairPart(key=each.key, value=each.value) for each in condition.pairs])
    match condition.type:
        case "Host":
            return ConditionPart(type="Host", host_config=values)
        case "Path":
            return ConditionPart(type="Path", path_config=values)
        case "Method":
            return ConditionPart(type="Method", method_config=values)
        case "SourceIp":
            return ConditionPart(type="SourceIp", source_ip_config=values)
        case "QueryString":
            return ConditionPart(type="QueryString", query_string_config=pairs)
        case "Cookie":
            return ConditionPart(type="Cookie", cookie_config=pairs)
        case "Header":
            header = HeaderValues(key=condition.key, values=list(condition.values))
            return ConditionPart(type="Header", header_config=header)
