"""What is stored is what was signed and summed: wrong secrets, digests, chunks and checksums store nothing."""

from __future__ import annotations

import base64
import hashlib
import http.client
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import anycrc
import pytest
from running import RunningCloud
from services.s3.raw_requests import SIGNED_STREAM, put, send, signed_chunks, signed_head

BODY = b"what was meant" * 20_000
UNSIGNED = "UNSIGNED-PAYLOAD"
TRAILED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def _code(answer: tuple[int, dict[str, str], bytes]) -> str:
    text = answer[2].decode()
    return text.partition("<Code>")[2].partition("</Code>")[0]


def _is_stored(s3: Any, bucket: str) -> bool:
    return "Contents" in s3.list_objects_v2(Bucket=bucket)


def test_a_wrong_secret_and_an_unknown_key(
    make_s3: Callable[..., Any],
    s3: Any,
    s3_bucket: str,
    cloud: RunningCloud,
    s3_refused: Callable[..., dict[str, Any]],
) -> None:
    for keys, code in (
        ((cloud.keys[0], "wrong"), "SignatureDoesNotMatch"),
        (("LTAINOBODY", "wrong"), "InvalidAccessKeyId"),
    ):
        other = make_s3(keys)
        s3_refused(code, other.put_object, Bucket=s3_bucket, Key="key", Body=BODY)
        s3_refused("403", other.head_bucket, Bucket=s3_bucket)
    assert not _is_stored(s3, s3_bucket)


@pytest.mark.parametrize("body", [b"", b"small", BODY], ids=["empty", "small", "large"])
def test_a_body_must_have_the_signed_digest(
    cloud: RunningCloud, s3: Any, s3_bucket: str, body: bytes
) -> None:
    other, own = (hashlib.sha256(text).hexdigest() for text in (b"other", body))
    answer = put(cloud, f"/{s3_bucket}/key", body, other)
    assert (answer[0], _code(answer)) == (400, "XAmzContentSHA256Mismatch")
    assert not _is_stored(s3, s3_bucket)
    assert put(cloud, f"/{s3_bucket}/key", body, own)[0] == 200
    assert s3.get_object(Bucket=s3_bucket, Key="key")["Body"].read() == body


def test_a_tampered_document_changes_nothing(cloud: RunningCloud, s3: Any, s3_bucket: str) -> None:
    s3.put_object(Bucket=s3_bucket, Key="key", Body=b"")
    target = f"/{s3_bucket}?delete="
    meant = b"<Delete><Object><Key>other</Key></Object></Delete>"
    sent = b"<Delete><Object><Key>key</Key></Object></Delete>"
    head = signed_head(cloud, "POST", target, hashlib.sha256(meant).hexdigest())
    assert _code(send(cloud, "POST", target, head, sent)) == "XAmzContentSHA256Mismatch"
    assert _is_stored(s3, s3_bucket)


CHUNKS = [BODY[:65536], BODY[65536:131072], BODY[131072:]]


def _stream_head(cloud: RunningCloud, target: str) -> dict[str, str]:
    named = {"x-amz-decoded-content-length": str(len(BODY)), "Content-Encoding": "aws-chunked,gzip"}
    return signed_head(cloud, "PUT", target, SIGNED_STREAM, named)


def test_signed_chunks(cloud: RunningCloud, s3: Any, s3_bucket: str) -> None:
    target = f"/{s3_bucket}/key"
    head = _stream_head(cloud, target)
    assert send(cloud, "PUT", target, head, signed_chunks(cloud, head, CHUNKS))[0] == 200
    got = s3.get_object(Bucket=s3_bucket, Key="key")
    assert got["Body"].read() == BODY
    assert got["ContentEncoding"] == "gzip"


@pytest.mark.parametrize("place", [100, 70_000, 250_000], ids=["first", "second", "last"])
def test_a_tampered_chunk_stores_nothing(cloud: RunningCloud, s3: Any, s3_bucket: str, place: int) -> None:
    target = f"/{s3_bucket}/key"
    head = _stream_head(cloud, target)
    body = bytearray(signed_chunks(cloud, head, CHUNKS))
    body[place] ^= 1
    answer = send(cloud, "PUT", target, head, bytes(body))
    assert (answer[0], _code(answer)) == (403, "SignatureDoesNotMatch")
    assert not _is_stored(s3, s3_bucket)


def test_chunks_that_break_off_store_nothing(cloud: RunningCloud, s3: Any, s3_bucket: str) -> None:
    target = f"/{s3_bucket}/key"
    head = _stream_head(cloud, target)
    body = signed_chunks(cloud, head, CHUNKS)[:-86]
    assert _code(send(cloud, "PUT", target, head, body)) == "IncompleteBody"
    assert not _is_stored(s3, s3_bucket)


def _sums(data: bytes) -> dict[str, bytes]:
    return {
        "crc32": zlib.crc32(data).to_bytes(4, "big"),
        "crc32c": anycrc.Model("CRC32-ISCSI").calc(data).to_bytes(4, "big"),
        "crc64nvme": anycrc.Model("CRC64-NVME").calc(data).to_bytes(8, "big"),
        "sha1": hashlib.sha1(data).digest(),
        "sha256": hashlib.sha256(data).digest(),
    }


