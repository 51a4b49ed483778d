"""boto3 through the S3 door of the tests' cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from running import RunningCloud

Make = Callable[..., Any]


@pytest.fixture
def make_s3(cloud: RunningCloud) -> Make:
    """Return boto3 clients: `make_s3(region_name="cn-shanghai", request_checksum_calculation=...)`."""

    def make(keys: tuple[str, str] | None = None, region_name: str = "cn-hangzhou", **config: object) -> Any:
        key, secret = keys or cloud.keys
        return boto3.client(
            "s3",
            endpoint_url=cloud.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name=region_name,
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, **config),
        )

    return make


@pytest.fixture
def s3(make_s3: Make) -> Any:
    """boto3 as it comes."""
    return make_s3()


@pytest.fixture
def s3_bucket(s3: Any, bucket_name: str) -> str:
    """A new bucket made through the S3 door."""
    s3.create_bucket(Bucket=bucket_name)
    return bucket_name


@pytest.fixture
def s3_refused() -> Callable[..., dict[str, Any]]:
    """Call something that the door must refuse and return the error response: `s3_refused("NoSuchKey", f, ..)`."""

    def call(code: str, function: Callable[..., object], **arguments: object) -> dict[str, Any]:
        with pytest.raises(ClientError) as caught:
            function(**arguments)
        assert caught.value.response["Error"]["Code"] == code, caught.value
        return caught.value.response

    return call
