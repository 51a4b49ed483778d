"""Volumes: directories of the host that appear inside sandboxes, each in one sandbox at a time.

Their size is recorded and not enforced: a directory shares the space of the file system it lies in.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from yunbox.engines.compute.errors import InUseError, NoVolumeError
from yunbox.engines.compute.interface import Mount, Volume
from yunbox.engines.compute.sandbox import records
from yunbox.engines.compute.sandbox.locks import held
from yunbox.engines.compute.sandbox.places import Places, checked


class VolumeRecord(records.Record, frozen=True, kw_only=True):
    """A volume: its size in bytes, and the sandbox that has it."""

    size: int
    sandbox: str = ""


class Attachments:
    """Who has which volume."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def held(self, volume: str) -> AbstractContextManager[None]:
        """Hold a volume's lock."""
        return held(self._places.locks, "volume", checked(volume))

    def data(self, volume: str) -> Path:
        """Return the directory that holds a volume's bytes."""
        return self._places.volume(volume) / "data"

    def record(self, volume: str) -> VolumeRecord:
        """Return a volume's record; `sandbox` is empty when that one is gone. Raises NoVolumeError."""
        found = records.load(self._places.volume(volume) / "volume.json", VolumeRecord)
        if found is None:
            raise NoVolumeError(f"there is no volume {volume}")
        if found.sandbox and not self._places.sandbox(found.sandbox).exists():
            return msgspec.structs.replace(found, sandbox="")
        return found

    def keep(self, volume: str, record: VolumeRecord) -> None:
        """Store a volume's record."""
        records.keep(self._places.volume(volume) / "volume.json", record)

    def all(self) -> list[Volume]:
        """Return all volumes, by id."""
        found = []
        for folder in sorted((self._places.root / "volumes").iterdir()):
            try:
                record = self.record(folder.name)
            except NoVolumeError:
                continue
            found.append(Volume(id=folder.name, size=record.size, sandbox=record.sandbox))
        return found

    def take(self, sandbox: str, mounts: Sequence[Mount]) -> list[tuple[Path, Mount]]:
        """Give a sandbox these volumes and no others; return where their bytes are.

        Raises NoVolumeError, InUseError.
        """
        taken = [(self.take_one(sandbox, each), each) for each in mounts]
        self.release_all(sandbox, but=frozenset(each.volume for each in mounts))
        return taken

    def take_one(self, sandbox: str, mount: Mount) -> Path:
        """Give a sandbox a volume; return where its bytes are. Raises NoVolumeError, InUseError."""
        with self.held(mount.volume):
            record = self.record(mount.volume)
            if record.sandbox not in ("", sandbox):
                raise InUseError(f"the volume {mount.volume} is attached to the sandbox {record.sandbox}")
            self.keep(mount.volume, msgspec.structs.replace(record, sandbox=sandbox))
        return self.data(mount.volume)

    def release(self, sandbox: str, volume: str) -> None:
        """Take a volume from a sandbox; nothing happens when it does not have it."""
        with self.held(volume):
            try:
                record = self.record(volume)
            except NoVolumeError:
                return
            if record.sandbox == sandbox:
                self.keep(volume, msgspec.structs.replace(record, sandbox=""))

    def release_all(self, sandbox: str, but: frozenset[str] = frozenset()) -> None:
        """Take all volumes from a sandbox, but these."""
        for each in self.all():
            if each.sandbox == sandbox and each.id not in but:
                self.release(sandbox, each.id)
