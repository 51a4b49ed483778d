"""Which volumes a sandbox starts with."""

from __future__ import annotations

from yunbox.control.store import View
from yunbox.engines.compute.interface import Mount
from yunbox.services.ecs.disks.model import Disk


def mounts_of(view: View, instance_id: str) -> tuple[Mount, ...] | None:
    """Return the volumes of an instance's data disks, or None while one of its disks is being made."""
    disks = [each for each in view.find(Disk, parent=instance_id) if each.desired == "Available"]
    if any(not _is_ready(each) for each in disks):
        return None
    data = [each for each in disks if each.type == "data"]
    return tuple(mount_of(each) for each in sorted(data, key=lambda one: (one.device, one.id)))


def _is_ready(disk: Disk) -> bool:
    if disk.restore:
        return False
    if disk.type == "system":
        return True
    # Still attached elsewhere: the disk controller detaches it first.
    return disk.real_size > 0 and disk.attached_to in ("", disk.parent)


def mount_of(disk: Disk) -> Mount:
    """Return where a data disk appears: `/mnt/xvdb` for the device `/dev/xvdb`."""
    return Mount(volume=disk.id, target=f"/mnt/{disk.device.rpartition('/')[2] or disk.id}")
