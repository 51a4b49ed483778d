"""The aws-chunked encoding of S3 uploads: chunks that are signed one by one, or unsigned ones with trailers.

Sources: AWS documentation, "Transferring Payload in Multiple Chunks" and "Including Trailing Headers";
botocore `httpchecksum.AwsChunkedWrapper` for the unsigned form.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Body, Request
from yunbox.gateway.signatures import s3_refusals as refusals
from yunbox.gateway.signatures.canonical import sign_hex, signing_key
from yunbox.gateway.signatures.scheme import Claim, same
from yunbox.gateway.signatures.sigv4 import STREAMING, scope_of

MAX_TRAILERS = 16
MIN_SIGNED_CHUNK_BYTES = 8192
_MAX_LINE_BYTES = 4096
_EMPTY_DIGEST = hashlib.sha256(b"").hexdigest()
_SIGNED_HEAD = re.compile(rb"([0-9a-fA-F]{1,10});chunk-signature=([0-9a-f]{64})")
_PLAIN_HEAD = re.compile(rb"[0-9a-fA-F]{1,10}")
_TRAILER = re.compile(r"([A-Za-z0-9-]{1,128}):[ \t]*([\x20-\x7e]{0,1024}?)[ \t]*")
_TRAILER_NAME = re.compile(r"[a-z0-9-]{1,128}")
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)


class AwsChunkedBody:
    """The decoded body of an upload in aws-chunked encoding; itself a Body, read once.

    Memory stays bounded whatever the size of a chunk, so the bytes of a chunk are passed on before its
    signature is seen: what was read counts only once the iteration has ended without an error.
    """

    def __init__(self, body: Body, length: int, announced: frozenset[str], seal: Seal | None) -> None:
        self._body = body
        self._length = length
        self._announced = announced
        self._seal = seal
        self._lines = _Lines(body)
        self.trailers: dict[str, str] = {}

    @property
    def length(self) -> int:
        """The number of decoded bytes, as x-amz-decoded-content-length announced it."""
        return self._length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the decoded bytes.

        Raises CloudError: SignatureDoesNotMatch (of a chunk or the trailers), IncompleteBody (the framing or
        the length is wrong), InvalidChunkSizeError, MalformedTrailerError.
        """
        received = 0
        short = False
        while size := await self._open_chunk():
            received += size
            if received > self._length:
                raise _incomplete("More bytes were sent than x-amz-decoded-content-length announced.")
            if short:
                raise CloudError(
                    "InvalidChunkSizeError",
                    403,
                    f"Only the last chunk is allowed to have a size less than {MIN_SIGNED_CHUNK_BYTES} bytes",
                )
            short = self._seal is not None and size < MIN_SIGNED_CHUNK_BYTES
            async for piece in self._lines.take(size):
                if self._seal:
                    self._seal.update(piece)
                yield piece
            await self._lines.expect_blank()
            if self._seal:
                self._seal.close_chunk()
        if received != self._length:
            raise _incomplete("Fewer bytes were sent than x-amz-decoded-content-length announced.")
        if self._seal:
            self._seal.close_chunk()
        await self._read_trailers()
        await self._lines.expect_end()

    async def read(self, limit: int) -> bytes:
        """Return the whole decoded body. Raises CloudError (EntityTooLarge) past `limit` bytes."""
        if self._length > limit:
            raise CloudError(
                "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size."
            )
        return b"".join([piece async for piece in self])

    async def _open_chunk(self) -> int:
        line = await self._lines.line()
        if self._seal is None:
            if not _PLAIN_HEAD.fullmatch(line):
                raise _incomplete("A chunk does not start with its size.")
            return int(line, 16)
        match = _SIGNED_HEAD.fullmatch(line)
        if not match:
            raise _incomplete("A chunk does not start with its size and signature.")
        self._seal.open_chunk(match[2].decode())
        return int(match[1], 16)

    async def _read_trailers(self) -> None:
        found: dict[str, str] = {}
        while line := await self._lines.line():
            match = _TRAILER.fullmatch(line.decode("latin-1"))
            if not match or len(found) > MAX_TRAILERS:
                raise _bad_trailer()
            name = match[1].lower()
            if name in found:
                raise _bad_trailer()
            found[name] = match[2]
        signature = found.pop("x-amz-trailer-signature", "")
        if found.keys() != self._announced:
            raise _bad_trailer()
        if self._seal:
            self._seal.check_trailers(found, signature)
        elif signature:
            raise _bad_trailer()
        self.trailers = found


