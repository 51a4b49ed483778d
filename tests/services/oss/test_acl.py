"""A bucket's ACL, and what it opens to whom."""

from __future__ import annotations

import oss2
import pytest
from people import as_seen_by, other_account
from plain_http import sdk_v2, send

READ, WRITE = oss2.BUCKET_ACL_PUBLIC_READ, oss2.BUCKET_ACL_PUBLIC_READ_WRITE


@pytest.mark.parametrize("acl", ["private", "public-read", "public-read-write"])
def test_the_acl_set_is_the_acl_read(either_bucket: oss2.Bucket, acl: str) -> None:
    either_bucket.put_bucket_acl(acl)
    assert either_bucket.get_bucket_acl().acl == acl
    assert either_bucket.get_bucket_info().acl.grant == acl


def test_the_acl_may_come_as_a_document(bucket: oss2.Bucket, refused) -> None:
    text = (
        "<AccessControlPolicy><AccessControlList><Grant>{}</Grant></AccessControlList></AccessControlPolicy>"
    )
    put = bucket._Bucket__do_bucket
    put("PUT", params={"acl": ""}, data=text.format("public-read"))
    assert bucket.get_bucket_acl().acl == "public-read"
    refused("InvalidArgument", put, "PUT", params={"acl": ""}, data=text.format("open"))
    refused("InvalidArgument", put, "PUT", params={"acl": ""})
    refused("MalformedXML", put, "PUT", params={"acl": ""}, data="<AccessControlPolicy/>")
    assert bucket.get_bucket_acl().acl == "public-read"


def test_what_anybody_may_do(cloud, bucket: oss2.Bucket) -> None:
    bucket.put_object("page", b"hello")
    path = f"/{bucket.bucket_name}/page"
    expected = {"private": (403, 403, 403), READ: (200, 200, 403), WRITE: (200, 200, 200)}
    for acl, statuses in expected.items():
        bucket.put_bucket_acl(acl)
        found = (
            send(cloud, "GET", path).status,
            send(cloud, "GET", f"/{bucket.bucket_name}/").status,
            send(cloud, "PUT", path, b"new").status,
        )
        assert found == statuses, acl
        assert send(cloud, "GET", f"/{bucket.bucket_name}/?acl").code == "AccessDenied"


def test_what_another_account_may_do(cloud, bucket: oss2.Bucket, refused) -> None:
    bucket.put_object("page", b"hello")
    stranger = as_seen_by(other_account(cloud), bucket)
    refused("AccessDenied", stranger.get_object, "page")
    bucket.put_bucket_acl(READ)
    assert stranger.get_object("page").read() == b"hello"
    refused("AccessDenied", stranger.put_object, "page", b"new")
    bucket.put_bucket_acl(WRITE)
    stranger.put_object("page", b"new")
    refused("AccessDenied", stranger.put_bucket_acl, READ)
    refused("AccessDenied", stranger.get_bucket_acl)


def test_an_objects_own_acl_goes_first(cloud, bucket: oss2.Bucket) -> None:
    bucket.put_bucket_acl(READ)
    bucket.put_object("secret", b"x", headers={"x-oss-object-acl": "private"})
    assert send(cloud, "GET", f"/{bucket.bucket_name}/secret").code == "AccessDenied"
    bucket.put_bucket_acl("private")
    bucket.put_object("open", b"x", headers={"x-oss-object-acl": "public-read"})
    bucket.put_object("plain", b"x")
    assert send(cloud, "GET", f"/{bucket.bucket_name}/open").status == 200
    assert send(cloud, "GET", f"/{bucket.bucket_name}/plain").code == "AccessDenied"


def test_the_newer_sdk_reads_it(cloud, bucket: oss2.Bucket) -> None:
    import alibabacloud_oss_v2 as oss

    client = sdk_v2(cloud)
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket.bucket_name, acl="public-read"))
    found = client.get_bucket_acl(oss.GetBucketAclRequest(bucket=bucket.bucket_name))
    assert found.acl == "public-read"
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket.bucket_name)).bucket_info
    assert (info.acl, info.location, info.block_public_access) == ("public-read", "oss-cn-hangzhou", False)
