"""OSS V1, V2 and V4 against requests signed by oss2."""

from __future__ import annotations

import time

import oss2
import pytest
from signed_requests import (
    ACCESS_KEY,
    AWKWARD_KEYS,
    SECRET,
    TOKEN,
    altered,
    oss2_bucket,
    oss2_service,
    recorded,
    resource_of,
    seen,
    verdict,
)
from tampering import forged

from yunbox.errors import CloudError
from yunbox.gateway.signatures import SCHEMES, read_claim
from yunbox.gateway.signatures.oss_v1 import SUB_RESOURCES, OssV1
from yunbox.gateway.signatures.oss_v2 import OssV2
from yunbox.gateway.signatures.oss_v4 import OssV4
from yunbox.gateway.signatures.scheme import Resource

VERSIONS = {"v1": OssV1(), "v2": OssV2(), "v4": OssV4()}
HEADERS = {
    "x-oss-meta-colour": "blå 蓝",
    "x-oss-object-acl": "private",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
}
PARAMS = {"versionId": "CAEQ/+ a=b", "x-oss-process": "image/resize,w_100", "response-content-type": "a/b"}
PLAIN_HEADERS = {"content-type", "content-md5", "x-oss-meta-colour", "x-oss-object-acl"}


def auth(version, token=TOKEN):
    if token:
        return oss2.StsAuth(ACCESS_KEY, SECRET, token, auth_version=version)
    return oss2.make_auth(ACCESS_KEY, SECRET, version)


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("key", AWKWARD_KEYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_signed_header_passes(version, key, token):
    request = recorded(lambda: oss2_bucket(auth(version, token)).put_object(key, b"x", headers=dict(HEADERS)))
    assert verdict(VERSIONS[version], request, time.time()) == "ok"
    scheme, claim = read_claim(request)
    assert (scheme.__class__, claim.security_token) == (VERSIONS[version].__class__, token or "")
    assert sum(scheme.read(request) is not None for scheme in SCHEMES) == 1


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("key", AWKWARD_KEYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_signed_url_passes(version, key, token):
    bucket = oss2_bucket(auth(version, token))
    url = bucket.sign_url("GET", key, 60, params=dict(PARAMS), slash_safe=True)
    request = seen("GET", url)
    assert verdict(VERSIONS[version], request, time.time()) == "ok"
    assert read_claim(request)[1].security_token == (token or "")


@pytest.mark.parametrize("version", VERSIONS)
def test_service_and_bucket_operations_pass(version):
    bucket, service = oss2_bucket(auth(version)), oss2_service(auth(version))
    calls = (
        lambda: service.list_buckets(prefix="a/b c", max_keys=3),
        lambda: bucket.list_objects(prefix="a/ +b", delimiter="/", marker="中"),
        lambda: bucket.list_objects_v2(prefix="a", continuation_token="CgJ+/=="),
        lambda: bucket.init_multipart_upload("k+ /x"),
        bucket.get_bucket_acl,
        lambda: bucket.batch_delete_objects(["a", "b"]),
        lambda: bucket.get_object("k", byte_range=(1, 2), process="image/resize"),
        lambda: bucket.append_object("k", 0, b"x"),
        lambda: bucket.put_symlink("target", "link"),
    )
    for call in calls:
        request = recorded(call)
        assert verdict(VERSIONS[version], request, time.time()) == "ok", request.raw_query


@pytest.mark.parametrize("key", ["dir/with space+plus %/中~.txt", "a//b"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_forged_twin_of_a_signed_header_is_refused(version, key):
    bucket = oss2_bucket(auth(version))
    request = recorded(lambda: bucket.put_object(key, b"x", headers=dict(HEADERS)))
    dates = {"v1": {"date"}, "v2": {"date"}, "v4": {"x-oss-date", "x-oss-content-sha256"}}[version]
    names = PLAIN_HEADERS | dates | {"x-oss-security-token"}
    assert verdict(VERSIONS[version], request, time.time()) == "ok"
    twins = list(forged(request, headers=names, query=None if version != "v1" else SUB_RESOURCES))
    passed = [label for label, twin in twins if verdict(VERSIONS[version], twin, time.time()) == "ok"]
    assert not passed
    assert len(twins) > 35
    assert verdict(VERSIONS[version], request, time.time(), secret=SECRET + "x") == "SignatureDoesNotMatch"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_forged_twin_of_a_signed_url_is_refused(version):
    url = oss2_bucket(auth(version)).sign_url(
        "PUT", "dir/中 key+", 60, params=dict(PARAMS), headers=dict(HEADERS), slash_safe=True
    )
    request = seen("PUT", url, HEADERS)
    assert verdict(VERSIONS[version], request, time.time()) == "ok"
    covered = {*SUB_RESOURCES, "x-oss-process", "OSSAccessKeyId", "Expires", "Signature", "security-token"}
    twins = list(forged(request, headers=PLAIN_HEADERS, query=None if version != "v1" else covered))
    passed = [label for label, twin in twins if verdict(VERSIONS[version], twin, time.time()) == "ok"]
    assert not passed
    assert len(twins) > 60


@pytest.mark.parametrize("version", VERSIONS)
def test_the_resource_decides_not_the_path(version):
    """Virtual-host style: the bucket is not in the path, and another bucket must not do."""
    request = recorded(lambda: oss2_bucket(auth(version)).get_object("dir/k"))
    hosted = altered(request, target="/dir/k")
    now = time.time()
    assert verdict(VERSIONS[version], hosted, now, resource=Resource("bucket-1", "dir/k")) == "ok"
    assert verdict(VERSIONS[version], hosted, now, resource=Resource("bucket-2", "dir/k")) != "ok"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_refusal_shows_what_was_signed_and_no_secret(version):
    request = recorded(lambda: oss2_bucket(auth(version)).get_object("k\x01\x02"))
    scheme, claim = read_claim(request)
    with pytest.raises(CloudError) as caught:
        scheme.check(claim, request, resource_of(request), "another", time.time())
    error = caught.value
    assert (error.code, error.status, error.ec) == ("SignatureDoesNotMatch", 403, "0002-00000040")
    assert error.details["OSSAccessKeyId"] == ACCESS_KEY
    assert error.details["SignatureProvided"] == claim.signature
    assert ("CanonicalRequest" in error.details) == (version == "v4")
    assert "another" not in str(vars(error))
    assert "\x01" not in str(error.details["StringToSign"])


def test_v2_signs_additional_headers():
    bucket = oss2_bucket(auth("v2"))
    request = recorded(lambda: bucket.get_object("k", byte_range=(1, 5)))
    assert "AdditionalHeaders:range" in request.headers.get("authorization")
    twins = forged(request, headers={"range"}, query=None)
    assert not [label for label, twin in twins if verdict(OssV2(), twin, time.time()) == "ok"]


def test_v4_takes_both_separators_and_any_order():
    request = recorded(lambda: oss2_bucket(auth("v4")).get_object("k"))
    fields = dict(request.headers)
    credential, signature = fields["authorization"].split(" ", 1)[1].split(", ")
    for text in (f"{credential},{signature}", f"{signature}, {credential}", f"{credential} ,  {signature}"):
        twin = altered(request, headers=fields | {"authorization": f"OSS4-HMAC-SHA256 {text}"})
        assert verdict(OssV4(), twin, time.time()) == "ok"


def test_v1_covers_every_sub_resource_of_oss2():
    names = oss2.ProviderAuth._subresource_key_set
    assert {name for name in names if not name.startswith("x-oss-")} <= SUB_RESOURCES
