"""Buckets through the S3 door: creation, regions, listings, ACLs, policies, and what has no counterpart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import oss2
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from running import RunningCloud
from services.s3.raw_requests import send, signed_head

Refused = Callable[..., dict[str, Any]]
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_bucket_is_where_it_was_asked_for(
    make_s3: Callable[..., Any], bucket_name: str, s3_refused: Refused
) -> None:
    s3 = make_s3(region_name="us-east-1")
    s3.create_bucket(Bucket=bucket_name)
    assert s3.get_bucket_location(Bucket=bucket_name)["LocationConstraint"] == "us-east-1"
    named = {"LocationConstraint": "oss-cn-shanghai"}
    s3.create_bucket(Bucket=f"{bucket_name}-s", CreateBucketConfiguration=named)
    assert s3.head_bucket(Bucket=f"{bucket_name}-s")["BucketRegion"] == "cn-shanghai"
    s3_refused(
        "InvalidLocationConstraint",
        s3.create_bucket,
        Bucket=f"{bucket_name}-x",
        CreateBucketConfiguration={"LocationConstraint": "cn-nowhere"},
    )
    pages = s3.get_paginator("list_buckets").paginate(Prefix=bucket_name, PaginationConfig={"PageSize": 1})
    shown = [(each["Name"], each["BucketRegion"]) for page in pages for each in page["Buckets"]]
    assert shown == [(bucket_name, "us-east-1"), (f"{bucket_name}-s", "cn-shanghai")]
    s3.delete_bucket(Bucket=bucket_name)
    s3_refused("404", s3.head_bucket, Bucket=bucket_name)


def test_a_signature_for_another_region_is_told_the_right_one(
    make_s3: Callable[..., Any], s3_bucket: str, cloud: RunningCloud
) -> None:
    target = f"/{s3_bucket}/key"
    head = signed_head(cloud, "GET", target, NOTHING)
    head["Authorization"] = head["Authorization"].replace("cn-hangzhou", "cn-shanghai")
    assert b"<Code>SignatureDoesNotMatch</Code>" in send(cloud, "GET", target, head)[2]
    for region in ("cn-shanghai", "us-west-2", "oss-cn-hangzhou"):
        # boto3 reads the region from the refusal and asks again.
        s3 = make_s3(region_name=region)
        s3.put_object(Bucket=s3_bucket, Key="key", Body=region.encode())
        assert s3.get_object(Bucket=s3_bucket, Key="key")["Body"].read() == region.encode()


def test_a_bucket_named_in_the_host(cloud: RunningCloud, s3: Any, s3_bucket: str) -> None:
    s3.put_object(Bucket=s3_bucket, Key="a/b", Body=b"here")
    for suffix in ("s3.oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com"):
        head = signed_head(cloud, "GET", "/a/b", NOTHING, {"Host": f"{s3_bucket}.{suffix}"})
        status, headers, body = send(cloud, "GET", "/a/b", head)
        assert (status, body) == (200, b"here")
        assert "x-amz-request-id" in headers
        assert not [name for name in headers if name.startswith("x-oss-")]


def test_the_wrong_owner_is_noticed(s3: Any, s3_bucket: str, s3_refused: Refused) -> None:
    owner = s3.get_bucket_acl(Bucket=s3_bucket)["Owner"]["ID"]
    s3.head_bucket(Bucket=s3_bucket, ExpectedBucketOwner=owner)
    s3_refused("AccessDenied", s3.delete_bucket, Bucket=s3_bucket, ExpectedBucketOwner="1234567890123456")
    s3.head_bucket(Bucket=s3_bucket)


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_listings(s3: Any, s3_bucket: str, operation: str) -> None:
    keys = sorted(["a", "b/1", "b/2", "c & <d>.txt", "中文/文"], key=str.encode)
    for key in keys:
        s3.put_object(Bucket=s3_bucket, Key=key, Body=b"x")
    pages = s3.get_paginator(operation).paginate(Bucket=s3_bucket, PaginationConfig={"PageSize": 2})
    assert [each["Key"] for page in pages for each in page["Contents"]] == keys
    listed = getattr(s3, operation)(Bucket=s3_bucket, Delimiter="/")
    assert listed["MaxKeys"] == 1000
    assert [each["Prefix"] for each in listed["CommonPrefixes"]] == ["b/", "中文/"]
    assert [(each["Key"], each["StorageClass"]) for each in listed["Contents"]] == [
        ("a", "STANDARD"),
        ("c & <d>.txt", "STANDARD"),
    ]
    assert getattr(s3, operation)(Bucket=s3_bucket, MaxKeys=5000)["MaxKeys"] == 1000


def test_keys_that_look_like_elements_stay_as_they_are(s3: Any, s3_bucket: str, cloud: RunningCloud) -> None:
    key = "<StorageClass>Standard</StorageClass><Type>Normal</Type>"
    s3.put_object(Bucket=s3_bucket, Key=key, Body=b"")
    target = f"/{s3_bucket}"
    body = send(cloud, "GET", target, signed_head(cloud, "GET", target, NOTHING))[2].decode()
    assert key.replace("<", "&lt;").replace(">", "&gt;") in body
    assert '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' in body
    assert "<Type>" not in body


def _anonymous(cloud: RunningCloud) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=cloud.endpoint,
        region_name="cn-hangzhou",
        config=Config(signature_version=UNSIGNED),
    )


def test_acls(s3: Any, s3_bucket: str, cloud: RunningCloud, s3_refused: Refused) -> None:
    s3.put_object(Bucket=s3_bucket, Key="key", Body=b"seen")
    anonymous = _anonymous(cloud)
    here = {"Bucket": s3_bucket, "Key": "key"}
    s3_refused("AccessDenied", anonymous.get_object, **here)
    s3.put_object_acl(**here, ACL="public-read")
    assert anonymous.get_object(**here)["Body"].read() == b"seen"
    granted = s3.get_object_acl(**here)["Grants"]
    assert [(each["Grantee"]["Type"], each["Permission"]) for each in granted] == [
        ("CanonicalUser", "FULL_CONTROL"),
        ("Group", "READ"),
    ]
    s3_refused("AccessDenied", anonymous.put_object, **here, Body=b"changed")

    policy = s3.get_bucket_acl(Bucket=s3_bucket)
    everybody = {"Type": "Group", "URI": EVERYBODY}
    grants = [{"Grantee": everybody, "Permission": each} for each in ("READ", "WRITE")]
    wanted = {"Owner": policy["Owner"], "Grants": policy["Grants"] + grants}
    s3.put_bucket_acl(Bucket=s3_bucket, AccessControlPolicy=wanted)
    assert s3.get_bucket_acl(Bucket=s3_bucket)["Grants"] == policy["Grants"] + grants
    anonymous.put_object(Bucket=s3_bucket, Key="theirs", Body=b"new")
    assert s3.get_object(Bucket=s3_bucket, Key="theirs")["Body"].read() == b"new"

    wanted["Grants"] = [{"Grantee": {"Type": "CanonicalUser", "ID": "1"}, "Permission": "READ"}]
    s3_refused("NotImplemented", s3.put_bucket_acl, Bucket=s3_bucket, AccessControlPolicy=wanted)
    s3_refused("NotImplemented", s3.put_bucket_acl, Bucket=s3_bucket, ACL="authenticated-read")


def test_a_policy_holds_and_is_read_in_both_languages(
    s3: Any, s3_bucket: str, cloud: RunningCloud, s3_refused: Refused
) -> None:
    resource = f"arn:aws:s3:::{s3_bucket}/open/*"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    anonymous = _anonymous(cloud)
    for key in ("open/key", "secret/key"):
        s3.put_object(Bucket=s3_bucket, Key=key, Body=b"")
    s3_refused("AccessDenied", anonymous.get_object, Bucket=s3_bucket, Key="open/key")
    s3.put_bucket_policy(Bucket=s3_bucket, Policy=json.dumps(policy))
    anonymous.get_object(Bucket=s3_bucket, Key="open/key")
    s3_refused("AccessDenied", anonymous.get_object, Bucket=s3_bucket, Key="secret/key")
    native = json.loads(cloud.oss2_bucket(s3_bucket).get_bucket_policy().policy)
    assert native["Statement"][0]["Action"] == ["oss:GetObject"]
    assert native["Statement"][0]["Resource"] == [f"acs:oss:*:*:{s3_bucket}/open/*"]
    back = json.loads(s3.get_bucket_policy(Bucket=s3_bucket)["Policy"])
    assert back["Statement"] == [
        {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"], "Resource": [resource]}
    ]
    s3.delete_bucket_policy(Bucket=s3_bucket)
    s3_refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=s3_bucket)
    s3_refused("AccessDenied", anonymous.get_object, Bucket=s3_bucket, Key="open/key")


@pytest.mark.parametrize(
    ("element", "value", "code"),
    [
        ("Action", "s3:GetObjectTorrent", "NotImplemented"),
        ("Action", "s3:Get*", "NotImplemented"),
        ("Resource", "arn:aws:s3:::other/*:x?", None),
        ("Resource", "arn:aws:iam:::x", "NotImplemented"),
        ("Principal", {"CanonicalUser": "1"}, "MalformedPolicy"),
        ("Principal", {"AWS": "arn:aws:iam::x"}, "NotImplemented"),
        ("Condition", {"StringEquals": {"aws:UserAgent": "x"}}, "NotImplemented"),
        ("Surprise", "x", "MalformedPolicy"),
    ],
)
def test_nothing_of_a_policy_is_passed_over(
    s3: Any, s3_bucket: str, s3_refused: Refused, element: str, value: object, code: str | None
) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{s3_bucket}/*",
        element: value,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    if code is None:
        s3.put_bucket_policy(Bucket=s3_bucket, Policy=policy)
    else:
        s3_refused(code, s3.put_bucket_policy, Bucket=s3_bucket, Policy=policy)


def test_an_oss_policy_without_words_in_aws_is_shown_as_it_stands(s3: Any, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    statement = {
        "Effect": "Allow",
        "Principal": ["1234567890123456"],
        "Action": ["oss:PutSymlink"],
        "Resource": [f"acs:oss:*:*:{name}/*"],
    }
    bucket.put_bucket_policy(json.dumps({"Version": "1", "Statement": [statement]}))
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"] == [statement]


def test_cors_and_tags(s3: Any, s3_bucket: str, s3_refused: Refused) -> None:
    s3_refused("NoSuchCORSConfiguration", s3.get_bucket_cors, Bucket=s3_bucket)
    rules = [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://a.example"], "MaxAgeSeconds": 5}]
    s3.put_bucket_cors(Bucket=s3_bucket, CORSConfiguration={"CORSRules": rules})
    assert s3.get_bucket_cors(Bucket=s3_bucket)["CORSRules"] == rules
    s3.delete_bucket_cors(Bucket=s3_bucket)
    s3_refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=s3_bucket)
    tags = [{"Key": "team", "Value": "a"}]
    s3.put_bucket_tagging(Bucket=s3_bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=s3_bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=s3_bucket)
    s3_refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=s3_bucket)


@pytest.mark.parametrize(
    ("method", "arguments", "named"),
    [
        ("get_object_lock_configuration", {}, "GetObjectLockConfiguration"),
        ("get_bucket_inventory_configuration", {"Id": "x"}, "GetBucketInventoryConfiguration"),
        ("get_object_attributes", {"Key": "k", "ObjectAttributes": ["ETag"]}, "GetObjectAttributes"),
        ("put_object", {"Key": "k", "ObjectLockLegalHoldStatus": "ON"}, "x-amz-object-lock-legal-hold"),
        ("put_object", {"Key": "k", "GrantRead": "id=1"}, "x-amz-grant-read"),
        ("put_object", {"Key": "k", "StorageClass": "GLACIER_IR"}, "GLACIER_IR"),
        ("put_object", {"Key": "k", "WebsiteRedirectLocation": "/x"}, "x-amz-website-redirect-location"),
        ("get_object", {"Key": "k", "PartNumber": 1}, "partNumber"),
    ],
)
def test_what_this_door_has_not_is_refused_by_name(
    s3: Any, s3_bucket: str, s3_refused: Refused, method: str, arguments: dict[str, Any], named: str
) -> None:
    error = s3_refused("NotImplemented", getattr(s3, method), Bucket=s3_bucket, **arguments)
    assert named in error["Error"]["Message"]
    assert "Contents" not in s3.list_objects_v2(Bucket=s3_bucket)


def test_a_subresource_never_falls_back_on_the_bucket(cloud: RunningCloud, s3: Any, s3_bucket: str) -> None:
    target = f"/{s3_bucket}?acl="
    status, _, body = send(cloud, "DELETE", target, signed_head(cloud, "DELETE", target, NOTHING))
    assert (status, b"<Code>MethodNotAllowed</Code>" in body) == (405, True)
    s3.head_bucket(Bucket=s3_bucket)
