"""Buckets kept in memory by every process, though any other may change them.

A count that all processes see tells of changes. A process that is about to change a bucket makes
the count odd before its commit and even after it, both under the write lock. A reader believes its memory only
while the count is even and what it was when the memory was filled. A process that dies in between leaves the
count odd: then everybody reads the database until the next batch of any process puts it right.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from yunbox.control.shared_count import SharedCount
from yunbox.engines.objects.embedded.transaction import BucketRow
from yunbox.engines.objects.interface import Bucket

MOST = 1000
"""The most buckets kept in memory."""


class Known(NamedTuple):
    """A bucket as the service sees it, and its row."""

    bucket: Bucket
    row: BucketRow


class ChangeCount(SharedCount):
    """The count of changes: odd while a bucket changes."""

    def begin(self) -> None:
        """A bucket is about to change; the write lock is held."""
        if not self.read()[0] & 1:
            self.advance()

    def end(self) -> None:
        """What was about to change has changed, or not; the write lock is still held."""
        if self.read()[0] & 1:
            self.advance()


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
