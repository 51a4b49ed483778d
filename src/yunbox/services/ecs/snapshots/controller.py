"""The snapshot controller: takes snapshots, and removes those that were deleted or have had their time."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from yunbox.control.store import Change, View
from yunbox.control.store_resource import Ref
from yunbox.engines.compute.errors import NoSandboxError, NoVolumeError
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.keeper import Keeper
from yunbox.services.ecs.snapshots.model import Snapshot
from yunbox.services.ecs.snapshots.usage import has_images, is_busy

_LONGEST_WAIT_SECONDS = 3600.0
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class SnapshotController(Keeper):
    """Copies volumes and layers. A copy that was begun and not finished is begun anew; a finished one is kept."""

    name = "ecs-snapshots"
    watched = (Snapshot,)
    at_once = 2

    def all_ids(self, view: View) -> Iterable[str]:
        """Return all snapshots."""
        return [each.id for each in view.find(Snapshot)]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the snapshot."""
        return () if ref.deleted else (ref.id,)

    async def reconcile(self, id_: str) -> float | None:
        """Bring one snapshot to what was asked for."""
        with self.store.read() as view:
            snapshot = view.get(Snapshot, id_)
            instance = view.get(Instance, snapshot.instance_id) if snapshot and snapshot.instance_id else None
        if snapshot is None:
            return None
        if snapshot.desired == "Deleted":
            await self.compute.remove_snapshot(id_)
            await self.write(_forget(id_))
            return None
        if snapshot.status == "progressing":
            await self._take(snapshot, instance)
        return await self._expire(snapshot)

    async def _take(self, snapshot: Snapshot, instance: Instance | None) -> None:
        try:
            if snapshot.disk_type == "data":
                await self.compute.snapshot_volume(snapshot.parent, snapshot.id)
            elif instance is None or instance.layer != snapshot.parent:
                raise NoSandboxError(f"the system disk {snapshot.parent} is no more")
            else:
                await self.compute.snapshot_layer(instance.id, snapshot.id)
        except (NoSandboxError, NoVolumeError) as error:
            await self._settle(snapshot, status="failed", failure=str(error))
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            await self._settle(snapshot, status="failed", failure=str(error))
            self.log(f"{self.name}: no room for the snapshot {snapshot.id} ({error})")
        else:
            await self._settle(snapshot, status="accomplished", finished=self.clock.now())

    async def _settle(self, seen: Snapshot, **fields: Any) -> None:
        def write(change: Change) -> None:
            now = change.get(Snapshot, seen.id)
            if now is not None and now.status == "progressing":
                change.replace(msgspec.structs.replace(now, modified=self.clock.now(), **fields))

        await self.write(write)

    async def _expire(self, snapshot: Snapshot) -> float | None:
        if not snapshot.expires:
            return None
        left = snapshot.expires - self.clock.now()
        if left > 0:
            return min(left, _LONGEST_WAIT_SECONDS)
        released = await self.write(_release(snapshot.id, self.clock.now()))
        return None if released else _LONGEST_WAIT_SECONDS


def _forget(id_: str) -> Callable[[Change], None]:
    def write(change: Change) -> None:
        snapshot = change.get(Snapshot, id_)
        if snapshot is not None and snapshot.desired == "Deleted":
            change.delete(Snapshot, id_)

    return write


def _release(id_: str, now: float) -> Callable[[Change], bool]:
    """Ask for the deletion of a snapshot whose time has come, and return whether that was possible.

    One that an image was made from stays, as the vendor documents, and so does one that is being used.
    """

    def write(change: Change) -> bool:
        snapshot = change.get(Snapshot, id_)
        if snapshot is None or snapshot.desired == "Deleted" or not 0 < snapshot.expires <= now:
            return True
        if has_images(change, snapshot) or is_busy(change, snapshot):
            return False
        change.replace(msgspec.structs.replace(snapshot, desired="Deleted", account=""))
        return True

    return write
