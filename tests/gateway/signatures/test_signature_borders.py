"""Times at their borders, requests signed in two ways, and malformed signatures."""

from __future__ import annotations

import datetime

import oss2
import pytest
from alibabacloud_oss_v2.credentials import Credentials
from alibabacloud_oss_v2.signer import SignerV1, SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from signed_requests import (
    ACCESS_KEY,
    BUCKET,
    ENDPOINT,
    REGION,
    SECRET,
    altered,
    oss2_bucket,
    recorded,
    seen,
    verdict,
)

from yunbox.errors import CloudError
from yunbox.gateway.signatures import SCHEMES, read_claim
from yunbox.gateway.signatures.moments import parse_moment
from yunbox.gateway.signatures.oss_v1 import OssV1
from yunbox.gateway.signatures.oss_v2 import OssV2
from yunbox.gateway.signatures.oss_v4 import OssV4, wrong_region
from yunbox.gateway.signatures.scheme import Resource
from yunbox.gateway.signatures.sigv4 import SigV4

NOW = 1_702_784_856.0
MOMENT = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
URL = f"{ENDPOINT}/{BUCKET}/k"


def signed(signer, lifetime=0):
    request = HttpRequest("GET", URL)
    context = SigningContext(
        "oss", REGION, BUCKET, "k", request, Credentials(ACCESS_KEY, SECRET), signing_time=MOMENT
    )
    if lifetime:
        context.auth_method_query = True
        context.expiration_time = MOMENT + datetime.timedelta(seconds=lifetime)
    signer.sign(context)
    return seen("GET", request.url, dict(request.headers))


def aws_signed(monkeypatch, lifetime=0):
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: MOMENT)
    request = AWSRequest("GET", URL, headers={"Host": "127.0.0.1:8900"})
    credentials = BotoCredentials(ACCESS_KEY, SECRET)
    if lifetime:
        S3SigV4QueryAuth(credentials, "s3", REGION, expires=lifetime).add_auth(request)
    else:
        S3SigV4Auth(credentials, "s3", REGION).add_auth(request)
    return seen("GET", request.url, dict(request.headers.items()))


@pytest.mark.parametrize("kind", ["oss_v1", "oss_v4", "sigv4"])
def test_a_header_holds_for_fifteen_minutes_each_way(kind, monkeypatch):
    scheme, request = {
        "oss_v1": lambda: (OssV1(), signed(SignerV1())),
        "oss_v4": lambda: (OssV4(), signed(SignerV4())),
        "sigv4": lambda: (SigV4(), aws_signed(monkeypatch)),
    }[kind]()
    for offset, code in (
        (-900, "ok"),
        (900, "ok"),
        (-901, "RequestTimeTooSkewed"),
        (901, "RequestTimeTooSkewed"),
    ):
        assert verdict(scheme, request, NOW + offset) == code
    with pytest.raises(CloudError) as caught:
        scheme.check(scheme.read(request), request, Resource(BUCKET, "k"), SECRET, NOW + 901)
    details = caught.value.details
    assert (caught.value.status, details["MaxAllowedSkewMilliseconds"]) == (403, "900000")
    assert details["ServerTime"] == "2023-12-17T04:02:37.000Z"
    assert details["RequestTime"] in ("2023-12-17T03:47:36.000Z", "20231217T034736Z")


@pytest.mark.parametrize("kind", ["oss_v1", "oss_v4", "sigv4"])
def test_a_url_holds_until_its_last_second(kind, monkeypatch):
    scheme, request = {
        "oss_v1": lambda: (OssV1(), signed(SignerV1(), 60)),
        "oss_v4": lambda: (OssV4(), signed(SignerV4(), 60)),
        "sigv4": lambda: (SigV4(), aws_signed(monkeypatch, 60)),
    }[kind]()
    for offset, code in ((0, "ok"), (60, "ok"), (61, "AccessDenied")):
        assert verdict(scheme, request, NOW + offset) == code
    if kind != "oss_v1":
        assert verdict(scheme, request, NOW - 900) == "ok"
        assert verdict(scheme, request, NOW - 901) == "AccessDenied"
    with pytest.raises(CloudError, match="Request has expired") as caught:
        scheme.check(scheme.read(request), request, Resource(BUCKET, "k"), SECRET, NOW + 61)
    assert caught.value.details["Expires"] == "2023-12-17T03:48:36.000Z"
    assert caught.value.details["ServerTime"] == "2023-12-17T03:48:37.000Z"


