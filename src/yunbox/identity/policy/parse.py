"""From a policy document's JSON text to a `Policy`.

Unknown or doubled elements are errors, never passed over.

Source: RAM documentation, "Policy structure and syntax" and "Policy elements"; OSS documentation, "Bucket
Policy" and `PutBucketPolicy`; limits: `CreatePolicy` and `AssumeRole` of the RAM and STS APIs.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NoReturn, cast

from yunbox.identity.policy.conditions import Condition, compile_condition
from yunbox.identity.policy.elements import shown, strings
from yunbox.identity.policy.model import (
    Actions,
    Effect,
    Policy,
    PolicyError,
    PolicyKind,
    Principals,
    ResourcePattern,
    Resources,
    Statement,
)
from yunbox.identity.policy.principals import parse_principals
from yunbox.identity.policy.wildcard import Wildcard

SIZE_LIMITS: dict[PolicyKind, int] = {"identity": 6144, "session": 2048, "trust": 4096, "bucket": 16 * 1024}
"""The longest document: in characters, a bucket policy in bytes."""

STATEMENTS = 200
"""The most statements of a document."""

_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
    }
)


def parse(text: str, kind: PolicyKind) -> Policy:
    """Return the parsed document. Raises PolicyError.

    Documents used lately are kept parsed, since this runs on every request: many small ones and a few
    large, so that the memory they take is bounded whatever they say.
    """
    return _parse_small(text, kind) if len(text) <= _SMALL else _parse_large(text, kind)


def _parse(text: str, kind: PolicyKind) -> Policy:
    size = len(text.encode(errors="replace")) if kind == "bucket" else len(text)
    limit = SIZE_LIMITS[kind]
    if size > limit:
        unit = "bytes" if kind == "bucket" else "characters"
        raise PolicyError(f"The policy has {size} {unit}; at most {limit} are allowed.")
    document = _load(text)
    if not isinstance(document, dict):
        raise PolicyError("The policy must be a JSON object.")
    for name in document:
        if name not in ("Version", "Statement"):
            raise PolicyError(f"The policy has the unknown element {shown(name)}.")
    # ossutil's documentation of put-bucket-policy gives Version a default; RAM requires it.
    if document.get("Version", "1" if kind == "bucket" else None) != "1":
        raise PolicyError('The policy\'s Version must be "1".')
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise PolicyError("The policy's Statement must be a list of at least one statement.")
    if len(statements) > STATEMENTS:
        raise PolicyError(f"The policy has {len(statements)} statements; at most {STATEMENTS} are allowed.")
    return Policy(tuple(_statement(index, each, kind) for index, each in enumerate(statements)))


_SMALL = 2048
_parse_small = lru_cache(maxsize=1024)(_parse)
_parse_large = lru_cache(maxsize=64)(_parse)


def _load(text: str) -> object:
    import json  # noqa: PLC0415 - a cloud without policies starts without it

    try:
        # msgspec is faster but lets the last of doubled members win, which hides what a policy says.
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
        # Half of a surrogate pair can be escaped in JSON and encoded in nothing.
        text.encode()
        json.dumps(document, ensure_ascii=False).encode()
    except PolicyError:
        raise
    except RecursionError:
        raise PolicyError("The policy is nested too deeply.") from None
    except UnicodeEncodeError:
        raise PolicyError("The policy is not valid Unicode.") from None
    except ValueError as error:
        raise PolicyError(f"The policy is not valid JSON: {error}.") from None
    return document


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise PolicyError(f"The policy has the element {shown(twice)} twice in one object.")
    return made


def _no_constant(name: str) -> NoReturn:
    raise PolicyError(f"The policy is not valid JSON: {name} is not a value.")


def _statement(index: int, raw: object, kind: PolicyKind) -> Statement:
    where = f"Statement {index + 1}"
    if not isinstance(raw, dict):
        raise PolicyError(f"{where} must be a JSON object.")
    for name in raw:
        if name not in _ELEMENTS:
            raise PolicyError(f"{where} has the unknown element {shown(name)}.")
    effect = raw.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f'{where}: Effect must be "Allow" or "Deny".')
    sid = raw.get("Sid", "")
    if not isinstance(sid, str) or len(sid) > 128:
        raise PolicyError(f"{where}: Sid must be a string of at most 128 characters.")
    _check_elements(raw, kind, where)
    return Statement(
        index=index,
        effect=cast(Effect, effect),
        actions=_actions(raw, where),
        resources=_resources(raw, where) if kind != "trust" else Resources(everything=True),
        principals=_principals(raw, where) if kind in ("bucket", "trust") else None,
        conditions=_conditions(raw.get("Condition", {}), where),
        sid=sid,
    )


def _principals(raw: dict[str, Any], where: str) -> Principals:
    """Return whom a statement speaks of.

    OSS takes a bucket policy's statement that does not say (source: the tests of oss2): it is read so that it
    opens nothing, as one that allows nobody and denies everybody.
    """
    if "Principal" in raw or "NotPrincipal" in raw:
        return parse_principals(raw, where)
    return Principals(everyone=raw["Effect"] == "Deny")


def _check_elements(raw: dict[str, Any], kind: PolicyKind, where: str) -> None:
    """Refuse elements that the kind of policy does not have, and pairs of which one excludes the other."""
    wanted = {"Action": True, "Resource": kind != "trust", "Principal": kind in ("bucket", "trust")}
    for name, expected in wanted.items():
        given = [each for each in (name, f"Not{name}") if each in raw]
        if not expected and given:
            raise PolicyError(f"{where}: {given[0]} is not allowed in this kind of policy.")
        if expected and not given and (kind, name) != ("bucket", "Principal"):
            raise PolicyError(f"{where} has neither {name} nor Not{name}.")
        if len(given) == 2:
            raise PolicyError(f"{where} has both {name} and Not{name}; one excludes the other.")


def _actions(raw: dict[str, Any], where: str) -> Actions:
    name = "Action" if "Action" in raw else "NotAction"
    values = [value.lower() for value in strings(raw[name], f"{where}: {name}")]
    for value in values:
        service, colon, action = value.partition(":")
        if value != "*" and not (colon and service and action and _plain(value)):
            raise PolicyError(f"{where}: {name} {shown(value)} is not of the form service:action.")
    return Actions(
        patterns=tuple(Wildcard(value) for value in values if _has_wildcard(value) and value != "*"),
        exact=frozenset(value for value in values if not _has_wildcard(value)),
        everything="*" in values,
        negated=name == "NotAction",
    )


def _plain(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


def _has_wildcard(value: str) -> bool:
    return "*" in value or "?" in value


def _resources(raw: dict[str, Any], where: str) -> Resources:
    name = "Resource" if "Resource" in raw else "NotResource"
    values = strings(raw[name], f"{where}: {name}")
    return Resources(
        patterns=tuple(_pattern(value, f"{where}: {name}") for value in values if value != "*"),
        everything="*" in values,
        negated=name == "NotResource",
    )


def _pattern(value: str, what: str) -> ResourcePattern:
    parts = value.split(":", 4)
    if len(parts) != 5 or parts[0] != "acs" or not parts[1] or not parts[4]:
        raise PolicyError(f"{what} {shown(value)} is not of the form acs:service:region:account:relative-id.")
    _, service, region, account, relative = parts
    # Services without regions leave the field empty, as in acs:ram::1234567890123456:user/alice.
    return ResourcePattern(
        _wildcard(service), _wildcard(region or "*"), _wildcard(account), Wildcard(relative)
    )


@lru_cache(maxsize=256)
def _wildcard(text: str) -> Wildcard:
    """Return a pattern that many resources share, such as `*` and the name of a service."""
    return Wildcard(text)


def _conditions(raw: object, where: str) -> tuple[Condition, ...]:
    return tuple(_compiled(raw, f"{where}: Condition"))


def _compiled(raw: object, what: str) -> Iterable[Condition]:
    if not isinstance(raw, dict):
        raise PolicyError(f"{what} must be a JSON object.")
    for operator, block in raw.items():
        if not isinstance(block, dict) or not block:
            raise PolicyError(f"{what}: {shown(operator)} must be an object of keys and values.")
        for key, values in block.items():
            if not (key and ":" in key and _plain(key.partition("/")[0])):
                raise PolicyError(f"{what}: {shown(key)} is not a condition key.")
            given = strings(values, f"{what}: {shown(key)}")
            try:
                yield compile_condition(operator, key, given)
            except ValueError as error:
                raise PolicyError(f"{what}: {shown(key)}: {error}") from None
