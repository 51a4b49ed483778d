"""Locks between processes. The kernel drops them when a process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from yunbox.engines.objects.embedded.files import sync_folder


class WriteLock:
    """Held by the one process that may write to the database; passed on in turn.

    Two files: whoever waits for `write` holds `turn`. So a process that has just released the lock cannot
    take it again ahead of one that waits. SQLite's own lock would be polled with sleeps instead.
    """

    def __init__(self, folder: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._turn = os.open(folder / "turn.lock", flags, 0o600)
        self._write = os.open(folder / "write.lock", flags, 0o600)

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it or waits for it."""
        if not _try_lock(self._turn):
            return False
        taken = _try_lock(self._write)
        fcntl.flock(self._turn, fcntl.LOCK_UN)
        return taken

    def acquire(self) -> None:
        """Take the lock; blocks the thread until it is free."""
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        fcntl.flock(self._write, fcntl.LOCK_EX)
        fcntl.flock(self._turn, fcntl.LOCK_UN)

    def release(self) -> None:
        """Give the lock to whoever waits."""
        fcntl.flock(self._write, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the files; releases the lock if it is held."""
        os.close(self._turn)
        os.close(self._write)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Lease:
    """Says that the process which owns the files of a certain token is alive: a lock on `leases/<token>`.

    Whoever can lock that file knows that its owner is dead, or has closed its store, and will never again
    make a file of that token or store a reference to one.
    """

    def __init__(self, folder: Path, token: str, worker: str) -> None:
        """Take a new lease. Raises FileExistsError when the token is taken or a sweep got in the way."""
        self.token = token
        self._path = folder / token
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        # Between creation and locking, a sweep may take the file for a dead one's and remove it.
        if not _try_lock(self._file) or not self._stands():
            os.close(self._file)
            raise FileExistsError(self._path)
        os.write(self._file, f"{os.getpid()} {worker}\n".encode())
        # Files whose owner has no lease are never reclaimed, so it must not be lost in a crash.
        sync_folder(folder)

    @classmethod
    def take(cls, folder: Path, new_token: Callable[[], str], worker: str) -> Lease:
        """Take a lease under a fresh token."""
        while True:
            try:
                return cls(folder, new_token(), worker)
            except FileExistsError:
                continue

    def _stands(self) -> bool:
        try:
            return self._path.stat().st_ino == os.fstat(self._file).st_ino
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Let a sweep reclaim what this process left behind."""
        os.close(self._file)


class DeadLease:
    """The lease of a dead owner, held by a sweep."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.token = path.name
        self._path = path
        self._file = descriptor

    @classmethod
    def all_in(cls, folder: Path) -> list[DeadLease]:
        """Take every lease whose owner is dead."""
        found = (cls.take(folder, path.name) for path in sorted(folder.iterdir()))
        return [lease for lease in found if lease is not None]

    @classmethod
    def take(cls, folder: Path, token: str) -> DeadLease | None:
        """Return the lease when its owner is dead; None when it lives, or when there is no such lease."""
        path = folder / token
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        if _try_lock(descriptor):
            return cls(path, descriptor)
        os.close(descriptor)
        return None

    def close(self, *, remove: bool) -> None:
        """Let go of the lease; with `remove`, for ever."""
        if remove:
            self._path.unlink(missing_ok=True)
        os.close(self._file)
