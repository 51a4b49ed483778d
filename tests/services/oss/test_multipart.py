"""Multipart uploads through oss2."""

from __future__ import annotations

import hashlib
import http.client
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import oss2
import pytest
import requests
from oss2.models import PartInfo
from running import RunningCloud

Refused = Callable[..., oss2.exceptions.OssError]
MINIMUM = 100 * 1024


def _upload(
    bucket: oss2.Bucket, key: str, pieces: list[bytes], upload_id: str = ""
) -> tuple[str, list[PartInfo]]:
    """Begin an upload (unless given) and send the pieces at once, from four threads."""
    upload_id = upload_id or bucket.init_multipart_upload(key).upload_id

    def send(number: int) -> PartInfo:
        sent = bucket.upload_part(key, upload_id, number, pieces[number - 1])
        return PartInfo(number, sent.etag, size=len(pieces[number - 1]), part_crc=sent.crc)

    with ThreadPoolExecutor(4) as pool:
        return upload_id, list(pool.map(send, range(1, len(pieces) + 1)))


def test_parts_of_odd_sizes_become_one_object(either_bucket: oss2.Bucket) -> None:
    pieces = [os.urandom(size) for size in (MINIMUM, MINIMUM + 1, 262_147, 65_536 * 2, 1)]
    upload_id, parts = _upload(either_bucket, "dir/大 文件+", pieces)
    done = either_bucket.complete_multipart_upload("dir/大 文件+", upload_id, parts)
    found = either_bucket.get_object("dir/大 文件+")
    assert found.read() == b"".join(pieces)
    digests = b"".join(hashlib.md5(piece).digest() for piece in pieces)
    assert found.etag == done.etag == f"{hashlib.md5(digests).hexdigest().upper()}-5"
    assert found.object_type == "Multipart"
    assert found.server_crc == done.crc == oss2.utils.calc_obj_crc_from_parts(parts)


def test_what_the_upload_began_with_is_the_objects(bucket: oss2.Bucket) -> None:
    headers = {
        "Content-Type": "text/plain",
        "Cache-Control": "no-cache",
        "x-oss-meta-Author": "wang",
        "x-oss-storage-class": "IA",
        "x-oss-tagging": "a=1&b=2",
    }
    upload_id = bucket.init_multipart_upload("key", headers=headers).upload_id
    _, parts = _upload(bucket, "key", [b"x"], upload_id)
    bucket.complete_multipart_upload("key", upload_id, parts)
    found = bucket.head_object("key").headers
    assert found["Content-Type"] == "text/plain"
    assert found["Cache-Control"] == "no-cache"
    assert found["x-oss-meta-author"] == "wang"
    assert found["x-oss-storage-class"] == "IA"
    assert found["x-oss-tagging-count"] == "2"


def test_a_part_sent_again_replaces_the_former(bucket: oss2.Bucket, refused: Refused) -> None:
    upload_id, parts = _upload(bucket, "key", [b"a" * MINIMUM, b"tail"])
    again = bucket.upload_part("key", upload_id, 1, b"b" * MINIMUM)
    refused("InvalidPart", bucket.complete_multipart_upload, "key", upload_id, parts)
    bucket.complete_multipart_upload("key", upload_id, [PartInfo(1, again.etag), parts[1]])
    assert bucket.get_object("key").read() == b"b" * MINIMUM + b"tail"


def test_parts_left_out_are_forgotten(bucket: oss2.Bucket) -> None:
    upload_id, parts = _upload(bucket, "key", [b"a" * MINIMUM, b"b" * MINIMUM, b"c"])
    bucket.complete_multipart_upload("key", upload_id, [parts[0], parts[2]])
    assert bucket.get_object("key").read() == b"a" * MINIMUM + b"c"
    bucket.delete_object("key")
    bucket.delete_bucket()


def test_complete_all_takes_every_part(bucket: oss2.Bucket, refused: Refused) -> None:
    upload_id, parts = _upload(bucket, "key", [b"a" * MINIMUM, b"b"])
    everything = {"x-oss-complete-all": "yes"}
    refused("InvalidArgument", bucket.complete_multipart_upload, "key", upload_id, parts, headers=everything)
    bucket.complete_multipart_upload("key", upload_id, None, headers=everything)
    assert bucket.get_object("key").read() == b"a" * MINIMUM + b"b"


def _complete_as_listed(bucket: oss2.Bucket, upload_id: str, parts: list[PartInfo]) -> str:
    """Complete with the parts in the order given (oss2 sorts them); return the answer."""
    listed = "".join(
        f"<Part><PartNumber>{p.part_number}</PartNumber><ETag>{p.etag}</ETag></Part>" for p in parts
    )
    url = bucket.sign_url("POST", "key", 60, params={"uploadId": upload_id})
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
    return requests.post(url, data=body, timeout=10).text


def test_bad_lists_are_refused_and_the_upload_stays(bucket: oss2.Bucket, refused: Refused) -> None:
    upload_id, parts = _upload(bucket, "key", [b"a" * (MINIMUM - 1), b"b" * MINIMUM])

    def complete(parts: list[PartInfo]) -> None:
        bucket.complete_multipart_upload("key", upload_id, parts)

    assert "<Code>InvalidPartOrder<" in _complete_as_listed(bucket, upload_id, [parts[1], parts[0]])
    assert "<Code>InvalidPartOrder<" in _complete_as_listed(bucket, upload_id, [parts[1], parts[1]])
    refused("InvalidPart", complete, [PartInfo(7, parts[0].etag)])
    refused("InvalidPart", complete, [PartInfo(1, "0" * 32)])
    refused("EntityTooSmall", complete, parts)
    refused("MalformedXML", complete, [])
    refused("NoSuchKey", bucket.get_object, "key")
    complete([parts[1]])
    assert bucket.get_object("key").read() == b"b" * MINIMUM


