"""ACLs of objects."""

from __future__ import annotations

import oss2
import pytest
from plain_http import send


@pytest.mark.parametrize("acl", ["default", "private", "public-read", "public-read-write"])
def test_an_acl_is_kept(either_bucket, acl):
    either_bucket.put_object("key", b"x")
    assert either_bucket.get_object_acl("key").acl == "default"
    either_bucket.put_object_acl("key", acl)
    assert either_bucket.get_object_acl("key").acl == acl
    assert either_bucket.get_object("key").read() == b"x"


def test_an_acl_opens_and_closes(cloud, bucket):
    path = f"/{bucket.bucket_name}/key"
    bucket.put_object("key", b"x")
    assert send(cloud, "GET", path).status == 403
    bucket.put_object_acl("key", "public-read")
    assert send(cloud, "GET", path).body == b"x"
    assert send(cloud, "PUT", path, b"y").status == 403
    bucket.put_bucket_acl("public-read-write")
    bucket.put_object_acl("key", "private")
    assert send(cloud, "GET", path).status == 403
    assert send(cloud, "PUT", path, b"y").status == 403
    assert send(cloud, "PUT", f"{path}?acl", headers={"x-oss-object-acl": "public-read"}).status == 403


def test_refusals(cloud, bucket, refused):
    refused("NoSuchKey", bucket.get_object_acl, "key")
    refused("NoSuchKey", bucket.put_object_acl, "key", "private")
    bucket.put_object("key", b"x")
    refused("InvalidArgument", bucket.put_object_acl, "key", "public")
    url = bucket.sign_url("PUT", "key", 60, params={"acl": ""})
    assert send(cloud, "PUT", url).code == "InvalidArgument"


def test_each_version_has_its_own(bucket, refused):
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    first = bucket.put_object("key", b"1").versionid
    bucket.put_object("key", b"2")
    answer = bucket.put_object_acl("key", "public-read", params={"versionId": first})
    assert answer.versionid == first
    assert bucket.get_object_acl("key").acl == "default"
    assert bucket.get_object_acl("key", params={"versionId": first}).acl == "public-read"
    marker = bucket.delete_object("key").versionid
    refused("NoSuchKey", bucket.put_object_acl, "key", "private")
    refused("MethodNotAllowed", bucket.put_object_acl, "key", "private", params={"versionId": marker})
    refused("MethodNotAllowed", bucket.get_object_acl, "key", params={"versionId": marker})
