"""One batch of changes: the write connection, the sequence, and the counters of usage."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple, Protocol

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.engines.objects.interface import NoBucketError


class BucketRow(NamedTuple):
    """What a change must know of its bucket."""

    id: int
    versioning: str


class BucketChanges(Protocol):
    """Tells every process that buckets change."""

    def begin(self) -> None:
        """A bucket is about to change."""
        ...

    def end(self) -> None:
        """It has changed, or not."""
        ...


class Transaction:
    """What the operations of a batch work with. Reused from batch to batch.

    Everything it remembers beside the database (sequence, counters, buckets seen) is forgotten at `begin`.
    An operation must count in the same breath as it changes rows, so that a failed one that changed nothing
    has counted nothing.
    """

    def __init__(
        self, connection: sqlite3.Connection, clock: Clock, ids: Ids, changes: BucketChanges
    ) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.clock = clock
        self.ids = ids
        self._changes = changes
        self._seq = 0
        self._stored_seq = 0
        self._buckets: dict[str, BucketRow] = {}
        self._usage: dict[int, list[int]] = {}

    def begin(self) -> None:
        """Start the batch."""
        self._buckets.clear()
        self._usage.clear()
        self.execute("BEGIN IMMEDIATE")
        self._seq = self._stored_seq = self.execute("SELECT value FROM state WHERE name = 'seq'").fetchone()[
            0
        ]

    def seal(self) -> None:
        """Write down what was kept in memory; the commit follows."""
        if self._seq != self._stored_seq:
            self.execute("UPDATE state SET value = ? WHERE name = 'seq'", (self._seq,))
        for bucket, deltas in self._usage.items():
            self.execute(
                "UPDATE usage SET objects = objects + ?, bytes = bytes + ?, versions = versions + ?,"
                " markers = markers + ?, uploads = uploads + ?, upload_bytes = upload_bytes + ?"
                " WHERE bucket = ?",
                (*deltas, bucket),
            )

    def end(self) -> None:
        """The batch is committed or undone; the write lock is given up next."""
        self._changes.end()

    def rollback(self) -> None:
        """Undo the batch; does nothing when SQLite has already done so."""
        if self.connection.in_transaction:
            self.execute("ROLLBACK")

    def next_seq(self) -> int:
        """Return a number larger than all before, of any process."""
        self._seq += 1
        return self._seq

    def now_ms(self) -> int:
        """Return the time in milliseconds since the epoch."""
        return int(self.clock.now() * 1000)

    def bucket(self, name: str) -> BucketRow:
        """Return a bucket. Raises NoBucketError."""
        found = self._buckets.get(name)
        if found is None:
            row = self.execute("SELECT id, versioning FROM buckets WHERE name = ?", (name,)).fetchone()
            if row is None:
                raise NoBucketError(name)
            found = self._buckets[name] = BucketRow(*row)
        return found

    def change_bucket(self, name: str) -> None:
        """Say, before it happens, that the bucket changes: nobody may rely on what he remembers of it."""
        self._changes.begin()
        self._buckets.pop(name, None)

    def count(
        self,
        bucket: int,
        *,
        objects: int = 0,
        size: int = 0,
        versions: int = 0,
        markers: int = 0,
        uploads: int = 0,
        upload_bytes: int = 0,
    ) -> None:
        """Add to what the bucket is known to hold."""
        deltas = self._usage.get(bucket)
        if deltas is None:
            deltas = self._usage[bucket] = [0] * 6
        deltas[0] += objects
        deltas[1] += size
        deltas[2] += versions
        deltas[3] += markers
        deltas[4] += uploads
        deltas[5] += upload_bytes

    def forget_usage(self, bucket: int) -> None:
        """Drop the counters of a bucket that was deleted in this batch."""
        self._usage.pop(bucket, None)
