"""The nonces of signed calls, remembered for as long as a replay could pass for the call itself.

A replayed call carries the timestamp that was signed, so nonces are kept by signed time: one file for every
five minutes of it, dropped when no call signed then can be in time any more. The files are memory-mapped and
shared by all workers; the page cache outlives a killed process, so a restart forgets nothing. (A machine that
loses power may: the files are not synced, since a sync for every call would cost more than all the rest.)

Whatever cannot be recorded is refused. A clock that is set back does not bring a dropped file's calls to life
again: the last file that was dropped is remembered, and calls signed then or before are refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from yunbox.errors import CloudError

SEGMENT_SECONDS = 300
KEEP_SECONDS = 3600
"""The longest validity of a call: how long a file stays after the end of its five minutes."""

FIRST_SLOTS = 4096
GROWTH = 8
MAX_LEVELS = 5
"""A file holds up to five tables, each eight times its predecessor: some nine million calls."""

_SLOT = 16
_HEAD = 4096
_MAX_PROBES = 128
_EMPTY = bytes(_SLOT)
_MAGIC = b"YBNONCE1"
_TABLES = [
    (_HEAD + _SLOT * FIRST_SLOTS * (GROWTH**level - 1) // (GROWTH - 1), FIRST_SLOTS * GROWTH**level)
    for level in range(MAX_LEVELS + 1)
]
"""Where each table starts, which is where its predecessor ends, and how many slots it has."""

_NUMBER = struct.Struct("<q")
_KEY_AT, _FLOOR_AT = 8, 24
_LEVELS_AT, _COUNTS_AT = 8, 16

# POSIX locks hold between processes, also forked ones; between the threads of one this does.
_GUARD = threading.Lock()


class Nonces:
    """The nonces used with each AccessKey, in the files of one folder; several processes may share it."""

    def __init__(self, path: Path, entropy: Callable[[int], bytes] = os.urandom) -> None:
        """Open the folder, creating it when missing. Raises OSError when that is not possible.

        `entropy` gives the key of the tables' hash, which keeps a client from crowding chosen slots.
        """
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._segments: dict[int, _Segment] = {}
        with _GUARD:
            self._file = os.open(path / "control", os.O_RDWR | os.O_CREAT, 0o600)
            with self._locked():
                self._control = self._open_control(entropy)
        self._key = self._control[_KEY_AT : _KEY_AT + 16]

    def use(self, access_key_id: str, nonce: str, signed_at: float, valid_seconds: float, now: float) -> bool:
        """Record a nonce; return False when it was used before, or when that can no longer be known.

        All times are in seconds since the epoch. Of several processes that ask at once one is told True.
        Raises CloudError (ServiceUnavailable) when the nonce cannot be recorded: the disk is full, or the five
        minutes have seen more calls than a file holds.
        """
        if valid_seconds > KEEP_SECONDS:
            raise ValueError("nonces are not kept that long")
        if not abs(now - signed_at) <= valid_seconds:
            return False
        text = f"{access_key_id}\0{nonce}".encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, digest_size=_SLOT, key=self._key).digest()
        index = int(signed_at // SEGMENT_SECONDS)
        try:
            with _GUARD:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
                try:
                    return self._record(index, digest, now)
                finally:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)
        except OSError as error:
            raise _unavailable() from error

    def close(self) -> None:
        """Let go of the files. What was recorded stays."""
        with _GUARD:
            for segment in self._segments.values():
                segment.close()
            self._segments.clear()
            self._control.close()
            os.close(self._file)

    def _record(self, index: int, digest: bytes, now: float) -> bool:
        if index <= _NUMBER.unpack_from(self._control, _FLOOR_AT)[0]:
            return False
        segment = self._segments.get(index)
        if segment is None:
            self._drop_old(now)
            segment = self._segments[index] = _Segment(self._path / f"{index}.nonces")
        return segment.add(digest)

    def _drop_old(self, now: float) -> None:
        """Remove the files nobody needs; the floor goes up first, so that no worker writes to one of them."""
        old = [i for i in self._present() if (i + 1) * SEGMENT_SECONDS + KEEP_SECONDS < now]
        if old:
            floor = max(_NUMBER.unpack_from(self._control, _FLOOR_AT)[0], *old)
            _NUMBER.pack_into(self._control, _FLOOR_AT, floor)
        for index in old:
            (self._path / f"{index}.nonces").unlink(missing_ok=True)
        for index in [i for i in self._segments if (i + 1) * SEGMENT_SECONDS + KEEP_SECONDS < now]:
            self._segments.pop(index).close()

    def _present(self) -> list[int]:
        stems = (entry.stem for entry in self._path.iterdir() if entry.suffix == ".nonces")
        return [int(stem) for stem in stems if stem.lstrip("-").isdecimal()]

    def _open_control(self, entropy: Callable[[int], bytes]) -> mmap.mmap:
        """Map the control file: what it is, the key, the floor. The first word is written last."""
        _reserve(self._file, 0, _HEAD)
        control = mmap.mmap(self._file, _HEAD)
        if control[:8] != _MAGIC:
            # Files whose key is lost cannot be asked any more, so nothing signed in their time may pass.
            present = self._present()
            control[_KEY_AT : _KEY_AT + 16] = entropy(16)
            _NUMBER.pack_into(control, _FLOOR_AT, max(present, default=-(1 << 62)))
            for index in present:
                (self._path / f"{index}.nonces").unlink(missing_ok=True)
            control[:8] = _MAGIC
        return control

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


class _Segment:
    """One file: a head with the number of tables and how full each is, then the tables, of digests.

    Nothing is ever moved or removed, so a process killed at any point leaves at worst a slot filled for a call
    that was not answered. Every method runs under the lock.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(self._file).st_size < _TABLES[1][0]:
                _reserve(self._file, 0, _TABLES[1][0])
            self._map = mmap.mmap(self._file, 0)
            if self._map[:8] != _MAGIC:
                if any(self._map[:_HEAD]):
                    raise OSError(f"{path.name} is not a file of nonces")
                _NUMBER.pack_into(self._map, _LEVELS_AT, 1)
                self._map[:8] = _MAGIC
        except BaseException:
            os.close(self._file)
            raise

    def add(self, digest: bytes) -> bool:
        """Record a digest. Return False when it stands already. Raises OSError when there is no room for it."""
        levels: int = _NUMBER.unpack_from(self._map, _LEVELS_AT)[0]
        if len(self._map) < _TABLES[levels][0]:
            self._remap()
        free = -1
        for level in range(levels):
            found, free = self._find(level, digest)
            if found:
                return False
        at = _COUNTS_AT + 8 * (levels - 1)
        count: int = _NUMBER.unpack_from(self._map, at)[0]
        if free < 0 or count * 2 >= _TABLES[levels - 1][1]:
            self._grow(levels)
            _, free = self._find(levels, digest)
            at, count = at + 8, 0
        self._map[free : free + _SLOT] = digest
        _NUMBER.pack_into(self._map, at, count + 1)
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        os.close(self._file)

    def _find(self, level: int, digest: bytes) -> tuple[bool, int]:
        """Return whether a table holds a digest, else where it would stand; -1 when its place is crowded."""
        start, slots = _TABLES[level]
        first = int.from_bytes(digest[:8], "little")
        held = self._map
        for slot in range(first, first + _MAX_PROBES):
            at = start + slot % slots * _SLOT
            entry = held[at : at + _SLOT]
            if entry == _EMPTY:
                return False, at
            if entry == digest:
                return True, at
        return False, -1

    def _grow(self, levels: int) -> None:
        if levels >= MAX_LEVELS:
            raise OSError("the file of nonces is full")
        start, slots = _TABLES[levels]
        _reserve(self._file, start, slots * _SLOT)
        self._remap()
        _NUMBER.pack_into(self._map, _LEVELS_AT, levels + 1)

    def _remap(self) -> None:
        grown = mmap.mmap(self._file, 0)
        self._map.close()
        self._map = grown


def _reserve(file: int, start: int, length: int) -> None:
    """Allocate a range of a file: a full disk is an error here, and not the death of whoever writes a page.

    Bytes that are there already stay as they are.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, start, length)
        return
    at = max(start, os.fstat(file).st_size)
    while at < start + length:
        at += os.pwrite(file, bytes(min(start + length - at, 1 << 20)), at)


def _unavailable() -> CloudError:
    return CloudError(
        "ServiceUnavailable", 503, "The nonce of the request cannot be recorded, so it is refused. Try later."
    )
