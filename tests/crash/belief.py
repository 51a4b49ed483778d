"""What a client may believe of each key: what was acknowledged, and what was under way when it was cut off.

Each client changes only keys of its own and one thing at a time, so it always knows every state that a key can
be in: one after an acknowledgement, the former and the wanted one after a request that got no answer.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import anycrc

_crc64 = anycrc.Model("CRC64-XZ")


class Blob(NamedTuple):
    """A content that says where it came from. One of the same seed and a smaller size is its beginning."""

    seed: str
    size: int

    def data(self) -> bytes:
        """Return the bytes."""
        tile = hashlib.blake2b(self.seed.encode(), digest_size=61).digest()
        return (tile * (self.size // len(tile) + 1))[: self.size]


def crc64(data: bytes) -> str:
    """Return the CRC-64 as OSS states it."""
    return str(_crc64.calc(data))


def md5(data: bytes) -> str:
    """Return the MD5 as an ETag states it."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest().upper()


Possible = tuple[Blob | None, ...]
"""The states a key may be in; None: there is no object."""


class Upload:
    """A multipart upload of `blob` in equal parts, the last may be shorter."""

    def __init__(self, key: str, upload_id: str, blob: Blob, part_size: int) -> None:
        self.key = key
        self.upload_id = upload_id
        self.blob = blob
        self.part_size = part_size
        self.parts: dict[int, tuple[str | None, ...]] = {}
        """Part number -> the ETags it may have; None: the part may be missing."""
        self.completing = False
        self.aborting = False

    @property
    def numbers(self) -> range:
        """The numbers of all parts that the content has."""
        return range(1, -(-self.blob.size // self.part_size) + 1)

    def part(self, number: int) -> bytes:
        """Return the bytes of a part."""
        return self.blob.data()[(number - 1) * self.part_size : number * self.part_size]


class Versions:
    """The versions of one key, newest first: (version id, content), None is a delete marker."""

    def __init__(self) -> None:
        self.known: list[tuple[str, Blob | None]] = []
        self.adding: list[Blob | None] = []
        """What may stand on top, under an id that was not told: at most one."""
        self.removing: str = ""
        """The id of a version that may be gone."""

    @property
    def settled(self) -> bool:
        """Whether nothing is in doubt."""
        return not self.adding and not self.removing
