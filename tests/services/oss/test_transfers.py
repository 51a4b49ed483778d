"""Big files through what the SDKs bring along: uploader, copier, downloader, resumable uploads, paginators."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from plain_http import sdk_v2
from running import RunningCloud

Refused = Callable[..., oss2.exceptions.OssError]
PART = 100 * 1024


@pytest.fixture
def client(cloud: RunningCloud) -> oss.Client:
    """The client of alibabacloud_oss_v2."""
    return sdk_v2(cloud)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of eleven parts, the last of one byte."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(10 * PART + 1))
    return path


def test_uploader_copier_and_downloader(
    client: oss.Client, bucket: oss2.Bucket, file: Path, tmp_path: Path
) -> None:
    name, data = bucket.bucket_name, file.read_bytes()
    uploader = client.uploader(part_size=PART, parallel_num=4)
    sent = uploader.upload_file(oss.PutObjectRequest(name, "大/file+", metadata={"by": "me"}), str(file))
    assert sent.etag.strip('"').endswith("-11")
    copier = client.copier(
        part_size=PART, parallel_num=4, multipart_copy_threshold=PART, disable_shallow_copy=True
    )
    copied = copier.copy(oss.CopyObjectRequest(name, "copy", source_bucket=name, source_key="大/file+"))
    assert copied.hash_crc64 == sent.hash_crc64
    fetched = tmp_path / "fetched"
    downloader = client.downloader(part_size=PART, parallel_num=4)
    downloader.download_file(oss.GetObjectRequest(name, "copy"), str(fetched))
    assert fetched.read_bytes() == data
    found = client.head_object(oss.HeadObjectRequest(name, "copy"))
    assert (found.object_type, found.metadata["by"], found.content_length) == ("Multipart", "me", len(data))


def test_a_shallow_copy(client: oss.Client, bucket: oss2.Bucket, file: Path) -> None:
    name = bucket.bucket_name
    client.put_object_from_file(oss.PutObjectRequest(name, "file"), str(file))
    copier = client.copier(multipart_copy_threshold=PART)
    copier.copy(oss.CopyObjectRequest(name, "copy", source_bucket=name, source_key="file"))
    assert bucket.get_object("copy").read() == file.read_bytes()


def test_a_broken_upload_resumes(bucket: oss2.Bucket, file: Path, tmp_path: Path) -> None:
    store = oss2.ResumableStore(root=str(tmp_path / "records"))
    sent: list[int] = []

    def upload(fail_at: int | None) -> None:
        def watch(consumed: int, _total: int) -> None:
            sent.append(consumed)
            if fail_at is not None and consumed >= fail_at:
                raise ConnectionAbortedError

        oss2.resumable_upload(
            bucket,
            "key",
            str(file),
            store=store,
            multipart_threshold=PART,
            part_size=PART,
            num_threads=1,
            progress_callback=watch,
        )

    with pytest.raises(ConnectionAbortedError):
        upload(fail_at=4 * PART)
    (under_way,) = oss2.ObjectUploadIterator(bucket, "key")
    stored = len(list(oss2.PartIterator(bucket, "key", under_way.upload_id)))
    assert 3 <= stored < 11
    sent.clear()
    upload(fail_at=None)
    assert sent[0] >= 3 * PART
    assert bucket.get_object("key").read() == file.read_bytes()
    assert list(oss2.ObjectUploadIterator(bucket, "key")) == []


def test_paginators_meet_everything(client: oss.Client, bucket: oss2.Bucket) -> None:
    name, keys = bucket.bucket_name, [f"目录/{number:02} +&" for number in range(7)]
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    for key in keys:
        client.put_object(oss.PutObjectRequest(name, key, body=b"x"))
        client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(name, key))
    for pages in (
        client.list_objects_paginator().iter_page(oss.ListObjectsRequest(name, max_keys=2)),
        client.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(name, max_keys=3)),
    ):
        assert [each.key for page in pages for each in page.contents or ()] == keys
    versions = client.list_object_versions_paginator().iter_page(
        oss.ListObjectVersionsRequest(name, max_keys=2)
    )
    assert [each.key for page in versions for each in page.version or ()] == keys
    uploads = client.list_multipart_uploads_paginator().iter_page(
        oss.ListMultipartUploadsRequest(name, max_uploads=2)
    )
    assert [each.key for page in uploads for each in page.uploads or ()] == keys
    upload_id = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(name, "k +中")).upload_id
    for number in (1, 2, 3):
        client.upload_part(oss.UploadPartRequest(name, "k +中", number, upload_id, body=bytes(number)))
    parts = client.list_parts_paginator().iter_page(
        oss.ListPartsRequest(name, "k +中", upload_id, max_parts=2, encoding_type="url")
    )
    assert [(each.part_number, each.size) for page in parts for each in page.parts or ()] == [
        (1, 1),
        (2, 2),
        (3, 3),
    ]


def test_append_and_its_file(client: oss.Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    first = client.append_object(oss.AppendObjectRequest(name, "log", position=0, body=b"one "))
    second = client.append_object(
        oss.AppendObjectRequest(name, "log", position=first.next_position, body=b"two ", init_hash_crc64=None)
    )
    with client.append_file(name, "log") as log:
        log.write(b"three")
    assert bucket.get_object("log").read() == b"one two three"
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.append_object(oss.AppendObjectRequest(name, "log", position=second.next_position, body=b"x"))
    refusal = caught.value.unwrap()
    assert (refusal.status_code, refusal.code) == (409, "PositionNotEqualToLength")


def test_copy_with_the_newer_sdk(client: oss.Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    client.put_object(oss.PutObjectRequest(name, "源 +", body=b"x", metadata={"a": "1"}, tagging="t=v"))
    client.copy_object(
        oss.CopyObjectRequest(
            name,
            "target",
            source_bucket=name,
            source_key="源 +",
            metadata_directive="REPLACE",
            metadata={"b": "2"},
            storage_class="IA",
        )
    )
    found = client.head_object(oss.HeadObjectRequest(name, "target"))
    assert (dict(found.metadata), found.storage_class, found.tagging_count) == ({"b": "2"}, "IA", 1)


def test_a_client_that_completes_everything(client: oss.Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    begun = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(name, "k +", encoding_type="url")
    )
    assert begun.key == "k +"
    client.upload_part(oss.UploadPartRequest(name, "k +", 1, begun.upload_id, body=b"all"))
    done = client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            name, "k +", begun.upload_id, complete_all="yes", encoding_type="url"
        )
    )
    assert (done.bucket, done.key) == (name, "k +")
    assert done.location.endswith(f"/{name}/k%20%2B")
    assert bucket.get_object("k +").read() == b"all"
