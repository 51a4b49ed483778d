"""Pay-by-requester: the gate before it."""

from __future__ import annotations

import oss2
from people import as_seen_by, other_account, policy
from plain_http import send

PAYS = {"x-oss-request-payer": "requester"}


def test_a_caller_from_elsewhere_must_say_that_it_pays(cloud, either_bucket: oss2.Bucket, refused) -> None:
    bucket = either_bucket
    bucket.put_object("a", b"a")
    key = other_account(cloud)
    everything = {"Effect": "Allow", "Principal": [key.account], "Action": "oss:*", "Resource": "*"}
    bucket.put_bucket_policy(policy(everything))
    stranger = as_seen_by(key, bucket)
    assert bucket.get_bucket_request_payment().payer == "BucketOwner"
    assert stranger.get_object("a").headers.get("x-oss-request-charged") is None
    bucket.put_bucket_request_payment("Requester")
    assert bucket.get_bucket_request_payment().payer == "Requester"
    refused("AccessDenied", stranger.get_object, "a")
    refused("AccessDenied", stranger.put_object, "b", b"b")
    refused("AccessDenied", stranger.get_object, "a", headers={"x-oss-request-payer": "owner"})
    found = stranger.get_object("a", headers=PAYS)
    assert (found.read(), found.headers["x-oss-request-charged"]) == (b"a", "requester")
    signed = stranger.sign_url("GET", "a", 60, params=PAYS)
    assert send(cloud, "GET", signed).status == 200
    assert bucket.get_object("a").read() == b"a"
    bucket.put_bucket_acl("public-read")
    assert send(cloud, "GET", f"/{bucket.bucket_name}/a").code == "AccessDenied"
    assert send(cloud, "GET", f"/{bucket.bucket_name}/a", headers=PAYS).code == "AccessDenied"


def test_a_payer_that_is_none_is_refused(bucket: oss2.Bucket, refused) -> None:
    refused("MalformedXML", bucket.put_bucket_request_payment, "Nobody")
