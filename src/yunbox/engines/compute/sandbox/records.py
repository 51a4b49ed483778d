"""Small records on disk: written whole or not at all, read with suspicion where a sandbox may have written."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TypeVar

import msgspec

FORMAT = 1
"""The version of everything this driver keeps; a record of a later one is refused."""

_T = TypeVar("_T")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A stored record, with the version of its format."""

    format: int = FORMAT


def write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put a file in place in one step, and on disk. What stood there, were it a link, is replaced, not followed."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fdatasync(file.fileno())
        fresh.rename(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def keep(path: Path, record: Record) -> None:
    """Store a record."""
    write(path, msgspec.json.encode(record))


def load(path: Path, type_: type[_T]) -> _T | None:
    """Return the record, or None when there is none. Raises ValueError on a damaged or later one."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    record = msgspec.json.decode(data, type=type_)
    if isinstance(record, Record) and record.format > FORMAT:
        raise ValueError(f"{path.name} was written by a later version of yunbox (format {record.format})")
    return record


def read_shared(path: Path, limit: int) -> tuple[bytes, float] | None:
    """Return the last `limit` bytes and the modification time of a file that a sandbox may have tampered with.

    None when there is none, or when it is not a plain file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            return None
        return os.pread(descriptor, limit, max(0, facts.st_size - limit)), facts.st_mtime
    finally:
        os.close(descriptor)


def discard(path: Path, away: Path) -> None:
    """Remove a folder: out of its place in one step, to `away`, then its contents."""
    if not path.is_symlink() and not path.exists():
        return
    erase(away)
    path.rename(away)
    erase(away)


def erase(path: Path) -> None:
    """Remove a tree that nobody uses, following no link. Nothing happens when there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, onerror=_loosen)
    else:
        # Also a pipe, which removing as a tree would open, and wait for its other end.
        path.unlink(missing_ok=True)


def _loosen(function: object, path: str, error: object) -> None:
    # Directories without permissions are no obstacle to root, but they are to others.
    place = Path(path)
    try:
        place.parent.chmod(0o700)
        if place.is_dir() and not place.is_symlink():
            place.chmod(0o700)
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    except FileNotFoundError:
        return
