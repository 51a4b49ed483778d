"""The resource store: what every product but the object store's bytes remembers.

One SQLite file, `control.db`, used by several processes at once; each opens its own `Store` after a fork. A
write is on disk when its transaction context ends, and happens wholly or not at all, whatever is killed in
between. Every change raises one store-wide revision, so that a controller can ask what changed since it last
looked.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from yunbox.control.shared_count import SharedCount
from yunbox.control.store_generation import Generation, MemoryGeneration
from yunbox.control.store_resource import MAX_TEXT, Changes, Ref, Resource, codec
from yunbox.control.store_schema import StoreBusyError, connect

T = TypeVar("T", bound=Resource)

TOMBSTONES_KEPT = 1_000_000
"""Deletions are remembered for this many revisions."""

_INDEXED = ("account", "region", "name", "parent")
_WIDE = ("account", "region")


class ResourceExistsError(Exception):
    """A resource of that kind and id exists."""


class NoResourceError(Exception):
    """No resource of that kind and id exists."""


MAX_COUNTS = 1000
"""So many answers of `View.count` are kept from one commit to the next."""


class _Counts:
    """The answers of `View.count` since the last commit of any process."""

    __slots__ = ("found", "version")

    def __init__(self) -> None:
        self.version = -1
        self.found: dict[tuple[str, tuple[str, ...]], int] = {}

    def as_of(self, connection: sqlite3.Connection) -> dict[tuple[str, tuple[str, ...]], int]:
        """Return those that hold in the connection's transaction."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self.version or len(self.found) >= MAX_COUNTS:
            self.version, self.found = version, {}
        return self.found


class View:
    """The store as it stood when the transaction began. Refuses to be used after its context ended."""

    def __init__(self, connection: sqlite3.Connection, counts: _Counts | None = None) -> None:
        self._open: sqlite3.Connection | None = connection
        self._revision: int | None = None
        self._counts = counts

    @property
    def _sql(self) -> sqlite3.Connection:
        if self._open is None:
            raise RuntimeError("The transaction has ended.")
        return self._open

    def end(self) -> None:
        """Let go of the connection; the store calls this when the context ends."""
        self._open = None

    @property
    def revision(self) -> int:
        """The revision of the newest change, 0 for an empty store."""
        if self._revision is None:
            self._revision = self._sql.execute("SELECT revision FROM progress").fetchone()[0]
        return self._revision

    def get(self, type_: type[T], id_: str) -> T | None:
        """Return the resource, or None."""
        row = self._sql.execute(
            "SELECT format, body FROM resource WHERE kind = ? AND id = ?", (type_.kind, id_)
        ).fetchone()
        return None if row is None else cast(T, codec(type_).decode(row[1], row[0]))

    def find(
        self,
        type_: type[T],
        *,
        after: str = "",
        limit: int = -1,
        offset: int = 0,
        descending: bool = False,
        **equal: str,
    ) -> list[T]:
        """Return resources in the order of their ids (or the reverse), those beyond the id `after`.

        Passes over the first `offset` and returns at most `limit`. `equal` may name `account`, `region`, `name`
        and `parent`; anything else is a TypeError.
        """
        where, values = _where(type_, equal)
        order = "DESC" if descending else "ASC"
        beyond = "AND id < ?" if descending and after else "AND id > ?"
        rows = self._sql.execute(
            f"SELECT format, body FROM resource WHERE {where} {beyond} "  # noqa: S608
            f"ORDER BY id {order} LIMIT ? OFFSET ?",
            (*values, after, limit, offset),
        )
        decode = codec(type_).decode
        return [cast(T, decode(body, format_)) for format_, body in rows]

    def count(self, type_: type[Resource], **equal: str) -> int:
        """Return how many resources `find` would return."""
        where, values = _where(type_, equal)
        known = {} if self._counts is None else self._counts.as_of(self._sql)
        found = known.get((where, values))
        if found is None:
            query = f"SELECT count(*) FROM resource WHERE {where}"  # noqa: S608
            found = known[where, values] = cast(int, self._sql.execute(query, values).fetchone()[0])
        return found

    def has_kinds(self, prefix: str) -> bool:
        """Return whether there is a resource of any kind that begins with `prefix` (of ASCII characters)."""
        query = "SELECT 1 FROM resource WHERE kind >= ? AND kind < ? LIMIT 1"
        return self._sql.execute(query, (prefix, prefix + "\x7f")).fetchone() is not None

    def changes_since(self, revision: int, *types: type[Resource], limit: int = 1000) -> Changes:
        """Return what changed after `revision`, of the given types (all when none is given)."""
        kinds = tuple(type_.kind for type_ in types)
        # The plus sign keeps SQLite on the index of revisions: what is new is little, a kind may be much.
        only = f"AND +kind IN ({','.join('?' * len(kinds))})" if kinds else ""
        query = (
            f"SELECT kind, id, revision, 0 FROM resource WHERE revision > ? {only} UNION ALL "  # noqa: S608
            f"SELECT kind, id, revision, 1 FROM tombstone WHERE revision > ? {only} ORDER BY 3 LIMIT ?"
        )
        rows = self._sql.execute(query, (revision, *kinds, revision, *kinds, limit + 1)).fetchall()
        refs = [Ref(kind, id_, at, bool(gone)) for kind, id_, at, gone in rows[:limit]]
        more = len(rows) > limit
        horizon = self._sql.execute("SELECT horizon FROM progress").fetchone()[0]
        upto = refs[-1].revision if more else self.revision
        return Changes(upto=upto, refs=refs, complete=revision >= horizon, more=more)


