"""Input that means harm: too long, too many, malformed, or aimed at a header, a file or a parser."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from refusals.asked import SCHEMES, Asked
from refusals.place import KEPT, KEPT_BYTES, Place

sign = SCHEMES["v1-header"]
EVERY_OSS = [name for name in SCHEMES if not name.startswith("s3")]


@pytest.fixture
def place(place: Place) -> Iterator[Place]:
    """The same, open to all, so that no signature stands in the way of what is tested; and alive afterwards."""
    place.bucket.put_bucket_acl("public-read-write")
    yield place
    assert place.bucket.get_object(KEPT).read() == KEPT_BYTES
    assert "Traceback" not in place.cloud.errors


def exchange(place: Place, raw: bytes, *, shut: bool = True) -> bytes:
    """Send bytes as they are, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", place.cloud.state["port"]), timeout=30) as connection:
        connection.sendall(raw)
        if shut:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def head(place: Place, method: str, target: bytes, *lines: str) -> bytes:
    fields = "".join(f"{line}\r\n" for line in (f"Host: {place.host}", "Connection: close", *lines))
    return method.encode() + b" " + target + b" HTTP/1.1\r\n" + fields.encode() + b"\r\n"


@pytest.mark.parametrize("key", ["k" * 1024, "é" * 512, "😀" * 256, "a/" * 512])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "HEAD"])
def test_a_key_over_1023_bytes(place: Place, key: str, method: str) -> None:
    place.refuses(place.put(key).but(method=method), 400, "InvalidObjectName")


@pytest.mark.parametrize("key", ["k" * 1023, "é" * 511 + "e", "a/" * 511 + "b"])
def test_a_key_of_1023_bytes(place: Place, key: str) -> None:
    assert len(key.encode()) == 1023
    place.allows(place.put(key))
    assert place.allows(place.asked("GET", key)).body == b"new bytes"


def test_a_copys_source_over_1023_bytes(place: Place) -> None:
    source = f"/{place.bucket.bucket_name}/{'k' * 1024}"
    asked = place.put("copy", b"").with_header("x-oss-copy-source", source)
    answer = place.send(asked)
    assert answer.status in (400, 404)
    assert not place.bucket.object_exists("copy")


@pytest.mark.parametrize("scheme", EVERY_OSS)
def test_too_many_parameters(place: Place, scheme: str) -> None:
    many = tuple((f"p{number}", "v") for number in range(1001))
    place.refuses(SCHEMES[scheme](place.put(), place.root).but(query=many), 400, "InvalidArgument")
    place.refuses(place.put().but(query=many), 400, "InvalidArgument")


@pytest.mark.parametrize(
    ("lines", "status"),
    [([f"x-oss-meta-{n}: v" for n in range(300)], 431), (["x-oss-meta-a: " + "v" * 70_000], 431)],
)
def test_too_long_a_head(place: Place, lines: list[str], status: int) -> None:
    before = place.state()
    answer = exchange(
        place, head(place, "PUT", place.path("new").encode(), "Content-Length: 0", *lines), shut=False
    )
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert place.state() == before


def test_too_much_metadata(place: Place) -> None:
    place.refuses(place.put().with_header("x-oss-meta-long", "v" * 8193), 400, "InvalidArgument")


def _delete(place: Place, body: bytes) -> Asked:
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    return place.asked("POST", "", query=(("delete", ""),), body=body).with_header("Content-MD5", digest)


_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
_DELETED = f"<Object><Key>{KEPT}</Key></Object>"
XML = {
    "empty": b"",
    "text": b"not XML",
    "cut off": f"<Delete>{_DELETED}".encode(),
    "another root": f"<Remove>{_DELETED}</Remove>".encode(),
    "billion laughs": (_LAUGHS + f"<Delete>{_DELETED}<Object><Key>&i;</Key></Object></Delete>").encode(),
    "a doctype": f"<!DOCTYPE Delete><Delete>{_DELETED}</Delete>".encode(),
    "a file": (
        '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        f"<Delete>{_DELETED}<Object><Key>&f;</Key></Object></Delete>"
    ).encode(),
    "deep": b"<Delete>" + b"<Object>" * 50_000,
    "unknown entity": f"<Delete>{_DELETED}<Object><Key>&x;</Key></Object></Delete>".encode(),
    "no character": f"<Delete>{_DELETED}<Object><Key>a&#0;b</Key></Object></Delete>".encode(),
    "not UTF-8": f"<Delete>{_DELETED}<Object><Key>".encode() + b"\xff\xfe</Key></Object></Delete>",
    "no key": f"<Delete>{_DELETED}<Object></Object></Delete>".encode(),
    "two roots": f"<Delete>{_DELETED}</Delete><Delete/>".encode(),
    "1001 keys": ("<Delete>" + _DELETED * 1001 + "</Delete>").encode(),
}


