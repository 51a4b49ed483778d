"""Listings, by seeks: a step a row returned, a seek a group rolled up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from yunbox.engines.objects.embedded.versions import HISTORY_COLUMNS, OBJECT_COLUMNS, Held
from yunbox.engines.objects.interface import NULL_VERSION, Entry, Page, Upload, UploadPage
from yunbox.engines.objects.keys import after_prefix, first_after, group_of
from yunbox.engines.objects.names import upload_seq, version_seq

_BEHIND_ALL = b""
"""SQLite sorts every BLOB behind every TEXT."""

_CURRENT = (
    "SELECT key, version, modified, size, etag, attributes, content FROM objects"
    " WHERE bucket = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4"
)
_VERSIONS = (
    f"SELECT {OBJECT_COLUMNS}, 1 FROM objects WHERE bucket = ?1 AND key >= ?2 AND key < ?3"  # noqa: S608
    f" UNION ALL SELECT {HISTORY_COLUMNS}, 0 FROM history WHERE bucket = ?1 AND key >= ?2 AND key < ?3"
    " ORDER BY 1, 9 DESC LIMIT ?4"
)
_REST_OF_KEY = (
    f"SELECT {OBJECT_COLUMNS}, 1 FROM objects WHERE bucket = ?1 AND key = ?2 AND seq < ?3"  # noqa: S608
    f" UNION ALL SELECT {HISTORY_COLUMNS}, 0 FROM history WHERE bucket = ?1 AND key = ?2 AND seq < ?3"
    " ORDER BY 9 DESC LIMIT ?4"
)
_UPLOADS = (
    "SELECT key, name, initiated, attributes FROM uploads"
    " WHERE bucket = ?1 AND key >= ?2 AND key < ?3 ORDER BY key, seq LIMIT ?4"
)
_REST_OF_UPLOADS = (
    "SELECT key, name, initiated, attributes FROM uploads"
    " WHERE bucket = ?1 AND key = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4"
)


class _Walk:
    """Collects a page: rows by themselves, and groups once each."""

    def __init__(self, prefix: str, delimiter: str, limit: int) -> None:
        self.prefix = prefix
        self.delimiter = delimiter
        self.left = limit
        self.prefixes: list[str] = []
        self.rows: list[tuple[Any, ...]] = []
        self.truncated = False
        self.next_key = ""
        self.last_row: tuple[Any, ...] | None = None

    def take(self, rows: Iterable[tuple[Any, ...]]) -> str | None:
        """Take rows until a group is met, which is returned, or the page is full."""
        for row in rows:
            if self.left == 0:
                self.truncated = True
                return None
            self.left -= 1
            group = group_of(row[0], self.prefix, self.delimiter) if self.delimiter else None
            if group is not None:
                self.prefixes.append(group)
                self.next_key, self.last_row = group, None
                return group
            self.rows.append(row)
            self.next_key, self.last_row = row[0], row
        return None

    def run(self, connection: sqlite3.Connection, sql: str, bucket: int, low: str | None) -> None:
        """Take the rows from key `low` on that begin with the prefix."""
        high = after_prefix(self.prefix) or _BEHIND_ALL
        while low is not None and not self.truncated:
            group = self.step(connection, sql, (bucket, low, high, self.left + 1))
            if group is None:
                return
            low = after_prefix(group)

    def run_within(
        self, connection: sqlite3.Connection, sql: str, bucket: int, key: str, seq: int
    ) -> str | None:
        """Take the rows of one key behind `seq`; return the key to go on from."""
        group = self.step(connection, sql, (bucket, key, seq, self.left + 1))
        return key + "\0" if group is None else after_prefix(group)

    def step(self, connection: sqlite3.Connection, sql: str, parameters: tuple[Any, ...]) -> str | None:
        """Run one query and take its rows."""
        cursor = connection.execute(sql, parameters)
        try:
            return self.take(cursor)
        finally:
            # An unfinished statement would keep the connection at an old state of the database.
            cursor.close()


def list_current(
    connection: sqlite3.Connection, bucket: int, prefix: str, delimiter: str, after: str, limit: int
) -> Page:
    """List current versions; see `ObjectStore.list`."""
    if limit <= 0:
        return Page([], [])
    walk = _Walk(prefix, delimiter, limit)
    walk.run(connection, _CURRENT, bucket, first_after(after, prefix, delimiter))
    entries = [
        Entry(key, version, modified, size, etag, attributes, False, True, content)
        for key, version, modified, size, etag, attributes, content in walk.rows
    ]
    return Page(entries, walk.prefixes, walk.truncated, walk.next_key if walk.truncated else "")


def list_versions(
    connection: sqlite3.Connection,
    bucket: int,
    prefix: str,
    delimiter: str,
    after: str,
    after_version: str,
    limit: int,
) -> Page:
    """List all versions and delete markers; see `ObjectStore.list_versions`."""
    if limit <= 0:
        return Page([], [])
    walk = _Walk(prefix, delimiter, limit)
    low = first_after(after, prefix, delimiter)
    within = ""
    if after_version and after.startswith(prefix) and group_of(after, prefix, delimiter) != after:
        seq = _seq_of(connection, bucket, after, after_version)
        low = after
        if seq is not None:
            within = after if _has_from(connection, bucket, after, seq) else ""
            low = walk.run_within(connection, _REST_OF_KEY, bucket, after, seq)
    walk.run(connection, _VERSIONS, bucket, low)
    page = Page(_versions(walk.rows, within), walk.prefixes, walk.truncated)
    if not walk.truncated:
        return page
    version = walk.last_row[1] if walk.last_row is not None else ""
    return Page(page.entries, page.prefixes, True, walk.next_key, version)


def _versions(rows: list[tuple[Any, ...]], within: str) -> list[Entry]:
    """Make entries of rows; the first of a key is its current version, unless the page began behind it."""
    entries = []
    former: str | None = within or None
    for row in rows:
        held = Held._make(row[:9])
        entries.append(held.entry(latest=held.key != former))
        former = held.key
    return entries


def _has_from(connection: sqlite3.Connection, bucket: int, key: str, seq: int) -> bool:
    """Whether the key still has a version numbered `seq` or newer: then what comes behind it is not the latest."""
    return any(
        connection.execute(
            f"SELECT 1 FROM {table} WHERE bucket = ? AND key = ? AND seq >= ? LIMIT 1",  # noqa: S608
            (bucket, key, seq),
        ).fetchone()
        for table in ("objects", "history")
    )


def _seq_of(connection: sqlite3.Connection, bucket: int, key: str, version: str) -> int | None:
    """Return the number of a version, even of a deleted one; None for a null version that is gone."""
    if version != NULL_VERSION:
        seq = version_seq(version)
        if seq is None:
            raise ValueError("no version has that name")
        return seq
    for table in ("objects", "history"):
        row = connection.execute(
            f"SELECT seq FROM {table} WHERE bucket = ? AND key = ? AND version = 'null'",  # noqa: S608
            (bucket, key),
        ).fetchone()
        if row is not None:
            return int(row[0])
    return None


def list_uploads(
    connection: sqlite3.Connection,
    bucket: int,
    prefix: str,
    delimiter: str,
    after_key: str,
    after_upload_id: str,
    limit: int,
) -> UploadPage:
    """List uploads in progress; see `ObjectStore.uploads`."""
    if limit <= 0:
        return UploadPage([], [])
    walk = _Walk(prefix, delimiter, limit)
    low = first_after(after_key, prefix, delimiter)
    grouped = group_of(after_key, prefix, delimiter) == after_key
    if after_upload_id and after_key.startswith(prefix) and not grouped:
        seq = upload_seq(after_upload_id)
        if seq is None:
            raise ValueError("no upload has that id")
        low = walk.run_within(connection, _REST_OF_UPLOADS, bucket, after_key, seq)
    walk.run(connection, _UPLOADS, bucket, low)
    uploads = [Upload(row[1], row[0], row[2], row[3]) for row in walk.rows]
    if not walk.truncated:
        return UploadPage(uploads, walk.prefixes)
    last = walk.last_row[1] if walk.last_row is not None else ""
    return UploadPage(uploads, walk.prefixes, True, walk.next_key, last)
