"""The thinnest path through everything, with the official client."""

from __future__ import annotations

import oss2


def test_bytes_come_back(either_bucket: oss2.Bucket) -> None:
    stored = either_bucket.put_object("dir/一 file+1.txt", b"hello")
    found = either_bucket.get_object("dir/一 file+1.txt")
    assert found.read() == b"hello"
    assert found.etag == stored.etag == "5D41402ABC4B2A76B9719D911017C592"
    assert [each.key for each in oss2.ObjectIterator(either_bucket)] == ["dir/一 file+1.txt"]


def test_a_wrong_secret_is_refused(cloud, bucket, refused) -> None:  # type: ignore[no-untyped-def]
    stranger = oss2.Bucket(oss2.Auth(cloud.keys[0], "wrong"), cloud.endpoint, bucket.bucket_name)
    bucket.put_object("key", b"x")
    refused("SignatureDoesNotMatch", stranger.get_object, "key")
    assert bucket.get_object("key").read() == b"x"
