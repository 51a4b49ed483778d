"""AWS SigV4 against requests signed by botocore."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import time
import zlib

import pytest
from signed_requests import (
    ACCESS_KEY,
    AWKWARD_KEYS,
    BUCKET,
    REGION,
    SECRET,
    TOKEN,
    altered,
    recorded,
    s3_client,
    seen,
    verdict,
)
from tampering import forged

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Headers
from yunbox.gateway.signatures import SCHEMES, read_claim
from yunbox.gateway.signatures.aws_chunked import decoded
from yunbox.gateway.signatures.s3_refusals import content_sha256_mismatch, wrong_region
from yunbox.gateway.signatures.sigv4 import SigV4

SIGV4 = SigV4()


def put(key="dir/中 k+%~.txt", token=TOKEN):
    client = s3_client(token)
    return recorded(
        lambda: client.put_object(
            Bucket=BUCKET, Key=key, Body=b"body", ContentType="a/b", Metadata={"colour": "red"}, ACL="private"
        )
    )


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_headers_and_urls_pass(key, token):
    request = put(key, token)
    assert verdict(SIGV4, request, time.time()) == "ok"
    assert sum(scheme.read(request) is not None for scheme in SCHEMES) == 1
    _, claim = read_claim(request)
    assert (claim.security_token, claim.region, claim.service) == (token or "", REGION, "s3")
    url = s3_client(token).generate_presigned_url(
        "get_object",
        Params={"Bucket": BUCKET, "Key": key, "VersionId": "a/b +=", "ResponseContentType": "a/b"},
    )
    request = seen("GET", url)
    assert verdict(SIGV4, request, time.time()) == "ok"
    assert read_claim(request)[1].security_token == (token or "")


def test_other_operations_pass():
    client = s3_client(TOKEN)
    calls = (
        client.list_buckets,
        lambda: client.list_objects_v2(Bucket=BUCKET, Prefix="a b/+中", Delimiter="/"),
        lambda: client.get_bucket_acl(Bucket=BUCKET),
        lambda: client.create_multipart_upload(Bucket=BUCKET, Key="k"),
        lambda: client.get_object(Bucket=BUCKET, Key="k", Range="bytes=1-2"),
        lambda: client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "a"}]}),
        lambda: client.copy_object(Bucket=BUCKET, Key="k", CopySource=f"{BUCKET}/中 文"),
    )
    for call in calls:
        request = recorded(call)
        assert verdict(SIGV4, request, time.time()) == "ok", request.raw_query


def test_the_digest_of_the_body_is_given_to_the_caller():
    client = s3_client(request_checksum_calculation="when_required")
    request = recorded(lambda: client.put_object(Bucket=BUCKET, Key="k", Body=b"body"))
    claim = SIGV4.read(request)
    assert claim.parameters["content-sha256"] == hashlib.sha256(b"body").hexdigest()
    assert content_sha256_mismatch(claim, "0" * 64).code == "XAmzContentSHA256Mismatch"


def test_a_streaming_upload_with_a_trailer_passes():
    data = bytes(range(256)) * 4000
    client = s3_client(endpoint="https://127.0.0.1:8900")
    request = recorded(lambda: client.put_object(Bucket=BUCKET, Key="k", Body=io.BytesIO(data)))
    assert verdict(SIGV4, request, time.time()) == "ok"
    claim = SIGV4.read(request)
    assert claim.parameters["content-sha256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    body = decoded(claim, request, SECRET)
    assert body.length == len(data)
    assert asyncio.run(body.read(1 << 21)) == data
    assert body.trailers == {
        "x-amz-checksum-crc32": base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    }


def test_forged_twins_of_a_header_are_refused():
    request = put()
    names = request.headers.get("authorization").split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-security-token", "x-amz-acl", "content-type"} <= set(names)
    twins = list(forged(request, headers=names, query=None))
    assert not [label for label, twin in twins if verdict(SIGV4, twin, time.time()) == "ok"]
    assert verdict(SIGV4, request, time.time(), secret=SECRET + "x") == "SignatureDoesNotMatch"


def test_forged_twins_of_a_url_are_refused():
    params = {"Bucket": BUCKET, "Key": "dir/中 +", "ContentType": "a/b", "Metadata": {"a": "b"}}
    url = s3_client(TOKEN).generate_presigned_url("put_object", Params=params, HttpMethod="PUT")
    request = seen("PUT", url, {"content-type": "a/b", "x-amz-meta-a": "b"})
    assert verdict(SIGV4, request, time.time()) == "ok"
    twins = list(forged(request, headers={"host", "content-type", "x-amz-meta-a"}, query=None))
    assert not [label for label, twin in twins if verdict(SIGV4, twin, time.time()) == "ok"]


@pytest.mark.parametrize("name", ["x-amz-acl", "x-oss-object-acl", "x-amz-copy-source"])
def test_a_header_that_should_be_signed_may_not_be_added(name):
    client = s3_client()
    request = recorded(lambda: client.put_object(Bucket=BUCKET, Key="k", Body=b"x"))
    twin = altered(request, headers=dict(request.headers) | {name: "public-read"})
    assert verdict(SIGV4, twin, time.time()) == "AccessDenied"


def test_the_routed_host_is_the_signed_one():
    """An absolute-form target overrides the Host header; a signature for another host must not pass."""
    request = put()
    assert verdict(SIGV4, altered(request, host="other.example:80"), time.time()) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("Credential=", "Credentials="), "AuthorizationHeaderMalformed"),
        ((f"/{REGION}/s3/", f"/{REGION}/ec2/"), "AuthorizationHeaderMalformed"),
        ((f"/{REGION}/", "/"), "AuthorizationHeaderMalformed"),
        (("SignedHeaders=", "SignedHeaders=a;a;"), "AuthorizationHeaderMalformed"),
        (("Signature=", "Signature=A"), "AuthorizationHeaderMalformed"),
        (("Signature=", "Signature=1,Signature="), "InvalidArgument"),
        (("aws4_request", "aws4_request/x"), "AuthorizationHeaderMalformed"),
        ((ACCESS_KEY, ACCESS_KEY * 20), "AuthorizationHeaderMalformed"),
        ((ACCESS_KEY, ACCESS_KEY * 900), "InvalidArgument"),
    ],
)
def test_malformed_headers(change, code):
    request = put()
    fields = dict(request.headers)
    twin = altered(request, headers=fields | {"authorization": fields["authorization"].replace(*change)})
    assert verdict(SIGV4, twin, time.time()) == code


@pytest.mark.parametrize("value", ["", "abc", "F" * 64, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"])
def test_a_meaningless_content_digest_is_refused(value):
    request = put()
    twin = altered(request, headers=dict(request.headers) | {"x-amz-content-sha256": value})
    assert verdict(SIGV4, twin, time.time()) == ("InvalidArgument" if value else "InvalidRequest")


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])
def test_an_incomplete_url_is_refused(name):
    url = s3_client().generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    request = seen("GET", url)
    query = "&".join(p for p in request.raw_query.split("&") if not p.startswith(f"X-Amz-{name}="))
    assert (
        verdict(SIGV4, altered(request, raw_query=query), time.time()) == "AuthorizationQueryParametersError"
    )


def test_the_region_error_names_the_right_one():
    error = wrong_region(SIGV4.read(put()), "cn-beijing")
    assert (error.code, error.details["Region"]) == ("AuthorizationHeaderMalformed", "cn-beijing")


def test_header_values_lose_their_extra_spaces():
    client = s3_client()
    request = recorded(
        lambda: client.put_object(Bucket=BUCKET, Key="k", Body=b"x", Metadata={"a": "b  c   d"})
    )
    assert verdict(SIGV4, request, time.time()) == "ok"


def test_a_repeated_authorization_header_is_refused():
    request = put()
    fields = list(request.headers)
    twice = Headers([*fields, ("authorization", request.headers.get("authorization"))])
    with pytest.raises(CloudError):
        SIGV4.read(altered(request, headers=dict(twice)))
