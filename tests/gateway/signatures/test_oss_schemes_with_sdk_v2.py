"""OSS V1 and V4 against requests signed by alibabacloud-oss-v2."""

from __future__ import annotations

import time

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.signer.v1 import SignerV1
from signed_requests import AWKWARD_KEYS, BUCKET, REGION, SECRET, TOKEN, recorded, seen, v2_client, verdict
from tampering import forged

from yunbox.gateway.signatures import read_claim
from yunbox.gateway.signatures.oss_v1 import SUB_RESOURCES, OssV1
from yunbox.gateway.signatures.oss_v4 import OssV4

SCHEMES = {"v1": OssV1(), "v4": OssV4()}


def put(key):
    return oss.PutObjectRequest(
        bucket=BUCKET, key=key, body=b"x", metadata={"colour": "red"}, content_type="a/b", acl="private"
    )


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("key", AWKWARD_KEYS)
@pytest.mark.parametrize("version", SCHEMES)
def test_headers_and_urls_pass(version, key, token):
    client = v2_client(version, token)
    request = recorded(lambda: client.put_object(put(key)))
    assert verdict(SCHEMES[version], request, time.time()) == "ok"
    assert read_claim(request)[1].security_token == (token or "")
    url = client.presign(oss.GetObjectRequest(bucket=BUCKET, key=key, version_id="a/b +")).url
    request = seen("GET", url)
    assert verdict(SCHEMES[version], request, time.time()) == "ok"
    assert read_claim(request)[1].security_token == (token or "")


@pytest.mark.parametrize("version", SCHEMES)
def test_other_operations_pass(version):
    client = v2_client(version)
    calls = (
        lambda: client.list_buckets(oss.ListBucketsRequest(prefix="a/b")),
        lambda: client.list_objects_v2(
            oss.ListObjectsV2Request(bucket=BUCKET, prefix="a b/+", delimiter="/", continuation_token="a+/=")
        ),
        lambda: client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="k")),
        lambda: client.put_bucket_acl(oss.PutBucketAclRequest(bucket=BUCKET, acl="private")),
        lambda: client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=BUCKET)),
        lambda: client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=BUCKET, key="k")),
        lambda: client.get_bucket_worm(oss.GetBucketWormRequest(bucket=BUCKET)),
    )
    for call in calls:
        request = recorded(call)
        assert verdict(SCHEMES[version], request, time.time()) == "ok", request.raw_query


@pytest.mark.parametrize("version", SCHEMES)
def test_forged_twins_are_refused(version):
    client = v2_client(version, TOKEN)
    request = recorded(lambda: client.put_object(put("dir/中 +%.txt")))
    names = {"x-oss-meta-colour", "x-oss-object-acl", "content-type"}
    names |= {"date"} if version == "v1" else {"x-oss-date", "x-oss-security-token"}
    query = None if version == "v4" else SUB_RESOURCES
    twins = list(forged(request, headers=names, query=query))
    url = client.presign(oss.GetObjectRequest(bucket=BUCKET, key="中/k", version_id="v")).url
    if version == "v1":
        query = {*SUB_RESOURCES, "OSSAccessKeyId", "Expires", "Signature"}
    twins += forged(seen("GET", url), headers=(), query=query)
    assert not [label for label, twin in twins if verdict(SCHEMES[version], twin, time.time()) == "ok"]
    assert verdict(SCHEMES[version], request, time.time(), secret=SECRET[:-1]) == "SignatureDoesNotMatch"


def test_v4_gives_region_and_service_to_the_caller():
    request = recorded(lambda: v2_client().put_object(put("k")))
    claim = read_claim(request)[1]
    assert (claim.region, claim.service) == (REGION, "oss")


def test_v1_covers_every_sub_resource_of_the_sdk():
    assert SignerV1._subresource_key_set <= SUB_RESOURCES
