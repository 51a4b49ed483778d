"""The aws-chunked decoder: AWS's worked examples, what botocore sends, and forgeries."""

from __future__ import annotations

import asyncio
import base64
import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_requests import seen

from yunbox.errors import CloudError
from yunbox.gateway.signatures.aws_chunked import decoded
from yunbox.gateway.signatures.scheme import Claim

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

# 66560 letters a; AWS documentation, "Transferring Payload in Multiple Chunks", "Including Trailing Headers".
PLAIN_EXAMPLE = (
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
TRAILER_EXAMPLE = (
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
TRAILER_SIGNATURE = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"


class Pieces:
    length = None

    def __init__(self, data, size):
        self.pieces = [data[i : i + size] for i in range(0, len(data), size)] or [b""]

    async def __aiter__(self):
        for piece in self.pieces:
            yield piece

    async def read(self, limit):
        return b"".join(self.pieces)


def claim_of(kind, seed="0" * 64):
    return Claim(
        "sigv4",
        "AKIAIOSFODNN7EXAMPLE",
        seed,
        region="us-east-1",
        service="s3",
        parameters={
            "content-sha256": kind,
            "date": "20130524T000000Z",
            "day": "20130524",
            "signed-headers": "host",
        },
    )


def decode(kind, data, length, *, seed="0" * 64, trailer="", size=1000):
    headers = {"x-amz-decoded-content-length": str(length)} | ({"x-amz-trailer": trailer} if trailer else {})
    request = seen("PUT", "http://h/b/k", headers)
    request.body = Pieces(data, size)
    body = decoded(claim_of(kind, seed), request, SECRET)
    return asyncio.run(body.read(1 << 20)), body.trailers


def code_of(*args, **options):
    with pytest.raises(CloudError) as caught:
        decode(*args, **options)
    return caught.value.code


def signed(example, ending=b"\r\n"):
    first, second, last = (text.encode() for text in example[1:])
    return (
        b"10000;chunk-signature=" + first + b"\r\n" + b"a" * 65536 + b"\r\n"
        b"400;chunk-signature=" + second + b"\r\n" + b"a" * 1024 + b"\r\n"
        b"0;chunk-signature=" + last + b"\r\n" + ending
    )


TRAILERS = (
    b"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:" + TRAILER_SIGNATURE.encode() + b"\r\n\r\n"
)


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_the_worked_examples_pass(size):
    assert decode(SIGNED, signed(PLAIN_EXAMPLE), 66560, seed=PLAIN_EXAMPLE[0], size=size) == (
        b"a" * 66560,
        {},
    )
    data, trailers = decode(
        TRAILED,
        signed(TRAILER_EXAMPLE, TRAILERS),
        66560,
        seed=TRAILER_EXAMPLE[0],
        trailer="x-amz-checksum-crc32c",
        size=size,
    )
    assert (data, trailers) == (b"a" * 66560, {"x-amz-checksum-crc32c": "sOO8/Q=="})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"aaaa\r\n400", b"aaab\r\n400"),
        (b"signature=b474", b"signature=b475"),
        (b"signature=1c13", b"signature=1c14"),
        (b"signature=2ca2", b"signature=2ca3"),
        (b"sOO8", b"sOO9"),
        (b"signature:d81f", b"signature:d81e"),
        (b"x-amz-trailer-signature:" + TRAILER_SIGNATURE.encode() + b"\r\n", b""),
    ],
)
def test_a_change_to_signed_chunks_is_refused(old, new):
    whole = signed(TRAILER_EXAMPLE, TRAILERS)
    assert whole.count(old) == 1
    options = {"seed": TRAILER_EXAMPLE[0], "trailer": "x-amz-checksum-crc32c"}
    assert code_of(TRAILED, whole.replace(old, new), 66560, **options) == "SignatureDoesNotMatch"
    options["seed"] = PLAIN_EXAMPLE[0]
    assert code_of(TRAILED, whole, 66560, **options) == "SignatureDoesNotMatch"


def test_a_signed_body_may_not_be_cut_or_lengthened():
    whole = signed(PLAIN_EXAMPLE)
    seed = PLAIN_EXAMPLE[0]
    for cut in (1, 2, 3, 90, 500, 1200, len(whole)):
        assert code_of(SIGNED, whole[:-cut], 66560, seed=seed) == "IncompleteBody"
    assert code_of(SIGNED, whole + b"x", 66560, seed=seed) == "IncompleteBody"
    for length in (66559, 66561, 0):
        assert code_of(SIGNED, whole, length, seed=seed) == "IncompleteBody"


