"""alibabacloud_oss_v2, the vendor's second SDK for Python, as it stands and with asyncio."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import alibabacloud_oss_v2 as oss
import alibabacloud_oss_v2.aio as oss_aio
import pytest
from running import RunningCloud


def _config(cloud: RunningCloud) -> oss.config.Config:
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(*cloud.keys)
    config.region = "cn-hangzhou"
    config.endpoint = cloud.endpoint
    return config


def test_a_round_trip(cloud: RunningCloud, bucket_name: str, tmp_path: Path) -> None:
    client = oss.Client(_config(cloud))
    client.put_bucket(oss.PutBucketRequest(bucket=bucket_name))
    key, content = "folder/名字 +%.bin", os.urandom(100_000)
    put = client.put_object(
        oss.PutObjectRequest(bucket=bucket_name, key=key, body=content, metadata={"colour": "red"})
    )
    assert put.status_code == 200
    got = client.get_object(oss.GetObjectRequest(bucket=bucket_name, key=key))
    assert got.body is not None
    assert got.body.read() == content
    assert got.metadata == {"colour": "red"}
    listed = next(oss.ListObjectsV2Paginator(client).iter_page(oss.ListObjectsV2Request(bucket=bucket_name)))
    assert [(each.key, each.size) for each in listed.contents or []] == [(key, len(content))]

    url = client.presign(oss.GetObjectRequest(bucket=bucket_name, key=key)).url
    assert url is not None
    assert "x-oss-signature=" in url

    large = tmp_path / "large"
    large.write_bytes(os.urandom(3_000_000))
    client.uploader(part_size=1_000_000).upload_file(
        oss.PutObjectRequest(bucket=bucket_name, key="large"), str(large)
    )
    client.downloader(part_size=1_000_000).download_file(
        oss.GetObjectRequest(bucket=bucket_name, key="large"), str(tmp_path / "back")
    )
    assert (tmp_path / "back").read_bytes() == large.read_bytes()

    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.get_object(oss.GetObjectRequest(bucket=bucket_name, key="missing"))
    error = caught.value.unwrap()
    assert isinstance(error, oss.exceptions.ServiceError)
    assert error.code == "NoSuchKey"

    gone = [oss.DeleteObject(key=each) for each in (key, "large")]
    assert client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=bucket_name, objects=gone)
    ).deleted_objects
    client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket_name))
    assert not client.is_bucket_exist(bucket_name)


def test_a_round_trip_with_asyncio(cloud: RunningCloud, bucket_name: str) -> None:
    asyncio.run(_round_trip(_config(cloud), bucket_name))


async def _round_trip(config: oss.config.Config, bucket: str) -> None:
    client = oss_aio.AsyncClient(config)
    try:
        await client.put_bucket(oss.PutBucketRequest(bucket=bucket))
        contents = {f"key-{number}": os.urandom(10_000) for number in range(8)}
        await asyncio.gather(
            *(
                client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))
                for key, body in contents.items()
            )
        )
        for key, body in contents.items():
            got = await client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))
            assert got.body is not None
            assert await got.body.read() == body
            await got.body.close()
        listed = await client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket))
        assert [each.key for each in listed.contents or []] == sorted(contents)
        for key in contents:
            await client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key))
        await client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))
    finally:
        await client.close()
