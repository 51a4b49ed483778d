"""Looking disks up, and what has to be so before something is done to one."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.services.ecs.disks.create import free_device
from yunbox.services.ecs.disks.errors import (
    creating_snapshot,
    device_taken,
    disk_not_found,
    disk_status,
    too_many_disks,
)
from yunbox.services.ecs.disks.model import Disk, Status
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.snapshots.model import Snapshot

MAX_DATA_DISKS = 16


def find_disk(call: Call, disk_id: str) -> Disk:
    """Return a disk. Raises CloudError: InvalidDiskId.NotFound."""
    return call.require(Disk, disk_id, disk_not_found)


def need_status(disk: Disk, *wanted: Status) -> None:
    """Raise CloudError (IncorrectDiskStatus) unless the disk has one of these."""
    if disk.status not in wanted:
        raise disk_status(disk, " or ".join(wanted))


def need_no_snapshot(call: Call, disk: Disk) -> None:
    """Raise CloudError (DiskCreatingSnapshot) while a snapshot of the disk is being made."""
    if any(each.status == "progressing" for each in call.find(Snapshot, parent=disk.id)):
        raise creating_snapshot(disk)


def next_device(call: Call, instance: Instance, wanted: str = "") -> str:
    """Return the device for one more data disk of an instance: the wanted one, or the first that is free.

    Those of disks that are just being detached are taken still. Raises CloudError: InvalidDevice.InUse,
    InstanceDiskLimitExceeded.
    """
    present = [each for each in call.find(Disk, parent=instance.id) if each.type == "data"]
    leaving = [each for each in call.find(Disk, parent="") if each.attached_to == instance.id]
    if len(present) >= MAX_DATA_DISKS:
        raise too_many_disks()
    taken = {each.device for each in (*present, *leaving)}
    if wanted in taken:
        raise device_taken(wanted)
    return wanted or free_device(taken)
