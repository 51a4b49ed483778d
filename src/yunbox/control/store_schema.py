"""The store's file: its tables, its version, and how a connection to it is opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

VERSION = 1
"""The layout that this release writes (SQLite's `user_version`)."""

APPLICATION_ID = 0x59554E42
"""`YUNB`, so that another program's database is never taken for ours."""

BUSY_SECONDS = 15.0
"""How long a write waits for another process's write."""

_TABLES = (
    """CREATE TABLE resource (
        kind TEXT NOT NULL, id TEXT NOT NULL,
        account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, parent TEXT NOT NULL,
        revision INTEGER NOT NULL, format INTEGER NOT NULL, body BLOB NOT NULL,
        UNIQUE (kind, id))""",
    "CREATE INDEX resource_region ON resource (kind, account, region, id)",
    "CREATE INDEX resource_account ON resource (kind, account, id)",
    "CREATE INDEX resource_name ON resource (kind, name, id)",
    "CREATE INDEX resource_parent ON resource (kind, parent, id)",
    "CREATE UNIQUE INDEX resource_revision ON resource (revision)",
    """CREATE TABLE tombstone (
        kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL UNIQUE, PRIMARY KEY (kind, id))
        WITHOUT ROWID""",
    """CREATE TABLE progress (
        only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER NOT NULL, horizon INTEGER NOT NULL)""",
    "INSERT INTO progress VALUES (1, 0, 0)",
)


class StoreVersionError(Exception):
    """The file is not a store, or was written by a newer release."""


class StoreBusyError(Exception):
    """Another process held the store's write lock for too long."""


def connect(path: str) -> sqlite3.Connection:
    """Open a connection, with commits that are on disk when they return, and the tables in place.

    `path` is a file's, or `:memory:`. A file is readable by its owner only: it holds secrets.
    Raises StoreVersionError, StoreBusyError.
    """
    if path != ":memory:":
        _create_private(Path(path))
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path)
    except sqlite3.OperationalError as error:
        connection.close()
        if "locked" in str(error) or "busy" in str(error):
            raise StoreBusyError(f"The store {path} is held by another process.") from error
        raise
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreVersionError(f"{path} is not a store of yunbox: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _create_private(path: Path) -> None:
    """Create the file with mode 0600, or take the rights of others away from one that exists.

    SQLite gives its journal files the same mode. A file that exists is never opened here: closing a
    descriptor of it would drop the locks of every connection that this process has to it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return
    os.close(descriptor)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    if path != ":memory:" and connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise StoreVersionError(f"The file system of {path} does not support SQLite's WAL mode.")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA trusted_schema = OFF")
    if _check_version(connection, path):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been first.
        if not _check_version(connection, path):
            for statement in _TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check_version(connection: sqlite3.Connection, path: str) -> bool:
    """Return whether the tables are there. Raises StoreVersionError when they are not ours, or newer."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StoreVersionError(f"{path} is a database of another program.")
        return False
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        raise StoreVersionError(f"{path} is a database of another program.")
    if version > VERSION:
        raise StoreVersionError(
            f"{path} has layout {version}, and this release of yunbox reads up to {VERSION}. "
            "It was written by a newer release: use that one."
        )
    return True