def test_a_v2_url_holds_until_its_last_second(monkeypatch):
    monkeypatch.setattr("oss2.auth.time.time", lambda: NOW)
    request = seen("GET", oss2_bucket(oss2.AuthV2(ACCESS_KEY, SECRET)).sign_url("GET", "k", 60))
    for offset, code in ((60, "ok"), (61, "AccessDenied")):
        assert verdict(OssV2(), request, NOW + offset) == code


@pytest.mark.parametrize(("lifetime", "code"), [(604_800, "ok"), (604_801, "refused")])
def test_a_v4_url_lives_seven_days_at_most(lifetime, code, monkeypatch):
    for scheme, request in (
        (OssV4(), signed(SignerV4(), lifetime)),
        (SigV4(), aws_signed(monkeypatch, lifetime)),
    ):
        assert (verdict(scheme, request, NOW) == "ok") == (code == "ok")


def test_the_region_error():
    error = wrong_region()
    assert (error.code, error.status, error.ec) == ("InvalidArgument", 400, "0002-00000226")


def every_kind(monkeypatch):
    bucket = oss2_bucket(oss2.AuthV2(ACCESS_KEY, SECRET))
    monkeypatch.setattr("oss2.auth.time.time", lambda: NOW)
    headers = [
        signed(SignerV1()),
        signed(SignerV4()),
        aws_signed(monkeypatch),
        recorded(lambda: bucket.get_object("k")),
    ]
    urls = [
        signed(SignerV1(), 60),
        signed(SignerV4(), 60),
        aws_signed(monkeypatch, 60),
        seen("GET", bucket.sign_url("GET", "k", 60)),
    ]
    return headers, urls


def test_a_request_signed_in_two_ways_is_refused(monkeypatch):
    headers, urls = every_kind(monkeypatch)
    for url in urls:
        assert read_claim(url)
        for other in headers:
            both = altered(url, headers=dict(url.headers) | dict(other.headers))
            assert [verdict(scheme, both, NOW) for scheme in SCHEMES] == ["InvalidArgument"] * 4
        for other in urls:
            if other is not url:
                both = altered(url, raw_query=f"{url.raw_query}&{other.raw_query}")
                assert "ok" not in [verdict(scheme, both, NOW) for scheme in SCHEMES]


def test_a_repeated_signature_parameter_is_refused(monkeypatch):
    for url in every_kind(monkeypatch)[1]:
        for piece in url.raw_query.split("&"):
            twice = altered(url, raw_query=f"{url.raw_query}&{piece}")
            assert "ok" not in [verdict(scheme, twice, NOW) for scheme in SCHEMES]


def test_an_anonymous_request_claims_nothing():
    assert read_claim(seen("GET", f"{URL}?prefix=a&Expires=5&x-oss-process=b")) is None


@pytest.mark.parametrize(
    "text", ["Basic YTpi", "AWS ak:sig", "OSS", "OSS5 a:b", "Bearer x", "oss ak:sig", "\x00"]
)
def test_an_unknown_authorization_is_not_taken_for_anonymous(text):
    with pytest.raises(CloudError) as caught:
        read_claim(seen("GET", URL, {"Authorization": text, "Date": "Sun, 17 Dec 2023 03:47:36 GMT"}))
    assert caught.value.code == "InvalidArgument"


