"""Tags of objects."""

from __future__ import annotations

import oss2
import pytest
from oss2.models import Tagging, TaggingRule
from plain_http import send


def tagging(tags: dict[str, str]) -> Tagging:
    rule = TaggingRule()
    for key, value in tags.items():
        rule.add(key, value)
    return Tagging(rule)


def tags_of(bucket, key, **params):
    return bucket.get_object_tagging(key, params=params or None).tag_set.tagging_rule


def test_tags_are_kept_and_removed(either_bucket):
    either_bucket.put_object("key", b"x")
    assert tags_of(either_bucket, "key") == {}
    either_bucket.put_object_tagging("key", tagging({"项目": "一 +/=", "a" * 128: "b" * 256, "empty": ""}))
    assert tags_of(either_bucket, "key") == {"项目": "一 +/=", "a" * 128: "b" * 256, "empty": ""}
    assert either_bucket.head_object("key").headers["x-oss-tagging-count"] == "3"
    assert either_bucket.delete_object_tagging("key").status == 204
    assert tags_of(either_bucket, "key") == {}
    assert either_bucket.get_object("key").read() == b"x"


def test_tags_come_with_the_object(bucket):
    bucket.put_object("key", b"x", headers={"x-oss-tagging": "a=1&%E4%B8%AD=%2B%20c&d"})
    assert tags_of(bucket, "key") == {"a": "1", "中": "+ c", "d": ""}
    bucket.put_symlink("key", "link", headers={"x-oss-tagging": "l=1"})
    assert tags_of(bucket, "link") == {"l": "1"}


@pytest.mark.parametrize(
    "body",
    [
        "<Tagging><TagSet>" + "".join(f"<Tag><Key>{n}</Key><Value>v</Value></Tag>" for n in range(11)),
        "<Tagging><TagSet><Tag><Key></Key><Value>v</Value></Tag>",
        f"<Tagging><TagSet><Tag><Key>{'k' * 129}</Key><Value>v</Value></Tag>",
        f"<Tagging><TagSet><Tag><Key>k</Key><Value>{'v' * 257}</Value></Tag>",
        "<Tagging><TagSet><Tag><Key>%@</Key><Value>v</Value></Tag>",
        "<Tagging><TagSet>" + "<Tag><Key>k</Key><Value>v</Value></Tag>" * 2,
        "<Tagging><TagSet><Tag><Key>k</Key></Tag>",
    ],
)
def test_bad_tags_change_nothing(cloud, bucket, body):
    bucket.put_object("key", b"x", headers={"x-oss-tagging": "a=1"})
    url = bucket.sign_url("PUT", "key", 60, params={"tagging": ""})
    answer = send(cloud, "PUT", url, f"{body}</TagSet></Tagging>".encode())
    assert (answer.status, answer.code) in ((400, "InvalidArgument"), (400, "MalformedXML"))
    assert tags_of(bucket, "key") == {"a": "1"}


def test_each_version_has_its_own(bucket, refused):
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    first = bucket.put_object("key", b"1").versionid
    second = bucket.put_object("key", b"2").versionid
    bucket.put_object_tagging("key", tagging({"a": "1"}), params={"versionId": first})
    bucket.put_object_tagging("key", tagging({"a": "2"}))
    assert tags_of(bucket, "key", versionId=first) == {"a": "1"}
    assert tags_of(bucket, "key", versionId=second) == {"a": "2"}
    bucket.delete_object_tagging("key", params={"versionId": first})
    assert tags_of(bucket, "key", versionId=first) == {}
    bucket.delete_object("key")
    refused("NoSuchKey", bucket.get_object_tagging, "key")
    refused("InvalidArgument", bucket.get_object_tagging, "key", params={"versionId": "nope"})
