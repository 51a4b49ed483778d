"""What the tests of the object stores say often."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec

from yunbox.engines.objects.interface import (
    Bucket,
    Content,
    Entry,
    NewEntry,
    ObjectStore,
    Versioning,
)

BUCKET = "cellar"

Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""The fixture `run`: runs a coroutine to its end."""


def bucket(name: str = BUCKET, owner: str = "wang", versioning: Versioning = "Off") -> Bucket:
    return Bucket(name, owner, "cn-hangzhou", 1_700_000_000_000, versioning, b"settings")


def new(key: str, etag: str = "E", attributes: bytes = b"") -> NewEntry:
    return NewEntry(key, 1_700_000_000_123, etag, attributes)


async def put(store: ObjectStore, key: str, data: bytes, where: str = BUCKET) -> Entry:
    return await store.put(where, new(key), await store.stage(data))


async def put_part(store: ObjectStore, upload_id: str, number: int, data: bytes) -> None:
    await store.put_part(
        BUCKET, upload_id, number, await store.stage(data), etag=f"p{number}", now=1, attributes=b"a"
    )


async def switch(store: ObjectStore, versioning: Versioning) -> None:
    await store.update_bucket(BUCKET, lambda old: bucket(old.name, old.owner, versioning))


def bytes_of(content: Content) -> bytes:
    out = []
    for piece in content:
        if isinstance(piece, bytes):
            out.append(piece)
        else:
            with Path(piece.path).open("rb") as file:
                file.seek(piece.offset)
                data = file.read(piece.length)
                assert len(data) == piece.length
                out.append(data)
    return b"".join(out)


async def read(store: ObjectStore, entry: Entry, start: int = 0, stop: int | None = None) -> bytes:
    return bytes_of(await store.read(entry, start, entry.size if stop is None else stop))


async def fetch(
    store: ObjectStore, key: str, version: str | None = None, where: str = BUCKET
) -> bytes | None:
    entry = await store.get(where, key, version)
    return None if entry is None or entry.marker else await read(store, entry)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def keys(entries: Sequence[Entry]) -> list[str]:
    return [entry.key for entry in entries]


def assert_nothing_leaks(root: Path) -> None:
    """A closed store holds exactly the contents and files that its versions and parts need."""
    connection = sqlite3.connect(root / "objects.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    wanted = [
        row[0]
        for table in ("objects", "history", "parts")
        for row in connection.execute(f"SELECT content FROM {table} WHERE content > 0")
    ]
    blobs = {row[0]: row[1:] for row in connection.execute("SELECT id, kind, data FROM blobs")}
    connection.close()
    for content in list(wanted):
        kind, data = blobs[content]
        if kind == 2:
            wanted += [child for child, _ in msgspec.msgpack.decode(data)]
    assert sorted(wanted) == sorted(blobs)
    named = sorted(data.decode() for kind, data in blobs.values() if kind == 1)
    assert sorted(path.name for path in (root / "blobs").glob("*/*")) == named
    assert list((root / "incoming").iterdir()) == []
