"""Bucket policies, and what they open and close to whom."""

from __future__ import annotations

import json
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from people import as_seen_by, other_account, owner_id, policy, user
from plain_http import sdk_v2, send


def allow(principal: Any, action: str = "oss:GetObject", **more: Any) -> dict[str, Any]:
    resource = ["acs:oss:*:*:*"]
    return {"Effect": "Allow", "Principal": [principal], "Action": action, "Resource": resource, **more}


def deny(principal: Any, action: str, **more: Any) -> dict[str, Any]:
    return allow(principal, action, **more) | {"Effect": "Deny"}


def is_public(cloud, bucket: oss2.Bucket) -> bool:
    asked = oss.GetBucketPolicyStatusRequest(bucket=bucket.bucket_name)
    return sdk_v2(cloud).get_bucket_policy_status(asked).policy_status.is_public


def test_a_policy_comes_back_and_goes(either_bucket: oss2.Bucket, refused) -> None:
    refused("NoSuchBucketPolicy", either_bucket.get_bucket_policy)
    text = policy(allow("1234567890123456"))
    either_bucket.put_bucket_policy(text)
    assert either_bucket.get_bucket_policy().policy == text
    assert either_bucket.delete_bucket_policy().status == 204
    assert either_bucket.delete_bucket_policy().status == 204
    refused("NoSuchBucketPolicy", either_bucket.get_bucket_policy)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"Version":"1","Statement":[]}',
        policy(allow("*", "oss:GetObject", Color="red")),
        "\ud800",
    ],
)
def test_what_is_no_policy_is_refused(bucket: oss2.Bucket, refused, text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    refused("InvalidPolicyDocument", bucket.put_bucket_policy, body)
    refused("NoSuchBucketPolicy", bucket.get_bucket_policy)


def test_a_policy_that_is_too_long_is_refused(bucket: oss2.Bucket, refused) -> None:
    long = policy(allow("*", "oss:" + "x" * 17_000))
    refused("InvalidPolicyDocument", bucket.put_bucket_policy, long)
    refused("EntityTooLarge", bucket.put_bucket_policy, " " * 100_000)


def test_another_account_gets_what_it_was_given(cloud, bucket: oss2.Bucket, refused) -> None:
    bucket.put_object("a", b"a")
    key = other_account(cloud)
    stranger = as_seen_by(key, bucket)
    refused("AccessDenied", stranger.get_object, "a")
    bucket.put_bucket_policy(policy(allow(key.account)))
    assert stranger.get_object("a").read() == b"a"
    refused("AccessDenied", stranger.put_object, "a", b"b")
    bucket.delete_bucket_policy()
    refused("AccessDenied", stranger.get_object, "a")


def test_a_user_of_another_account_needs_both_sides(cloud, bucket: oss2.Bucket, refused) -> None:
    bucket.put_object("a", b"a")
    account = other_account(cloud).account
    may = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}
    bucket.put_bucket_policy(policy(allow(account)))
    refused("AccessDenied", as_seen_by(user(cloud, account=account), bucket).get_object, "a")
    assert as_seen_by(user(cloud, may, account=account), bucket).get_object("a").read() == b"a"


def test_ones_own_user(cloud, bucket: oss2.Bucket, refused) -> None:
    bucket.put_object("a", b"a")
    everything = {"Effect": "Allow", "Action": "oss:*", "Resource": "*"}
    nobody, strong = user(cloud), user(cloud, everything)
    refused("AccessDenied", as_seen_by(nobody, bucket).get_object, "a")
    assert as_seen_by(strong, bucket).get_object("a").read() == b"a"
    bucket.put_bucket_policy(policy(allow(nobody.parent), deny(strong.parent, "oss:GetObject")))
    assert as_seen_by(nobody, bucket).get_object("a").read() == b"a"
    refused("AccessDenied", as_seen_by(strong, bucket).get_object, "a")


def test_anybody_and_an_explicit_denial(cloud, bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"a")
    bucket.put_object("b", b"b")
    path = f"/{bucket.bucket_name}"
    of_b = {"Resource": [f"acs:oss:*:*:{bucket.bucket_name}/b"]}
    bucket.put_bucket_policy(policy(allow("*"), deny("*", "oss:GetObject", **of_b)))
    assert send(cloud, "GET", f"{path}/a").status == 200
    assert send(cloud, "GET", f"{path}/b").code == "AccessDenied"
    bucket.put_bucket_acl("public-read")
    assert send(cloud, "GET", f"{path}/b").code == "AccessDenied"


def test_the_owner_is_bound_by_a_denial_with_a_condition(cloud, bucket: oss2.Bucket, refused) -> None:
    bucket.put_object("a", b"a")
    plain = {"Condition": {"Bool": {"acs:SecureTransport": ["false"]}}}
    bucket.put_bucket_policy(policy(deny(owner_id(cloud), "oss:GetObject", **plain)))
    refused("AccessDenied", bucket.get_object, "a")
    bucket.delete_bucket_policy()
    assert bucket.get_object("a").read() == b"a"


SOURCE = "acs:SourceIp"


@pytest.mark.parametrize(
    ("statement", "public"),
    [
        (allow("*"), True),
        (allow("1234567890123456"), False),
        (deny("*", "oss:*"), False),
        (allow("*", Condition={"IpAddress": {SOURCE: ["10.0.0.0/8"]}}), False),
        (allow("*", Condition={"IpAddress": {SOURCE: ["0.0.0.0/0"]}}), True),
        (allow("*", Condition={"IpAddress": {SOURCE: ["10.1.1.1", "0.0.0.0/1"]}}), True),
        (allow("*", Condition={"NotIpAddress": {SOURCE: ["10.1.1.1"]}}), True),
        (allow("*", Condition={"StringEquals": {"acs:SourceVpc": ["vpc-1"]}}), False),
        (allow("*", Condition={"StringLike": {"acs:SourceVpc": ["vpc-*"]}}), True),
        (allow("*", Condition={"Bool": {"acs:SecureTransport": ["true"]}}), True),
    ],
)
def test_which_policies_are_public(
    cloud, bucket: oss2.Bucket, statement: dict[str, Any], public: bool
) -> None:
    assert is_public(cloud, bucket) is False
    bucket.put_bucket_policy(json.dumps({"Version": "1", "Statement": [statement]}))
    assert is_public(cloud, bucket) is public
