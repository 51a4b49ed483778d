"""Which bucket and key a request is about."""

from __future__ import annotations

import pytest

from yunbox.errors import CloudError
from yunbox.gateway.http.body import StreamBody
from yunbox.gateway.http.message import Headers, Request
from yunbox.services.oss.route import Route, route_of


def route(host: str, target: str) -> Route | None:
    body = StreamBody(0, lambda: None)
    return route_of(
        Request(method="GET", target=target, raw_query="", headers=Headers([]), host=host, body=body)
    )


@pytest.mark.parametrize(
    ("host", "target", "bucket", "key", "region", "endpoint"),
    [
        ("127.0.0.1:1111", "/b/k/l", "b", "k/l", "", "127.0.0.1:1111"),
        ("127.0.0.1:1111", "/", "", "", "", "127.0.0.1:1111"),
        ("127.0.0.1", "/b", "b", "", "", "127.0.0.1"),
        ("[::1]:1111", "/b/%E4%B8%AD", "b", "中", "", "[::1]:1111"),
        ("cloud.example:80", "/b//k", "b", "/k", "", "cloud.example:80"),
        ("b.127.0.0.1:1111", "/k", "b", "k", "", "127.0.0.1:1111"),
        ("b.localhost:1111", "/k", "b", "k", "", "localhost:1111"),
        ("localhost:1111", "/b/k", "b", "k", "", "localhost:1111"),
        ("oss-cn-beijing.localhost:1", "/b/k", "b", "k", "cn-beijing", "oss-cn-beijing.localhost:1"),
        ("b.oss-us-west-1.localhost:1", "/k", "b", "k", "us-west-1", "oss-us-west-1.localhost:1"),
        ("oss-cn-hangzhou.aliyuncs.com", "/b/k", "b", "k", "cn-hangzhou", "oss-cn-hangzhou.aliyuncs.com"),
        ("b.oss-us-east-1.aliyuncs.com", "/k%2F/", "b", "k//", "us-east-1", "oss-us-east-1.aliyuncs.com"),
        (
            "b.oss-cn-hangzhou-internal.aliyuncs.com:80",
            "/",
            "b",
            "",
            "cn-hangzhou",
            "oss-cn-hangzhou-internal.aliyuncs.com:80",
        ),
        (
            "s3.oss-cn-hongkong.aliyuncs.com",
            "/b/k",
            "b",
            "k",
            "cn-hongkong",
            "s3.oss-cn-hongkong.aliyuncs.com",
        ),
        (
            "b.s3.oss-cn-hongkong.aliyuncs.com",
            "/k",
            "b",
            "k",
            "cn-hongkong",
            "s3.oss-cn-hongkong.aliyuncs.com",
        ),
    ],
)
def test_readings(host: str, target: str, bucket: str, key: str, region: str, endpoint: str) -> None:
    found = route(host, target)
    assert found is not None
    assert (found.bucket, found.key, found.region, found.endpoint) == (bucket, key, region, endpoint)


def test_a_bucket_in_host_and_path_has_two_readings() -> None:
    found = route("bkt.oss-cn-hangzhou.aliyuncs.com", "/bkt/a/b")
    assert found is not None
    assert found.key == "bkt/a/b"
    assert found.other is not None
    assert (found.other.bucket, found.other.key) == ("bkt", "a/b")


def test_hosts_of_other_products_are_not_ours() -> None:
    assert route("ecs.cn-hangzhou.aliyuncs.com", "/") is None
    assert route("location-readonly.aliyuncs.com", "/") is None


@pytest.mark.parametrize(
    ("host", "target", "code"),
    [
        ("oss-moon-1.aliyuncs.com", "/b", "InvalidArgument"),
        ("127.0.0.1", "/b/%FF", "InvalidArgument"),
        ("127.0.0.1", "/b/" + "a" * 1024, "InvalidObjectName"),
        ("127.0.0.1", "/b/" + "%E4%B8%AD" * 342, "InvalidObjectName"),
        ("127.0.0.1", "/b/a%00b", "InvalidObjectName"),
    ],
)
def test_impossible_names_are_refused(host: str, target: str, code: str) -> None:
    with pytest.raises(CloudError) as caught:
        route(host, target)
    assert caught.value.code == code