def test_only_the_last_signed_chunk_may_be_small():
    from yunbox.gateway.signatures.aws_chunked import Seal

    seal = Seal(claim_of(SIGNED), SECRET)
    data = b""
    for _ in range(2):
        seal.open_chunk("")
        seal.update(b"abc")
        data += b"3;chunk-signature=" + chunk_signature(seal).encode() + b"\r\nabc\r\n"
    assert code_of(SIGNED, data, 6) == "InvalidChunkSizeError"


def chunk_signature(seal):
    """Find the signature of the open chunk with the server's own words; the worked examples vouch for it."""
    from yunbox.gateway.signatures.canonical import sign_hex

    try:
        seal.close_chunk()
    except CloudError as error:
        seal._previous = sign_hex(seal._key, error.details["StringToSign"])
    return seal._previous


def unsigned(data, chunk=4096, checksum=None):
    lines = [
        b"%x\r\n%s\r\n" % (len(data[i : i + chunk]), data[i : i + chunk]) for i in range(0, len(data), chunk)
    ]
    value = checksum or base64.b64encode(zlib.crc32(data).to_bytes(4, "big"))
    return b"".join(lines) + b"0\r\nx-amz-checksum-crc32:" + value + b"\r\n\r\n"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000), st.integers(1, 700), st.integers(1, 300))
def test_unsigned_chunks_round_trip(data, chunk, size):
    found, trailers = decode(
        UNSIGNED, unsigned(data, chunk), len(data), trailer="x-amz-checksum-crc32", size=size
    )
    assert found == data
    assert base64.b64decode(trailers["x-amz-checksum-crc32"]) == zlib.crc32(data).to_bytes(4, "big")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.integers(1, 100))
def test_garbage_is_refused_and_never_crashes(data, size):
    try:
        decode(UNSIGNED, data, 5, trailer="x-amz-checksum-crc32", size=size)
    except CloudError as error:
        assert error.code in {"IncompleteBody", "MalformedTrailerError"}
    else:
        raise AssertionError("garbage passed")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-sha1:a\r\n\r\n", "MalformedTrailerError"),
        (
            b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:a\r\n\r\n",
            "MalformedTrailerError",
        ),
        (b"5\r\nhello\r\n0\r\nno colon\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello!\r\n0\r\nx-amz-checksum-crc32:a\r\n\r\n", "IncompleteBody"),
        (b"5 \r\nhello\r\n0\r\nx-amz-checksum-crc32:a\r\n\r\n", "IncompleteBody"),
        (b"-5\r\nhello\r\n0\r\nx-amz-checksum-crc32:a\r\n\r\n", "IncompleteBody"),
        (b"fffffffffff\r\nhello", "IncompleteBody"),
        (b"5" * 100_000, "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:a\r\n\r\nmore", "IncompleteBody"),
    ],
)
def test_malformed_chunks(data, code):
    assert code_of(UNSIGNED, data, 5, trailer="x-amz-checksum-crc32") == code


def test_what_botocore_sends_passes():
    from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum

    data = bytes(range(256)) * 600
    wrapper = AwsChunkedWrapper(
        io.BytesIO(data), checksum_cls=Crc32Checksum, checksum_name="x-amz-checksum-crc32", chunk_size=10_000
    )
    found, trailers = decode(UNSIGNED, wrapper.read(), len(data), trailer="x-amz-checksum-crc32", size=4096)
    assert found == data
    assert base64.b64decode(trailers["x-amz-checksum-crc32"]) == zlib.crc32(data).to_bytes(4, "big")


def test_the_announced_length_and_trailers_are_needed():
    request = seen("PUT", "http://h/b/k", {})
    with pytest.raises(CloudError, match="decoded-content-length"):
        decoded(claim_of(UNSIGNED), request, SECRET)
    assert code_of(SIGNED, b"", 0, trailer="x-amz-checksum-crc32") == "InvalidRequest"
    assert code_of("UNSIGNED-PAYLOAD", b"", 0) == "InvalidArgument"


def test_a_body_longer_than_the_limit_is_refused():
    request = seen("PUT", "http://h/b/k", {"x-amz-decoded-content-length": "100"})
    with pytest.raises(CloudError) as caught:
        asyncio.run(decoded(claim_of(UNSIGNED), request, SECRET).read(99))
    assert caught.value.code == "EntityTooLarge"
