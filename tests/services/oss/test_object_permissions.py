"""What users may do with objects: one permission for each thing, versions apart."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import oss2
import pytest
from people import as_seen_by, user
from plain_http import send

VERSIONED = oss2.models.BucketVersioningConfig("Enabled")


def allow(bucket, *actions: str, key: str = "*") -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": f"acs:oss:*:*:{bucket.bucket_name}/{key}"}


def test_reading_versions_is_a_permission_of_its_own(cloud, bucket, refused):
    bucket.put_bucket_versioning(VERSIONED)
    first = bucket.put_object("key", b"1").versionid
    params = {"versionId": first}
    seen = as_seen_by(user(cloud, allow(bucket, "oss:GetObject")), bucket)
    assert seen.get_object("key").read() == b"1"
    refused("AccessDenied", seen.get_object, "key", params=params)
    refused("AccessDenied", seen.delete_object, "key", params=params)
    seen = as_seen_by(user(cloud, allow(bucket, "oss:GetObjectVersion")), bucket)
    assert seen.get_object("key", params=params).read() == b"1"
    refused("AccessDenied", seen.get_object, "key")


def test_deleting_versions_is_a_permission_of_its_own(cloud, bucket, refused):
    bucket.put_bucket_versioning(VERSIONED)
    first = bucket.put_object("key", b"1").versionid
    seen = as_seen_by(user(cloud, allow(bucket, "oss:DeleteObject")), bucket)
    versions = oss2.models.BatchDeleteObjectVersionList([oss2.models.BatchDeleteObjectVersion("key", first)])
    refused("AccessDenied", seen.delete_object_versions, versions)
    assert seen.batch_delete_objects(["key"]).delete_versions[0].delete_marker
    assert bucket.get_object("key", params={"versionId": first}).read() == b"1"


def test_bulk_deletion_asks_for_each_key(cloud, bucket, refused):
    for key in ("mine/a", "mine/b", "yours/a"):
        bucket.put_object(key, b"x")
    seen = as_seen_by(user(cloud, allow(bucket, "oss:DeleteObject", key="mine/*")), bucket)
    refused("AccessDenied", seen.batch_delete_objects, ["mine/a", "yours/a"])
    assert bucket.object_exists("mine/a")
    assert len(seen.batch_delete_objects(["mine/a", "mine/b"]).deleted_keys) == 2
    assert bucket.object_exists("yours/a")


def test_tagging_on_the_way_in_needs_the_permission_to_tag(cloud, bucket, refused):
    tagged = {"x-oss-tagging": "a=1"}
    seen = as_seen_by(user(cloud, allow(bucket, "oss:PutObject")), bucket)
    seen.put_object("plain", b"x")
    refused("AccessDenied", seen.put_object, "key", b"x", headers=tagged)
    refused("AccessDenied", seen.put_symlink, "plain", "link", headers=tagged)
    assert not bucket.object_exists("key")
    seen = as_seen_by(user(cloud, allow(bucket, "oss:PutObject", "oss:PutObjectTagging")), bucket)
    seen.put_object("key", b"x", headers=tagged)


def test_a_link_opens_nothing(cloud, bucket, refused):
    bucket.put_object("secret", b"x")
    seen = as_seen_by(user(cloud, allow(bucket, "oss:PutObject", "oss:GetObject", key="mine/*")), bucket)
    seen.put_symlink("secret", "mine/link")
    refused("AccessDenied", seen.get_object, "mine/link")
    assert seen.get_symlink("mine/link").target_key == "secret"


@pytest.mark.parametrize(("key", "status"), [("mine/a", 204), ("yours/a", 403)])
def test_a_form_may_do_what_its_signer_may(cloud, bucket, key, status):
    signer = user(cloud, allow(bucket, "oss:PutObject", key="mine/*"))
    expires = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"expiration": expires, "conditions": [["starts-with", "$key", ""]]}
    policy = base64.b64encode(json.dumps(document).encode())
    signature = base64.b64encode(hmac.new(signer.secret.encode(), policy, hashlib.sha1).digest())
    fields = {
        "key": key,
        "OSSAccessKeyId": signer.id,
        "policy": policy.decode(),
        "Signature": signature.decode(),
    }
    parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    parts.append('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n')
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = send(cloud, "POST", f"/{bucket.bucket_name}", "".join(parts).encode(), kind)
    assert answer.status == status
    assert bucket.object_exists(key) == (status == 204)
