"""Contents: the bytes behind a version or a part, as rows of `blobs`.

A content is inline bytes, a file's name, or a composite: a list of other contents (never composites
themselves) with their sizes. 0 is the empty content and has no row. What was readable under an id never
changes; an append adds behind it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from yunbox.engines.objects.embedded.files import BlobFiles
from yunbox.engines.objects.embedded.transaction import Transaction
from yunbox.engines.objects.interface import Content, FileSpan

INLINE = 0
FILE = 1
COMPOSITE = 2

INLINE_LIMIT = 64 << 10
"""Contents up to this many bytes live in the database."""

_MANY_SEGMENTS = 64
_WORTH_MERGING = 16

Segments = list[tuple[int, int]]
"""(content id, size) of each piece of a composite, in order."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Segments).decode


class Piece(NamedTuple):
    """A run of staged bytes: in memory, or in a finished file."""

    size: int
    data: bytes = b""
    name: str = ""


def store(tx: Transaction, pieces: Sequence[Piece]) -> int:
    """Store pieces as one content and return its id."""
    if not pieces:
        return 0
    if len(pieces) == 1:
        return _store_piece(tx, pieces[0])
    return combine(tx, [(_store_piece(tx, piece), piece.size) for piece in pieces])


def _store_piece(tx: Transaction, piece: Piece) -> int:
    if piece.name:
        return _insert(tx, FILE, piece.name.encode("ascii"))
    return _insert(tx, INLINE, piece.data)


def _insert(tx: Transaction, kind: int, data: bytes) -> int:
    content = tx.next_seq()
    tx.execute("INSERT INTO blobs VALUES (?, ?, ?)", (content, kind, data))
    return content


def combine(tx: Transaction, contents: Segments) -> int:
    """Make one content of several, in order, and return its id; the parts belong to it from now on."""
    segments = [segment for content, size in contents for segment in _flattened(tx, content, size)]
    if not segments:
        return 0
    if len(segments) == 1:
        return segments[0][0]
    return _insert(tx, COMPOSITE, _encode(segments))


def _flattened(tx: Transaction, content: int, size: int) -> Segments:
    """Return what a content consists of; a composite's own row goes."""
    if content == 0:
        return []
    kind, data = _row(tx, content)
    if kind != COMPOSITE:
        return [(content, size)]
    tx.execute("DELETE FROM blobs WHERE id = ?", (content,))
    return _decode(data)


def _row(tx: Transaction, content: int) -> tuple[int, bytes]:
    """Return kind and data, without the bytes of inline ones."""
    row: tuple[int, bytes] = tx.execute(
        "SELECT kind, CASE kind WHEN 0 THEN x'' ELSE data END FROM blobs WHERE id = ?", (content,)
    ).fetchone()
    return row


def drop(tx: Transaction, content: int) -> None:
    """Delete a content; its files become garbage, removed after a minute."""
    if content == 0:
        return
    kind, data = _row(tx, content)
    tx.execute("DELETE FROM blobs WHERE id = ?", (content,))
    if kind == FILE:
        tx.execute("INSERT INTO garbage (name, at) VALUES (?, ?)", (data, tx.now_ms()))
    elif kind == COMPOSITE:
        for child, _ in _decode(data):
            drop(tx, child)


def extend(tx: Transaction, content: int, size: int, pieces: Sequence[Piece]) -> int:
    """Append pieces to a content of `size` bytes and return its id, which stays the same unless it was empty.

    A small piece is written onto a small last segment, so that many small appends make few segments.
    """
    if content == 0:
        return store(tx, pieces)
    if not pieces:
        return content
    kind, data = _row(tx, content)
    if kind != COMPOSITE:
        if kind == INLINE and _append_inline(tx, content, size, pieces):
            return content
        # The content becomes a composite under its own id; what it was moves to a new one.
        child = tx.next_seq()
        tx.execute("UPDATE blobs SET id = ? WHERE id = ?", (child, content))
        segments = [(child, size)]
        tx.execute("INSERT INTO blobs VALUES (?, ?, x'')", (content, COMPOSITE))
    else:
        segments = _decode(data)
        last, last_size = segments[-1]
        if _row(tx, last)[0] == INLINE and _append_inline(tx, last, last_size, pieces):
            segments[-1] = (last, last_size + pieces[0].size)
            pieces = ()
    segments += [(_store_piece(tx, piece), piece.size) for piece in pieces]
    tx.execute("UPDATE blobs SET data = ? WHERE id = ?", (_encode(segments), content))
    return content


