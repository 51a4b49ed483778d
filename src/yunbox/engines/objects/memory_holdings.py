"""What the store in memory holds: buckets, their versions and uploads; and how a listing rolls keys up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from yunbox.engines.objects.interface import Bucket, Entry, Part, Staged, Upload

T = TypeVar("T")


class StagedBytes:
    """Bytes in memory, to be taken once."""

    def __init__(self, data: bytes) -> None:
        self._data: bytes | None = data
        self.size = len(data)

    def take(self) -> bytes:
        """Hand the bytes over. Raises RuntimeError the second time."""
        if self._data is None:
            raise RuntimeError("these staged bytes were stored or discarded before")
        data, self._data = self._data, None
        return data

    async def discard(self) -> None:
        """Give the bytes up."""
        self._data = None


@dataclass
class HeldVersion:
    """A version and its place in the order of all changes."""

    seq: int
    entry: Entry


@dataclass
class HeldUpload:
    """An upload and its parts by number."""

    seq: int
    upload: Upload
    parts: dict[int, Part] = field(default_factory=dict)


@dataclass
class HeldBucket:
    """A bucket: `versions` of each key, newest first, and uploads by id."""

    bucket: Bucket
    versions: dict[str, list[HeldVersion]] = field(default_factory=dict)
    uploads: dict[str, HeldUpload] = field(default_factory=dict)

    def current(self, key: str) -> Entry | None:
        """Return the key's newest version, which may be a delete marker."""
        versions = self.versions.get(key)
        return versions[0].entry if versions else None

    def shown(self) -> list[HeldVersion]:
        """All versions by key and newest first, each saying whether it is the latest."""
        return [
            HeldVersion(version.seq, msgspec.structs.replace(version.entry, latest=index == 0))
            for key in sorted(self.versions)
            for index, version in enumerate(self.versions[key])
        ]


class RolledUp(Generic[T]):
    """One page of rows (key, item), which are in order and lie behind `after`."""

    def __init__(
        self, rows: Sequence[tuple[str, T]], *, prefix: str, delimiter: str, after: str, limit: int
    ) -> None:
        self.rows: list[T] = []
        self.prefixes: list[str] = []
        self.truncated = False
        self.last_key = ""
        self.last_row: T | None = None
        for key, row in rows:
            if limit <= 0 or not key.startswith(prefix):
                continue
            beyond = key[len(prefix) :]
            if delimiter and delimiter in beyond:
                group = prefix + beyond[: beyond.index(delimiter)] + delimiter
                if group == after or group in self.prefixes:
                    continue
                if self._is_full(limit):
                    return
                self.prefixes.append(group)
                self.last_key, self.last_row = group, None
            else:
                if self._is_full(limit):
                    return
                self.rows.append(row)
                self.last_key, self.last_row = key, row

    def _is_full(self, limit: int) -> bool:
        self.truncated = len(self.rows) + len(self.prefixes) == limit
        return self.truncated


def taken(staged: Staged) -> bytes:
    """Take staged bytes. Raises TypeError for a stranger's, RuntimeError for used ones."""
    if not isinstance(staged, StagedBytes):
        raise TypeError("these bytes were not staged in this store")
    return staged.take()
