"""Buckets, as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from yunbox.engines.objects.embedded.bucket_cache import Known
from yunbox.engines.objects.embedded.transaction import BucketRow, Transaction
from yunbox.engines.objects.interface import (
    Bucket,
    BucketExistsError,
    BucketNotEmptyError,
    NoBucketError,
    Usage,
)
from yunbox.engines.objects.keys import after_prefix

_COLUMNS = "name, owner, region, created, versioning, attributes"


def create(tx: Transaction, bucket: Bucket) -> None:
    """Store a new bucket."""
    if find(tx.connection, bucket.name) is not None:
        raise BucketExistsError(bucket.name)
    tx.change_bucket(bucket.name)
    number = tx.next_seq()
    tx.execute(
        "INSERT INTO buckets (id, name, owner, region, created, versioning, attributes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            bucket.name,
            bucket.owner,
            bucket.region,
            bucket.created,
            bucket.versioning,
            bucket.attributes,
        ),
    )
    tx.execute("INSERT INTO usage VALUES (?, 0, 0, 0, 0, 0, 0)", (number,))


def find(connection: sqlite3.Connection, name: str) -> Bucket | None:
    """Return the bucket, or None."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM buckets WHERE name = ?",  # noqa: S608
        (name,),
    ).fetchone()
    return None if row is None else Bucket(*row)


def known(connection: sqlite3.Connection, name: str) -> Known | None:
    """Return the bucket with its row, or None."""
    row = connection.execute(
        f"SELECT id, {_COLUMNS} FROM buckets WHERE name = ?",  # noqa: S608
        (name,),
    ).fetchone()
    if row is None:
        return None
    bucket = Bucket(*row[1:])
    return Known(bucket, BucketRow(row[0], bucket.versioning))


def owned(connection: sqlite3.Connection, owner: str, prefix: str, after: str, limit: int) -> list[Bucket]:
    """Return an owner's buckets by name."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM buckets WHERE owner = ? AND name >= ? AND name > ? AND name < ?"  # noqa: S608
        " ORDER BY name LIMIT ?",
        (owner, prefix, after, after_prefix(prefix) or b"", max(0, limit)),
    ).fetchall()
    return [Bucket(*row) for row in rows]


def update(tx: Transaction, name: str, change: Callable[[Bucket], Bucket]) -> Bucket:
    """Replace a bucket by what `change` makes of it."""
    former = find(tx.connection, name)
    if former is None:
        raise NoBucketError(name)
    changed = change(former)
    if changed.name != name:
        raise ValueError("a bucket keeps its name")
    if changed.versioning == "Off" != former.versioning:
        raise ValueError("versioning that was ever on is suspended, not turned off")
    tx.change_bucket(name)
    tx.execute(
        "UPDATE buckets SET owner = ?, region = ?, created = ?, versioning = ?, attributes = ?"
        " WHERE name = ?",
        (changed.owner, changed.region, changed.created, changed.versioning, changed.attributes, name),
    )
    return changed


def delete(tx: Transaction, name: str) -> None:
    """Delete an empty bucket."""
    bucket = tx.bucket(name)
    for table in ("objects", "history", "uploads"):
        if tx.execute(f"SELECT 1 FROM {table} WHERE bucket = ? LIMIT 1", (bucket.id,)).fetchone():  # noqa: S608
            raise BucketNotEmptyError(name)
    tx.change_bucket(name)
    tx.execute("DELETE FROM usage WHERE bucket = ?", (bucket.id,))
    tx.execute("DELETE FROM buckets WHERE id = ?", (bucket.id,))
    tx.forget_usage(bucket.id)


def usage(connection: sqlite3.Connection, name: str) -> Usage:
    """Return what a bucket holds."""
    row = connection.execute(
        "SELECT objects, bytes, versions, markers, uploads, upload_bytes FROM usage"
        " WHERE bucket = (SELECT id FROM buckets WHERE name = ?)",
        (name,),
    ).fetchone()
    if row is None:
        raise NoBucketError(name)
    return Usage(*row)
