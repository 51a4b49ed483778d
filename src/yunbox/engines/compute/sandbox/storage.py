"""Volumes, snapshots, layers and images: what is made, copied and removed on disk.

Whatever is made is made aside and put in place in one step. Methods wait for the disk, so they belong in threads.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

import msgspec

from yunbox.engines.compute.errors import (
    InUseError,
    NoSandboxError,
    NoSnapshotError,
    NoVolumeError,
    UnsupportedError,
)
from yunbox.engines.compute.interface import HOST_IMAGE, Image, Mount, Snapshot
from yunbox.engines.compute.sandbox import bubblewrap, launch, records, roots
from yunbox.engines.compute.sandbox.attachments import VolumeRecord
from yunbox.engines.compute.sandbox.life import Life
from yunbox.engines.compute.sandbox.locks import held
from yunbox.engines.compute.sandbox.places import Places, checked
from yunbox.engines.compute.sandbox.roots import ImageRecord, Layer, Roots


class SnapshotRecord(records.Record, frozen=True, kw_only=True):
    """A copy of a volume or a layer; `size` is the volume's, or what a layer takes on disk."""

    kind: Literal["volume", "layer"]
    source: str
    size: int


class Storage:
    """What one driver keeps on disk beside running sandboxes."""

    def __init__(self, places: Places, roots_: Roots, life: Life) -> None:
        self._places = places
        self._roots = roots_
        self._life = life
        self._attachments = life.attachments

    def _held(self, kind: str, name: str) -> AbstractContextManager[None]:
        return held(self._places.locks, kind, checked(name))

    def _make(self, kind: str, name: str, place: Path, fill: Callable[[Path], records.Record]) -> None:
        """Make a folder with its record by `fill`, unless it is there."""
        if place.exists():
            return
        fresh = self._places.aside(kind, name, "new")
        records.erase(fresh)
        fresh.mkdir(mode=0o700)
        try:
            records.keep(fresh / f"{kind}.json", fill(fresh))
            fresh.rename(place)
        except BaseException:
            records.erase(fresh)
            raise

    # Volumes

    def create_volume(self, volume: str, size: int, snapshot: str) -> None:
        """Make a volume."""

        def fill(fresh: Path) -> VolumeRecord:
            if snapshot:
                self._snapshot(snapshot, "volume")
                roots.copy_tree(self._places.snapshot(snapshot) / "data", fresh / "data")
            else:
                (fresh / "data").mkdir(mode=0o755)
            return VolumeRecord(size=size)

        with self._attachments.held(volume):
            self._make("volume", volume, self._places.volume(volume), fill)

    def resize_volume(self, volume: str, size: int) -> None:
        """Make a volume larger."""
        with self._attachments.held(volume):
            record = self._attachments.record(volume)
            if size < record.size:
                raise ValueError(f"a volume of {record.size} bytes cannot shrink to {size}")
            self._attachments.keep(volume, msgspec.structs.replace(record, size=size))

    def remove_volume(self, volume: str) -> None:
        """Remove a volume that is not attached."""
        with self._attachments.held(volume):
            try:
                record = self._attachments.record(volume)
            except NoVolumeError:
                return
            if record.sandbox:
                raise InUseError(f"the volume {volume} is attached to the sandbox {record.sandbox}")
            records.discard(self._places.volume(volume), self._places.aside("volume", volume, "gone"))

    def restore_volume(self, volume: str, snapshot: str) -> None:
        """Replace a volume's bytes by a snapshot's."""
        kept = self._snapshot(snapshot, "volume")
        with self._attachments.held(volume):
            record = self._attachments.record(volume)
            if record.sandbox and self._life.process(record.sandbox) is not None:
                raise InUseError(f"the volume {volume} is attached to the running sandbox {record.sandbox}")
            fresh = self._places.aside("volume", volume, "restored")
            records.erase(fresh)
            roots.copy_tree(self._places.snapshot(snapshot) / "data", fresh)
            place = self._attachments.data(volume)
            # Between these two the volume has no bytes; the next call brings them.
            records.discard(place, self._places.aside("volume", volume, "old"))
            fresh.rename(place)
            self._attachments.keep(volume, msgspec.structs.replace(record, size=max(record.size, kept.size)))

    def attach(self, sandbox: str, mount: Mount) -> None:
        """Make a volume appear in a sandbox."""
        with self._life.held(sandbox):
            spec = self._life.spec(sandbox)
            if spec is None:
                raise NoSandboxError(f"there is no sandbox {sandbox}")
            process = self._life.process(sandbox)
            if mount in spec.mounts:
                self._attachments.take_one(sandbox, mount)
                return
            if process is not None and bubblewrap.in_own_users():
                raise UnsupportedError("without root, volumes are attached to stopped sandboxes alone")
            launch.check_target(mount.target)
            source = self._attachments.take_one(sandbox, mount)
            others = tuple(each for each in spec.mounts if each.volume != mount.volume)
            if process is not None:
                order = {"do": "attach", "source": str(source), "target": mount.target}
                # A call that was killed after this line may have mounted it already.
                launch.do_inside(process, {"do": "detach", "target": mount.target})
                launch.do_inside(process, {**order, "read_only": mount.read_only})
            self._life.keep(msgspec.structs.replace(spec, mounts=(*others, mount)))

    def detach(self, sandbox: str, volume: str) -> None:
        """Make a volume disappear from a sandbox."""
        with self._life.held(sandbox):
            spec = self._life.spec(sandbox)
            mounted = [each for each in spec.mounts if each.volume == volume] if spec else []
            process = self._life.process(sandbox)
            if spec is not None and mounted:
                if process is not None and bubblewrap.in_own_users():
                    raise UnsupportedError("without root, volumes are detached from stopped sandboxes alone")
                for each in mounted if process is not None else ():
                    assert process is not None
                    launch.do_inside(process, {"do": "detach", "target": each.target})
                rest = tuple(each for each in spec.mounts if each.volume != volume)
                self._life.keep(msgspec.structs.replace(spec, mounts=rest))
            self._attachments.release(sandbox, volume)

    # Snapshots and layers

    def _snapshot(self, snapshot: str, kind: str) -> SnapshotRecord:
        record = records.load(self._places.snapshot(snapshot) / "snapshot.json", SnapshotRecord)
        if record is None or record.kind != kind:
            raise NoSnapshotError(f"there is no {kind} snapshot {snapshot}")
        return record

    def snapshot_volume(self, volume: str, snapshot: str) -> None:
        """Copy a volume."""

        def fill(fresh: Path) -> SnapshotRecord:
            record = self._attachments.record(volume)
            roots.copy_tree(self._attachments.data(volume), fresh / "data")
            return SnapshotRecord(kind="volume", source=volume, size=record.size)

        # No volume may vanish under the copy; the order of kinds is snapshot after volume.
        with self._attachments.held(volume), self._held("snapshot", snapshot):
            self._make("snapshot", snapshot, self._places.snapshot(snapshot), fill)

    def snapshot_layer(self, sandbox: str, snapshot: str) -> None:
        """Copy a sandbox's layer."""

        def fill(fresh: Path) -> SnapshotRecord:
            layer = self._places.layer(sandbox)
            if not (layer / "layer.json").exists():
                raise NoSandboxError(f"there is no layer of a sandbox {sandbox}")
            roots.copy_layer(layer, fresh / "layer")
            return SnapshotRecord(kind="layer", source=sandbox, size=roots.size(fresh))

        with self._life.held(sandbox), self._held("snapshot", snapshot):
            self._make("snapshot", snapshot, self._places.snapshot(snapshot), fill)

    def restore_layer(self, sandbox: str, snapshot: str) -> None:
        """Replace a stopped sandbox's layer by a snapshot's."""
        self._snapshot(snapshot, "layer")
        self._replace_layer(sandbox, lambda fresh: self._copy_of(snapshot, fresh))

    def _copy_of(self, snapshot: str, fresh: Path) -> None:
        roots.copy_layer(self._places.snapshot(snapshot) / "layer", fresh)

    def reset_layer(self, sandbox: str, image: str) -> None:
        """Give a stopped sandbox a new layer of an image."""
        self._roots.parts(image)
        self._replace_layer(sandbox, lambda fresh: self._roots.make(fresh, image))

    def _replace_layer(self, sandbox: str, fill: Callable[[Path], None]) -> None:
        with self._life.held(sandbox):
            if not self._places.sandbox(sandbox).exists():
                raise NoSandboxError(f"there is no sandbox {sandbox}")
            self._life.require_stopped(sandbox)
            fresh = self._places.aside("sandbox", sandbox, "layer")
            records.erase(fresh)
            fill(fresh)
            self._roots.replace(sandbox, fresh)

    def remove_snapshot(self, snapshot: str) -> None:
        """Remove a snapshot."""
        with self._held("snapshot", snapshot):
            place = self._places.snapshot(snapshot)
            records.discard(place, self._places.aside("snapshot", snapshot, "gone"))

    def snapshots(self) -> list[Snapshot]:
        """Return all snapshots."""
        found = []
        for folder in sorted((self._places.root / "snapshots").iterdir()):
            record = records.load(folder / "snapshot.json", SnapshotRecord)
            if record is not None:
                found.append(
                    Snapshot(id=folder.name, kind=record.kind, source=record.source, size=record.size)
                )
        return found

    # Images

    def import_image(self, image: str, archive: Path) -> None:
        """Make an image from an archive."""
        from yunbox.engines.compute.sandbox.unpack import unpack  # noqa: PLC0415 - four libraries for archives

        def fill(fresh: Path) -> ImageRecord:
            (fresh / "tree").mkdir(mode=0o755)
            unpack(archive, fresh / "tree")
            return ImageRecord(size=roots.size(fresh))

        with self._held("image", image):
            self._make("image", _not_the_host(image), self._places.image(image), fill)

    def create_image(self, image: str, snapshot: str) -> None:
        """Make an image from a layer snapshot."""

        def fill(fresh: Path) -> ImageRecord:
            source = self._places.snapshot(snapshot) / "layer"
            layer = records.load(source / "layer.json", Layer)
            if layer is None:
                raise NoSnapshotError(f"there is no layer snapshot {snapshot}")
            self._roots.chain(layer.image)
            roots.copy_layer(source, fresh / "layer")
            return ImageRecord(base=layer.image, size=roots.size(fresh))

        with self._held("snapshot", snapshot), self._held("image", image):
            self._make("image", _not_the_host(image), self._places.image(image), fill)
        self._roots.chain(image)

    def remove_image(self, image: str) -> None:
        """Remove an image on which nothing rests."""
        with self._held("image", _not_the_host(image)):
            resting = self._resting_on(image)
            if resting:
                raise InUseError(f"the image {image} is what {resting} rests on")
            records.discard(self._places.image(image), self._places.aside("image", image, "gone"))

    def _resting_on(self, image: str) -> str:
        for pattern in ("sandboxes/*/layer/layer.json", "snapshots/*/layer/layer.json"):
            for path in sorted(self._places.root.glob(pattern)):
                layer = records.load(path, Layer)
                if layer is not None and layer.image == image:
                    return path.parent.parent.name
        for path in sorted(self._places.root.glob("images/*/image.json")):
            other = records.load(path, ImageRecord)
            if other is not None and other.base == image:
                return path.parent.name
        return ""

    def images(self) -> list[Image]:
        """Return all images."""
        found = []
        for folder in sorted((self._places.root / "images").iterdir()):
            record = records.load(folder / "image.json", ImageRecord)
            if record is not None:
                found.append(Image(id=folder.name, size=record.size))
        return found


def _not_the_host(image: str) -> str:
    if image == HOST_IMAGE:
        raise ValueError(f"{HOST_IMAGE} is the name of the host's own system")
    return image