class Change(View):
    """A transaction that may change the store. It sees its own changes."""

    def create(self, resource: T) -> T:
        """Store a new resource and return it with its revision. Raises ResourceExistsError."""
        stamped = self._stamp(resource)
        try:
            self._sql.execute(
                "INSERT INTO resource (kind, id, account, region, name, parent, revision, format, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                _row(stamped),
            )
        except sqlite3.IntegrityError:
            raise ResourceExistsError(f"{resource.kind} {resource.id} exists.") from None
        self._sql.execute("DELETE FROM tombstone WHERE kind = ? AND id = ?", (resource.kind, resource.id))
        return stamped

    def replace(self, resource: T) -> T:
        """Store a resource in place of the one of its id. Raises NoResourceError."""
        stamped = self._stamp(resource)
        kind, id_, *rest = _row(stamped)
        done = self._sql.execute(
            "UPDATE resource SET account = ?, region = ?, name = ?, parent = ?, revision = ?, format = ?, "
            "body = ? WHERE kind = ? AND id = ?",
            (*rest, kind, id_),
        )
        if done.rowcount != 1:
            raise NoResourceError(f"{resource.kind} {resource.id} does not exist.")
        return stamped

    def delete(self, type_: type[Resource], id_: str) -> None:
        """Delete a resource. Raises NoResourceError."""
        done = self._sql.execute("DELETE FROM resource WHERE kind = ? AND id = ?", (type_.kind, id_))
        if done.rowcount != 1:
            raise NoResourceError(f"{type_.kind} {id_} does not exist.")
        revision = self._next()
        self._sql.execute("INSERT INTO tombstone VALUES (?, ?, ?)", (type_.kind, id_, revision))
        forget = revision - TOMBSTONES_KEPT
        if forget > 0 and self._sql.execute("DELETE FROM tombstone WHERE revision <= ?", (forget,)).rowcount:
            self._sql.execute("UPDATE progress SET horizon = ?", (forget,))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what is done in the context if it raises, and nothing of what was done before it."""
        before = self._revision
        self._sql.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK TO attempt")
            self._revision = before
            raise
        finally:
            self._sql.execute("RELEASE attempt")

    def _stamp(self, resource: T) -> T:
        for text in (resource.id, resource.account, resource.region, resource.name, resource.parent):
            if len(text) > MAX_TEXT:
                raise ValueError(f"An indexed field of {resource.kind} is longer than {MAX_TEXT} characters.")
        if not resource.id:
            raise ValueError(f"A {resource.kind} needs an id.")
        return msgspec.structs.replace(resource, revision=self._next())

    def _next(self) -> int:
        self._revision = self.revision + 1
        self._sql.execute("UPDATE progress SET revision = ?", (self._revision,))
        return self._revision


class Store:
    """The store, as one process sees it. Threads may share it; their transactions take turns.

    Inside a transaction nothing may be awaited: a second transaction begun by the same thread is refused.
    """

    def __init__(self, path: Path | str) -> None:
        """Open the store in the file `path`, creating it when absent, or one in memory (`:memory:`).

        Raises StoreVersionError when the file is newer than this release, StoreBusyError.
        """
        self._path = str(path)
        self._pid = os.getpid()
        self._writer = _Session(connect(self._path))
        self._reader = self._writer
        self._generation: Generation = MemoryGeneration()
        if self._path != ":memory:":
            self._reader = _Session(connect(self._path))
            self._generation = SharedCount(Path(self._path + "-generation"))
        # What the same connection writes does not change what SQLite tells it of others' commits.
        self._counts = _Counts() if self._reader is not self._writer else None
        self.generation = self._generation.read
        """Return bytes that differ after any process's commit; costs a fraction of a microsecond."""

    @contextmanager
    def read(self) -> Iterator[View]:
        """Give a consistent view of the store, for the length of the context."""
        with self._turn(self._reader) as connection:
            connection.execute("BEGIN")
            view = View(connection, self._counts)
            try:
                yield view
            finally:
                view.end()
                connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[Change]:
        """Give a transaction; its changes are on disk when the context ends, or undone if it raises.

        Raises StoreBusyError when other processes keep writing for longer than 15 seconds.
        """
        with self._turn(self._writer) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise StoreBusyError(f"The store {self._path} is held by another process.") from error
            change = Change(connection)
            try:
                yield change
                change.end()
                # Before the commit and after it: whoever is killed in between leaves a mark all the same.
                self._generation.advance()
                connection.execute("COMMIT")
            except BaseException:
                change.end()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._generation.advance()

    def committed(self) -> int:
        """Return a number that differs once another connection has committed; for whoever caches much.

        Unlike `generation` it asks SQLite, which costs microseconds and misses nothing.
        """
        with self._turn(self._reader) as connection:
            return cast(int, connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Release the file. Harmless when called twice; in a forked child it leaves the parent's alone."""
        if self._pid != os.getpid():
            return
        self._reader.close()
        self._writer.close()
        self._generation.close()

    @contextmanager
    def _turn(self, session: _Session) -> Iterator[sqlite3.Connection]:
        if self._pid != os.getpid():
            raise RuntimeError("A store cannot be used across a fork: open it in each process.")
        me = threading.get_ident()
        if me in (self._reader.owner, self._writer.owner):
            raise RuntimeError("A transaction of this store is already open in this thread.")
        with session.lock:
            session.owner = me
            try:
                yield session.connection
            finally:
                session.owner = 0


class _Session:
    """A connection and whose turn it is."""

    __slots__ = ("connection", "lock", "owner")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lock = threading.Lock()
        self.owner = 0

    def close(self) -> None:
        with self.lock:
            self.connection.close()


def _where(type_: type[Resource], equal: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    for field in equal:
        if field not in _INDEXED:
            raise TypeError(f"{field} is not an indexed field; {', '.join(_INDEXED)} are.")
    if not type_.kind:
        raise TypeError(f"{type_.__name__} is declared without a kind.")
    # A name or a parent picks out few of many: the plus sign keeps SQLite off the wider indexes, which it prefers
    # whenever they match more of the columns.
    narrow = "name" in equal or "parent" in equal
    terms = (f" AND {'+' if narrow and field in _WIDE else ''}{field} = ?" for field in equal)
    return "".join(("kind = ?", *terms)), (type_.kind, *equal.values())


def _row(resource: Resource) -> tuple[object, ...]:
    return (
        resource.kind,
        resource.id,
        resource.account,
        resource.region,
        resource.name,
        resource.parent,
        resource.revision,
        resource.format,
        codec(type(resource)).encode(resource),
    )
