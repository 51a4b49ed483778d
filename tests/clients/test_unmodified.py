"""Programs that name the vendor's own hosts reach the cloud through HTTP_PROXY, with nothing changed in them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
from running import RunningCloud

OSS2 = """
    import oss2
    auth = oss2.AuthV4({key!r}, {secret!r})
    bucket = oss2.Bucket(auth, "http://oss-us-west-1.aliyuncs.com", {name!r}, region="us-west-1")
    bucket.create_bucket()
    bucket.put_object("目录/key", b"hello")
    assert bucket.get_object("目录/key").read() == b"hello"
    info = bucket.get_bucket_info()
    assert (info.location, info.extranet_endpoint) == ("oss-us-west-1", "oss-us-west-1.aliyuncs.com")
    elsewhere = oss2.Bucket(oss2.Auth({key!r}, {secret!r}), "http://oss-cn-beijing.aliyuncs.com", {name!r})
    try:
        elsewhere.get_object("目录/key")
    except oss2.exceptions.AccessDenied as error:
        assert error.details["Endpoint"] == "oss-us-west-1.aliyuncs.com"
    else:
        raise AssertionError("a bucket of another region was served")
"""

OSS_V2 = """
    import alibabacloud_oss_v2 as oss
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider({key!r}, {secret!r})
    config.region, config.endpoint = "cn-shanghai", "http://oss-cn-shanghai.aliyuncs.com"
    client = oss.Client(config)
    client.put_bucket(oss.PutBucketRequest(bucket={name!r}))
    client.put_object(oss.PutObjectRequest(bucket={name!r}, key="key", body=b"hello"))
    assert client.get_object(oss.GetObjectRequest(bucket={name!r}, key="key")).body.read() == b"hello"
    assert client.get_bucket_location(oss.GetBucketLocationRequest(bucket={name!r})).location == "oss-cn-shanghai"
"""


@pytest.mark.parametrize("program", [OSS2, OSS_V2], ids=["oss2", "oss-v2"])
def test_the_vendors_own_endpoints(cloud: RunningCloud, bucket_name: str, program: str) -> None:
    key, secret = cloud.keys
    text = textwrap.dedent(program.format(key=key, secret=secret, name=bucket_name))
    environment = os.environ | {"HTTP_PROXY": cloud.endpoint, "http_proxy": cloud.endpoint}
    environment |= {"NO_PROXY": "", "no_proxy": ""}
    done = subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
