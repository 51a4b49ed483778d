"""The digests that OSS keeps of an object's bytes: MD5 for the ETag, CRC-64/XZ for integrity."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import anycrc

from yunbox.errors import CloudError
from yunbox.services.oss.errors import invalid_argument

_crc64: Any = anycrc.Model("CRC64-XZ")


def crc64_of(data: bytes) -> str:
    """Return the CRC-64 of `data` as OSS states it: an unsigned decimal number."""
    return str(_crc64.calc(data))


def md5_hex(data: bytes) -> str:
    """Return the MD5 of `data` in upper-case hexadecimal, as ETags are."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest().upper()


def combined_crc64(pieces: Iterable[tuple[str, int]]) -> str:
    """Return the CRC-64 of pieces put together, each given by its own CRC-64 and its size in bytes."""
    value = 0
    for crc64, size in pieces:
        value = _crc64.combine(value, int(crc64), size)
    return str(value)


class Crc64:
    """A running CRC-64."""

    def __init__(self) -> None:
        self._value = 0
        self._begun = False

    def update(self, data: bytes, /) -> None:
        """Take in the next bytes."""
        self._value = _crc64.calc(data, self._value) if self._begun else _crc64.calc(data)
        self._begun = True

    def value(self) -> str:
        """Return the CRC-64 of what was taken in, as an unsigned decimal number."""
        return str(self._value)


class ObjectDigests:
    """MD5 and CRC-64 of a body, fed piece by piece."""

    def __init__(self) -> None:
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.crc64 = Crc64()

    @property
    def etag(self) -> str:
        """The MD5 in upper-case hexadecimal."""
        return self.md5.hexdigest().upper()

    @property
    def all(self) -> tuple[Any, Crc64]:
        """The digests, to be fed by whoever stages the bytes."""
        return (self.md5, self.crc64)


def check_content_md5(announced: str, etag: str) -> None:
    """Compare a Content-MD5 header (base64) with the MD5 of what arrived. Raises CloudError (InvalidDigest)."""
    if not announced:
        return
    try:
        expected = base64.b64decode(announced, validate=True).hex().upper()
    except ValueError:
        expected = ""
    if len(expected) != 32:
        raise invalid_argument("The Content-MD5 you specified is invalid.", "Content-MD5", announced)
    if expected != etag:
        raise CloudError(
            "InvalidDigest",
            400,
            "The Content-MD5 you specified did not match what we received.",
            ec="0017-00000503",
            details={"ClientMD5": announced, "ServerMD5": base64.b64encode(bytes.fromhex(etag)).decode()},
        )
