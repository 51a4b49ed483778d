"""Objects through the official clients: what is stored with them, what is refused, what is left after deletion."""

from __future__ import annotations

import time

import oss2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_http import send, send_bytes

from yunbox.errors import CloudError
from yunbox.services.oss.object_headers import sent_text, stored_text

VERSIONED = oss2.models.BucketVersioningConfig("Enabled")
SUSPENDED = oss2.models.BucketVersioningConfig("Suspended")


def test_headers_come_back(either_bucket):
    sent = {
        "Content-Type": "text/plain",
        "Cache-Control": "no-store",
        "Content-Disposition": "attachment; filename=a.txt",
        "Content-Encoding": "utf-8",
        "Content-Language": "zh-CN",
        "Expires": "Fri, 28 Feb 2031 05:38:42 GMT",
        "x-oss-meta-author": "li",
    }
    either_bucket.put_object("key", b"x", headers=sent)
    for answer in (either_bucket.get_object("key"), either_bucket.head_object("key")):
        assert {name: answer.headers[name] for name in sent} == sent


def test_the_type_is_not_guessed(cloud, bucket):
    send(cloud, "PUT", bucket.sign_url("PUT", "page.html", 60), b"<p>")
    assert bucket.head_object("page.html").content_type == "application/octet-stream"


@pytest.mark.parametrize("value", ["中文值".encode(), "中文".encode("gbk"), b"\xff\xfe"])
def test_header_bytes_come_back_as_they_were_sent(bucket, value):
    bucket.put_object("key", b"x", headers={"x-oss-meta-name": value, "Content-Disposition": value})
    headers = bucket.head_object("key").headers
    assert headers["x-oss-meta-name"].encode("latin-1") == value
    assert headers["Content-Disposition"].encode("latin-1") == value


@given(st.binary(max_size=64).filter(lambda b: not set(b) & (set(range(32)) - {9} | {127})))
def test_any_header_value_is_kept_byte_by_byte(value):
    text = value.decode("utf-8", "surrogateescape")
    stored = stored_text("x-oss-meta-a", text)
    stored.encode()
    assert sent_text(stored) == text


@pytest.mark.parametrize("control", ["\r", "\n", "\0", "\x1b", "\x7f"])
def test_no_header_value_breaks_a_later_answer(control):
    with pytest.raises(CloudError):
        stored_text("x-oss-meta-a", f"a{control}b")
    with pytest.raises(CloudError):
        stored_text("x-oss-meta-a", f"中{control}b")


@pytest.mark.parametrize(
    "header", ["x-oss-callback", "x-oss-callback-var", "x-oss-persistent-headers", "x-oss-object-worm-mode"]
)
def test_what_is_not_supported_is_refused_by_name(bucket, refused, header):
    error = refused("NotImplemented", bucket.put_object, "key", b"x", headers={header: "e30="})
    assert error.status == 501
    assert header in error.message
    refused("NoSuchKey", bucket.get_object, "key")


def test_a_callback_in_the_url_is_refused_by_name(cloud, bucket):
    answer = send(cloud, "PUT", bucket.sign_url("PUT", "key", 60, params={"callback": "e30="}), b"x")
    assert (answer.status, answer.code) == (501, "NotImplemented")


def test_image_processing_is_refused_by_name(bucket, refused):
    bucket.put_object("a.jpg", b"x")
    assert refused("NotImplemented", bucket.get_object, "a.jpg", process="image/resize,w_1").status == 501


@pytest.mark.parametrize(
    ("sent", "stated"),
    [
        ({"x-oss-server-side-encryption": "AES256"}, {"x-oss-server-side-encryption": "AES256"}),
        ({"x-oss-server-side-encryption": "SM4"}, {"x-oss-server-side-encryption": "SM4"}),
        (
            {"x-oss-server-side-encryption": "KMS", "x-oss-server-side-encryption-key-id": "key-1"},
            {"x-oss-server-side-encryption": "KMS", "x-oss-server-side-encryption-key-id": "key-1"},
        ),
    ],
)
def test_encryption_is_stated(bucket, sent, stated):
    stored = bucket.put_object("key", b"x", headers=sent)
    for headers in (stored.headers, bucket.head_object("key").headers, bucket.get_object("key").headers):
        assert {name: headers[name] for name in stated} == stated


