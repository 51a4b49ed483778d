"""Copies through oss2: what they take along, what they refuse."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import oss2
import pytest
import requests
from running import RunningCloud

Refused = Callable[..., oss2.exceptions.OssError]


def _copy(bucket: oss2.Bucket, source: str, target: str, **headers: str) -> oss2.models.PutObjectResult:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return bucket.copy_object(bucket.bucket_name, source, target, headers=named)


def _version(bucket: oss2.Bucket, status: str) -> None:
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(status))


@pytest.mark.parametrize("size", [0, 10, 65_536, 300_001])
def test_a_copy_has_the_bytes_and_the_properties(either_bucket: oss2.Bucket, size: int) -> None:
    data = os.urandom(size)
    headers = {
        "x-oss-meta-a": "1",
        "Content-Type": "text/plain",
        "x-oss-tagging": "t=v",
        "x-oss-object-acl": "private",
    }
    either_bucket.put_object("目录/源+ ?%.txt", data, headers=headers)
    made = _copy(either_bucket, "目录/源+ ?%.txt", "target")
    found = either_bucket.get_object("target")
    assert found.read() == data
    assert made.etag == found.etag == either_bucket.head_object("目录/源+ ?%.txt").etag
    assert found.headers["x-oss-meta-a"] == "1"
    assert found.headers["Content-Type"] == "text/plain"
    assert found.server_crc is not None
    assert either_bucket.get_object_tagging("target").tag_set.tagging_rule == {"t": "v"}
    assert either_bucket.get_object_acl("target").acl == "default"


def test_a_copy_outlives_its_source(bucket: oss2.Bucket) -> None:
    data = os.urandom(200_000)
    bucket.put_object("source", data)
    _copy(bucket, "source", "target")
    bucket.delete_object("source")
    assert bucket.get_object("target").read() == data


def test_properties_can_be_replaced(bucket: oss2.Bucket, refused: Refused) -> None:
    bucket.put_object("source", b"x", headers={"x-oss-meta-a": "1", "x-oss-tagging": "t=v"})
    _copy(
        bucket,
        "source",
        "target",
        x_oss_metadata_directive="REPLACE",
        x_oss_meta_b="2",
        x_oss_tagging_directive="Replace",
        x_oss_tagging="n=w",
        x_oss_storage_class="IA",
        x_oss_object_acl="public-read",
    )
    found = bucket.head_object("target").headers
    assert (found.get("x-oss-meta-a"), found["x-oss-meta-b"]) == (None, "2")
    assert found["x-oss-storage-class"] == "IA"
    assert bucket.get_object_tagging("target").tag_set.tagging_rule == {"n": "w"}
    assert bucket.get_object_acl("target").acl == "public-read"
    # Without a directive the request's own metadata does not count.
    _copy(bucket, "source", "other", x_oss_meta_b="2", x_oss_tagging="n=w")
    found = bucket.head_object("other").headers
    assert (found["x-oss-meta-a"], found.get("x-oss-meta-b")) == ("1", None)
    for directive in ("x_oss_metadata_directive", "x_oss_tagging_directive"):
        refused("InvalidArgument", lambda d=directive: _copy(bucket, "source", "bad", **{d: "MOVE"}))


def test_an_object_copied_onto_itself_keeps_what_is_not_replaced(bucket: oss2.Bucket) -> None:
    data = os.urandom(100_000)
    headers = {"x-oss-object-acl": "public-read", "x-oss-storage-class": "IA", "x-oss-tagging": "t=v"}
    bucket.put_object("key", data, headers=headers)
    bucket.update_object_meta("key", {"x-oss-meta-new": "value", "Content-Type": "text/css"})
    found = bucket.get_object("key")
    assert found.read() == data
    assert found.headers["x-oss-meta-new"] == "value"
    assert found.headers["Content-Type"] == "text/css"
    assert found.headers["x-oss-storage-class"] == "IA"
    assert bucket.get_object_acl("key").acl == "public-read"
    assert bucket.get_object_tagging("key").tag_set.tagging_rule == {"t": "v"}


def test_changing_metadata_loses_no_write(bucket: oss2.Bucket) -> None:
    bucket.append_object("log", 0, b"")
    total = 0

    def touch(number: int) -> None:
        bucket.update_object_meta("log", {"x-oss-meta-number": str(number)})

    with ThreadPoolExecutor(2) as pool:
        touched = [pool.submit(touch, number) for number in range(10)]
        for _ in range(30):
            total = bucket.append_object("log", total, b"0123456789").next_position
        for each in touched:
            each.result()
    found = bucket.get_object("log")
    assert found.read() == b"0123456789" * 30
    assert found.object_type == "Appendable"


def test_conditions_on_the_source(bucket: oss2.Bucket, refused: Refused) -> None:
    etag = bucket.put_object("source", b"x").etag
    past, future = formatdate(time.time() - 3600, usegmt=True), formatdate(time.time() + 3600, usegmt=True)

    def copy(name: str, value: str) -> None:
        bucket.copy_object(
            bucket.bucket_name, "source", "target", headers={f"x-oss-copy-source-{name}": value}
        )

    refused("PreconditionFailed", copy, "if-match", "0" * 32)
    refused("PreconditionFailed", copy, "if-unmodified-since", past)
    for name, value in (("if-none-match", etag), ("if-modified-since", future)):
        with pytest.raises(oss2.exceptions.NotModified):
            copy(name, value)
    assert not bucket.object_exists("target")
    copy("if-match", etag)
    copy("if-none-match", "0" * 32)
    copy("if-modified-since", past)
    copy("if-unmodified-since", future)
    assert bucket.get_object("target").read() == b"x"


def test_overwriting_can_be_forbidden(bucket: oss2.Bucket, refused: Refused) -> None:
    bucket.put_object("source", b"new")
    bucket.put_object("target", b"old")
    refused("FileAlreadyExists", lambda: _copy(bucket, "source", "target", x_oss_forbid_overwrite="true"))
    assert bucket.get_object("target").read() == b"old"


def test_from_another_bucket(cloud: RunningCloud, bucket: oss2.Bucket, refused: Refused) -> None:
    other = cloud.oss2_bucket(f"{bucket.bucket_name}-other")
    other.create_bucket()
    other.put_object("key", b"theirs")
    bucket.put_object("key", b"ours")
    bucket.copy_object(other.bucket_name, "key", "key")
    assert bucket.get_object("key").read() == b"theirs"
    refused("NoSuchBucket", bucket.copy_object, f"{bucket.bucket_name}-none", "key", "key")
    refused("NoSuchKey", bucket.copy_object, other.bucket_name, "none", "key")


def test_from_another_region_is_refused(cloud: RunningCloud, bucket: oss2.Bucket, refused: Refused) -> None:
    far = cloud.oss2_bucket(f"{bucket.bucket_name}-far", auth=oss2.AuthV4, region="cn-beijing")
    far.create_bucket()
    far.put_object("key", b"x")
    error = refused("AccessDenied", bucket.copy_object, far.bucket_name, "key", "key")
    assert error.details["Endpoint"] == "oss-cn-beijing.aliyuncs.com"


@pytest.mark.parametrize("source", ["", "/", "bucket", "/bucket/", "/%ff/key", "/bucket/key?versionId="])
def test_a_source_that_is_none(bucket: oss2.Bucket, source: str) -> None:
    url = bucket.sign_url("PUT", "key", 60, headers={"x-oss-copy-source": source})
    answer = requests.put(url, headers={"x-oss-copy-source": source}, timeout=10)
    assert (answer.status_code, "<Code>InvalidArgument<" in answer.text) == (400, True), answer.text


def test_a_version_is_brought_back(bucket: oss2.Bucket, refused: Refused) -> None:
    _version(bucket, oss2.BUCKET_VERSIONING_ENABLE)
    first = bucket.put_object("key", b"first").versionid
    bucket.put_object("key", b"second")
    back = bucket.copy_object(bucket.bucket_name, "key", "key", params={"versionId": first})
    assert back.headers["x-oss-copy-source-version-id"] == first
    assert back.versionid not in (None, first)
    assert bucket.get_object("key").read() == b"first"
    marker = bucket.delete_object("key").versionid
    error = refused("NoSuchKey", bucket.copy_object, bucket.bucket_name, "key", "copy")
    assert error.headers["x-oss-delete-marker"] == "true"
    refused("NoSuchKey", bucket.copy_object, bucket.bucket_name, "key", "copy", params={"versionId": marker})
    refused(
        "NoSuchVersion", bucket.copy_object, bucket.bucket_name, "key", "copy", params={"versionId": "none"}
    )


def test_copies_of_appendable_and_multipart_objects_are_normal(bucket: oss2.Bucket, refused: Refused) -> None:
    bucket.append_object("log", 0, b"one ")
    bucket.append_object("log", 4, b"two")
    upload = bucket.init_multipart_upload("big").upload_id
    part = bucket.upload_part("big", upload, 1, b"part")
    bucket.complete_multipart_upload("big", upload, [oss2.models.PartInfo(1, part.etag)])
    for source, data in (("log", b"one two"), ("big", b"part")):
        _copy(bucket, source, "copy")
        found, former = bucket.get_object("copy"), bucket.head_object(source)
        assert found.read() == data
        assert (found.object_type, found.etag) == ("Normal", former.etag)
        assert found.headers["x-oss-hash-crc64ecma"] == former.headers["x-oss-hash-crc64ecma"]
        refused("ObjectNotAppendable", bucket.append_object, "copy", len(data), b"x")


def test_a_symlink_is_copied_as_one(bucket: oss2.Bucket) -> None:
    bucket.put_object("file", b"pointed at")
    bucket.put_symlink("file", "link")
    _copy(bucket, "link", "copy")
    assert bucket.get_symlink("copy").target_key == "file"


def test_an_archived_source_must_be_awake(bucket: oss2.Bucket) -> None:
    bucket.put_object("key", b"x", headers={"x-oss-storage-class": "Archive"})
    with pytest.raises(oss2.exceptions.OssError) as caught:
        _copy(bucket, "key", "copy")
    assert (caught.value.status, caught.value.code) == (403, "InvalidObjectState")


def test_who_may_not_read_may_not_copy(cloud: RunningCloud, bucket: oss2.Bucket, refused: Refused) -> None:
    """A stranger may write to one bucket, and must not draw another's objects into it."""
    secret = cloud.oss2_bucket(f"{bucket.bucket_name}-secret")
    secret.create_bucket()
    secret.put_object("key", b"secret")
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ_WRITE)
    stranger = oss2.Bucket(oss2.AnonymousAuth(), cloud.endpoint, bucket.bucket_name)
    upload_id = stranger.init_multipart_upload("stolen").upload_id

    def copy_part(version: str = "") -> None:
        named = {"versionId": version} if version else None
        stranger.upload_part_copy(secret.bucket_name, "key", (0, 1), "stolen", upload_id, 1, params=named)

    refused("AccessDenied", stranger.copy_object, secret.bucket_name, "key", "stolen")
    refused("AccessDenied", copy_part)
    _version(secret, oss2.BUCKET_VERSIONING_ENABLE)
    secret.put_object("key", b"open", headers={"x-oss-object-acl": "public-read"})
    stranger.copy_object(secret.bucket_name, "key", "taken")
    assert bucket.get_object("taken").read() == b"open"
    refused(
        "AccessDenied",
        stranger.copy_object,
        secret.bucket_name,
        "key",
        "stolen",
        params={"versionId": "null"},
    )
    refused("AccessDenied", copy_part, "null")
    assert not bucket.object_exists("stolen")
