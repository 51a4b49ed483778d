"""The database: its tables, its settings, its version.

A key's current version stands in `objects` when it is visible. Former versions and all delete markers stand
in `history`; so a key hidden by a delete marker has no row in `objects` and costs a listing nothing. `seq`
is one counter for the whole database: it orders versions strictly and is never used twice, which lets a
reader tell that the content it was about to read is gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

SCHEMA_VERSION = 1
"""The version of the format, kept in `PRAGMA user_version`."""

PAGE_SIZE = 4096
CHECKPOINT_PAGES = 4000
CACHE_KIB = 2048

MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {}
"""How to get from the version in the key to the next one; run within one transaction."""

_TABLES = """
CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO state VALUES ('seq', 0);
CREATE TABLE buckets (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, region TEXT NOT NULL,
    created INTEGER NOT NULL, versioning TEXT NOT NULL, attributes BLOB NOT NULL);
CREATE INDEX buckets_by_owner ON buckets (owner, name);
CREATE TABLE usage (
    bucket INTEGER PRIMARY KEY, objects INTEGER NOT NULL, bytes INTEGER NOT NULL, versions INTEGER NOT NULL,
    markers INTEGER NOT NULL, uploads INTEGER NOT NULL, upload_bytes INTEGER NOT NULL);
CREATE TABLE objects (
    bucket INTEGER NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, modified INTEGER NOT NULL,
    size INTEGER NOT NULL, etag TEXT NOT NULL, attributes BLOB NOT NULL, content INTEGER NOT NULL,
    seq INTEGER NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE history (
    bucket INTEGER NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, modified INTEGER NOT NULL,
    size INTEGER NOT NULL, etag TEXT NOT NULL, attributes BLOB NOT NULL, content INTEGER NOT NULL,
    seq INTEGER NOT NULL, marker INTEGER NOT NULL, PRIMARY KEY (bucket, key, seq DESC)) WITHOUT ROWID;
CREATE UNIQUE INDEX null_history ON history (bucket, key) WHERE version = 'null';
CREATE TABLE blobs (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, data BLOB NOT NULL);
CREATE UNIQUE INDEX file_blobs ON blobs (data) WHERE kind = 1;
CREATE TABLE uploads (
    seq INTEGER PRIMARY KEY, name TEXT NOT NULL, bucket INTEGER NOT NULL, key TEXT NOT NULL,
    initiated INTEGER NOT NULL, attributes BLOB NOT NULL);
CREATE INDEX uploads_by_key ON uploads (bucket, key, seq);
CREATE TABLE parts (
    upload INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified INTEGER NOT NULL, attributes BLOB NOT NULL, content INTEGER NOT NULL,
    PRIMARY KEY (upload, number)) WITHOUT ROWID;
CREATE TABLE garbage (name BLOB NOT NULL PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX garbage_by_time ON garbage (at);
"""


class NewerFormatError(Exception):
    """The store was written by a newer release, which this one cannot read."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection without transactions of its own making; any thread may use it, one at a time."""
    connection = sqlite3.connect(
        path, timeout=5, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {4 * CHECKPOINT_PAGES * PAGE_SIZE}")
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """Create the tables, or bring those of an earlier release up to date. The caller holds the write lock.

    Raises NewerFormatError.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise NewerFormatError(
            f"the object store has format {version}, this release of yunbox reads up to {SCHEMA_VERSION}: "
            "use the newer release, or another data folder"
        )
    if version == 0:
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version == 0:
            for statement in _TABLES.split(";")[:-1]:
                connection.execute(statement)
        else:
            for step in range(version, SCHEMA_VERSION):
                MIGRATIONS[step](connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
