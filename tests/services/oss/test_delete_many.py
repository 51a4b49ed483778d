"""DeleteMultipleObjects."""

from __future__ import annotations

import base64
import hashlib
import time

import alibabacloud_oss_v2 as oss_v2
import oss2
import pytest
from plain_http import sdk_v2, send

DOCUMENT = "<Delete><Quiet>{quiet}</Quiet>{objects}</Delete>"


class Answered:
    """An answer of either kind."""

    def __init__(self, status: int, code: str, body: bytes) -> None:
        self.status, self.code, self.body = status, code, body


def post(bucket: oss2.Bucket, body: bytes, **headers: str) -> Answered:
    """Send a document of one's own, signed."""
    try:
        answer = bucket._do("POST", bucket.bucket_name, "", data=body, params={"delete": ""}, headers=headers)
    except oss2.exceptions.OssError as error:
        return Answered(error.status, error.code, b"")
    return Answered(answer.status, "", answer.read())


def test_many_go_at_once(either_bucket):
    keys = [f"dir/键 {n}&<>" for n in range(20)]
    for key in keys:
        either_bucket.put_object(key, b"x")
    gone = either_bucket.batch_delete_objects([*keys[:19], "never was"])
    assert gone.deleted_keys == [*keys[:19], "never was"]
    assert [each.key for each in oss2.ObjectIterator(either_bucket)] == keys[19:]


def test_a_thousand_share_syncs(bucket):
    begun = time.monotonic()
    assert len(bucket.batch_delete_objects([f"key-{n}" for n in range(1000)]).deleted_keys) == 1000
    assert time.monotonic() - begun < 10


def test_through_the_new_sdk(cloud, bucket):
    client = sdk_v2(cloud)
    for key in ("a", "b"):
        bucket.put_object(key, b"x")
    wanted = [oss_v2.DeleteObject(key="a"), oss_v2.DeleteObject(key="b")]
    result = client.delete_multiple_objects(
        oss_v2.DeleteMultipleObjectsRequest(bucket=bucket.bucket_name, objects=wanted, encoding_type="url")
    )
    assert [each.key for each in result.deleted_objects] == ["a", "b"]
    assert not bucket.object_exists("a")


@pytest.mark.parametrize("key", ["a\x0cb", "\x01\x1f", "a\tb", "\ufdd5"])
@pytest.mark.parametrize("escaped", [False, True])
def test_keys_that_xml_cannot_hold(bucket, key, escaped):
    bucket.put_object(key, b"x")
    bucket.put_object("other", b"x")
    text = "".join(f"&#{ord(c)};" if c < " " else c for c in key) if escaped else key
    body = DOCUMENT.format(quiet="false", objects=f"<Object><Key>{text}</Key></Object>").encode()
    assert post(bucket, body).status == 200
    assert not bucket.object_exists(key)
    assert bucket.object_exists("other")


def test_an_ambiguous_key_deletes_nothing(bucket):
    for key in ("\ufddc", "\x0c"):
        bucket.put_object(key, b"x")
    objects = "<Object><Key>\ufddc</Key></Object><Object><Key>\x0c</Key></Object>"
    assert post(bucket, DOCUMENT.format(quiet="true", objects=objects).encode()).code == "MalformedXML"
    assert bucket.object_exists("\ufddc")
    assert bucket.object_exists("\x0c")


def test_quiet_says_nothing(bucket):
    bucket.put_object("a", b"x")
    body = DOCUMENT.format(quiet="true", objects="<Object><Key>a</Key></Object>").encode()
    answer = post(bucket, body)
    assert (answer.status, answer.body) == (200, b"")
    assert not bucket.object_exists("a")


def test_versions_and_markers(bucket):
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    first = bucket.put_object("a", b"1").versionid
    hidden = bucket.batch_delete_objects(["a"]).delete_versions[0]
    assert hidden.delete_marker
    assert hidden.versionid in ("", None)
    marker = hidden.delete_marker_versionid
    versions = oss2.models.BatchDeleteObjectVersionList(
        [
            oss2.models.BatchDeleteObjectVersion("a", first),
            oss2.models.BatchDeleteObjectVersion("a", marker),
        ]
    )
    gone = bucket.delete_object_versions(versions).delete_versions
    assert [(each.versionid, each.delete_marker_versionid or "") for each in gone] == [
        (first, ""),
        (marker, marker),
    ]
    listed = bucket.list_object_versions()
    assert not listed.versions
    assert not listed.delete_marker


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Delete>",
        b"<Delete></Delete>",
        b"<Remove><Object><Key>a</Key></Object></Remove>",
        b"<Delete><Object></Object></Delete>",
        b"<Delete><Quiet>maybe</Quiet><Object><Key>a</Key></Object></Delete>",
        b'<!DOCTYPE x [<!ENTITY e "a">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>",
        b"<Delete><Object><Key>" + b"k" * 1024 + b"</Key></Object></Delete>",
    ],
)
def test_a_malformed_document_deletes_nothing(bucket, body):
    bucket.put_object("a", b"x")
    answer = post(bucket, body)
    assert (answer.status, answer.code) == (400, "MalformedXML")
    assert bucket.object_exists("a")


def test_a_version_that_cannot_be_deletes_nothing(bucket):
    bucket.put_object("a", b"x")
    objects = "<Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>234</VersionId></Object>"
    assert post(bucket, DOCUMENT.format(quiet="true", objects=objects).encode()).code == "InvalidArgument"
    assert bucket.object_exists("a")


def test_a_wrong_digest_deletes_nothing(bucket):
    bucket.put_object("a", b"x")
    body = DOCUMENT.format(quiet="true", objects="<Object><Key>a</Key></Object>").encode()
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    answer = post(bucket, body, **{"Content-MD5": wrong})
    assert (answer.status, answer.code) == (400, "InvalidDigest")
    assert bucket.object_exists("a")


def test_strangers_delete_nothing(cloud, bucket):
    bucket.put_object("a", b"x")
    body = DOCUMENT.format(quiet="true", objects="<Object><Key>a</Key></Object>").encode()
    answer = send(cloud, "POST", f"/{bucket.bucket_name}?delete", body)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert bucket.object_exists("a")


def test_one_forbidden_key_keeps_all(cloud, bucket):
    bucket.put_bucket_acl("public-read-write")
    bucket.put_object("mine", b"x", headers={"x-oss-object-acl": "private"})
    bucket.put_object("open", b"x")
    both = "<Object><Key>open</Key></Object><Object><Key>mine</Key></Object>"
    target = f"/{bucket.bucket_name}?delete"
    answer = send(cloud, "POST", target, DOCUMENT.format(quiet="true", objects=both).encode())
    assert answer.code == "AccessDenied"
    assert bucket.object_exists("open")
    one = "<Object><Key>open</Key></Object>"
    assert send(cloud, "POST", target, DOCUMENT.format(quiet="true", objects=one).encode()).status == 200
    assert not bucket.object_exists("open")
