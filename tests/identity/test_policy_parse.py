"""What is a policy and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies_of import document, statement

from yunbox.identity.policy.model import PolicyError, PolicyKind, Principals
from yunbox.identity.policy.parse import SIZE_LIMITS, parse

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["acs:ram::1:root"]}}


def refused(text: str, kind: PolicyKind = "identity") -> str:
    with pytest.raises(PolicyError) as caught:
        parse(text, kind)
    return str(caught.value)


def test_the_example_of_the_documentation_is_read() -> None:
    policy = parse(
        document(
            statement(Action=["oss:ListBuckets", "ecs:Describe*"], Resource=["acs:oss:*:*:mybucket/*", "*"]),
            statement("Deny", NotAction="ram:*", NotResource="acs:ecs:*:*:instance/i-1"),
        ),
        "identity",
    )
    first, second = policy.statements
    assert first.effect == "Allow"
    assert first.actions.covers("oss:listbuckets")
    assert first.actions.covers("ecs:describeinstances")
    assert not first.actions.covers("oss:getobject")
    assert second.effect == "Deny"
    assert second.actions.covers("ecs:stop")
    assert not second.actions.covers("ram:createuser")
    assert not second.resources.covers(("ecs", "cn-hangzhou", "1", "instance/i-1"))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ([], "object"),
        ({"Version": "1"}, "Statement"),
        ({"Version": "1", "Statement": []}, "Statement"),
        ({"Version": "2", "Statement": [statement()]}, "Version"),
        ({"Version": 1, "Statement": [statement()]}, "Version"),
        ({"Statement": [statement()]}, "Version"),
        ({"Version": "1", "Statement": [statement()], "Id": "x"}, "unknown element 'Id'"),
        ({"Version": "1", "Statement": ["x"]}, "Statement 1"),
    ],
)
def test_a_document_of_the_wrong_shape_is_refused(raw: Any, says: str) -> None:
    assert says in refused(json.dumps(raw))


def test_a_document_of_too_many_statements_is_refused() -> None:
    small = statement(Principal="*")
    assert parse(document(*[small] * 200), "bucket").statements
    assert "201 statements" in refused(document(*[small] * 201), "bucket")


@pytest.mark.parametrize(
    ("elements", "says"),
    [
        ({"Effect": "allow"}, "Effect"),
        ({"Effect": ["Allow"]}, "Effect"),
        ({"Action": []}, "Action"),
        ({"Action": [1]}, "Action"),
        ({"Action": "GetObject"}, "service:action"),
        ({"Action": "oss:"}, "service:action"),
        ({"Action": "oss:Get Object"}, "service:action"),
        ({"NotAction": "oss:*", "Action": "oss:*"}, "both Action and NotAction"),
        ({"Resource": "mybucket"}, "acs:service:region:account:relative-id"),
        ({"Resource": "acs:oss:*:*"}, "acs:service:region:account:relative-id"),
        ({"Resource": "arn:oss:*:*:b"}, "acs:service:region:account:relative-id"),
        ({"NotResource": "*", "Resource": "*"}, "both Resource and NotResource"),
        ({"Principal": "*"}, "Principal is not allowed"),
        ({"NotPrincipal": "*"}, "NotPrincipal is not allowed"),
        ({"Sid": 3}, "Sid"),
        ({"Conditions": {}}, "unknown element 'Conditions'"),
        ({"Condition": []}, "Condition"),
        ({"Condition": {"StringEquals": {}}}, "StringEquals"),
        ({"Condition": {"StringEquals": "x"}}, "StringEquals"),
        ({"Condition": {"StringSame": {"oss:Prefix": "x"}}}, "'StringSame' is not a condition operator"),
        ({"Condition": {"Null": {"oss:Prefix": "true"}}}, "'Null' is not a condition operator"),
        ({"Condition": {"stringequals": {"oss:Prefix": "x"}}}, "not a condition operator"),
        ({"Condition": {"ForSome:StringEquals": {"oss:Prefix": "x"}}}, "not a condition operator"),
        ({"Condition": {":StringEquals": {"oss:Prefix": "x"}}}, "not a condition operator"),
        ({"Condition": {"IfExists": {"oss:Prefix": "x"}}}, "not a condition operator"),
        ({"Condition": {"StringEquals": {"Prefix": "x"}}}, "not a condition key"),
        ({"Condition": {"StringEquals": {"oss:Prefix": True}}}, "in quotes"),
        ({"Condition": {"NumericEquals": {"oss:MaxKeys": "ten"}}}, "not a number"),
        ({"Condition": {"NumericEquals": {"oss:MaxKeys": "NaN"}}}, "not a number"),
        ({"Condition": {"DateLessThan": {"acs:CurrentTime": "tomorrow"}}}, "not a date"),
        ({"Condition": {"DateLessThan": {"acs:CurrentTime": "2026-02-30T00:00:00Z"}}}, "not a date"),
        ({"Condition": {"Bool": {"acs:SecureTransport": "yes"}}}, "neither"),
        ({"Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.0/33"}}}, "CIDR"),
        ({"Condition": {"IpAddress": {"acs:SourceIp": "10.0.0"}}}, "CIDR"),
        ({"Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.1/"}}}, "CIDR"),
        ({"Condition": {"IpAddress": {"acs:SourceIp": ""}}}, "CIDR"),
    ],
)
def test_a_wrong_element_is_refused_by_name(elements: dict[str, Any], says: str) -> None:
    message = refused(document(statement() | elements))
    assert says in message
    assert "Statement 1" in message


@pytest.mark.parametrize("missing", ["Effect", "Action", "Resource"])
def test_a_missing_element_is_refused_by_name(missing: str) -> None:
    made = statement()
    del made[missing]
    assert missing in refused(document(made))


@pytest.mark.parametrize(
    ("principal", "says"),
    [
        ([], "Principal"),
        ({}, "names nobody"),
        ({"AWS": "*"}, "unknown element 'AWS'"),
        ({"RAM": []}, "names nobody"),
        ({"Service": ["Not A Service"]}, "not the name of a service"),
        ("alice", "neither an id"),
        ("acs:ram::*:root", "neither an id"),
        ("acs:ram::1:user/a/b", "neither an id"),
        ("arn:sts::1:assumed-role/reader", "neither an id"),
    ],
)
def test_a_wrong_principal_is_refused(principal: Any, says: str) -> None:
    assert says in refused(document(statement(Principal=principal)), "bucket")


def test_a_bucket_policy_without_a_principal_opens_nothing() -> None:
    allow, deny = (
        parse(document(statement(Effect=effect)), "bucket").statements[0].principals
        for effect in ("Allow", "Deny")
    )
    assert allow == Principals()
    assert deny == Principals(everyone=True)
    trust = {name: value for name, value in statement().items() if name != "Resource"}
    assert "neither Principal nor NotPrincipal" in refused(document(trust), "trust")


def test_a_bucket_policy_may_leave_the_version_out() -> None:
    assert parse(json.dumps({"Statement": [statement(Principal="*")]}), "bucket").statements


def test_a_trust_policy_has_no_resource() -> None:
    assert parse(document(TRUST), "trust").statements[0].principals is not None
    assert "Resource is not allowed" in refused(document(TRUST | {"Resource": "*"}), "trust")


def test_an_element_given_twice_is_refused() -> None:
    text = '{"Version":"1","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}'
    assert "'Effect' twice" in refused(text)


@pytest.mark.parametrize("kind", ["identity", "session", "bucket", "trust"])
def test_a_document_over_the_limit_is_refused_and_one_at_it_is_read(kind: PolicyKind) -> None:
    text = document(
        TRUST if kind == "trust" else statement(**({"Principal": "*"} if kind == "bucket" else {}))
    )
    full = text + " " * (SIZE_LIMITS[kind] - len(text))
    assert parse(full, kind).statements
    assert "at most" in refused(full + " ", kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 6000,
        '{"a":' * 1000,
        '{"Version":"1","Statement":[' + "[" * 5000,
        "null",
        "NaN",
        '{"Version":Infinity}',
        "9" * 6000,
        '{"Version":"\\ud800","Statement":[]}',
        "\ud800",
        "\0",
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"acs:oss:*:*:\\udfff"}]}',
    ],
)
def test_hostile_text_is_refused_with_a_sentence(text: str) -> None:
    assert refused(text).endswith(".")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["*", "Allow"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Version",
                    "Statement",
                    "Effect",
                    "Action",
                    "Resource",
                    "Principal",
                    "Condition",
                    "RAM",
                    "Bool",
                    "x:y",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(raw=JSON, kind=st.sampled_from(["identity", "session", "bucket", "trust"]), junk=st.text(max_size=3))
def test_the_parser_answers_any_json_with_a_policy_or_a_policy_error(
    raw: Any, kind: PolicyKind, junk: str
) -> None:
    for text in (json.dumps(raw) + junk, json.dumps({"Version": "1", "Statement": raw})):
        try:
            parse(text, kind)
        except PolicyError as error:
            str(error).encode()


def test_a_group_of_principals_may_be_empty_beside_another() -> None:
    both = {**TRUST, "Principal": {"RAM": [], "Service": ["ecs.aliyuncs.com"]}}
    named = parse(document(both), "trust").statements[0].principals
    assert named == Principals(services=frozenset({"ecs.aliyuncs.com"}))
    nobody = {**TRUST, "Principal": {"RAM": [], "Service": []}}
    assert "names nobody" in refused(document(nobody), "trust")
