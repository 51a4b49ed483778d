"""The operators of the element Condition. Tables follow the RAM documentation, "Conditional operators"."""

from __future__ import annotations

import pytest

from yunbox.identity.policy.conditions import compile_condition, fold_key

ABSENT: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("operator", "given", "found", "holds"),
    [
        ("StringEquals", ["dev"], "dev", True),
        ("StringEquals", ["dev"], "Dev", False),
        ("StringEquals", ["dev", "ops"], "ops", True),
        ("StringEquals", ["d*"], "dev", False),
        ("StringNotEquals", ["dev"], "ops", True),
        ("StringNotEquals", ["dev", "ops"], "ops", False),
        ("StringEqualsIgnoreCase", ["DEV"], "dev", True),
        ("StringNotEqualsIgnoreCase", ["DEV"], "dev", False),
        ("StringLike", ["hangzhou/2015/*"], "hangzhou/2015/", True),
        ("StringLike", ["hangzhou/2015/*"], "hangzhou/2016/", False),
        ("StringLike", ["a?c"], "abc", True),
        ("StringLike", ["A?c"], "abc", False),
        ("StringNotLike", ["hangzhou/*"], "beijing/", True),
        ("StringNotLike", ["hangzhou/*", "b*"], "beijing/", False),
        ("NumericEquals", ["100"], "100.0", True),
        ("NumericEquals", ["9007199254740993"], "9007199254740992", False),
        ("NumericNotEquals", ["100"], "99", True),
        ("NumericLessThan", ["100"], "100", False),
        ("NumericLessThan", ["100"], "99", True),
        ("NumericLessThanEquals", ["100"], "100", True),
        ("NumericGreaterThan", ["-1"], "0", True),
        ("NumericGreaterThanEquals", ["1.5"], "1.5", True),
        ("NumericLessThan", ["100"], "many", False),
        ("DateLessThan", ["2026-11-11T00:00:00+08:00"], "2026-11-10T15:59:59Z", True),
        ("DateLessThan", ["2026-11-11T00:00:00+08:00"], "2026-11-10T16:00:00Z", False),
        ("DateEquals", ["2026-11-11T00:00:00Z"], "2026-11-11T08:00:00+08:00", True),
        ("DateNotEquals", ["2026-11-11T00:00:00Z"], "2026-11-11T00:00:00Z", False),
        ("DateGreaterThanEquals", ["2026-11-11"], "2026-11-11T00:00:00Z", True),
        ("DateLessThanEquals", ["2026-11-11"], "soon", False),
        ("Bool", ["true"], "true", True),
        ("Bool", ["True"], "true", True),
        ("Bool", ["false"], "true", False),
        ("IpAddress", ["192.168.0.0/16"], "192.168.3.4", True),
        ("IpAddress", ["192.168.0.0/16", "10.1.2.3"], "10.1.2.3", True),
        ("IpAddress", ["192.168.0.0/16"], "10.1.2.3", False),
        ("IpAddress", ["0.0.0.0/0"], "10.1.2.3", True),
        ("IpAddress", ["0.0.0.0/0"], "::1", False),
        ("IpAddress", ["2001:db8::/32"], "2001:db8::1", True),
        ("IpAddress", ["10.0.0.0/8"], "::ffff:10.1.2.3", True),
        ("IpAddress", ["10.0.0.0/8"], "not an address", False),
        ("NotIpAddress", ["10.0.0.0/8"], "10.1.2.3", False),
        ("NotIpAddress", ["10.0.0.0/8"], "11.1.2.3", True),
    ],
)
def test_an_operator_compares_as_documented(operator: str, given: list[str], found: str, holds: bool) -> None:
    assert compile_condition(operator, "oss:Key", tuple(given)).holds((found,)) is holds


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("StringEquals", "x", False),
        ("StringEqualsIfExists", "x", True),
        ("StringNotEquals", "x", True),
        ("StringNotLike", "x", True),
        ("NumericLessThan", "1", False),
        ("NumericLessThanIfExists", "1", True),
        ("Bool", "true", False),
        ("IpAddress", "1.1.1.1", False),
        ("NotIpAddress", "1.1.1.1", True),
        ("ForAnyValue:StringEquals", "x", False),
        ("ForAnyValue:StringNotEquals", "x", False),
        ("ForAllValues:StringEquals", "x", True),
    ],
)
def test_a_key_that_the_request_does_not_have(operator: str, value: str, holds: bool) -> None:
    assert compile_condition(operator, "oss:Key", (value,)).holds(ABSENT) is holds


@pytest.mark.parametrize(
    ("operator", "found", "holds"),
    [
        ("ForAnyValue:StringEquals", ("a", "z"), True),
        ("ForAnyValue:StringEquals", ("y", "z"), False),
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "z"), False),
        ("ForAnyValue:StringNotEquals", ("a", "z"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("ForAllValues:StringNotEquals", ("a", "z"), False),
        ("ForAllValues:StringNotEquals", ("y", "z"), True),
        ("StringEquals", ("a", "z"), True),
        ("StringNotEquals", ("a", "z"), False),
        ("ForAnyValue:StringLikeIfExists", ("z",), False),
    ],
)
def test_a_key_with_several_values(operator: str, found: tuple[str, ...], holds: bool) -> None:
    assert compile_condition(operator, "oss:Key", ("a", "b")).holds(found) is holds


def test_keys_are_compared_without_case_up_to_a_tags_own_key() -> None:
    assert fold_key("oss:Prefix") == fold_key("oss:prefix")
    assert fold_key("acs:ResourceTag/Team") == "acs:resourcetag/Team"
    assert fold_key("acs:ResourceTag/Team") != fold_key("acs:ResourceTag/team")
