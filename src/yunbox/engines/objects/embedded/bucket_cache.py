"""Buckets kept in memory by every process, though any other may change them.

Eight bytes of a file that all processes map count the changes. A process that is about to change a bucket makes
the count odd before its commit and even after it, both under the write lock. A reader believes its memory only
while the count is even and what it was when the memory was filled. A process that dies in between leaves the
count odd: then everybody reads the database until the next batch of any process puts it right.
"""

from __future__ import annotations

import mmap
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from yunbox.engines.objects.embedded.transaction import BucketRow
from yunbox.engines.objects.interface import Bucket

MOST = 1000
"""The most buckets kept in memory."""


class Known(NamedTuple):
    """A bucket as the service sees it, and its row."""

    bucket: Bucket
    row: BucketRow


class ChangeCount:
    """The count that all processes share. It means nothing after all of them have ended."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if os.fstat(descriptor).st_size < 8:
                os.ftruncate(descriptor, 8)
            self._map = mmap.mmap(descriptor, 8)
        finally:
            os.close(descriptor)

    def read(self) -> bytes:
        """Return the count, to be compared with one read before."""
        return self._map[:8]

    def begin(self) -> None:
        """A bucket is about to change; the write lock is held."""
        self._advance(odd=True)

    def end(self) -> None:
        """What was about to change has changed, or not; the write lock is still held."""
        self._advance(odd=False)

    def _advance(self, *, odd: bool) -> None:
        count = int.from_bytes(self._map[:8], "little")
        if (count & 1) != odd:
            self._map[:8] = ((count + 1) & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "little")

    def close(self) -> None:
        """Unmap the file."""
        self._map.close()


class BucketCache:
    """Looks buckets up, in memory where that is as good as in the database."""

    def __init__(
        self,
        count: ChangeCount,
        connection: sqlite3.Connection,
        find: Callable[[sqlite3.Connection, str], Known | None],
    ) -> None:
        self._count = count
        self._connection = connection
        self._find = find
        self._seen = b""
        self._known: dict[str, Known] = {}

    def find(self, name: str) -> Known | None:
        """Return the bucket as last committed, or None."""
        count = self._count.read()
        if count != self._seen:
            self._known.clear()
            if count[0] & 1:
                self._seen = b""
                return self._find(self._connection, name)
            self._seen = count
        known = self._known.get(name)
        if known is None:
            known = self._find(self._connection, name)
            if known is not None:
                if len(self._known) >= MOST:
                    self._known.clear()
                self._known[name] = known
        return known