def test_kms_without_a_key_names_the_default_key(bucket):
    bucket.put_object("a", b"x", headers={"x-oss-server-side-encryption": "KMS"})
    bucket.put_object("b", b"x", headers={"x-oss-server-side-encryption": "KMS"})
    keys = {bucket.head_object(each).headers["x-oss-server-side-encryption-key-id"] for each in "ab"}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-oss-server-side-encryption": "DES"}, "InvalidEncryptionAlgorithmError"),
        ({"x-oss-server-side-encryption-key-id": "key"}, "InvalidArgument"),
        (
            {"x-oss-server-side-encryption": "AES256", "x-oss-server-side-encryption-key-id": "key"},
            "InvalidArgument",
        ),
        ({"x-oss-storage-class": "Cold"}, "InvalidArgument"),
        ({"x-oss-object-acl": "public"}, "InvalidArgument"),
        ({"x-oss-meta-a_b": "1"}, "InvalidArgument"),
        ({"x-oss-meta-a": "1" * 8193}, "InvalidArgument"),
        ({"x-oss-tagging": "a=1&a=2"}, "InvalidArgument"),
        ({"x-oss-tagging": "&".join(f"k{n}=v" for n in range(11))}, "InvalidArgument"),
        ({"x-oss-tagging": "&".join(f"k{n}=v" for n in range(80))}, "InvalidArgument"),
        ({"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, "InvalidDigest"),
        ({"x-oss-traffic-limit": "819199"}, "InvalidArgument"),
        ({"x-oss-traffic-limit": "838860801"}, "InvalidArgument"),
        ({"x-oss-traffic-limit": "fast"}, "InvalidArgument"),
    ],
)
def test_a_bad_header_is_refused_and_nothing_stored(bucket, refused, headers, code):
    refused(code, bucket.put_object, "key", b"x", headers=headers)
    assert not bucket.object_exists("key")


def test_a_transfer_is_as_slow_as_asked(cloud, bucket):
    data = bytes(60 * 1024)
    begun = time.monotonic()
    bucket.put_object("key", data, headers={"x-oss-traffic-limit": "819200"})
    put = time.monotonic() - begun
    begun = time.monotonic()
    url = bucket.sign_url("GET", "key", 60, params={"x-oss-traffic-limit": "819200"})
    answer = send(cloud, "GET", url)
    got = time.monotonic() - begun
    assert answer.body == data
    assert put >= 0.55
    assert got >= 0.55


@pytest.mark.parametrize("key", ["/a", "\\a", "k" * 1024, "键" * 342])
def test_a_key_no_object_can_have_is_refused(cloud, bucket, refused, key):
    refused("InvalidObjectName", bucket.put_object, key, b"x")


@pytest.mark.parametrize("key", ["k" * 1023, "键" * 341, "a//b", "./..", "a\nb", "中 +%25?&#文"])
def test_odd_keys_are_just_keys(bucket, key):
    bucket.put_object(key, b"x")
    assert bucket.get_object(key).read() == b"x"


def test_an_empty_object(bucket):
    stored = bucket.put_object("key", b"")
    assert stored.etag == "D41D8CD98F00B204E9800998ECF8427E"
    assert bucket.get_object("key").read() == b""
    assert bucket.head_object("key").content_length == 0


def test_a_body_of_unknown_length(bucket):
    pieces = [bytes([n]) * 70_000 for n in range(5)]
    bucket.put_object("key", iter(pieces))
    assert bucket.get_object("key").read() == b"".join(pieces)


