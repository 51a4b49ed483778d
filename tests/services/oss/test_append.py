"""Appendable objects through oss2."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import oss2
import pytest

Refused = Callable[..., oss2.exceptions.OssError]


def test_an_object_grows(either_bucket: oss2.Bucket) -> None:
    pieces = [os.urandom(size) for size in (10, 0, 70_000, 1, 65_536, 200_000)]
    position, crc = 0, 0
    for piece in pieces:
        # With init_crc the client compares the CRC-64 of the whole object with its own.
        added = either_bucket.append_object("logs/一.log", position, piece, init_crc=crc)
        position, crc = added.next_position, added.crc
    found = either_bucket.get_object("logs/一.log")
    assert found.read() == b"".join(pieces)
    assert position == sum(map(len, pieces)) == either_bucket.head_object("logs/一.log").content_length
    assert found.object_type == "Appendable"
    assert found.etag == added.etag


def test_properties_are_those_of_the_first_append(bucket: oss2.Bucket) -> None:
    first = {
        "x-oss-meta-a": "1",
        "Content-Type": "text/plain",
        "x-oss-object-acl": "public-read",
        "x-oss-tagging": "t=v",
    }
    bucket.append_object("log", 0, b"a", headers=first | {"x-oss-storage-class": "IA"})
    bucket.append_object("log", 1, b"b", headers={"x-oss-meta-a": "2", "Content-Type": "text/css"})
    found = bucket.head_object("log").headers
    assert (found["x-oss-meta-a"], found["Content-Type"], found["x-oss-storage-class"]) == (
        "1",
        "text/plain",
        "IA",
    )
    assert bucket.get_object_acl("log").acl == "public-read"
    assert bucket.get_object_tagging("log").tag_set.tagging_rule == {"t": "v"}


def test_a_wrong_position_is_told_the_right_one(bucket: oss2.Bucket, refused: Refused) -> None:
    error = refused("PositionNotEqualToLength", bucket.append_object, "log", 5, b"x")
    assert (error.status, error.headers["x-oss-next-append-position"]) == (409, "0")
    bucket.append_object("log", 0, b"abc")
    error = refused("PositionNotEqualToLength", bucket.append_object, "log", 0, b"x")
    assert error.headers["x-oss-next-append-position"] == "3"
    assert error.headers["x-oss-hash-crc64ecma"] == bucket.head_object("log").headers["x-oss-hash-crc64ecma"]
    assert bucket.get_object("log").read() == b"abc"


@pytest.mark.parametrize("position", ["-1", "x", "1.5", "9" * 20, "\u0661"])
def test_a_position_is_a_number(bucket: oss2.Bucket, refused: Refused, position: str) -> None:
    refused("InvalidArgument", bucket.append_object, "log", position, b"x")


def test_other_objects_do_not_grow(bucket: oss2.Bucket, refused: Refused) -> None:
    bucket.put_object("key", b"abc")
    error = refused("ObjectNotAppendable", bucket.append_object, "key", 3, b"x")
    assert error.status == 409
    bucket.append_object("log", 0, b"abc")
    bucket.put_object("log", b"whole")
    refused("ObjectNotAppendable", bucket.append_object, "log", 5, b"x")
    assert bucket.get_object("log").read() == b"whole"


def test_damaged_bytes_are_refused(bucket: oss2.Bucket, refused: Refused) -> None:
    wrong = {"Content-MD5": oss2.utils.content_md5(b"other")}
    refused("InvalidDigest", bucket.append_object, "log", 0, b"bytes", headers=wrong)
    assert not bucket.object_exists("log")


def test_of_racing_appends_one_wins(bucket: oss2.Bucket) -> None:
    def append(piece: bytes) -> bool:
        try:
            bucket.append_object("log", 0, piece)
        except oss2.exceptions.PositionNotEqualToLength:
            return False
        return True

    pieces = [bytes([number]) * 1000 for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(append, pieces))
    assert won.count(True) == 1
    assert bucket.get_object("log").read() == pieces[won.index(True)]


def test_versions_do_not_multiply(bucket: oss2.Bucket, refused: Refused) -> None:
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    first = bucket.append_object("log", 0, b"a")
    second = bucket.append_object("log", 1, b"b")
    assert first.versionid == second.versionid
    assert len(bucket.list_object_versions().versions) == 1
    bucket.delete_object("log")
    refused("ObjectNotAppendable", bucket.append_object, "log", 0, b"x")
    assert bucket.get_object("log", params={"versionId": first.versionid}).read() == b"ab"
