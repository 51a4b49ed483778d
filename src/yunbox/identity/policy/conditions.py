"""The element Condition: its operators, and how they compare.

Source: RAM documentation, "Conditional operators". All conditions of a statement must hold; of the values
given for one key, one must. A key that the request does not have fails every operator but the negated ones,
which it satisfies ("not from this VPC" is true of a request from no VPC, as the OSS examples of bucket
policies need).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from yunbox.identity.policy.wildcard import Wildcard

Test = Callable[[str], bool]
Quantifier = Literal["", "ForAnyValue", "ForAllValues"]


class Condition(msgspec.Struct, frozen=True):
    """One operator on one key, with a test for each value that the policy gives.

    `key` is as `fold_key` returns it. A `negated` operator has the tests of its opposite: StringNotEquals
    those of StringEquals.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    tests: tuple[Test, ...]
    negated: bool = False
    if_exists: bool = False
    quantifier: Quantifier = ""

    def holds(self, found: Sequence[str]) -> bool:
        """Return whether the condition holds for the request's values of the key; none: the key is absent."""
        if not found:
            return (
                self.if_exists or self.quantifier == "ForAllValues" or (self.negated and not self.quantifier)
            )
        if self.quantifier == "ForAnyValue":
            return any(self._fits(value) for value in found)
        if self.quantifier == "ForAllValues" or self.negated:
            return all(self._fits(value) for value in found)
        return any(self._fits(value) for value in found)

    def _fits(self, value: str) -> bool:
        return any(test(value) for test in self.tests) is not self.negated


def fold_key(key: str) -> str:
    """Return a condition key in the spelling it is compared in: lower case up to a slash, beyond it as
    written.

    The documentation itself writes both `oss:Prefix` and `oss:prefix`; what follows a slash is a tag's own
    key.
    """
    name, slash, tag = key.partition("/")
    return f"{name.lower()}{slash}{tag}"


def compile_condition(operator: str, key: str, values: tuple[str, ...]) -> Condition:
    """Return the condition. Raises ValueError with a sentence when the operator or a value is not valid."""
    quantifier, _, rest = operator.rpartition(":")
    if quantifier not in ("", "ForAnyValue", "ForAllValues") or operator.startswith(":"):
        raise ValueError(f"{operator!r} is not a condition operator.")
    name = rest.removesuffix("IfExists")
    family = _OPERATORS.get(name)
    if family is None:
        raise ValueError(f"{operator!r} is not a condition operator.")
    make, negated = family
    return Condition(
        operator=operator,
        key=fold_key(key),
        values=values,
        tests=tuple(make(value) for value in values),
        negated=negated,
        if_exists=rest != name,
        quantifier=quantifier,  # type: ignore[arg-type]  # checked above
    )


def _equals(wanted: str) -> Test:
    return wanted.__eq__


def _equals_ignoring_case(wanted: str) -> Test:
    folded = wanted.casefold()
    return lambda value: value.casefold() == folded


def _like(wanted: str) -> Test:
    return Wildcard(wanted).matches


_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


def _number(text: str) -> int | float | None:
    """Return a number, exact when it is whole; None when it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)


def _date(text: str) -> float | None:
    """Return a time of ISO 8601, UTC where no zone is given, in seconds since the epoch; else None."""
    if not _DATE.fullmatch(text):
        return None
    from datetime import UTC, datetime  # noqa: PLC0415 - only policies with dates pay for it

    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _ordered(
    read: Callable[[str], float | None], what: str, holds: Callable[[float, float], bool]
) -> Callable[[str], Test]:
    """Return what compiles a comparison of numbers or of dates."""

    def make(wanted: str) -> Test:
        limit = read(wanted)
        if limit is None:
            raise ValueError(f"{wanted!r} is not {what}.")

        def test(value: str) -> bool:
            found = read(value)
            return found is not None and holds(found, limit)

        return test

    return make


def _bool(wanted: str) -> Test:
    folded = wanted.lower()
    if folded not in ("true", "false"):
        raise ValueError(f'{wanted!r} is neither "true" nor "false".')
    return lambda value: value.lower() == folded


def _address(text: str) -> tuple[int, int] | None:
    """Return an address as (bits, number), one of IPv4 within IPv6 as that of IPv4; else None."""
    try:
        if ":" not in text:
            return 32, int.from_bytes(socket.inet_pton(socket.AF_INET, text), "big")
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None
    if packed[:12] == b"\0" * 10 + b"\xff\xff":
        return 32, int.from_bytes(packed[12:], "big")
    return 128, int.from_bytes(packed, "big")


def _network(wanted: str) -> Test:
    text, slash, length = wanted.partition("/")
    address = _address(text)
    bits = address[0] if address else 0
    size = int(length) if slash and re.fullmatch(r"[0-9]{1,3}", length, re.ASCII) else (-1 if slash else bits)
    if address is None or not 0 <= size <= bits or (bits == 32 and ":" in text and slash):
        raise ValueError(f"{wanted!r} is neither an IP address nor a CIDR block.")
    shift = bits - size
    prefix = address[1] >> shift

    def test(value: str) -> bool:
        found = _address(value)
        return found is not None and found[0] == bits and found[1] >> shift == prefix

    return test


_COMPARISONS: tuple[tuple[str, Callable[[float, float], bool], bool], ...] = (
    ("Equals", lambda found, limit: found == limit, False),
    ("NotEquals", lambda found, limit: found == limit, True),
    ("LessThan", lambda found, limit: found < limit, False),
    ("LessThanEquals", lambda found, limit: found <= limit, False),
    ("GreaterThan", lambda found, limit: found > limit, False),
    ("GreaterThanEquals", lambda found, limit: found >= limit, False),
)

_OPERATORS: dict[str, tuple[Callable[[str], Test], bool]] = {
    "StringEquals": (_equals, False),
    "StringNotEquals": (_equals, True),
    "StringEqualsIgnoreCase": (_equals_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equals_ignoring_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "Bool": (_bool, False),
    "IpAddress": (_network, False),
    "NotIpAddress": (_network, True),
    **{f"Numeric{name}": (_ordered(_number, "a number", holds), no) for name, holds, no in _COMPARISONS},
    **{f"Date{name}": (_ordered(_date, "a date", holds), no) for name, holds, no in _COMPARISONS},
}