def test_a_sequential_upload_has_an_md5(bucket: oss2.Bucket, refused: Refused) -> None:
    pieces = [os.urandom(MINIMUM), os.urandom(200_000), b"end"]
    upload_id = bucket.init_multipart_upload("key", params={"sequential": ""}).upload_id
    error = refused("PartNotSequential", bucket.upload_part, "key", upload_id, 2, pieces[1])
    assert error.status == 400
    parts = []
    for number, piece in enumerate(pieces, 1):
        parts.append(PartInfo(number, bucket.upload_part("key", upload_id, number, piece).etag))
    bucket.complete_multipart_upload("key", upload_id, parts)
    found = bucket.get_object("key")
    assert found.headers["Content-MD5"] == oss2.utils.content_md5(b"".join(pieces))
    assert found.read() == b"".join(pieces)


def test_an_upload_ends_once(bucket: oss2.Bucket, refused: Refused) -> None:
    upload_id, parts = _upload(bucket, "key", [b"x"])
    refused("NoSuchUpload", bucket.complete_multipart_upload, "other", upload_id, parts)
    bucket.complete_multipart_upload("key", upload_id, parts)
    refused("NoSuchUpload", bucket.complete_multipart_upload, "key", upload_id, parts)
    refused("NoSuchUpload", bucket.upload_part, "key", upload_id, 1, b"x")
    refused("NoSuchUpload", bucket.abort_multipart_upload, "key", upload_id)
    refused("NoSuchUpload", bucket.upload_part, "key", "no-upload-at-all", 1, b"x")


def test_an_aborted_upload_leaves_nothing(bucket: oss2.Bucket, refused: Refused) -> None:
    upload_id, parts = _upload(bucket, "key", [b"a" * MINIMUM, b"b"])
    refused("BucketNotEmpty", bucket.delete_bucket)
    bucket.abort_multipart_upload("key", upload_id)
    refused("NoSuchUpload", bucket.complete_multipart_upload, "key", upload_id, parts)
    bucket.delete_bucket()


def test_a_damaged_part_is_refused(bucket: oss2.Bucket, refused: Refused) -> None:
    upload_id = bucket.init_multipart_upload("key").upload_id
    wrong = {"Content-MD5": oss2.utils.content_md5(b"other")}
    refused("InvalidDigest", bucket.upload_part, "key", upload_id, 1, b"bytes", headers=wrong)
    refused("InvalidPart", bucket.complete_multipart_upload, "key", upload_id, [PartInfo(1, "0" * 32)])


def test_a_part_has_at_most_5_gb(cloud: RunningCloud, bucket: oss2.Bucket) -> None:
    upload_id = bucket.init_multipart_upload("key").upload_id
    url = bucket.sign_url("PUT", "key", 60, params={"uploadId": upload_id, "partNumber": "1"})
    connection = http.client.HTTPConnection("127.0.0.1", cloud.state["port"], timeout=10)
    connection.putrequest("PUT", url.removeprefix(cloud.endpoint))
    connection.putheader("Content-Length", str(5 * 1024**3 + 1))
    connection.endheaders()
    # The answer comes before any of the bytes.
    answer = connection.getresponse()
    assert (answer.status, b"<Code>InvalidArgument<" in answer.read()) == (400, True)
    connection.close()


def test_encryption_is_stated_all_along(bucket: oss2.Bucket, refused: Refused) -> None:
    headers = {"x-oss-server-side-encryption": "AES256"}
    begun = bucket.init_multipart_upload("key", headers=headers)
    refused("InvalidArgument", bucket.upload_part, "key", begun.upload_id, 1, b"x", headers=headers)
    part = bucket.upload_part("key", begun.upload_id, 1, b"x")
    listed = [PartInfo(1, part.etag)]
    refused(
        "InvalidArgument", bucket.complete_multipart_upload, "key", begun.upload_id, listed, headers=headers
    )
    done = bucket.complete_multipart_upload("key", begun.upload_id, [PartInfo(1, part.etag)])
    for answer in (begun, part, done, bucket.head_object("key")):
        assert answer.headers["x-oss-server-side-encryption"] == "AES256"


def test_a_callback_is_refused_not_forgotten(bucket: oss2.Bucket) -> None:
    upload_id, parts = _upload(bucket, "key", [b"x"])
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket.complete_multipart_upload("key", upload_id, parts, headers={"x-oss-callback": "e30="})
    assert (caught.value.status, caught.value.code) == (501, "NotImplemented")


@pytest.mark.parametrize("number", [0, 10_001, -1, "x", ""])
def test_part_numbers_have_bounds(bucket: oss2.Bucket, refused: Refused, number: object) -> None:
    upload_id = bucket.init_multipart_upload("key").upload_id
    refused("InvalidArgument", bucket.upload_part, "key", upload_id, number, b"x")


def test_overwriting_can_be_forbidden_at_either_end(bucket: oss2.Bucket, refused: Refused) -> None:
    forbid = {"x-oss-forbid-overwrite": "true"}
    early = bucket.init_multipart_upload("key", headers=forbid).upload_id
    late, parts = _upload(bucket, "key", [b"new"])
    _upload(bucket, "key", [b"new"], early)
    bucket.put_object("key", b"old")
    refused("FileAlreadyExists", bucket.init_multipart_upload, "key", headers=forbid)
    refused("FileAlreadyExists", bucket.complete_multipart_upload, "key", early, parts)
    refused("FileAlreadyExists", bucket.complete_multipart_upload, "key", late, parts, headers=forbid)
    assert bucket.get_object("key").read() == b"old"
    bucket.complete_multipart_upload("key", late, parts)
    assert bucket.get_object("key").read() == b"new"
