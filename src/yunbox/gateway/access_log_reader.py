"""Reads access logs that other processes write: what is new since a position, across the change of files.

A log that has grown too long becomes `<name>.1` and a new file takes its place (`access_log`). A position names
the file by its inode, so that it holds across that renaming.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

_LINE_END = b"\n"


class Position(msgspec.Struct, frozen=True):
    """How far a log was read: `offset` bytes into the file of that inode. Inode 0: not at all."""

    inode: int = 0
    offset: int = 0


class Span(msgspec.Struct, frozen=True):
    """Bytes [start, stop) of one file of the log `name`: whole lines."""

    name: str
    inode: int
    start: int
    stop: int


class News(msgspec.Struct, frozen=True):
    """What is new in one log. `lost` says that lines went with a file before they were read."""

    spans: list[Span]
    position: Position
    lost: bool = False


def logs_in(folder: Path) -> list[str]:
    """Return the names of the logs in a folder."""
    return sorted(path.name for path in folder.glob("*.log"))


def whats_new(folder: Path, name: str, position: Position, limit: int) -> News:
    """Return the whole lines behind `position`, at most about `limit` bytes, oldest first."""
    files = _files(folder, name)
    behind = next((index for index, (_, inode, _) in enumerate(files) if inode == position.inode), None)
    lost = behind is None and position.inode != 0
    spans: list[Span] = []
    for path, inode, size in files[behind or 0 :]:
        start = position.offset if inode == position.inode and position.offset <= size else 0
        stop = _line_end(path, start, min(size, start + limit))
        if stop > start:
            spans.append(Span(name, inode, start, stop))
            limit -= stop - start
        position = Position(inode, stop)
        if stop < size:
            break
    return News(spans, position, lost)


def backlog(folder: Path, name: str, position: Position) -> int:
    """Return how many bytes lie behind a position."""
    files = _files(folder, name)
    behind = next((index for index, (_, inode, _) in enumerate(files) if inode == position.inode), None)
    total = sum(size for _, _, size in files[behind or 0 :])
    return total - (position.offset if behind is not None else 0)


def end_of(folder: Path, name: str) -> Position:
    """Return the position behind everything that the log holds now, up to the end of its last whole line."""
    files = _files(folder, name)
    if not files:
        return Position()
    path, inode, size = files[-1]
    return Position(inode, _line_end(path, 0, size))


def lines_of(folder: Path, span: Span) -> list[bytes] | None:
    """Return the lines of a span, without their ends; None when its file is gone."""
    for path, inode, _ in _files(folder, span.name):
        if inode == span.inode:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_ino != inode:
                    return None
                file.seek(span.start)
                return file.read(span.stop - span.start).splitlines()
    return None


def _files(folder: Path, name: str) -> list[tuple[Path, int, int]]:
    """Return (path, inode, size) of the files that make up a log, the older first."""
    found = []
    for path in (folder / f"{name}.1", folder / name):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        found.append((path, status.st_ino, status.st_size))
    return found


def _line_end(path: Path, start: int, stop: int) -> int:
    """Return the end of the last whole line in bytes [start, stop), or `start` when there is none."""
    step = 64 * 1024
    with path.open("rb") as file:
        upper = stop
        while upper > start:
            lower = max(start, upper - step)
            file.seek(lower)
            end = file.read(upper - lower).rfind(_LINE_END)
            if end >= 0:
                return lower + end + 1
            upper = lower
    return start