@pytest.mark.parametrize("algorithm", ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"])
@pytest.mark.parametrize("trailing", [False, True], ids=["header", "trailer"])
def test_checksums(cloud: RunningCloud, s3: Any, s3_bucket: str, algorithm: str, trailing: bool) -> None:
    target, name = f"/{s3_bucket}/key", f"x-amz-checksum-{algorithm}"

    def upload(value: bytes) -> tuple[int, dict[str, str], bytes]:
        if not trailing:
            return put(cloud, target, BODY, UNSIGNED, **{name: value.decode()})
        body = b"%x\r\n%s\r\n0\r\n%s:%s\r\n\r\n" % (len(BODY), BODY, name.encode(), value)
        named = {"x-amz-trailer": name, "x-amz-decoded-content-length": str(len(BODY))}
        return put(cloud, target, body, TRAILED, **named)

    right, wrong = (base64.b64encode(_sums(data)[algorithm]) for data in (BODY, b"other"))
    answer = upload(wrong)
    assert (answer[0], _code(answer)) == (400, "BadDigest")
    assert _code(upload(right[:-4])) == "InvalidRequest"
    assert not _is_stored(s3, s3_bucket)
    assert upload(right)[0] == 200
    assert s3.get_object(Bucket=s3_bucket, Key="key")["Body"].read() == BODY


def test_the_known_answers_of_the_checksums() -> None:
    # The check values of the CRC catalogue for "123456789".
    sums = _sums(b"123456789")
    assert sums["crc32"].hex() == "cbf43926"
    assert sums["crc32c"].hex() == "e3069283"
    assert sums["crc64nvme"].hex() == "ae8b14860a799888"


def test_checksums_that_contradict_or_are_unknown(cloud: RunningCloud, s3: Any, s3_bucket: str) -> None:
    target = f"/{s3_bucket}/key"
    sums = {
        f"x-amz-checksum-{name}": base64.b64encode(_sums(BODY)[name]).decode() for name in ("crc32", "sha1")
    }
    assert _code(put(cloud, target, BODY, UNSIGNED, **sums)) == "InvalidRequest"
    unknown = put(cloud, target, BODY, UNSIGNED, **{"x-amz-checksum-md9": "x"})
    assert (_code(unknown), b"x-amz-checksum-md9" in unknown[2]) == ("NotImplemented", True)
    unknown = put(cloud, target, BODY, UNSIGNED, **{"x-amz-sdk-checksum-algorithm": "MD9"})
    assert _code(unknown) == "NotImplemented"
    assert not _is_stored(s3, s3_bucket)


def test_content_md5(cloud: RunningCloud, s3: Any, s3_bucket: str) -> None:
    target = f"/{s3_bucket}/key"
    right, wrong = (base64.b64encode(hashlib.md5(data).digest()).decode() for data in (BODY, b"other"))
    assert _code(put(cloud, target, BODY, UNSIGNED, content_md5=wrong)) == "BadDigest"
    assert _code(put(cloud, target, BODY, UNSIGNED, content_md5="nonsense")) == "InvalidDigest"
    assert not _is_stored(s3, s3_bucket)
    assert put(cloud, target, BODY, UNSIGNED, content_md5=right)[0] == 200


def _request(method: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_presigned_urls(make_s3: Callable[..., Any], s3_bucket: str) -> None:
    s3 = make_s3(signature_version="s3v4")
    here = {"Bucket": s3_bucket, "Key": "a b/中文"}
    up, down = (s3.generate_presigned_url(name, here, ExpiresIn=60) for name in ("put_object", "get_object"))
    assert "X-Amz-Signature=" in up
    assert _request("PUT", up, BODY)[0] == 200
    assert _request("GET", down) == (200, BODY)
    assert _request("PUT", down, b"changed")[0] == 403
    assert _request("GET", down.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))[0] == 403
    assert _request("GET", down) == (200, BODY)


def test_an_escaped_signature_parameter_is_no_way_around(s3: Any, s3_bucket: str) -> None:
    url = s3.generate_presigned_url("put_object", {"Bucket": s3_bucket, "Key": "key"}, ExpiresIn=60)
    status, body = _request("PUT", url.replace("X-Amz-", "%58-Amz-"), BODY)
    assert (status, b"Unsupported Authorization Type" in body or b"Malformed" in body) == (400, True)
    assert not _is_stored(s3, s3_bucket)


def test_an_empty_body_is_invited_too(cloud: RunningCloud, s3_bucket: str) -> None:
    # botocore keeps a final answer that came without the invitation for the connection's next request.
    target = f"/{s3_bucket}/key"
    head = signed_head(cloud, "PUT", target, hashlib.sha256(b"").hexdigest())
    head |= {"Expect": "100-continue", "Content-Length": "0"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    connection = http.client.HTTPConnection("127.0.0.1", cloud.state["port"], timeout=20)
    connection.connect()
    try:
        connection.sock.sendall(f"PUT {target} HTTP/1.1\r\n{lines}\r\n".encode())
        answer = connection.sock.makefile("rb")
        assert [answer.readline() for _ in range(3)] == [
            b"HTTP/1.1 100 Continue\r\n",
            b"\r\n",
            b"HTTP/1.1 200 OK\r\n",
        ]
    finally:
        connection.close()
