"""Odd values of every parameter and header: each is answered, none makes the server fail."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from refusals.asked import SCHEMES, Asked
from refusals.place import KEPT, KEPT_BYTES, Place
from yunbox.gateway.signatures.oss_v1 import SUB_RESOURCES

NOT_IMPLEMENTED = 501
_OTHERS = """
    continuation-token delimiter encoding-type fetch-owner key-marker list-type marker max-keys max-parts max-uploads
    part-number-marker prefix start-after upload-id-marker version-id-marker x-oss-process x-oss-async-process
    x-oss-traffic-limit x-oss-ac-forward-allow
""".split()  # noqa: SIM905 - a list of words
PARAMETERS = sorted(SUB_RESOURCES.union(_OTHERS))
VALUES = ("", "-1", "99999999999999999999", "x" * 2000, "é\0", "1", "\u0663", "\ud7ff\uffff", "%00", "..")
BODIES = (
    b"",
    b"<a/>",
    b"\xff\x00",
    b"{}",
    b"<" + b"a" * 100,
    "<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16"),
)
HEADERS = """
    Range If-Modified-Since If-Unmodified-Since If-Match If-None-Match Content-MD5 Content-Encoding Content-Type
    Expires Cache-Control Origin Access-Control-Request-Method Access-Control-Request-Headers Referer
    Accept-Encoding Date x-oss-acl x-oss-callback x-oss-callback-var x-oss-copy-source x-oss-copy-source-if-match
    x-oss-copy-source-if-modified-since x-oss-copy-source-range x-oss-date x-oss-forbid-overwrite x-oss-hash-crc64ecma
    x-oss-meta-a x-oss-metadata-directive x-oss-object-acl x-oss-range-behavior x-oss-security-token
    x-oss-server-side-encryption x-oss-server-side-encryption-key-id x-oss-storage-class x-oss-symlink-target
    x-oss-tagging x-oss-tagging-directive x-oss-traffic-limit x-amz-acl x-amz-content-sha256 x-amz-copy-source
    x-amz-decoded-content-length x-amz-sdk-checksum-algorithm x-amz-checksum-crc32 x-amz-checksum-sha256 x-amz-trailer
""".split()  # noqa: SIM905 - a list of words
ODD = (
    *(
        "",
        "-1",
        "x" * 8000,
        "%00",
        "/",
        "//",
        "*",
        "\t",
        "é中",
        "https://\u0661",
        "http://[",
        "a=b&a=b",
        "a=%ff",
    ),
    *("gzip;q=x", "bytes=9999999999999999999999-", "bytes=0-18446744073709551616", "bytes=-0", "bytes=--1"),
    *("bytes=\u0663-", "==", "AAAA", "/bucket/%ff", "/no-such-bucket/key?versionId=x"),
    *("Mon, 32 Foo 2020 00:00:00 GMT", "Thu, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:60 GMT"),
    *("multipart/form-data; boundary=", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
)
SHAPES = ((), (("append", ""), ("position", "0")), (("symlink", ""),), (("acl", ""),), (("uploads", ""),))


class Line:
    """One connection, opened again when the server closes it."""

    def __init__(self, place: Place) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", place.cloud.state["port"], timeout=30)

    def send(self, asked: Asked) -> tuple[int, bytes]:
        headers = {name: value.encode() for name, value in asked.headers if name != "Host"}
        self.connection.request(asked.method, asked.target, asked.body or None, headers)
        response = self.connection.getresponse()
        return response.status, response.read()


@pytest.fixture
def line(place: Place) -> Iterator[Line]:
    """A connection to a cloud whose bucket is open to all, so that values are read before anyone is refused."""
    place.bucket.put_bucket_acl("public-read-write")
    made = Line(place)
    yield made
    made.connection.close()
    assert place.other.get_object(KEPT).read() == KEPT_BYTES


def expect_an_answer(line: Line, asked: Asked) -> None:
    status, body = line.send(asked)
    assert status < 500 or status == NOT_IMPLEMENTED, (asked, body)
    if status == NOT_IMPLEMENTED and asked.method != "HEAD":
        assert b"<Message>" in body


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "HEAD"])
def test_odd_parameters(place: Place, line: Line, method: str) -> None:
    for number, name in enumerate(PARAMETERS):
        for key in ("", "odd"):
            for step in range(2):
                value = VALUES[(number + step * 3) % len(VALUES)]
                body = BODIES[(number + step) % len(BODIES)] if method in ("PUT", "POST") else b""
                asked = place.asked(method, key, query=((name, value),), body=body)
                expect_an_answer(line, asked)
                expect_an_answer(line, SCHEMES["v4-header"](asked, place.root))


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"])
def test_odd_headers(place: Place, line: Line, method: str) -> None:
    for number, name in enumerate(HEADERS):
        for step, value in enumerate(ODD):
            changes = method in ("PUT", "POST")
            query = SHAPES[(number + step) % len(SHAPES)] if changes else ()
            asked = place.asked(method, "odd", query=query, body=b"abc" if changes else b"")
            expect_an_answer(line, asked.with_header(name, value))
