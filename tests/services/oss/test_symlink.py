"""Symbolic links."""

from __future__ import annotations

import oss2
import pytest
from plain_http import send


def test_a_link_stands_for_its_target(either_bucket):
    either_bucket.put_object(
        "目标 +%", b"hello", headers={"Content-Type": "text/plain", "x-oss-meta-of": "target"}
    )
    either_bucket.put_symlink("目标 +%", "link", headers={"x-oss-meta-of": "link"})
    assert either_bucket.get_symlink("link").target_key == "目标 +%"
    found = either_bucket.get_object("link")
    assert found.read() == b"hello"
    head = either_bucket.head_object("link")
    for answer in (found, head):
        assert answer.headers["ETag"] == '"5D41402ABC4B2A76B9719D911017C592"'
        assert answer.content_length == 5
        assert answer.object_type == "Symlink"
        assert answer.headers["x-oss-meta-of"] == "link"
        assert answer.headers["Content-Type"] == "application/octet-stream"
    assert either_bucket.get_object("link", byte_range=(1, 2)).read() == b"el"


def test_a_link_follows_changes(bucket):
    bucket.put_symlink("a", "link")
    bucket.put_object("a", b"1")
    assert bucket.get_object("link").read() == b"1"
    bucket.put_object("a", b"22")
    assert bucket.get_object("link").read() == b"22"


def test_the_target_may_be_missing(bucket, refused):
    assert bucket.put_symlink("nothing", "link").status == 200
    error = refused("SymlinkTargetNotExist", bucket.get_object, "link")
    assert (error.status, error.ec) == (404, "0026-00000012")
    assert bucket.get_symlink("link").target_key == "nothing"
    assert bucket.get_object_meta("link").content_length == 0


def test_a_link_to_a_link(bucket, refused):
    bucket.put_symlink("b", "a")
    bucket.put_symlink("a", "b")
    assert refused("InvalidTargetType", bucket.get_object, "a").status == 400


def test_what_is_no_link(bucket, refused):
    bucket.put_object("a", b"1")
    refused("NotSymlink", bucket.get_symlink, "a")
    refused("NoSuchKey", bucket.get_symlink, "b")


@pytest.mark.parametrize("target", ["", "/a", "%2Fa", "\\a", "%FF", "k" * 1024, "a%00"])
def test_a_bad_target_is_refused(cloud, bucket, target):
    headers = {"x-oss-symlink-target": target}
    url = bucket.sign_url("PUT", "link", 60, params={"symlink": ""}, headers=headers)
    answer = send(cloud, "PUT", url, headers=headers)
    assert answer.status == 400
    assert not bucket.object_exists("link")


def test_both_acls_count(cloud, bucket):
    bucket.put_object("open", b"open", headers={"x-oss-object-acl": "public-read"})
    bucket.put_object("secret", b"secret")
    public = {"x-oss-object-acl": "public-read"}
    bucket.put_symlink("open", "to-open", headers=public)
    bucket.put_symlink("secret", "to-secret", headers=public)
    bucket.put_symlink("open", "private-link")
    path = f"/{bucket.bucket_name}/"
    assert send(cloud, "GET", path + "to-open").body == b"open"
    for link in ("to-secret", "private-link"):
        answer = send(cloud, "GET", path + link)
        assert answer.code == "AccessDenied"
        assert b"secret</" not in answer.body.replace(b"to-secret</", b"")


def test_links_have_versions(bucket, refused):
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    bucket.put_object("a", b"1")
    bucket.put_object("b", b"2")
    first = bucket.put_symlink("a", "link").versionid
    second = bucket.put_symlink("b", "link").versionid
    assert bucket.get_symlink("link", params={"versionId": first}).target_key == "a"
    assert bucket.get_symlink("link").target_key == "b"
    found = bucket.get_object("link", params={"versionId": first})
    assert (found.read(), found.versionid) == (b"1", first)
    assert bucket.get_object("link").versionid == second
    bucket.delete_object("a")
    refused("SymlinkTargetNotExist", bucket.get_object, "link", params={"versionId": first})


def test_forbid_overwrite(bucket, refused):
    bucket.put_object("link", b"1")
    refused("FileAlreadyExists", bucket.put_symlink, "a", "link", headers={"x-oss-forbid-overwrite": "true"})
    assert bucket.get_object("link").read() == b"1"
