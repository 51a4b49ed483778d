"""What the engine's twin in memory keeps beside running sandboxes: volumes, snapshots, layers, images."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from yunbox.engines.compute.errors import (
    BadImageError,
    InUseError,
    NoImageError,
    NoSandboxError,
    NoSnapshotError,
    NotRunningError,
    NoVolumeError,
    RunningError,
)
from yunbox.engines.compute.interface import (
    HOST_IMAGE,
    Command,
    Execution,
    File,
    Image,
    Mount,
    SandboxSpec,
    Snapshot,
    Volume,
)
from yunbox.engines.compute.sandbox.places import checked

Files = dict[str, File]
"""The files of a sandbox, by path."""


class Held(msgspec.Struct):
    """A sandbox that exists; it runs when `started_at` is given."""

    spec: SandboxSpec
    image: str
    files: Files
    started_at: float | None = None
    console: bytes = b""
    executions: dict[str, tuple[Command, Execution]] = {}


class MemoryStorage:
    """A part of `MemoryCompute`; see `Compute` for what the methods promise."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._volumes: dict[str, Volume] = {}
        self._snapshots: dict[str, tuple[Snapshot, Files, str]] = {}
        self._images: dict[str, tuple[Image, Files, str]] = {}

    def _existing(self, sandbox: str) -> Held:
        held = self._held.get(checked(sandbox))
        if held is None:
            raise NoSandboxError(f"there is no sandbox {sandbox}")
        return held

    def _running(self, sandbox: str) -> Held:
        held = self._existing(sandbox)
        if held.started_at is None:
            raise NotRunningError(f"the sandbox {sandbox} does not run")
        return held

    def _stopped(self, sandbox: str) -> Held:
        held = self._existing(sandbox)
        if held.started_at is not None:
            raise RunningError(f"the sandbox {sandbox} runs")
        return held

    def _image_files(self, image: str) -> Files:
        if image == HOST_IMAGE:
            return {}
        if image not in self._images:
            raise NoImageError(f"there is no image {image}")
        return dict(self._images[image][1])

    def _volume(self, volume: str) -> Volume:
        if checked(volume) not in self._volumes:
            raise NoVolumeError(f"there is no volume {volume}")
        return self._volumes[volume]

    def _take(self, sandbox: str, mount: Mount) -> None:
        volume = self._volume(mount.volume)
        if volume.sandbox not in ("", sandbox):
            raise InUseError(f"the volume {volume.id} is attached to the sandbox {volume.sandbox}")
        self._volumes[volume.id] = msgspec.structs.replace(volume, sandbox=sandbox)

    def _release(self, sandbox: str, but: set[str] | frozenset[str] = frozenset()) -> None:
        for name, volume in self._volumes.items():
            if volume.sandbox == sandbox and name not in but:
                self._volumes[name] = msgspec.structs.replace(volume, sandbox="")

    async def create_volume(self, volume: str, size: int, *, snapshot: str = "") -> None:
        """See `Compute`."""
        if checked(volume) not in self._volumes:
            if snapshot:
                self._snapshot(snapshot, "volume")
            self._volumes[volume] = Volume(id=volume, size=size)

    async def resize_volume(self, volume: str, size: int) -> None:
        """See `Compute`."""
        found = self._volume(volume)
        if size < found.size:
            raise ValueError(f"a volume of {found.size} bytes cannot shrink to {size}")
        self._volumes[volume] = msgspec.structs.replace(found, size=size)

    async def remove_volume(self, volume: str) -> None:
        """See `Compute`."""
        found = self._volumes.get(checked(volume))
        if found is not None and found.sandbox:
            raise InUseError(f"the volume {volume} is attached to the sandbox {found.sandbox}")
        self._volumes.pop(volume, None)

    async def volumes(self) -> list[Volume]:
        """See `Compute`."""
        return [volume for _, volume in sorted(self._volumes.items())]

    async def attach_volume(self, sandbox: str, mount: Mount) -> None:
        """See `Compute`."""
        held = self._existing(sandbox)
        self._take(sandbox, mount)
        others = tuple(each for each in held.spec.mounts if each.volume != mount.volume)
        held.spec = msgspec.structs.replace(held.spec, mounts=(*others, mount))

    async def detach_volume(self, sandbox: str, volume: str) -> None:
        """See `Compute`."""
        held = self._held.get(checked(sandbox))
        if held is not None:
            rest = tuple(each for each in held.spec.mounts if each.volume != volume)
            held.spec = msgspec.structs.replace(held.spec, mounts=rest)
        found = self._volumes.get(checked(volume))
        if found is not None and found.sandbox == sandbox:
            self._volumes[volume] = msgspec.structs.replace(found, sandbox="")

    def _snapshot(self, snapshot: str, kind: str) -> tuple[Snapshot, Files, str]:
        found = self._snapshots.get(checked(snapshot))
        if found is None or found[0].kind != kind:
            raise NoSnapshotError(f"there is no {kind} snapshot {snapshot}")
        return found

    async def snapshot_volume(self, volume: str, snapshot: str) -> None:
        """See `Compute`."""
        if checked(snapshot) not in self._snapshots:
            found = self._volume(volume)
            kept = Snapshot(id=snapshot, kind="volume", source=volume, size=found.size)
            self._snapshots[snapshot] = (kept, {}, "")

    async def restore_volume(self, volume: str, snapshot: str) -> None:
        """See `Compute`."""
        kept = self._snapshot(snapshot, "volume")[0]
        found = self._volume(volume)
        if found.sandbox and self._existing(found.sandbox).started_at is not None:
            raise InUseError(f"the volume {volume} is attached to the running sandbox {found.sandbox}")
        self._volumes[volume] = msgspec.structs.replace(found, size=max(found.size, kept.size))

    async def snapshot_layer(self, sandbox: str, snapshot: str) -> None:
        """See `Compute`."""
        if checked(snapshot) not in self._snapshots:
            held = self._existing(sandbox)
            kept = Snapshot(id=snapshot, kind="layer", source=sandbox, size=_size(held.files))
            self._snapshots[snapshot] = (kept, dict(held.files), held.image)

    async def restore_layer(self, sandbox: str, snapshot: str) -> None:
        """See `Compute`."""
        _, files, image = self._snapshot(snapshot, "layer")
        held = self._stopped(sandbox)
        held.files, held.image = dict(files), image

    async def reset_layer(self, sandbox: str, image: str) -> None:
        """See `Compute`."""
        files = self._image_files(image)
        held = self._stopped(sandbox)
        held.files, held.image = files, image

    async def remove_snapshot(self, snapshot: str) -> None:
        """See `Compute`."""
        self._snapshots.pop(checked(snapshot), None)

    async def snapshots(self) -> list[Snapshot]:
        """See `Compute`."""
        return [found for _, (found, _, _) in sorted(self._snapshots.items())]

    async def import_image(self, image: str, archive: Path | AsyncIterator[bytes]) -> None:
        """See `Compute`. The archive has to have something in it; what, does not count."""
        if isinstance(archive, Path):
            size = (await asyncio.to_thread(archive.stat)).st_size
        else:
            size = sum([len(part) async for part in archive])
        if not size:
            raise BadImageError("the archive is empty")
        self._add_image(image, size, {}, "")

    def _add_image(self, image: str, size: int, files: Files, base: str) -> None:
        if checked(image) == HOST_IMAGE:
            raise ValueError(f"{HOST_IMAGE} is the name of the host's own system")
        self._images.setdefault(image, (Image(id=image, size=size), files, base))

    async def create_image(self, image: str, snapshot: str) -> None:
        """See `Compute`."""
        kept, files, base = self._snapshot(snapshot, "layer")
        self._add_image(image, kept.size, dict(files), base)

    async def remove_image(self, image: str) -> None:
        """See `Compute`."""
        resting = [held.image for held in self._held.values()]
        resting += [base for _, _, base in (*self._snapshots.values(), *self._images.values())]
        if image in resting:
            raise InUseError(f"something rests on the image {image}")
        self._images.pop(checked(image), None)

    async def images(self) -> list[Image]:
        """See `Compute`."""
        return [found for _, (found, _, _) in sorted(self._images.items())]


def _size(files: Files) -> int:
    return sum(len(each.data) for each in files.values())
