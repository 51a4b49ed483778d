"""The checksums that S3 clients send beside a body: five algorithms, in a header or in a trailer.

Source: AWS documentation, "Checking object integrity in Amazon S3"; botocore `httpchecksum`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from typing import Any, Protocol

import anycrc

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Headers

PREFIX = "x-amz-checksum-"


class Checksum(Protocol):
    """A running checksum."""

    def update(self, data: bytes, /) -> object:
        """Take in the next bytes."""
        ...

    def digest(self) -> bytes:
        """Return the checksum of what was taken in, big-endian."""
        ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


class _Crc:
    def __init__(self, model: Any, size: int) -> None:
        self._model = model
        self._size = size
        self._value: int = model.calc(b"")

    def update(self, data: bytes, /) -> None:
        self._value = self._model.calc(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


_crc32c: Any = anycrc.Model("CRC32-ISCSI")
_crc64nvme: Any = anycrc.Model("CRC64-NVME")

ALGORITHMS: dict[str, tuple[int, Callable[[], Checksum]]] = {
    "crc32": (4, _Crc32),
    "crc32c": (4, lambda: _Crc(_crc32c, 4)),
    "crc64nvme": (8, lambda: _Crc(_crc64nvme, 8)),
    "sha1": (20, lambda: hashlib.sha1(usedforsecurity=False)),
    "sha256": (32, hashlib.sha256),
}
"""Algorithm -> the length of its checksums in bytes, and how to begin one."""

HEADERS = frozenset(PREFIX + name for name in ALGORITHMS)
"""The headers and trailers that carry a checksum."""


def announced(headers: Headers) -> tuple[str, str] | None:
    """Return the header and the value of the one checksum that a request's head carries, or None.

    Raises CloudError: InvalidRequest when there are several.
    """
    found = [(name, headers.get(name)) for name in HEADERS if name in headers]
    if len(found) > 1:
        raise CloudError(
            "InvalidRequest",
            400,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )
    return found[0] if found else None


def begin(header: str) -> Checksum:
    """Return a running checksum of the algorithm that `header`, one of HEADERS, names."""
    return ALGORITHMS[header.removeprefix(PREFIX)][1]()


def compare(header: str, value: str, checksum: Checksum) -> None:
    """Return when `value`, as `header` carried it, is the checksum of what arrived.

    Raises CloudError: InvalidRequest when it is no checksum at all, BadDigest when it is another one.
    """
    algorithm = header.removeprefix(PREFIX)
    try:
        expected = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        expected = b""
    if len(expected) != ALGORITHMS[algorithm][0]:
        raise CloudError("InvalidRequest", 400, f"Value for {header} header is invalid.")
    if checksum.digest() != expected:
        raise CloudError(
            "BadDigest",
            400,
            f"The {algorithm.upper()} you specified did not match the calculated checksum.",
        )