def test_a_body_without_length_is_refused(cloud, bucket):
    url = bucket.sign_url("PUT", "key", 60)
    target = "/" + url.split("/", 3)[3]
    raw = f"PUT {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    assert b" 411 " in send_bytes(cloud, raw).split(b"\r\n")[0]
    assert not bucket.object_exists("key")


def test_a_body_that_breaks_off_is_not_stored(cloud, bucket):
    target = "/" + bucket.sign_url("PUT", "key", 60).split("/", 3)[3]
    head = f"PUT {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n\r\n".encode()
    send_bytes(cloud, head + bytes(100_000))
    assert not bucket.object_exists("key")


def test_methods_no_object_knows(cloud, bucket):
    answer = send(cloud, "PATCH", f"/{bucket.bucket_name}/key")
    assert (answer.status, answer.code) == (405, "MethodNotAllowed")
    assert "PUT" in answer.headers["Allow"]


def test_forbid_overwrite(bucket, refused):
    bucket.put_object("key", b"1", headers={"x-oss-forbid-overwrite": "true"})
    error = refused(
        "FileAlreadyExists", bucket.put_object, "key", b"2", headers={"x-oss-forbid-overwrite": "true"}
    )
    assert error.status == 409
    assert bucket.get_object("key").read() == b"1"


def test_deleting_what_is_not_there(bucket):
    answer = bucket.delete_object("key")
    assert answer.status == 204
    assert "x-oss-delete-marker" not in answer.headers


def test_deletion_with_versions_hides(bucket, refused):
    bucket.put_bucket_versioning(VERSIONED)
    stored = bucket.put_object("key", b"1")
    marker = bucket.delete_object("key")
    assert marker.delete_marker
    assert marker.versionid != stored.versionid
    error = refused("NoSuchKey", bucket.get_object, "key")
    assert error.headers["x-oss-delete-marker"] == "true"
    assert error.headers["x-oss-version-id"] == marker.versionid
    assert bucket.get_object("key", params={"versionId": stored.versionid}).read() == b"1"
    error = refused("MethodNotAllowed", bucket.get_object, "key", params={"versionId": marker.versionid})
    assert error.headers["x-oss-delete-marker"] == "true"
    assert bucket.delete_object("key", params={"versionId": marker.versionid}).delete_marker
    assert bucket.get_object("key").read() == b"1"
    gone = bucket.delete_object("key", params={"versionId": stored.versionid})
    assert (gone.versionid, gone.delete_marker) == (stored.versionid, None)
    refused("NoSuchVersion", bucket.get_object, "key", params={"versionId": stored.versionid})


def test_deletion_with_versions_suspended_replaces_the_null_version(bucket):
    bucket.put_bucket_versioning(VERSIONED)
    kept = bucket.put_object("key", b"1").versionid
    bucket.put_bucket_versioning(SUSPENDED)
    assert bucket.put_object("key", b"2").versionid == "null"
    marker = bucket.delete_object("key")
    assert (marker.versionid, marker.delete_marker) == ("null", True)
    assert bucket.get_object("key", params={"versionId": kept}).read() == b"1"
    versions = bucket.list_object_versions()
    assert [each.versionid for each in versions.versions] == [kept]
    assert [each.versionid for each in versions.delete_marker] == ["null"]


def test_forbid_overwrite_has_no_effect_where_versions_are_kept(bucket):
    bucket.put_bucket_versioning(VERSIONED)
    bucket.put_object("key", b"1")
    bucket.put_object("key", b"2", headers={"x-oss-forbid-overwrite": "true"})
    assert bucket.get_object("key").read() == b"2"


def test_an_empty_version_is_refused(cloud, bucket):
    bucket.put_object("key", b"1")
    url = bucket.sign_url("DELETE", "key", 60, params={"versionId": ""})
    answer = send(cloud, "DELETE", url)
    assert (answer.status, answer.code) == (400, "InvalidArgument")
    assert bucket.object_exists("key")
