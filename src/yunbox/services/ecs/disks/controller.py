"""The disk controller: volumes for data disks, where they are attached, and rolling disks back.

It never removes a volume that no disk asks to be removed. Every step may be the last one before a kill: the next
call finds what was done and goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Ref
from yunbox.engines.compute.errors import InUseError, NoSandboxError, NoSnapshotError, UnsupportedError
from yunbox.engines.compute.interface import Compute
from yunbox.services.ecs.disks.model import ANEW, Disk, stated
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.volumes import mount_of
from yunbox.services.ecs.keeper import Keeper
from yunbox.services.ecs.snapshots.model import Snapshot
from yunbox.services.ecs.snapshots.usage import has_images

_RECHECK_SECONDS = 60.0
_SNAPSHOT_SECONDS = 0.2


class DiskController(Keeper):
    """Makes, attaches, detaches, enlarges, rolls back and removes disks.

    A volume that is wanted at an instance without a sandbox is said to be attached: the instance starts with it.
    """

    name = "ecs-disks"
    watched = (Disk, Instance)

    def __init__(self, store: Store, compute: Compute, clock: Clock, log: Callable[[str], None]) -> None:
        super().__init__(store, compute, clock, log)
        self._touched = True
        self._checked_at = 0.0
        self._holders: dict[str, str] = {}

    def all_ids(self, view: View) -> Iterable[str]:
        """Return all disks."""
        return [each.id for each in view.find(Disk)]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the disk, or the data disks of the instance: a start may have missed a change of them."""
        if ref.kind == Disk.kind:
            return () if ref.deleted else (ref.id,)
        self._touched = True
        return [each.id for each in view.find(Disk, parent=ref.id) if each.type == "data"]

    async def find_drift(self) -> Iterable[str]:
        """Return disks whose volumes are elsewhere than they should be.

        A start that read its volumes before a disk was detached, and took them after, leaves such ones.
        """
        now = self.clock.now()
        if not self._touched and now < self._checked_at + _RECHECK_SECONDS:
            return ()
        self._touched, self._checked_at = False, now
        holders = {each.id: each.sandbox for each in await self.compute.volumes()}
        self._holders = await asyncio.to_thread(self._astray, holders)
        return self._holders

    def _astray(self, holders: dict[str, str]) -> dict[str, str]:
        found = {}
        with self.store.read() as view:
            for id_, holder in holders.items():
                disk = view.get(Disk, id_)
                if disk is not None and holder and holder != disk.parent:
                    found[id_] = holder
        return found

    async def reconcile(self, id_: str) -> float | None:
        """Bring one disk to what was asked for."""
        with self.store.read() as view:
            disk = view.get(Disk, id_)
            instance = view.get(Instance, disk.parent) if disk is not None and disk.parent else None
        if disk is None:
            return None
        if disk.type == "system":
            await self._system(disk, instance)
            return None
        holder = self._holders.pop(id_, "")
        if holder and holder != disk.parent:
            await self.compute.detach_volume(holder, id_)
        if disk.attached_to not in ("", disk.parent) or (disk.attached_to and disk.desired == "Deleted"):
            disk = await self._detach(disk)
        if disk.desired == "Deleted":
            return await self._delete(disk)
        if disk.real_size < disk.size:
            disk = await self._size(disk)
        if disk.restore:
            disk = await self._restore_volume(disk)
        if instance is not None and instance.desired != "Deleted":
            disk = await self._attach(disk)
        await self._settle(disk)
        return None

    async def _settle(self, seen: Disk, **fields: Any) -> Disk:
        """Write what was done; return the disk as it stands now, with that."""
        if stated(msgspec.structs.replace(seen, **fields)) == seen:
            return seen

        def write(change: Change) -> Disk:
            now = change.get(Disk, seen.id)
            if now is None:
                return seen
            if now.restore != seen.restore:
                fields.pop("restore", None)
            wanted = stated(msgspec.structs.replace(now, **fields))
            return change.replace(wanted) if wanted != now else now

        return await self.write(write)

    async def _system(self, disk: Disk, instance: Instance | None) -> None:
        """The instance controller makes and removes layers; here they are rolled back."""
        if disk.desired == "Deleted":
            await self.write(_forget(disk.id))
            return
        if disk.restore and instance is not None and instance.layer == disk.id:
            try:
                if disk.restore == ANEW:
                    await self.compute.reset_layer(instance.id, instance.engine_image)
                else:
                    await self.compute.restore_layer(instance.id, disk.restore)
            except NoSandboxError:
                self.log(
                    f"{self.name}: instance {instance.id} has no layer to roll back; it starts with a new one"
                )
        attached_at = disk.attached_at or (self.clock.now() if disk.parent else 0.0)
        await self._settle(
            disk,
            real_size=disk.size,
            restore="",
            attached_to=disk.parent,
            attached_at=attached_at,
            failure="",
        )

    async def _size(self, disk: Disk) -> Disk:
        if disk.real_size:
            await self.compute.resize_volume(disk.id, disk.size << 30)
            return await self._settle(disk, real_size=disk.size)
        try:
            await self.compute.create_volume(disk.id, disk.size << 30, snapshot=disk.source_snapshot)
        except NoSnapshotError as error:
            await self._settle(disk, failure=str(error))
            raise
        return await self._settle(disk, real_size=disk.size, failure="")

    async def _restore_volume(self, disk: Disk) -> Disk:
        """Roll a volume back. Its instance is stopped, and does not start before `restore` is empty."""
        snapshot = disk.source_snapshot if disk.restore == ANEW else disk.restore
        if snapshot:
            await self.compute.restore_volume(disk.id, snapshot)
            return await self._settle(disk, restore="")
        if disk.attached_to:
            disk = await self._detach(disk)
        await self.compute.remove_volume(disk.id)
        await self.compute.create_volume(disk.id, disk.size << 30)
        return await self._settle(disk, restore="")

    async def _detach(self, disk: Disk) -> Disk:
        try:
            await self.compute.detach_volume(disk.attached_to, disk.id)
        except UnsupportedError as error:
            await self._settle(disk, failure=str(error))
            raise
        return await self._settle(
            disk, attached_to="", attached_at=0.0, detached_at=self.clock.now(), failure=""
        )

    async def _attach(self, disk: Disk) -> Disk:
        """Attach it, also when it is said to be: this costs little, and mends what a start missed."""
        try:
            await self.compute.attach_volume(disk.parent, mount_of(disk))
        except NoSandboxError:
            # Its instance was never started, and starts with it.
            pass
        except InUseError:
            self._touched = True
            self.look_for_drift_soon()
            raise
        except UnsupportedError as error:
            await self._settle(disk, failure=str(error), attached_to="")
            raise
        if disk.attached_to == disk.parent:
            return disk
        return await self._settle(disk, attached_to=disk.parent, attached_at=self.clock.now(), failure="")

    async def _delete(self, disk: Disk) -> float | None:
        with self.store.read() as view:
            snapshots = view.find(Snapshot, parent=disk.id)
        if any(each.status == "progressing" and each.desired != "Deleted" for each in snapshots):
            # Its instance was deleted, which does not wait for snapshots of its disks.
            return _SNAPSHOT_SECONDS
        try:
            await self.compute.remove_volume(disk.id)
        except InUseError:
            self._touched = True
            self.look_for_drift_soon()
            raise
        await self.write(_forget(disk.id))
        return None


def _forget(disk_id: str) -> Callable[[Change], None]:
    def write(change: Change) -> None:
        disk = change.get(Disk, disk_id)
        if disk is None or disk.desired != "Deleted":
            return
        if disk.delete_auto_snapshot:
            for each in change.find(Snapshot, parent=disk_id):
                if each.snapshot_type == "timer" and not has_images(change, each):
                    change.replace(msgspec.structs.replace(each, desired="Deleted", account=""))
        change.delete(Disk, disk_id)

    return write