@pytest.mark.parametrize("kind", XML)
def test_xml_that_is_none(place: Place, kind: str) -> None:
    place.refuses(sign(_delete(place, XML[kind]), place.root), 400, "MalformedXML")


def test_xml_that_is_too_long(place: Place) -> None:
    body = f"<Delete>{_DELETED}<!--{'x' * (4 << 20)}--></Delete>".encode()
    before = place.state()
    answer = place.send(sign(_delete(place, body), place.root))
    assert answer.status == 400, answer
    assert answer.code in ("EntityTooLarge", "MalformedXML"), answer.body
    assert place.state() == before


def test_xml_that_is_right(place: Place) -> None:
    body = b"<Delete><Object><Key>nothing</Key></Object></Delete>"
    assert b"nothing" in place.allows(sign(_delete(place, body), place.root)).body


@pytest.mark.parametrize("key", [b"%ff%fe", b"a%c3", b"%ed%a0%80", b"%c0%af", b"a%00b", b"%00"])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_key_that_is_no_text(place: Place, method: str, key: bytes) -> None:
    before = place.state()
    target = f"/{place.bucket.bucket_name}/".encode() + key
    answer = exchange(place, head(place, method, target, "Content-Length: 0"))
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:300]
    assert b"<Code>Invalid" in answer
    assert place.state() == before


@pytest.mark.parametrize(
    "target", [b"/\xff\xfe", b"/a\x00b", b"/a b", b"a", b"//", b"/%", b"/%zz", b"/\x7f", b"http://", b"*"]
)
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_target_that_is_none(place: Place, method: str, target: bytes) -> None:
    before = place.state()
    answer = exchange(place, head(place, method, target, "Content-Length: 0"))
    assert answer.startswith(b"HTTP/1.1 4"), answer[:300]
    assert place.state() == before


_INJECTED = (
    "attachment\r\nX-Injected: yes",
    "a\nX-Injected: yes",
    "a\rX-Injected: yes",
    "a\0b",
    "é\r\n\r\n<html>",
)


@pytest.mark.parametrize("value", _INJECTED)
@pytest.mark.parametrize(
    "name", ["response-content-disposition", "response-content-type", "response-expires"]
)
@pytest.mark.parametrize("scheme", ["v1-url", "v2-url", "v4-url", "s3-url"])
def test_no_header_is_injected(place: Place, scheme: str, name: str, value: str) -> None:
    asked = SCHEMES[scheme](place.asked("GET", query=((name, value),)), place.root)
    answer = place.send(asked)
    assert answer.status == 400, answer
    assert "X-Injected" not in answer.headers
    assert b"<html>" not in answer.body
    safe = SCHEMES[scheme](place.asked("GET", query=((name, "text/plain; a=b"),)), place.root)
    assert place.allows(safe).headers[name.removeprefix("response-")] == "text/plain; a=b"


def test_no_header_is_injected_through_metadata_or_a_redirect(place: Place) -> None:
    target = place.path("new").encode()
    for line in (
        "x-oss-meta-a: b\rX-Injected: yes",
        "x-oss-meta-a: b\0c",
        "x-oss-meta-a\r: b",
        "x-oss meta: b",
    ):
        answer = exchange(place, head(place, "PUT", target, "Content-Length: 0", line))
        if answer.startswith(b"HTTP/1.1 200"):
            got = place.send(place.asked("GET", "new"))
            assert "X-Injected" not in got.headers
            raise AssertionError(f"{line!r} was accepted")
        assert answer.startswith(b"HTTP/1.1 400 "), answer[:300]
    assert not place.bucket.object_exists("new")


