"""Cross-origin rules: kept, asked for in advance, and in force."""

from __future__ import annotations

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from oss2.models import BucketCors, CorsRule
from plain_http import Answer, sdk_v2, send

PAGE = "https://shop.example.com"


def rule(**changes) -> CorsRule:
    fields = {
        "allowed_origins": [PAGE],
        "allowed_methods": ["GET", "PUT"],
        "allowed_headers": ["x-oss-*", "content-type"],
        "expose_headers": ["x-oss-request-id", "ETag"],
        "max_age_seconds": 60,
    }
    return CorsRule(**(fields | changes))


def allow(bucket: oss2.Bucket, *rules: CorsRule, vary: bool = False) -> None:
    bucket.put_bucket_cors(BucketCors(list(rules), response_vary=vary))


def preflight(
    cloud, bucket: oss2.Bucket, origin: str, method: str, headers: str = "", key: str = "key"
) -> Answer:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    return send(cloud, "OPTIONS", f"/{bucket.bucket_name}/{key}", headers=asked)


def test_rules_come_back_and_go(either_bucket: oss2.Bucket, refused) -> None:
    refused("NoSuchCORSConfiguration", either_bucket.get_bucket_cors)
    allow(either_bucket, rule(), rule(allowed_origins=["*"], max_age_seconds=None, expose_headers=[]))
    found = either_bucket.get_bucket_cors()
    assert [each.allowed_origins for each in found.rules] == [[PAGE], ["*"]]
    assert (found.rules[0].expose_headers, found.rules[0].max_age_seconds) == (
        ["x-oss-request-id", "ETag"],
        60,
    )
    assert (found.rules[1].max_age_seconds, found.response_vary) == (None, False)
    assert either_bucket.delete_bucket_cors().status == 204
    refused("NoSuchCORSConfiguration", either_bucket.get_bucket_cors)


@pytest.mark.parametrize(
    "changes",
    [
        {"allowed_methods": ["PATCH"]},
        {"allowed_origins": ["http://*.*"]},
        {"allowed_headers": ["*-*"]},
        {"expose_headers": ["x-*"]},
        {"max_age_seconds": -1},
        {"max_age_seconds": 1_000_000_000},
        {"allowed_origins": ["http://a\u00e4"]},
    ],
)
def test_a_rule_out_of_bounds_is_refused(bucket: oss2.Bucket, refused, changes) -> None:
    refused("InvalidArgument", allow, bucket, rule(**changes))
    refused("NoSuchCORSConfiguration", bucket.get_bucket_cors)


def test_there_are_one_to_twenty_rules(bucket: oss2.Bucket, refused) -> None:
    allow(bucket, *[rule()] * 20)
    refused("InvalidArgument", allow, bucket, *[rule()] * 21)
    refused("MalformedXML", allow, bucket)
    refused("MalformedXML", allow, bucket, rule(allowed_origins=[]))
    assert len(bucket.get_bucket_cors().rules) == 20


def test_a_browser_asks_before_it_sends(cloud, bucket: oss2.Bucket) -> None:
    assert preflight(cloud, bucket, PAGE, "PUT").code == "AccessForbidden"
    allow(bucket, rule())
    for key in ("key", "", "key?uploads&x-oss-signature=forged&x-oss-signature-version=OSS4-HMAC-SHA256"):
        answer = preflight(cloud, bucket, PAGE, "PUT", "X-OSS-Date, content-type", key)
        assert answer.status == 200, answer.body
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
        assert answer.headers["Access-Control-Allow-Headers"] == "X-OSS-Date, content-type"
        assert answer.headers["Access-Control-Max-Age"] == "60"
    for origin, method, headers in (
        ("https://evil.example.com", "PUT", ""),
        (PAGE, "DELETE", ""),
        (PAGE, "PUT", "authorization"),
        (f"{PAGE}.evil.com", "PUT", ""),
    ):
        answer = preflight(cloud, bucket, origin, method, headers)
        assert (answer.status, answer.code) == (403, "AccessForbidden")
        assert b"CORSResponse" in answer.body
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_newer_sdk_asks(cloud, bucket: oss2.Bucket) -> None:
    allow(bucket, rule())
    asked = oss.OptionObjectRequest(
        bucket=bucket.bucket_name, key="key", origin=PAGE, access_control_request_method="PUT"
    )
    found = sdk_v2(cloud).option_object(asked)
    assert (found.access_control_allow_origin, found.access_control_max_age) == (PAGE, 60)


def test_answers_and_refusals_say_who_may_see_them(cloud, bucket: oss2.Bucket) -> None:
    allow(bucket, rule())
    bucket.put_object("open", b"x", headers={"x-oss-object-acl": "public-read"})
    bucket.put_object("closed", b"x")
    path = f"/{bucket.bucket_name}"
    origin = {"Origin": PAGE}
    forged = origin | {
        "Authorization": f"OSS {cloud.keys[0]}:forged",
        "Date": "Mon, 23 Nov 2026 13:38:49 GMT",
    }
    for key, headers, status in (("open", origin, 200), ("closed", origin, 403), ("open", forged, 403)):
        answer = send(cloud, "GET", f"{path}/{key}", headers=headers)
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE, (key, answer.body)
        assert answer.headers["Access-Control-Expose-Headers"] == "x-oss-request-id, ETag"
    assert "Access-Control-Allow-Origin" not in send(cloud, "GET", f"{path}/open").headers
    evil = send(cloud, "GET", f"{path}/open", headers={"Origin": "https://evil.example.com"})
    assert (evil.status, evil.headers["Access-Control-Allow-Origin"]) == (200, None)


def test_a_forged_signature_from_a_page_does_nothing(cloud, bucket: oss2.Bucket) -> None:
    allow(bucket, rule())
    bucket.put_bucket_acl("public-read-write")
    forged = {"Origin": PAGE, "Authorization": "OSS nobody:forged", "Date": "Mon, 23 Nov 2026 13:38:49 GMT"}
    answer = send(cloud, "PUT", f"/{bucket.bucket_name}/key", b"evil", forged)
    assert (answer.status, answer.code) == (403, "InvalidAccessKeyId")
    assert not bucket.object_exists("key")


def test_the_first_rule_that_fits_decides(cloud, bucket: oss2.Bucket) -> None:
    bucket.put_bucket_acl("public-read")
    allow(
        bucket,
        rule(allowed_origins=["https://*.example.com"], max_age_seconds=1),
        rule(allowed_origins=["*"], max_age_seconds=2),
        vary=True,
    )
    first = preflight(cloud, bucket, PAGE, "GET")
    second = preflight(cloud, bucket, "http://elsewhere", "GET")
    assert first.headers["Access-Control-Max-Age"] == "1"
    assert (second.headers["Access-Control-Max-Age"], second.headers["Access-Control-Allow-Origin"]) == (
        "2",
        "*",
    )
    assert send(cloud, "GET", f"/{bucket.bucket_name}/none").headers["Vary"] == "Origin"
