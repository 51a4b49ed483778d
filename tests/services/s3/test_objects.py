"""Objects through the S3 door: boto3's everyday calls, and that OSS's own door sees the same."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import oss2
import pytest
from running import RunningCloud

KEY = "folder/a name, 名字 +%?&.txt"


def test_an_object_goes_up_and_comes_back(s3: Any, s3_bucket: str, cloud: RunningCloud) -> None:
    put = s3.put_object(
        Bucket=s3_bucket,
        Key=KEY,
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="max-age=5",
        Metadata={"colour": "red"},
        StorageClass="STANDARD_IA",
        Tagging="a=b&c=d",
    )
    got = s3.get_object(Bucket=s3_bucket, Key=KEY)
    assert got["Body"].read() == b"hello"
    assert got["ETag"] == put["ETag"] == '"5D41402ABC4B2A76B9719D911017C592"'
    shown = {
        "ContentType": "text/plain",
        "CacheControl": "max-age=5",
        "Metadata": {"colour": "red"},
        "StorageClass": "STANDARD_IA",
        "TagCount": 2,
        "ContentLength": 5,
    }
    assert shown.items() <= got.items()
    assert shown.items() <= s3.head_object(Bucket=s3_bucket, Key=KEY).items()
    native = cloud.oss2_bucket(s3_bucket).get_object(KEY)
    assert native.read() == b"hello"
    assert native.headers["x-oss-storage-class"] == "IA"
    assert native.headers["x-oss-meta-colour"] == "red"


def test_what_oss_stored_s3_shows(s3: Any, bucket: oss2.Bucket) -> None:
    bucket.put_object("key", b"native", headers={"x-oss-meta-a": "b", "x-oss-storage-class": "ColdArchive"})
    head = s3.head_object(Bucket=bucket.bucket_name, Key="key")
    assert head["Metadata"] == {"a": "b"}
    assert head["StorageClass"] == "DEEP_ARCHIVE"
    assert "StorageClass" not in s3.head_object(**_stored(bucket, "other", b""), Bucket=bucket.bucket_name)


def _stored(bucket: oss2.Bucket, key: str, body: bytes) -> dict[str, str]:
    bucket.put_object(key, body)
    return {"Key": key}


@pytest.mark.parametrize(
    ("asked", "body", "stated"),
    [
        ("bytes=1-3", b"123", "bytes 1-3/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
    ],
)
def test_ranges_are_cut_at_the_end_as_s3_does(
    s3: Any, s3_bucket: str, asked: str, body: bytes, stated: str
) -> None:
    s3.put_object(Bucket=s3_bucket, Key="key", Body=b"0123456789")
    got = s3.get_object(Bucket=s3_bucket, Key="key", Range=asked)
    assert (got["Body"].read(), got["ContentRange"]) == (body, stated)


def test_a_range_behind_the_end_is_refused(
    s3: Any, s3_bucket: str, s3_refused: Callable[..., dict[str, Any]]
) -> None:
    s3.put_object(Bucket=s3_bucket, Key="key", Body=b"0123456789")
    response = s3_refused("InvalidRange", s3.get_object, Bucket=s3_bucket, Key="key", Range="bytes=10-")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 416


def test_conditions(s3: Any, s3_bucket: str, s3_refused: Callable[..., dict[str, Any]]) -> None:
    etag = s3.put_object(Bucket=s3_bucket, Key="key", Body=b"1")["ETag"]
    here = {"Bucket": s3_bucket, "Key": "key"}
    assert s3.get_object(**here, IfMatch=etag.lower())["Body"].read() == b"1"
    s3_refused("304", s3.get_object, **here, IfNoneMatch=etag)
    s3_refused("PreconditionFailed", s3.get_object, **here, IfMatch='"other"')
    s3_refused("PreconditionFailed", s3.put_object, **here, Body=b"2", IfNoneMatch="*")
    assert s3.get_object(**here)["Body"].read() == b"1"
    s3.put_object(Bucket=s3_bucket, Key="new", Body=b"2", IfNoneMatch="*")
    s3_refused("NotImplemented", s3.put_object, **here, Body=b"2", IfMatch=etag)
    s3_refused("NotImplemented", s3.delete_object, **here, IfMatch=etag)
    assert s3.get_object(**here)["Body"].read() == b"1"


def test_what_is_missing(s3: Any, s3_bucket: str, s3_refused: Callable[..., dict[str, Any]]) -> None:
    error = s3_refused("NoSuchKey", s3.get_object, Bucket=s3_bucket, Key="missing")["Error"]
    assert error["Key"] == "missing"
    s3_refused("404", s3.head_object, Bucket=s3_bucket, Key="missing")
    s3_refused("NoSuchBucket", s3.get_object, Bucket=f"{s3_bucket}-not", Key="key")
    s3.delete_object(Bucket=s3_bucket, Key="missing")


def test_copies(s3: Any, s3_bucket: str) -> None:
    s3.put_object(Bucket=s3_bucket, Key=KEY, Body=b"hello", Metadata={"a": "1"}, Tagging="t=1")
    source = {"Bucket": s3_bucket, "Key": KEY}
    copied = s3.copy_object(Bucket=s3_bucket, Key="kept", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == '"5D41402ABC4B2A76B9719D911017C592"'
    assert s3.head_object(Bucket=s3_bucket, Key="kept")["Metadata"] == {"a": "1"}
    s3.copy_object(
        Bucket=s3_bucket,
        Key="changed",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"b": "2"},
        TaggingDirective="REPLACE",
        Tagging="t=2",
        StorageClass="STANDARD_IA",
    )
    head = s3.head_object(Bucket=s3_bucket, Key="changed")
    assert (head["Metadata"], head["StorageClass"]) == ({"b": "2"}, "STANDARD_IA")
    assert s3.get_object_tagging(Bucket=s3_bucket, Key="changed")["TagSet"] == [{"Key": "t", "Value": "2"}]
    assert s3.get_object_tagging(Bucket=s3_bucket, Key="kept")["TagSet"] == [{"Key": "t", "Value": "1"}]


@pytest.mark.parametrize("calculation", ["when_supported", "when_required"])
def test_a_large_file_goes_up_in_parts(
    make_s3: Callable[..., Any], s3_bucket: str, tmp_path: Path, calculation: str
) -> None:
    s3 = make_s3(request_checksum_calculation=calculation)
    path, back = tmp_path / "large", tmp_path / "back"
    path.write_bytes(os.urandom(30 * 1024 * 1024))
    s3.upload_file(str(path), s3_bucket, "large", ExtraArgs={"Metadata": {"a": "b"}})
    head = s3.head_object(Bucket=s3_bucket, Key="large")
    assert head["ETag"].strip('"').endswith("-4")
    assert head["Metadata"] == {"a": "b"}
    s3.download_file(s3_bucket, "large", str(back))
    assert back.read_bytes() == path.read_bytes()
    s3.copy({"Bucket": s3_bucket, "Key": "large"}, s3_bucket, "copied in parts")
    s3.download_file(s3_bucket, "copied in parts", str(back))
    assert back.read_bytes() == path.read_bytes()


def test_uploads_are_listed_and_given_up(
    s3: Any, s3_bucket: str, s3_refused: Callable[..., dict[str, Any]]
) -> None:
    here = {"Bucket": s3_bucket, "Key": KEY}
    upload = here | {"UploadId": s3.create_multipart_upload(**here)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=2, Body=b"x" * 200_000)["ETag"]
    parts = s3.list_parts(**upload)["Parts"]
    assert [(each["PartNumber"], each["Size"], each["ETag"]) for each in parts] == [(2, 200_000, etag)]
    listed = s3.list_multipart_uploads(Bucket=s3_bucket)
    assert [(each["Key"], each["StorageClass"]) for each in listed["Uploads"]] == [(KEY, "STANDARD")]
    wrong = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3_refused("InvalidPart", s3.complete_multipart_upload, **upload, MultipartUpload=wrong)
    s3.abort_multipart_upload(**upload)
    s3_refused("NoSuchUpload", s3.list_parts, **upload)


def test_many_are_deleted_at_once(s3: Any, s3_bucket: str) -> None:
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=s3_bucket, Key=key, Body=b"")
    gone = s3.delete_objects(Bucket=s3_bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "none"}]})
    assert [each["Key"] for each in gone["Deleted"]] == ["a", "none"]
    quiet = s3.delete_objects(Bucket=s3_bucket, Delete={"Objects": [{"Key": "b"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=s3_bucket)["Contents"]] == ["c"]


def test_versions(s3: Any, s3_bucket: str, s3_refused: Callable[..., dict[str, Any]]) -> None:
    s3.put_bucket_versioning(Bucket=s3_bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=s3_bucket)["Status"] == "Enabled"
    here = {"Bucket": s3_bucket, "Key": "key"}
    first, second = (s3.put_object(**here, Body=body)["VersionId"] for body in (b"1", b"2"))
    assert s3.get_object(**here, VersionId=first)["Body"].read() == b"1"
    deleted = s3.delete_object(**here)
    assert deleted["DeleteMarker"]
    error = s3_refused("NoSuchKey", s3.get_object, **here)
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    listed = s3.list_object_versions(Bucket=s3_bucket)
    assert {each["VersionId"] for each in listed["Versions"]} == {first, second}
    assert [each["VersionId"] for each in listed["DeleteMarkers"]] == [deleted["VersionId"]]
    s3.delete_object(**here, VersionId=deleted["VersionId"])
    assert s3.get_object(**here)["Body"].read() == b"2"
    s3_refused("NotImplemented", s3.put_object, **here, Body=b"3", IfNoneMatch="*")


def test_tags(s3: Any, s3_bucket: str) -> None:
    here = {"Bucket": s3_bucket, "Key": "key"}
    s3.put_object(**here, Body=b"")
    tags = [{"Key": "a", "Value": "b"}]
    s3.put_object_tagging(**here, Tagging={"TagSet": tags})
    assert s3.get_object_tagging(**here)["TagSet"] == tags
    s3.delete_object_tagging(**here)
    assert s3.get_object_tagging(**here)["TagSet"] == []


def test_archived_objects_are_restored(
    s3: Any, s3_bucket: str, s3_refused: Callable[..., dict[str, Any]]
) -> None:
    here = {"Bucket": s3_bucket, "Key": "key"}
    s3.put_object(**here, Body=b"asleep", StorageClass="GLACIER")
    s3_refused("InvalidObjectState", s3.get_object, **here)
    s3.restore_object(**here, RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}})
    assert 'ongoing-request="true"' in s3.head_object(**here)["Restore"]