@pytest.mark.parametrize(
    "key",
    [
        *(
            "../up",
            "../../../../../../tmp/yunbox-escaped",
            "a/../../b",
            "./.",
            "..",
            "a/..",
            ".",
            "/etc/passwd",
        ),
        *("C:\\x", "..\\x", "objects.db", "~", "-rf", "$(id)", "a\tb", "a\nb", "con"),
    ],
)
def test_a_key_is_no_path(place: Place, key: str) -> None:
    around = sorted(path.name for path in place.cloud.data.parent.iterdir())
    answer = place.send(place.put(key))
    if answer.status == 400:
        assert answer.code == "InvalidObjectName"
        assert not place.bucket.object_exists("new")
    else:
        assert answer.status == 200, answer
        listed = place.bucket.list_objects_v2(prefix=key, encoding_type="url").object_list
        assert [each.key for each in listed] == [key]
        assert place.allows(place.asked("GET", key)).body == b"new bytes"
        big = b"x" * 200_000
        place.allows(place.put(key, big))
        assert place.allows(place.asked("GET", key)).body == big
        place.allows(place.asked("DELETE", key))
    assert sorted(path.name for path in place.cloud.data.parent.iterdir()) == around
    assert not Path("/tmp/yunbox-escaped").exists()


@pytest.mark.parametrize(
    "bucket", ["..", "%2e%2e", ".hidden", "UPPER", "a", "x" * 64, "a_b", "-ab", "ab-", "a.b", "%2fabc"]
)
def test_a_bucket_name_that_is_none(place: Place, bucket: str) -> None:
    before = place.state()
    buckets = place.send(sign(place.asked("GET", "").but(path="/"), place.root)).body
    asked = sign(Asked("PUT", f"/{bucket}/", headers=(("Host", place.host),)), place.root)
    answer = place.send(asked)
    assert (answer.status, answer.code) in ((400, "InvalidBucketName"), (403, "SignatureDoesNotMatch")), (
        answer.body
    )
    assert place.state() == before
    after = place.send(sign(place.asked("GET", "").but(path="/"), place.root)).body
    assert buckets.count(b"<Bucket>") == after.count(b"<Bucket>")


@pytest.mark.parametrize("size", [10, 100_000, 1_000_000])
def test_a_body_that_ends_early_stores_nothing(place: Place, size: int) -> None:
    """Neither when the client closes its side nor when it is gone altogether."""
    for target in (place.path("new"), place.path("kept/x")):
        before = place.state()
        start = head(place, "PUT", target.encode(), f"Content-Length: {size}") + b"x" * (size - 1)
        answer = exchange(place, start)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 "), answer[:200]
        assert place.state() == before
        with socket.create_connection(("127.0.0.1", place.cloud.state["port"]), timeout=30) as gone:
            gone.sendall(start)
        assert place.state() == before
    place.allows(place.put("new", b"x" * size))


_SMUGGLED = {
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "a length and chunks": ["Content-Length: 5", "Transfer-Encoding: chunked"],
    "no number": ["Content-Length: five"],
    "a sign": ["Content-Length: +5"],
    "negative": ["Content-Length: -5"],
    "a list": ["Content-Length: 5, 5, 6"],
    "hexadecimal": ["Content-Length: 0x5"],
    "huge": ["Content-Length: 99999999999999999999999"],
    "over 5 GB": [f"Content-Length: {5 * 1024**3 + 1}"],
    "unknown coding": ["Transfer-Encoding: gzip"],
    "hidden chunks": ["Transfer-Encoding: xchunked", "Content-Length: 5"],
    "two hosts": ["Host: other", "Content-Length: 5"],
    "folded": ["Content-Length: 5", "X-A: b\r\n c"],
    "space before the colon": ["Content-Length : 5"],
}


@pytest.mark.parametrize("kind", _SMUGGLED)
def test_a_request_that_could_be_read_in_two_ways(place: Place, kind: str) -> None:
    before = place.state()
    target = place.path("new").encode()
    hidden = f"DELETE {place.path()}x HTTP/1.1\r\nHost: {place.host}\r\n\r\n".encode()
    answer = exchange(place, head(place, "PUT", target, *_SMUGGLED[kind]) + b"hello" + hidden)
    assert answer[:10] in (b"HTTP/1.1 4", b"HTTP/1.1 5"), answer[:300]
    assert answer.count(b"HTTP/1.1 ") == 1, "what followed was read as another request"
    assert place.state() == before


def test_chunks_that_are_none(place: Place) -> None:
    target = place.path("new").encode()
    for body in (
        b"5\r\nhelloX",
        b"g\r\nhello\r\n0\r\n\r\n",
        b"-1\r\n",
        b"5\r\nhel",
        b"ffffffffffffffffff\r\nx",
        b"5 \x00\r\nhello\r\n0\r\n\r\n",
    ):
        answer = exchange(place, head(place, "PUT", target, "Transfer-Encoding: chunked") + body)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 "), (body, answer[:300])
        assert not place.bucket.object_exists("new"), body
    answer = exchange(
        place, head(place, "PUT", target, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert place.bucket.get_object("new").read() == b"hello"
