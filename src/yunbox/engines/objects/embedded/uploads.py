"""Multipart uploads, as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from yunbox.engines.objects.embedded import blobs, versions
from yunbox.engines.objects.embedded.blobs import Piece
from yunbox.engines.objects.embedded.transaction import Transaction
from yunbox.engines.objects.interface import (
    BadPartError,
    Check,
    Entry,
    NewEntry,
    NoUploadError,
    Part,
    Upload,
)
from yunbox.engines.objects.names import upload_name, upload_seq

_PARTS = "SELECT number, size, etag, modified, attributes, content FROM parts WHERE upload = ? AND number > ?"


def create(tx: Transaction, bucket_name: str, key: str, now: int, attributes: bytes) -> Upload:
    """Begin an upload."""
    bucket = tx.bucket(bucket_name)
    seq = tx.next_seq()
    name = upload_name(seq, tx.ids)
    tx.execute(
        "INSERT INTO uploads (seq, name, bucket, key, initiated, attributes) VALUES (?, ?, ?, ?, ?, ?)",
        (seq, name, bucket.id, key, now, attributes),
    )
    tx.count(bucket.id, uploads=1)
    return Upload(name, key, now, attributes)


def find(
    connection: sqlite3.Connection, bucket: int, upload_id: str, key: str | None = None
) -> tuple[int, Upload]:
    """Return an upload in progress and its number. Raises NoUploadError."""
    seq = upload_seq(upload_id)
    row = connection.execute(
        "SELECT name, key, initiated, attributes FROM uploads WHERE seq = ? AND bucket = ?", (seq, bucket)
    ).fetchone()
    if seq is None or row is None or row[0] != upload_id or (key is not None and row[1] != key):
        raise NoUploadError(upload_id)
    return seq, Upload(*row)


def put_part(tx: Transaction, bucket_name: str, upload_id: str, part: Part, pieces: Sequence[Piece]) -> Part:
    """Store a part in place of a former one."""
    bucket = tx.bucket(bucket_name)
    seq, _ = find(tx.connection, bucket.id, upload_id)
    former = tx.execute(
        "SELECT size, content FROM parts WHERE upload = ? AND number = ?", (seq, part.number)
    ).fetchone()
    if former is not None:
        blobs.drop(tx, former[1])
        tx.count(bucket.id, upload_bytes=-former[0])
    content = blobs.store(tx, pieces)
    tx.execute(
        "INSERT OR REPLACE INTO parts (upload, number, size, etag, modified, attributes, content)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (seq, part.number, part.size, part.etag, part.modified, part.attributes, content),
    )
    tx.count(bucket.id, upload_bytes=part.size)
    return Part(part.number, part.size, part.etag, part.modified, part.attributes, content)


def parts(connection: sqlite3.Connection, seq: int, after: int = 0, limit: int = -1) -> list[Part]:
    """Return parts whose number is above `after`; a negative limit means all."""
    rows = connection.execute(f"{_PARTS} ORDER BY number LIMIT ?", (seq, after, limit)).fetchall()
    return [Part(*row) for row in rows]


def complete(
    tx: Transaction,
    bucket_name: str,
    upload_id: str,
    wanted: Sequence[tuple[int, str]],
    new: Callable[[Upload, list[Part]], NewEntry],
    check: Check | None,
) -> Entry:
    """Make the named parts the current version of the upload's key."""
    bucket = tx.bucket(bucket_name)
    seq, upload = find(tx.connection, bucket.id, upload_id)
    stored = {part.number: part for part in parts(tx.connection, seq, after=-1)}
    total = sum(part.size for part in stored.values())
    chosen = [_chosen(stored, number, etag) for number, etag in wanted]
    size = sum(part.size for part in chosen)
    segments = [(part.content, part.size) for part in chosen]
    entry = versions.put_content(
        tx, bucket_name, new(upload, chosen), size, check, lambda: blobs.combine(tx, segments)
    )
    for part in stored.values():
        blobs.drop(tx, part.content)
    _forget(tx, bucket.id, seq, total)
    return entry


def _chosen(stored: dict[int, Part], number: int, etag: str) -> Part:
    """Take a part out of those stored; a part asked for twice is missing the second time."""
    part = stored.get(number)
    if part is None or part.etag.lower() != etag.lower():
        raise BadPartError(number)
    return stored.pop(number)


def _forget(tx: Transaction, bucket: int, seq: int, size: int) -> None:
    tx.execute("DELETE FROM parts WHERE upload = ?", (seq,))
    tx.execute("DELETE FROM uploads WHERE seq = ?", (seq,))
    tx.count(bucket, uploads=-1, upload_bytes=-size)


def abort(tx: Transaction, bucket_name: str, upload_id: str) -> None:
    """Forget an upload and its parts."""
    bucket = tx.bucket(bucket_name)
    seq, _ = find(tx.connection, bucket.id, upload_id)
    stored = parts(tx.connection, seq, after=-1)
    for part in stored:
        blobs.drop(tx, part.content)
    _forget(tx, bucket.id, seq, sum(part.size for part in stored))
