"""Reading objects: ranges, conditions, overrides, and what HEAD says."""

from __future__ import annotations

import base64
import gzip
import hashlib

import oss2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_http import send, send_bytes

from yunbox.control.ids import Ids
from yunbox.engines.objects.names import version_name
from yunbox.errors import CloudError
from yunbox.services.oss.ranges import read_range

DATA = bytes(range(100))


@pytest.fixture
def stored(bucket):
    bucket.put_object("key", DATA)
    return bucket


@pytest.mark.parametrize(
    ("header", "standard", "status", "start", "stop"),
    [
        ("bytes=0-9", False, 206, 0, 10),
        ("bytes=90-", False, 206, 90, 100),
        ("bytes=-10", False, 206, 90, 100),
        ("bytes=99-99", False, 206, 99, 100),
        ("bytes=90-200", False, 200, 0, 100),
        ("bytes=90-200", True, 206, 90, 100),
        ("bytes=100-200", False, 200, 0, 100),
        ("bytes=-200", True, 206, 0, 100),
        ("bytes=0-1,5-6", False, 200, 0, 100),
        ("bytes=9-1", False, 200, 0, 100),
        ("lines=1-2", True, 200, 0, 100),
        ("bytes=-", True, 200, 0, 100),
    ],
)
def test_ranges(stored, header, standard, status, start, stop):
    headers = {"Range": header} | ({"x-oss-range-behavior": "standard"} if standard else {})
    found = stored.get_object("key", headers=headers)
    assert (found.status, found.read()) == (status, DATA[start:stop])
    if status == 206:
        assert found.headers["Content-Range"] == f"bytes {start}-{stop - 1}/100"


def test_a_range_behind_the_end(stored, refused):
    headers = {"Range": "bytes=100-200", "x-oss-range-behavior": "standard"}
    error = refused("InvalidRange", stored.get_object, "key", headers=headers)
    assert (error.status, error.headers["Content-Range"]) == (416, "bytes */100")