class Seal:
    """Checks the chain of signatures: each covers the one before it, the first that of the request's head."""

    def __init__(self, claim: Claim, secret: str) -> None:
        self._claim = claim
        self._key = signing_key("AWS4", secret, claim.parameters["day"], claim.region, claim.service)
        self._head = f"{claim.parameters['date']}\n{scope_of(claim)}\n"
        self._previous = claim.signature
        self._given = ""
        self._digest = hashlib.sha256()
        self._with_trailers = claim.parameters["content-sha256"].endswith("-TRAILER")

    def open_chunk(self, signature: str) -> None:
        """Start a chunk that came with `signature`."""
        self._given = signature
        self._digest = hashlib.sha256()

    def update(self, piece: bytes) -> None:
        """Take in bytes of the open chunk."""
        self._digest.update(piece)

    def close_chunk(self) -> None:
        """Raise CloudError (SignatureDoesNotMatch) unless the open chunk's signature is right."""
        text = (
            f"AWS4-HMAC-SHA256-PAYLOAD\n{self._head}{self._previous}\n{_EMPTY_DIGEST}\n"
            f"{self._digest.hexdigest()}"
        )
        self._compare(text, self._given)

    def check_trailers(self, trailers: dict[str, str], signature: str) -> None:
        """Raise CloudError (SignatureDoesNotMatch) unless the trailers' signature is right."""
        if not self._with_trailers:
            if trailers or signature:
                raise _bad_trailer()
            return
        lines = "".join([f"{name}:{value}\n" for name, value in sorted(trailers.items())])
        digest = hashlib.sha256(lines.encode()).hexdigest()
        self._compare(f"AWS4-HMAC-SHA256-TRAILER\n{self._head}{self._previous}\n{digest}", signature)

    def _compare(self, text: str, given: str) -> None:
        if not same(sign_hex(self._key, text), given):
            raise refusals.mismatch(self._claim, text)
        self._previous = given


class _Lines:
    """Lines and counted runs of bytes out of a body that arrives in pieces of any size."""

    def __init__(self, body: Body) -> None:
        self._pieces = aiter(body)
        self._held = b""
        self._at = 0

    async def line(self) -> bytes:
        """Return what stands before the next CR LF."""
        end = self._held.find(b"\r\n", self._at, self._at + _MAX_LINE_BYTES)
        while end < 0:
            if len(self._held) - self._at >= _MAX_LINE_BYTES:
                raise _incomplete("A line of the chunked encoding is too long.")
            await self._more()
            end = self._held.find(b"\r\n", self._at, self._at + _MAX_LINE_BYTES)
        line = self._held[self._at : end]
        self._at = end + 2
        return line

    async def take(self, size: int) -> AsyncIterator[bytes]:
        """Iterate over the next `size` bytes."""
        while size:
            if self._at == len(self._held):
                await self._more()
            whole = self._at == 0 and len(self._held) <= size
            piece = self._held if whole else self._held[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            if piece:
                yield piece

    async def expect_blank(self) -> None:
        """Consume the CR LF that ends a chunk."""
        while len(self._held) - self._at < 2:
            await self._more()
        if not self._held.startswith(b"\r\n", self._at):
            raise _incomplete("A chunk is longer than the size it states.")
        self._at += 2

    async def expect_end(self) -> None:
        """Raise unless nothing follows."""
        if self._at < len(self._held):
            raise _incomplete("Bytes follow the last chunk.")
        async for piece in self._pieces:
            if piece:
                raise _incomplete("Bytes follow the last chunk.")

    async def _more(self) -> None:
        try:
            piece = await anext(self._pieces)
        except StopAsyncIteration:
            raise _incomplete("The body ended before its last chunk.") from None
        self._held = self._held[self._at :] + piece if self._at < len(self._held) else piece
        self._at = 0


def decoded(claim: Claim, request: Request, secret: str) -> AwsChunkedBody:
    """Return the decoded body of a request whose claim, of SigV4, has been checked and is one of STREAMING.

    Raises CloudError: MissingContentLength without x-amz-decoded-content-length, InvalidRequest when the
    announced trailers do not fit the kind of payload.
    """
    kind = claim.parameters["content-sha256"]
    if kind not in STREAMING:
        raise refusals.bad_content_sha256()
    length = request.headers.get("x-amz-decoded-content-length")
    if not _LENGTH.fullmatch(length):
        raise CloudError(
            "MissingContentLength", 411, "You must provide the x-amz-decoded-content-length HTTP header."
        )
    announced = _announced(request)
    if announced and not kind.endswith("-TRAILER"):
        raise CloudError("InvalidRequest", 400, "x-amz-trailer needs a payload kind that ends in -TRAILER.")
    seal = None if kind == "STREAMING-UNSIGNED-PAYLOAD-TRAILER" else Seal(claim, secret)
    return AwsChunkedBody(request.body, int(length), announced, seal)


def _announced(request: Request) -> frozenset[str]:
    text = request.headers.get("x-amz-trailer")
    if not text:
        return frozenset()
    names = [name.strip().lower() for name in text.split(",", MAX_TRAILERS)]
    if len(names) > MAX_TRAILERS or not all(_TRAILER_NAME.fullmatch(name) for name in names):
        raise CloudError("InvalidRequest", 400, "The x-amz-trailer header is malformed.")
    return frozenset(names)


def _incomplete(reason: str) -> CloudError:
    return CloudError("IncompleteBody", 400, f"The request body is not well-formed aws-chunked. {reason}")


def _bad_trailer() -> CloudError:
    return CloudError(
        "MalformedTrailerError",
        400,
        "The request contained trailing data that was not well-formed or was not announced by x-amz-trailer.",
    )
