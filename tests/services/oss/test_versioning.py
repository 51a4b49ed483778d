"""Versioning of a bucket."""

from __future__ import annotations

import oss2
from oss2.models import BucketVersioningConfig


def test_versions_are_kept_once_it_is_enabled(either_bucket: oss2.Bucket, refused) -> None:
    bucket = either_bucket
    assert bucket.get_bucket_versioning().status is None
    bucket.put_object("a", b"before")
    config = BucketVersioningConfig()
    config.status = "Enabled"
    bucket.put_bucket_versioning(config)
    assert bucket.get_bucket_versioning().status == "Enabled"
    assert bucket.get_bucket_info().versioning_status == "Enabled"
    first = bucket.put_object("a", b"first").versionid
    second = bucket.put_object("a", b"second").versionid
    assert first != second
    assert bucket.get_object("a", params={"versionId": first}).read() == b"first"
    assert bucket.get_object("a", params={"versionId": "null"}).read() == b"before"
    config.status = "Suspended"
    bucket.put_bucket_versioning(config)
    assert bucket.put_object("a", b"third").versionid == "null"
    assert bucket.get_object("a", params={"versionId": second}).read() == b"second"
    config.status = "Off"
    refused("MalformedXML", bucket.put_bucket_versioning, config)
    assert bucket.get_bucket_versioning().status == "Suspended"
