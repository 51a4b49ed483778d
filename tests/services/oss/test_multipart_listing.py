"""What multipart uploads say of themselves while they are under way, and what comes of them in versions."""

from __future__ import annotations

from collections.abc import Callable

import oss2
import pytest
from oss2.models import PartInfo

Refused = Callable[..., oss2.exceptions.OssError]


def test_parts_page_by_page(either_bucket: oss2.Bucket, refused: Refused) -> None:
    upload_id = either_bucket.init_multipart_upload("键/key").upload_id
    numbers = [1, 2, 7, 9_999, 10_000]
    for number in reversed(numbers):
        either_bucket.upload_part("键/key", upload_id, number, b"x" * number)
    seen = list(oss2.PartIterator(either_bucket, "键/key", upload_id, max_parts=2))
    assert [(part.part_number, part.size) for part in seen] == [(number, number) for number in numbers]
    assert seen[0].etag == "9DD4E461268C8034F5C8564E155C67A6"
    first = either_bucket.list_parts("键/key", upload_id, max_parts=2)
    assert (first.is_truncated, first.next_marker) == (True, "2")
    rest = either_bucket.list_parts("键/key", upload_id, marker="7")
    assert [part.part_number for part in rest.parts] == [9_999, 10_000]
    assert not rest.is_truncated
    refused("NoSuchUpload", either_bucket.list_parts, "other", upload_id)
    for bad in ({"marker": "x"}, {"max_parts": 1001}, {"max_parts": -1}):
        refused("InvalidArgument", lambda bad=bad: either_bucket.list_parts("键/key", upload_id, **bad))


def test_uploads_page_by_page(either_bucket: oss2.Bucket) -> None:
    begun = []
    for key in ("a", "b", "b", "b", "dir/x", "dir/y", "中"):
        begun.append((key, either_bucket.init_multipart_upload(key).upload_id))
    for limit in (1, 2, 3, 1000):
        found = list(oss2.MultipartUploadIterator(either_bucket, max_uploads=limit))
        assert [(each.key, each.upload_id) for each in found] == begun
    grouped = either_bucket.list_multipart_uploads(delimiter="/")
    assert [each.key for each in grouped.upload_list] == ["a", "b", "b", "b", "中"]
    assert grouped.prefix_list == ["dir/"]
    within = either_bucket.list_multipart_uploads(prefix="dir/", key_marker="dir/x")
    assert [each.key for each in within.upload_list] == ["dir/y"]
    second = either_bucket.list_multipart_uploads(key_marker="b", upload_id_marker=begun[1][1], max_uploads=2)
    assert [(each.key, each.upload_id) for each in second.upload_list] == begun[2:4]
    for key, upload_id in begun:
        either_bucket.abort_multipart_upload(key, upload_id)
    assert list(oss2.MultipartUploadIterator(either_bucket)) == []


def test_uploads_are_bounded(bucket: oss2.Bucket, refused: Refused) -> None:
    for limit in (1001, -1, "x"):
        refused("InvalidArgument", bucket.list_multipart_uploads, max_uploads=limit)
    refused("InvalidArgument", bucket.list_multipart_uploads, key_marker="k", upload_id_marker="none")


@pytest.mark.parametrize("status", [oss2.BUCKET_VERSIONING_ENABLE, oss2.BUCKET_VERSIONING_SUSPEND])
def test_a_completed_upload_is_a_version(bucket: oss2.Bucket, status: str) -> None:
    bucket.put_object("key", b"first")
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(status))
    upload_id = bucket.init_multipart_upload("key").upload_id
    part = bucket.upload_part("key", upload_id, 1, b"second")
    done = bucket.complete_multipart_upload("key", upload_id, [PartInfo(1, part.etag)])
    listed = [row.versionid for row in bucket.list_object_versions().versions]
    if status == oss2.BUCKET_VERSIONING_ENABLE:
        assert listed == [done.versionid, "null"]
        assert bucket.get_object("key", params={"versionId": "null"}).read() == b"first"
    else:
        assert listed == [done.versionid] == ["null"]
    assert bucket.get_object("key").read() == b"second"


def test_where_versions_are_kept_overwriting_cannot_be_forbidden(bucket: oss2.Bucket) -> None:
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    bucket.put_object("key", b"first")
    forbid = {"x-oss-forbid-overwrite": "true"}
    upload_id = bucket.init_multipart_upload("key", headers=forbid).upload_id
    part = bucket.upload_part("key", upload_id, 1, b"second")
    bucket.complete_multipart_upload("key", upload_id, [PartInfo(1, part.etag)], headers=forbid)
    assert bucket.get_object("key").read() == b"second"


def test_parts_copied_from_objects(bucket: oss2.Bucket, refused: Refused) -> None:
    data = bytes(range(256)) * 1000
    bucket.put_object("source +中", data)
    upload_id = bucket.init_multipart_upload("key").upload_id

    def copy(span: tuple[int, int | None], number: int, **headers: str) -> PartInfo:
        named = {f"x-oss-copy-source-{name.replace('_', '-')}": value for name, value in headers.items()}
        made = bucket.upload_part_copy(
            bucket.bucket_name, "source +中", span, "key", upload_id, number, headers=named
        )
        return PartInfo(number, made.etag)

    parts = [copy((0, 102_399), 1), copy((102_400, None), 2), copy((None, 10), 3)]
    refused("PreconditionFailed", copy, (0, 1), 4, if_match="0" * 32)
    refused("InvalidArgument", copy, (0, 1), 10_001)
    refused("NoSuchKey", bucket.upload_part_copy, bucket.bucket_name, "none", (0, 1), "key", upload_id, 4)
    done = bucket.complete_multipart_upload("key", upload_id, parts)
    found = bucket.get_object("key")
    assert found.read() == data + data[-10:]
    assert found.server_crc == done.crc


def test_a_part_copied_from_a_version(bucket: oss2.Bucket) -> None:
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    first = bucket.put_object("source", b"first").versionid
    bucket.put_object("source", b"second")
    upload_id = bucket.init_multipart_upload("key").upload_id
    made = bucket.upload_part_copy(
        bucket.bucket_name, "source", (None, None), "key", upload_id, 1, params={"versionId": first}
    )
    assert made.headers["x-oss-copy-source-version-id"] == first
    bucket.complete_multipart_upload("key", upload_id, [PartInfo(1, made.etag)])
    assert bucket.get_object("key").read() == b"first"