def _append_inline(tx: Transaction, content: int, size: int, pieces: Sequence[Piece]) -> bool:
    """Write a single small piece behind small inline bytes; return False when they are too large for that."""
    if len(pieces) != 1 or pieces[0].name or size + pieces[0].size > INLINE_LIMIT:
        return False
    before = tx.execute("SELECT data FROM blobs WHERE id = ?", (content,)).fetchone()[0]
    tx.execute("UPDATE blobs SET data = ? WHERE id = ?", (before + pieces[0].data, content))
    return True


def mergeable(connection: sqlite3.Connection, content: int) -> tuple[int, Segments]:
    """Return the last segments of a composite that are worth merging, and the number of bytes before them.

    Like with like: a segment is taken in while it is no larger than what was taken behind it. So a byte is
    copied again only when its segment at least doubles, and the number of segments stays small.
    """
    row = connection.execute("SELECT data FROM blobs WHERE id = ? AND kind = 2", (content,)).fetchone()
    segments = _decode(row[0]) if row else []
    if len(segments) < _MANY_SEGMENTS:
        return 0, []
    taken, start = 0, len(segments)
    while start > 0 and segments[start - 1][1] <= max(taken, INLINE_LIMIT):
        start -= 1
        taken += segments[start][1]
    if len(segments) - start < _WORTH_MERGING:
        return 0, []
    return sum(size for _, size in segments[:start]), segments[start:]


def replace_segments(tx: Transaction, content: int, old: Segments, pieces: Sequence[Piece]) -> bool:
    """Put pieces with the same bytes in the place of some segments; False when those are there no longer."""
    row = tx.execute("SELECT data FROM blobs WHERE id = ? AND kind = 2", (content,)).fetchone()
    if row is None:
        return False
    segments = _decode(row[0])
    if old[0] not in segments:
        return False
    start = segments.index(old[0])
    if segments[start : start + len(old)] != old:
        return False
    new = [(_store_piece(tx, piece), piece.size) for piece in pieces]
    segments[start : start + len(old)] = new
    for child, _ in old:
        drop(tx, child)
    tx.execute("UPDATE blobs SET data = ? WHERE id = ?", (_encode(segments), content))
    return True


def read(connection: sqlite3.Connection, files: BlobFiles, content: int, start: int, stop: int) -> Content:
    """Return bytes [start, stop) of a content. Raises FileNotFoundError when it is deleted."""
    if content == 0 or start >= stop:
        return []
    row = connection.execute("SELECT kind, data FROM blobs WHERE id = ?", (content,)).fetchone()
    if row is None:
        raise FileNotFoundError(f"content {content} is deleted")
    kind, data = row
    if kind == INLINE:
        return [data if start == 0 and stop >= len(data) else data[start:stop]]
    if kind == FILE:
        return [FileSpan(files.path(data.decode("ascii")), start, stop - start)]
    pieces: list[bytes | FileSpan] = []
    position = 0
    for child, size in _decode(data):
        if position >= stop:
            break
        if position + size > start:
            pieces += read(connection, files, child, max(0, start - position), min(size, stop - position))
        position += size
    return pieces


def staged_pieces(connection: sqlite3.Connection, files: BlobFiles, content: int, size: int) -> list[Piece]:
    """Return what a content consists of, its files by name. Raises FileNotFoundError when it is deleted."""
    if content == 0:
        return []
    row = connection.execute("SELECT kind, data FROM blobs WHERE id = ?", (content,)).fetchone()
    if row is None:
        raise FileNotFoundError(f"content {content} is deleted")
    kind, data = row
    if kind == INLINE:
        return [Piece(size, data=data)]
    if kind == FILE:
        return [Piece(size, name=data.decode("ascii"))]
    return [
        piece for child, length in _decode(data) for piece in staged_pieces(connection, files, child, length)
    ]
