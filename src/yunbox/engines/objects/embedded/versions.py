"""Writing and deleting versions: what versioning promises, as rows.

A key's visible version is its row in `objects`; everything else (former versions, delete markers) is in
`history`. All rows of `history` are older than the row in `objects`. A key without a row in `objects` is
hidden: then the newest row of `history`, if there is one, is a delete marker.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

from yunbox.engines.objects.embedded import blobs
from yunbox.engines.objects.embedded.blobs import Piece
from yunbox.engines.objects.embedded.transaction import BucketRow, Transaction
from yunbox.engines.objects.interface import NULL_VERSION, Check, Entry, NewEntry
from yunbox.engines.objects.names import version_name, version_seq

OBJECT_COLUMNS = "key, version, modified, size, etag, attributes, 0, content, seq"
HISTORY_COLUMNS = "key, version, modified, size, etag, attributes, marker, content, seq"

_CURRENT = f"SELECT {OBJECT_COLUMNS} FROM objects WHERE bucket = ? AND key = ?"  # noqa: S608
_CURRENT_INLINE = (
    "SELECT o.key, o.version, o.modified, o.size, o.etag, o.attributes, o.content, b.data"
    " FROM objects AS o JOIN blobs AS b ON b.id = o.content"
    " WHERE o.bucket = ? AND o.key = ? AND b.kind = ?"
)
_NEWEST_HIDDEN = (
    f"SELECT {HISTORY_COLUMNS} FROM history WHERE bucket = ? AND key = ? ORDER BY seq DESC LIMIT 1"  # noqa: S608
)
_CURRENT_BY_SEQ = f"{_CURRENT} AND seq = ?"
_HISTORY_BY_SEQ = f"SELECT {HISTORY_COLUMNS} FROM history WHERE bucket = ? AND key = ? AND seq = ?"  # noqa: S608
_CURRENT_NULL = f"{_CURRENT} AND version = 'null'"
_HISTORY_NULL = f"SELECT {HISTORY_COLUMNS} FROM history WHERE bucket = ? AND key = ? AND version = 'null'"  # noqa: S608


class Held(NamedTuple):
    """A row of `objects` or `history`."""

    key: str
    version: str
    modified: int
    size: int
    etag: str
    attributes: bytes
    marker: int
    content: int
    seq: int

    def entry(self, *, latest: bool) -> Entry:
        """Return the version as the interface shows it."""
        return Entry(
            self.key,
            self.version,
            self.modified,
            self.size,
            self.etag,
            self.attributes,
            bool(self.marker),
            latest,
            self.content,
        )


def find_current(connection: sqlite3.Connection, bucket: BucketRow, key: str) -> Held | None:
    """Return the key's current version, which may be a delete marker."""
    row = connection.execute(_CURRENT, (bucket.id, key)).fetchone()
    if row is None and bucket.versioning != "Off":
        row = connection.execute(_NEWEST_HIDDEN, (bucket.id, key)).fetchone()
    return None if row is None else Held._make(row)


def find_inline(connection: sqlite3.Connection, bucket: BucketRow, key: str) -> Entry | None:
    """Return the key's visible version with its bytes, if they lie in the database; else None."""
    row = connection.execute(_CURRENT_INLINE, (bucket.id, key, blobs.INLINE)).fetchone()
    if row is None:
        return None
    return Entry(row[0], row[1], row[2], row[3], row[4], row[5], False, True, row[6], row[7])


def find_version(connection: sqlite3.Connection, bucket: BucketRow, key: str, version: str) -> Held | None:
    """Return the version of that name."""
    if version == NULL_VERSION:
        found = connection.execute(_CURRENT_NULL, (bucket.id, key)).fetchone()
        found = found or connection.execute(_HISTORY_NULL, (bucket.id, key)).fetchone()
    else:
        seq = version_seq(version)
        if seq is None:
            return None
        found = connection.execute(_CURRENT_BY_SEQ, (bucket.id, key, seq)).fetchone()
        found = found or connection.execute(_HISTORY_BY_SEQ, (bucket.id, key, seq)).fetchone()
    if found is None or found[1] != version:
        return None
    return Held._make(found)


def find(connection: sqlite3.Connection, bucket: BucketRow, key: str, version: str | None) -> Entry | None:
    """Return that version, or the current one."""
    current = find_current(connection, bucket, key)
    if version is None or current is None or current.version == version:
        return None if current is None else current.entry(latest=True)
    held = find_version(connection, bucket, key, version)
    return None if held is None else held.entry(latest=False)


def put(
    tx: Transaction, bucket_name: str, new: NewEntry, pieces: Sequence[Piece], size: int, check: Check | None
) -> Entry:
    """Store pieces as the key's current version."""
    return put_content(tx, bucket_name, new, size, check, lambda: blobs.store(tx, pieces))


def put_content(
    tx: Transaction,
    bucket_name: str,
    new: NewEntry,
    size: int,
    check: Check | None,
    store: Callable[[], int],
) -> Entry:
    """Make what `store` returns the key's current version."""
    bucket = tx.bucket(bucket_name)
    current = find_current(tx.connection, bucket, new.key)
    if check is not None:
        check(None if current is None else current.entry(latest=True))
    seq, version = _make_room(tx, bucket, new.key, current)
    held = Held(new.key, version, new.modified, size, new.etag, new.attributes, 0, store(), seq)
    _show(tx, bucket, held)
    tx.count(bucket.id, objects=int(current is None or current.marker), size=size, versions=1)
    return held.entry(latest=True)


def _show(tx: Transaction, bucket: BucketRow, held: Held) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO objects"
        " (bucket, key, version, modified, size, etag, attributes, content, seq)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (bucket.id, *held[:6], held.content, held.seq),
    )


