"""The file of measured values: its tables, its version, and how a connection to it is opened."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

VERSION = 1
"""The layout that this release writes (SQLite's `user_version`)."""

APPLICATION_ID = 0x59554E4D
"""`YUNM`, so that another program's database is never taken for ours."""

BUSY_SECONDS = 15.0

_TABLES = (
    """CREATE TABLE series (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL, namespace TEXT NOT NULL, metric TEXT NOT NULL, dimensions TEXT NOT NULL,
        UNIQUE (account, namespace, metric, dimensions))""",
    """CREATE TABLE sample (
        series INTEGER NOT NULL, at INTEGER NOT NULL,
        minimum REAL NOT NULL, maximum REAL NOT NULL, total REAL NOT NULL, number REAL NOT NULL,
        PRIMARY KEY (series, at)) WITHOUT ROWID""",
    "CREATE TABLE progress (only INTEGER PRIMARY KEY CHECK (only = 1), forgotten INTEGER NOT NULL)",
    "INSERT INTO progress VALUES (1, 0)",
)


class MetricFileError(Exception):
    """The file is not one of measured values, or was written by a newer release."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection, with the tables in place; the file is its owner's alone. Raises MetricFileError."""
    # Only one that is new is opened here: closing a file drops the locks that this process has on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A sync at each checkpoint alone: what is lost with the power is measured anew.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA trusted_schema = OFF")
        _prepare(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise MetricFileError(f"{path} is not a file of measured values: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        application: int = connection.execute("PRAGMA application_id").fetchone()[0]
        if version == 0 and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        elif application != APPLICATION_ID:
            raise MetricFileError(f"{path} is a database of another program.")
        elif version > VERSION:
            raise MetricFileError(
                f"{path} has layout {version}, and this release of yunbox reads up to {VERSION}. "
                "It was written by a newer release: use that one."
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
