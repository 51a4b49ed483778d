"""Block Public Access closes what is open, and keeps anything from being opened."""

from __future__ import annotations

import oss2
from people import as_seen_by, other_account, policy
from plain_http import send
from test_post_object import Form

EVERYBODY = {
    "Effect": "Allow",
    "Principal": ["*"],
    "Action": ["oss:GetObject"],
    "Resource": ["acs:oss:*:*:*"],
}


def test_the_block_of_a_bucket(cloud, bucket: oss2.Bucket, refused) -> None:
    bucket.put_object("a", b"a", headers={"x-oss-object-acl": "public-read"})
    path = f"/{bucket.bucket_name}/a"
    key = other_account(cloud)
    named = EVERYBODY | {"Principal": [key.account]}
    bucket.put_bucket_policy(policy(EVERYBODY))
    bucket.put_bucket_acl("public-read")
    assert send(cloud, "GET", path).status == 200
    bucket.put_bucket_public_access_block(True)
    assert bucket.get_bucket_public_access_block().block_public_access is True
    assert send(cloud, "GET", path).code == "AccessDenied"
    refused("AccessDenied", as_seen_by(key, bucket).get_object, "a")
    refused("AccessDenied", bucket.put_bucket_acl, "public-read-write")
    refused("AccessDenied", bucket.put_bucket_policy, policy(EVERYBODY))
    refused("AccessDenied", bucket.put_object_acl, "a", "public-read")
    refused("AccessDenied", bucket.put_object, "b", b"b", headers={"x-oss-object-acl": "public-read"})
    bucket.put_bucket_policy(policy(named))
    assert as_seen_by(key, bucket).get_object("a").read() == b"a"
    bucket.delete_bucket_public_access_block()
    assert bucket.get_bucket_public_access_block().block_public_access is False
    assert send(cloud, "GET", path).status == 200


def test_a_form_opens_nothing_either(cloud, bucket: oss2.Bucket) -> None:
    form = Form(cloud, bucket)
    form.fields["x-oss-object-acl"] = "public-read"
    form.conditions.append({"x-oss-object-acl": "public-read"})
    form.sign_legacy()
    assert form.post().status in (200, 204)
    bucket.put_bucket_public_access_block(True)
    assert form.post().code == "AccessDenied"


def test_the_block_of_an_account(own_cloud, refused) -> None:
    bucket = own_cloud.oss2_bucket("blocked")
    bucket.create_bucket("public-read")
    bucket.put_object("a", b"a")
    service = oss2.Service(bucket.auth, own_cloud.endpoint)
    assert send(own_cloud, "GET", "/blocked/a").status == 200
    service.put_public_access_block(True)
    for _ in range(10):
        assert send(own_cloud, "GET", "/blocked/a").code == "AccessDenied"
    refused("AccessDenied", own_cloud.oss2_bucket("public").create_bucket, "public-read")
    own_cloud.kill()
    own_cloud.start()
    assert service.get_public_access_block().block_public_access is True
    assert send(own_cloud, "GET", "/blocked/a").code == "AccessDenied"
    service.delete_public_access_block()
    assert service.get_public_access_block().block_public_access is False
    assert send(own_cloud, "GET", "/blocked/a").status == 200


def test_there_are_no_access_points(bucket: oss2.Bucket) -> None:
    try:
        bucket.get_access_point_public_access_block("point")
    except oss2.exceptions.ServerError as error:
        assert (error.status, error.message) == (404, "Accesspoint not found")
    else:
        raise AssertionError("an access point was found")
