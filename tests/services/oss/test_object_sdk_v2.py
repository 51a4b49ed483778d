"""Objects through alibabacloud_oss_v2."""

from __future__ import annotations

from urllib.parse import quote

import alibabacloud_oss_v2 as oss
import pytest
from plain_http import sdk_v2


@pytest.fixture
def client(cloud):
    return sdk_v2(cloud)


@pytest.fixture
def name(bucket):
    return bucket.bucket_name


def refusal(call, *args) -> oss.exceptions.ServiceError:
    with pytest.raises(oss.exceptions.OperationError) as caught:
        call(*args)
    error = caught.value.unwrap()
    assert isinstance(error, oss.exceptions.ServiceError)
    return error


def test_put_get_head_delete(client, name):
    stored = client.put_object(
        oss.PutObjectRequest(
            bucket=name,
            key="键",
            body=b"hello",
            metadata={"a": "1"},
            content_type="text/plain",
            tagging="t=1",
        )
    )
    assert stored.etag == '"5D41402ABC4B2A76B9719D911017C592"'
    found = client.get_object(oss.GetObjectRequest(bucket=name, key="键"))
    assert found.body.content == b"hello"
    assert (found.metadata, found.content_type, found.tagging_count) == ({"a": "1"}, "text/plain", 1)
    assert found.hash_crc64 == stored.hash_crc64
    head = client.head_object(oss.HeadObjectRequest(bucket=name, key="键"))
    assert (head.content_length, head.object_type, head.storage_class) == (5, "Normal", "Standard")
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=name, key="键"))
    assert (meta.content_length, meta.etag) == (5, stored.etag)
    assert client.delete_object(oss.DeleteObjectRequest(bucket=name, key="键")).status_code == 204
    error = refusal(client.get_object, oss.GetObjectRequest(bucket=name, key="键"))
    assert (error.code, error.ec) == ("NoSuchKey", "0026-00000001")
    error = refusal(client.head_object, oss.HeadObjectRequest(bucket=name, key="键"))
    assert (error.code, error.ec) == ("NoSuchKey", "0026-00000001")


def test_acl_and_tags(client, name):
    client.put_object(oss.PutObjectRequest(bucket=name, key="key", body=b"x"))
    client.put_object_acl(oss.PutObjectAclRequest(bucket=name, key="key", acl="public-read"))
    assert client.get_object_acl(oss.GetObjectAclRequest(bucket=name, key="key")).acl == "public-read"
    wanted = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="a", value="中")]))
    client.put_object_tagging(oss.PutObjectTaggingRequest(bucket=name, key="key", tagging=wanted))
    kept = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=name, key="key"))
    assert [(tag.key, tag.value) for tag in kept.tag_set.tags] == [("a", "中")]
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(bucket=name, key="key"))
    kept = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=name, key="key"))
    assert not kept.tag_set.tags


def test_symlinks(client, name):
    client.put_object(oss.PutObjectRequest(bucket=name, key="目 标", body=b"x"))
    client.put_symlink(oss.PutSymlinkRequest(bucket=name, key="link", symlink_target=quote("目 标")))
    assert client.get_symlink(oss.GetSymlinkRequest(bucket=name, key="link")).target == quote("目 标")
    assert client.get_object(oss.GetObjectRequest(bucket=name, key="link")).body.content == b"x"


def test_restoring(client, name):
    client.put_object(oss.PutObjectRequest(bucket=name, key="key", body=b"x", storage_class="ColdArchive"))
    asked = oss.RestoreRequest(days=2, job_parameters=oss.JobParameters(tier="Expedited"))
    request = oss.RestoreObjectRequest(bucket=name, key="key", restore_request=asked)
    begun = client.restore_object(request)
    assert (begun.status_code, begun.restore_priority) == (202, "Expedited")
    assert refusal(client.restore_object, request).code == "RestoreAlreadyInProgress"
    assert (
        client.head_object(oss.HeadObjectRequest(bucket=name, key="key")).restore == 'ongoing-request="true"'
    )
    clean = oss.CleanRestoredObjectRequest(bucket=name, key="key")
    assert refusal(client.clean_restored_object, clean).code == "ArchiveRestoreNotFinished"


def test_a_presigned_download_with_another_type(client, name):
    client.put_object(oss.PutObjectRequest(bucket=name, key="key", body=b"x"))
    found = client.get_object(oss.GetObjectRequest(bucket=name, key="key", response_content_type="text/html"))
    assert found.content_type == "text/html"


def test_traffic_limits_have_bounds(client, name):
    request = oss.PutObjectRequest(bucket=name, key="key", body=b"x", traffic_limit=1)
    assert refusal(client.put_object, request).code == "InvalidArgument"