@given(st.text(max_size=30), st.integers(0, 1000), st.booleans())
def test_no_range_leaves_the_object(header, size, standard):
    for text in (header, f"bytes={header}"):
        try:
            span = read_range(text, size, standard=standard)
        except CloudError as error:
            assert error.status == 416
        else:
            assert span is None or 0 <= span[0] < span[1] <= size


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": '"{etag}"'}, 200),
        ({"If-Match": "{etag}"}, 200),
        ({"If-Match": "0" * 32}, 412),
        ({"If-None-Match": "0" * 32}, 200),
        ({"If-None-Match": '"{etag}"'}, 304),
        ({"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "Mon, 01 Jan 2124 00:00:00 GMT"}, 304),
        ({"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 412),
        ({"If-Unmodified-Since": "Mon, 01 Jan 2124 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(cloud, stored, headers, status, method):
    etag = stored.head_object("key").etag
    asked = {name: value.replace("{etag}", etag) for name, value in headers.items()}
    answer = send(cloud, method, stored.sign_url(method, "key", 60), headers=asked)
    assert answer.status == status
    if status == 304:
        assert (answer.body, answer.headers["ETag"]) == (b"", f'"{etag}"')


def test_answers_can_be_dressed_by_who_signs(cloud, stored):
    wanted = {
        "response-content-type": "text/html",
        "response-content-disposition": "attachment; filename=x",
        "response-cache-control": "no-cache",
        "response-content-language": "zh",
        "response-content-encoding": "identity",
        "response-expires": "never",
    }
    headers = stored.get_object("key", params=wanted).headers
    assert {name: headers[name.removeprefix("response-")] for name in wanted} == wanted


def test_nobody_dresses_up_anothers_public_object(cloud, stored):
    stored.put_object_acl("key", "public-read")
    path = f"/{stored.bucket_name}/key"
    assert send(cloud, "GET", path).body == DATA
    answer = send(cloud, "GET", f"{path}?response-content-type=text/html")
    assert (answer.status, answer.code) == (400, "InvalidRequest")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\0b"])
def test_an_override_adds_no_header(stored, refused, value):
    refused("InvalidArgument", stored.get_object, "key", params={"response-content-type": value})


def test_head_tells_what_get_would(stored):
    got, head = stored.get_object("key"), stored.head_object("key")
    assert got.read() == DATA
    hidden = {"Date", "x-oss-request-id"}
    assert {n: v for n, v in got.headers.items() if n not in hidden} == {
        n: v for n, v in head.headers.items() if n not in hidden
    }


def test_the_digest_is_of_the_bytes_that_come(cloud, stored):
    digest = base64.b64encode(hashlib.md5(DATA).digest()).decode()
    assert stored.put_object("key", DATA).headers["Content-MD5"] == digest
    assert stored.get_object("key").headers["Content-MD5"] == digest
    stored.put_symlink("key", "link")
    assert stored.head_object("link").headers["Content-MD5"] == digest
    assert "Content-MD5" not in stored.get_object("key", byte_range=(0, 9)).headers
    stored.put_object("text", TEXT, headers={"Content-Type": "text/plain"})
    answer = send(cloud, "GET", stored.sign_url("GET", "text", 60), headers={"Accept-Encoding": "gzip"})
    assert "Content-MD5" not in answer.headers


def test_object_meta_is_short(stored):
    stored.put_object("key", DATA, headers={"x-oss-meta-a": "b", "Content-Type": "text/plain"})
    headers = stored.get_object_meta("key").headers
    assert headers["Content-Length"] == "100"
    assert headers["ETag"] == stored.head_object("key").headers["ETag"]
    assert "x-oss-hash-crc64ecma" in headers
    assert "x-oss-meta-a" not in headers
    assert "x-oss-object-type" not in headers


def test_a_refused_head_tells_why_in_a_header(cloud, bucket):
    answer = send(cloud, "HEAD", bucket.sign_url("HEAD", "none", 60))
    assert answer.status == 404
    assert b"<Code>NoSuchKey</Code>" in base64.b64decode(answer.headers["x-oss-err"])
    assert answer.headers["x-oss-ec"] == "0026-00000001"


def test_large_objects_come_back_whole(either_bucket):
    data = bytes(range(256)) * 12_000
    stored = either_bucket.put_object("key", data)
    found = either_bucket.get_object("key")
    assert found.read() == data
    assert found.server_crc == stored.crc == found.client_crc
    assert (
        either_bucket.get_object("key", byte_range=(1_000_001, 2_000_000)).read() == data[1_000_001:2_000_001]
    )


def test_an_unknown_version(stored, refused):
    refused("InvalidArgument", stored.get_object, "key", params={"versionId": "nope"})
    never = version_name(1, Ids())
    refused("NoSuchVersion", stored.get_object, "key", params={"versionId": never})
    assert stored.get_object("key", params={"versionId": "null"}).read() == DATA
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        stored.head_object("key", params={"versionId": never})
    assert caught.value.status == 404


TEXT = "十一月十一日 ".encode() * 40_000


@pytest.mark.parametrize("size", [1024, 30_000, len(TEXT)])
def test_text_goes_out_compressed_to_who_takes_it(cloud, bucket, size):
    bucket.put_object("a.txt", TEXT[:size], headers={"Content-Type": "text/plain; charset=utf-8"})
    url = bucket.sign_url("GET", "a.txt", 60)
    answer = send(cloud, "GET", url, headers={"Accept-Encoding": "br, gzip;q=0.8"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert "ETag" not in answer.headers
    assert "Content-Length" not in answer.headers
    assert len(answer.body) < size
    assert gzip.decompress(answer.body) == TEXT[:size]


@pytest.mark.parametrize(
    ("stored_as", "size", "asked"),
    [
        ({"Content-Type": "text/plain"}, 1023, {"Accept-Encoding": "gzip"}),
        ({"Content-Type": "image/png"}, 9000, {"Accept-Encoding": "gzip"}),
        ({"Content-Type": "text/plain", "Content-Encoding": "br"}, 9000, {"Accept-Encoding": "gzip"}),
        ({"Content-Type": "text/plain"}, 9000, {"Accept-Encoding": "gzip;q=0"}),
        ({"Content-Type": "text/plain"}, 9000, {"Accept-Encoding": "gzip;q=0.000"}),
        ({"Content-Type": "text/plain"}, 9000, {"Accept-Encoding": "identity"}),
    ],
)
def test_what_goes_out_as_it_is(cloud, bucket, stored_as, size, asked):
    bucket.put_object("key", TEXT[:size], headers=stored_as)
    answer = send(cloud, "GET", bucket.sign_url("GET", "key", 60), headers=asked)
    assert answer.body == TEXT[:size]
    assert answer.headers["ETag"]
    assert answer.headers["Content-Length"] == str(size)


def test_a_part_of_a_text_goes_out_as_it_is(cloud, bucket):
    bucket.put_object("key", TEXT, headers={"Content-Type": "text/plain"})
    asked = {"Accept-Encoding": "gzip", "Range": "bytes=0-4999"}
    answer = send(cloud, "GET", bucket.sign_url("GET", "key", 60), headers=asked)
    assert (answer.status, answer.body) == (206, TEXT[:5000])


def test_an_old_client_gets_no_chunks(cloud, bucket):
    bucket.put_object("key", TEXT[:9000], headers={"Content-Type": "text/plain"})
    target = "/" + bucket.sign_url("GET", "key", 60).split("/", 3)[3]
    raw = f"GET {target} HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    head, _, body = send_bytes(cloud, raw).partition(b"\r\n\r\n")
    assert b"Content-Length: 9000" in head
    assert body == TEXT[:9000]


def test_a_get_that_announces_a_body_it_never_sends(cloud, stored):
    url = stored.sign_url("GET", "key", 60)
    answer = send(cloud, "GET", url, headers={"Content-Length": "9"})
    assert (answer.body, answer.headers["Connection"]) == (DATA, "close")
