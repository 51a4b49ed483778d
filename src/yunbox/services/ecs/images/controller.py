"""The image controller: makes images of snapshots and archives, and removes those that nobody needs any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Ref
from yunbox.engines.compute.errors import BadImageError, InUseError, NoImageError, NoSnapshotError
from yunbox.engines.compute.interface import HOST_IMAGE, Compute
from yunbox.engines.objects.interface import ObjectStore
from yunbox.services.ecs.images.archive import find_again, pieces
from yunbox.services.ecs.images.model import DiskMapping, Image
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.keeper import Keeper
from yunbox.services.ecs.snapshots.model import Snapshot

_IN_USE_SECONDS = 60.0


class ImageController(Keeper):
    """Makes and removes images. One that is still needed when it is deleted is kept, unseen, until it is not."""

    name = "ecs-images"
    watched = (Image, Snapshot)
    at_once = 2

    def __init__(
        self,
        store: Store,
        compute: Compute,
        objects: ObjectStore,
        clock: Clock,
        log: Callable[[str], None],
    ) -> None:
        super().__init__(store, compute, clock, log)
        self._objects = objects

    def all_ids(self, view: View) -> Iterable[str]:
        """Return all images."""
        return [each.id for each in view.find(Image)]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the image, or the images that wait for the snapshot."""
        if ref.kind == Image.kind:
            return () if ref.deleted else (ref.id,)
        snapshot = view.get(Snapshot, ref.id)
        if snapshot is None or not snapshot.made_images or snapshot.status == "progressing":
            return ()
        return [each.id for each in view.find(Image, account=snapshot.account) if each.status == "Creating"]

    async def reconcile(self, id_: str) -> float | None:
        """Bring one image to what was asked for."""
        with self.store.read() as view:
            image = view.get(Image, id_)
            snapshots = [
                view.get(Snapshot, each.snapshot_id)
                for each in (image.mappings if image is not None else ())
                if each.snapshot_id
            ]
        if image is None:
            return None
        if image.desired == "Deleted":
            return await self._delete(image)
        if image.status != "Creating":
            return None
        if image.mappings and image.mappings[0].bucket:
            await self._import(image, image.mappings[0])
        elif any(each is None or each.status == "failed" for each in snapshots):
            await self._fail(image, "A snapshot of it was not made.")
        elif all(each is not None and each.status == "accomplished" for each in snapshots):
            await self._make(image)
        return None

    async def _make(self, image: Image) -> None:
        try:
            await self.compute.create_image(image.engine_image, image.source_snapshot)
        except (NoSnapshotError, NoImageError) as error:
            await self._fail(image, str(error))
        else:
            await self._settle(image, status="Available", progress=100)

    async def _import(self, image: Image, asked: DiskMapping) -> None:
        entry = await find_again(self._objects, image.account, asked.bucket, asked.object, asked.etag)
        if entry is None:
            await self._fail(image, "The object is not what it was when the import was asked for.")
            return
        try:
            await self.compute.import_image(image.engine_image, pieces(self._objects, entry))
        except BadImageError as error:
            await self._fail(image, str(error))
        except FileNotFoundError:
            await self._fail(image, "The object was deleted while it was imported.")
        else:
            await self._settle(image, status="Available", progress=100)

    async def _fail(self, image: Image, why: str) -> None:
        self.log(f"{self.name}: {image.id} cannot be made: {why}")
        await self._settle(image, status="CreateFailed", failure=why[:2000])

    async def _settle(self, seen: Image, **fields: Any) -> None:
        def write(change: Change) -> None:
            now = change.get(Image, seen.id)
            if now is not None and now.status == "Creating":
                change.replace(msgspec.structs.replace(now, **fields))

        await self.write(write)

    async def _delete(self, image: Image) -> float | None:
        """Remove it from the engine, unless a copy or an instance needs it; then only later, or not at all."""
        if await self.write(_forget_shared(image)):
            return None
        with self.store.read() as view:
            if any(each.engine_image == image.engine_image for each in view.find(Instance)):
                return _IN_USE_SECONDS
        try:
            await self.compute.remove_image(image.engine_image)
        except InUseError:
            # A snapshot or another image rests on it.
            return _IN_USE_SECONDS
        await self.write(_forget(image.id))
        return None


def _forget_shared(image: Image) -> Callable[[Change], bool]:
    """Delete the record of an image that a copy shares; return whether that was so.

    It is one step, so that of several copies that are deleted at a time the last one finds itself alone.
    """

    def write(change: Change) -> bool:
        others = [each for each in change.find(Image) if each.engine_image == image.engine_image]
        if image.engine_image != HOST_IMAGE and len(others) < 2:
            return False
        _forget(image.id)(change)
        return True

    return write


def _forget(id_: str) -> Callable[[Change], None]:
    def write(change: Change) -> None:
        image = change.get(Image, id_)
        if image is not None and image.desired == "Deleted":
            change.delete(Image, id_)

    return write
