"""The body of an S3 request, verified while it is read.

Whoever reads such a body to its end without an error holds bytes that its signature and its checksums vouch for.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Body, Request
from yunbox.gateway.signatures.aws_chunked import AwsChunkedBody, decoded
from yunbox.gateway.signatures.s3_refusals import bad_content_sha256, content_sha256_mismatch
from yunbox.gateway.signatures.scheme import Claim
from yunbox.gateway.signatures.sigv4 import STREAMING, UNSIGNED_PAYLOAD
from yunbox.services.s3 import checksums

_NOTHING = hashlib.sha256(b"").hexdigest()
_UNSIGNED_STREAM = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


class VerifiedBody:
    """A Body whose end is reached only when it is what was announced."""

    def __init__(self, body: Body, sums: list[tuple[str, str]], claim: Claim | None = None) -> None:
        self._body = body
        self._sums = [(header, value, checksums.begin(header)) for header, value in sums]
        self._claim = claim
        self._sha256 = hashlib.sha256() if claim else None

    @property
    def length(self) -> int | None:
        """The announced number of bytes."""
        return self._body.length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes.

        Raises CloudError at the end: XAmzContentSHA256Mismatch, BadDigest; and what the body itself raises.
        """
        async for piece in self._body:
            self._update(piece)
            yield piece
        self._check()

    async def read(self, limit: int) -> bytes:
        """Return the whole body. Raises CloudError: EntityTooLarge past `limit` bytes, or as iterating does."""
        data = await self._body.read(limit)
        self._update(data)
        self._check()
        return data

    def _update(self, piece: bytes) -> None:
        if self._sha256 is not None:
            self._sha256.update(piece)
        for _, _, checksum in self._sums:
            checksum.update(piece)

    def _check(self) -> None:
        if self._claim is not None and self._sha256 is not None:
            computed = self._sha256.hexdigest()
            if computed != self._claim.parameters["content-sha256"]:
                raise content_sha256_mismatch(self._claim, computed)
        for header, value, checksum in self._sums:
            sent = value
            if not sent and isinstance(self._body, AwsChunkedBody):
                sent = self._body.trailers.get(header, "")
            checksums.compare(header, sent, checksum)


def verify_body(request: Request, claim: Claim | None, secret: str) -> None:
    """Put in place of a request's body the decoded and verified one. The claim, if any, has been checked.

    Raises CloudError: XAmzContentSHA256Mismatch for a wrong digest of no body, InvalidRequest for headers
    that contradict each other, and what `aws_chunked.decoded` raises.
    """
    content = claim.parameters["content-sha256"] if claim else _unsigned(request)
    if "x-amz-trailer" in request.headers and content not in STREAMING:
        raise CloudError("InvalidRequest", 400, "x-amz-trailer needs a payload kind that ends in -TRAILER.")
    if content in STREAMING:
        # Without a claim this is the unsigned form, of which only the kind of payload is used.
        stated = claim or Claim("", "", "", parameters={"content-sha256": content})
        request.body = decoded(stated, request, secret)
    elif claim is not None and content != UNSIGNED_PAYLOAD:
        if request.body.length != 0:
            request.body = VerifiedBody(request.body, _checksums(request), claim)
            return
        if content != _NOTHING:
            raise content_sha256_mismatch(claim, _NOTHING)
    if sums := _checksums(request):
        request.body = VerifiedBody(request.body, sums)


def _unsigned(request: Request) -> str:
    content = request.headers.get("x-amz-content-sha256", UNSIGNED_PAYLOAD)
    if content not in (UNSIGNED_PAYLOAD, _UNSIGNED_STREAM):
        raise bad_content_sha256()
    return content


def _checksums(request: Request) -> list[tuple[str, str]]:
    """Return header and value of every checksum to demand; one without a value comes as a trailer."""
    headers = request.headers
    if request.method not in ("PUT", "POST"):
        return []
    if request.method == "POST" and "uploadId=" in request.raw_query:
        # There such a header speaks of the object that is put together, not of the body.
        return []
    found = checksums.announced(headers)
    sums = [found] if found else []
    for name in headers.get("x-amz-trailer").split(",") if "x-amz-trailer" in headers else ():
        trailer = name.strip().lower()
        if trailer not in checksums.HEADERS:
            raise not_implemented(f"the trailer {trailer}")
        sums.append((trailer, ""))
    return sums


class KnownBody:
    """A Body that was read already, for whoever reads it again."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def length(self) -> int:
        """The number of bytes."""
        return len(self._data)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes."""
        yield self._data

    async def read(self, limit: int) -> bytes:
        """Return the bytes. Raises CloudError (EntityTooLarge) past `limit`."""
        if len(self._data) > limit:
            raise CloudError(
                "EntityTooLarge", 400, f"The request body must not be longer than {limit} bytes."
            )
        return self._data