def _shelve(tx: Transaction, bucket: BucketRow, held: Held) -> None:
    tx.execute(
        "INSERT INTO history (bucket, key, version, modified, size, etag, attributes, marker, content, seq)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (bucket.id, *held),
    )


def _make_room(tx: Transaction, bucket: BucketRow, key: str, current: Held | None) -> tuple[int, str]:
    """Move or remove what a new version displaces; return the new one's number and name.

    The row in `objects` is left for the caller to replace or delete.
    """
    visible = current if current is not None and not current.marker else None
    seq = tx.next_seq()
    if bucket.versioning == "Enabled":
        if visible is not None:
            _shelve(tx, bucket, visible)
        return seq, version_name(seq, tx.ids)
    if visible is not None:
        if visible.version == NULL_VERSION:
            blobs.drop(tx, visible.content)
            tx.count(bucket.id, size=-visible.size, versions=-1)
        else:
            _shelve(tx, bucket, visible)
    if bucket.versioning == "Suspended":
        former = tx.execute(_HISTORY_NULL, (bucket.id, key)).fetchone()
        if former is not None:
            _remove_from_history(tx, bucket, Held._make(former))
    return seq, NULL_VERSION


def _remove_from_history(tx: Transaction, bucket: BucketRow, held: Held) -> None:
    tx.execute(
        "DELETE FROM history WHERE bucket = ? AND key = ? AND seq = ?", (bucket.id, held.key, held.seq)
    )
    if held.marker:
        tx.count(bucket.id, markers=-1)
        return
    blobs.drop(tx, held.content)
    tx.count(bucket.id, size=-held.size, versions=-1)


def delete(
    tx: Transaction, bucket_name: str, key: str, version: str | None, now: int, check: Check | None
) -> Entry | None:
    """Delete as `ObjectStore.delete` says."""
    bucket = tx.bucket(bucket_name)
    current = find_current(tx.connection, bucket, key)
    if version is not None:
        return _delete_version(tx, bucket, key, version, current, check)
    if check is not None:
        check(None if current is None else current.entry(latest=True))
    if bucket.versioning != "Off":
        return _hide(tx, bucket, key, current, now)
    if current is None:
        return None
    _remove_visible(tx, bucket, current)
    return current.entry(latest=True)


def _hide(tx: Transaction, bucket: BucketRow, key: str, current: Held | None, now: int) -> Entry:
    """Put a delete marker on top."""
    seq, version = _make_room(tx, bucket, key, current)
    if current is not None and not current.marker:
        tx.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket.id, key))
        tx.count(bucket.id, objects=-1)
    marker = Held(key, version, now, 0, "", b"", 1, 0, seq)
    _shelve(tx, bucket, marker)
    tx.count(bucket.id, markers=1)
    return marker.entry(latest=True)


def _remove_visible(tx: Transaction, bucket: BucketRow, held: Held) -> None:
    tx.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket.id, held.key))
    blobs.drop(tx, held.content)
    tx.count(bucket.id, objects=-1, size=-held.size, versions=-1)


def _delete_version(
    tx: Transaction,
    bucket: BucketRow,
    key: str,
    version: str,
    current: Held | None,
    check: Check | None,
) -> Entry | None:
    held = find_version(tx.connection, bucket, key, version)
    latest = held is not None and current is not None and held.seq == current.seq
    entry = None if held is None else held.entry(latest=latest)
    if check is not None:
        check(entry)
    if held is None:
        return None
    if latest and not held.marker:
        _remove_visible(tx, bucket, held)
    else:
        _remove_from_history(tx, bucket, held)
    if latest:
        _promote(tx, bucket, key)
    return entry


def _promote(tx: Transaction, bucket: BucketRow, key: str) -> None:
    """Show the newest version left, unless it is a delete marker."""
    if bucket.versioning == "Off":
        return
    row = tx.execute(_NEWEST_HIDDEN, (bucket.id, key)).fetchone()
    if row is None:
        return
    held = Held._make(row)
    if not held.marker:
        tx.execute("DELETE FROM history WHERE bucket = ? AND key = ? AND seq = ?", (bucket.id, key, held.seq))
        _show(tx, bucket, held)
        tx.count(bucket.id, objects=1)


def append(
    tx: Transaction,
    bucket_name: str,
    new: Callable[[Entry | None], NewEntry],
    key: str,
    pieces: Sequence[Piece],
    size: int,
) -> Entry:
    """Add pieces to the key's current version, or create it."""
    bucket = tx.bucket(bucket_name)
    current = find_current(tx.connection, bucket, key)
    if current is None or current.marker:
        return put(tx, bucket_name, new(None), pieces, size, None)
    wanted = new(current.entry(latest=True))
    longer = current._replace(
        modified=wanted.modified,
        size=current.size + size,
        etag=wanted.etag,
        attributes=wanted.attributes,
        content=blobs.extend(tx, current.content, current.size, pieces),
    )
    _show(tx, bucket, longer)
    tx.count(bucket.id, size=size)
    return longer.entry(latest=True)


def update(
    tx: Transaction, bucket_name: str, key: str, version: str | None, change: Callable[[Entry], bytes]
) -> Entry | None:
    """Replace a version's attributes."""
    bucket = tx.bucket(bucket_name)
    current = find_current(tx.connection, bucket, key)
    held = current if version is None else find_version(tx.connection, bucket, key, version)
    if held is None:
        return None
    latest = current is not None and held.seq == current.seq
    changed = held._replace(attributes=change(held.entry(latest=latest)))
    table = "objects" if latest and not held.marker else "history"
    tx.execute(
        f"UPDATE {table} SET attributes = ? WHERE bucket = ? AND key = ? AND seq = ?",  # noqa: S608
        (changed.attributes, bucket.id, key, held.seq),
    )
    return changed.entry(latest=latest)