@pytest.mark.parametrize(
    "text",
    [
        "OSS ak",
        "OSS :c2ln",
        "OSS ak:",
        "OSS ak:s ig",
        "OSS a k:sig",
        f"OSS {'a' * 129}:sig",
        "OSS ak:sig,OSS ak:sig",
        "OSS2 AccessKeyId:ak",
        "OSS2 Signature:s",
        "OSS2 AccessKeyId:a,AccessKeyId:b,Signature:s",
        "OSS2 AccessKeyId:a,Signature:s,Other:x",
        "OSS2 AccessKeyId:a,AdditionalHeaders:A,Signature:s",
        "OSS2 AccessKeyId:a,AdditionalHeaders:a;a,Signature:s",
        "OSS4-HMAC-SHA256 Credential=ak/20231217/r/oss/aliyun_v4_request",
        f"OSS4-HMAC-SHA256 Credential=ak/20231217/r/oss/aliyun_v4_request,Signature={'A' * 64}",
        f"OSS4-HMAC-SHA256 Credential=ak/20231216/r/oss/aliyun_v4_request,Signature={'a' * 64}",
        f"OSS4-HMAC-SHA256 Credential=ak/2023-12-17/r/oss/aliyun_v4_request,Signature={'a' * 64}",
        f"OSS4-HMAC-SHA256 Credential=ak/20231217//oss/aliyun_v4_request,Signature={'a' * 64}",
        f"OSS4-HMAC-SHA256 Credential=ak/20231217/r/s3/aliyun_v4_request,Signature={'a' * 64}",
        f"OSS4-HMAC-SHA256 Credential=ak/20231217/r/oss/aws4_request,Signature={'a' * 64}",
        f"OSS4-HMAC-SHA256 Credential=ak/20231217/r/oss/aliyun_v4_request,Signature={'a' * 64},X=1",
    ],
)
def test_malformed_authorizations(text):
    headers = {
        "Authorization": text,
        "Date": "Sun, 17 Dec 2023 03:47:36 GMT",
        "x-oss-date": "20231217T034736Z",
        "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
    }
    with pytest.raises(CloudError) as caught:
        read_claim(seen("GET", URL, headers))
    assert caught.value.code == "InvalidArgument"


def test_a_body_digest_that_oss_does_not_know_is_refused():
    for value in ("", "0" * 64, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        request = signed(SignerV4())
        twin = altered(request, headers=dict(request.headers) | {"x-oss-content-sha256": value})
        assert verdict(OssV4(), twin, NOW) == "InvalidArgument"


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 31 Feb 2023 03:47:36 GMT", "1702784856", "x" * 100])
def test_a_date_is_needed(date):
    headers = {"Authorization": "OSS ak:c2ln"} | ({"Date": date} if date else {})
    with pytest.raises(CloudError) as caught:
        read_claim(seen("GET", URL, headers))
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    "query",
    [
        "OSSAccessKeyId=a&Expires=1702784900",
        "Signature=a&Expires=1702784900",
        "OSSAccessKeyId=a&Signature=b",
        "OSSAccessKeyId=a&Signature=b&Expires=x",
        "OSSAccessKeyId=a&Signature=b&Expires=0",
        "OSSAccessKeyId=a&Signature=b&Expires=-5",
        "OSSAccessKeyId=a%0A&Signature=b&Expires=1702784900",
        "x-oss-signature=a",
        "x-oss-signature-version=OSS3&x-oss-signature=a",
        "x-oss-signature-version=OSS2&x-oss-signature=a&x-oss-access-key-id=b&x-oss-expires=c",
        "x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-signature=a",
    ],
)
def test_malformed_urls(query):
    with pytest.raises(CloudError) as caught:
        read_claim(seen("GET", f"{URL}?{query}"))
    assert caught.value.code in {"AccessDenied", "InvalidArgument"}


def test_moments():
    assert parse_moment("20231217T034736Z") == NOW
    assert parse_moment("Sun, 17 Dec 2023 03:47:36 GMT") == NOW
    for text in (
        "20231317T034736Z",
        "20231217T034736",
        "Sun, 17 Foo 2023 03:47:36 GMT",
        "\u0662\u0660\u0662\u06631217T034736Z",
        "",
    ):
        assert parse_moment(text) is None
