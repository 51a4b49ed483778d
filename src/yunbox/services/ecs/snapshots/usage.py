"""What rests on a snapshot."""

from __future__ import annotations

from yunbox.control.store import View
from yunbox.services.ecs.disks.model import ANEW, Disk
from yunbox.services.ecs.images.model import Image
from yunbox.services.ecs.snapshots.model import Snapshot


def has_images(view: View, snapshot: Snapshot) -> bool:
    """Return whether an image made from it exists."""
    if not snapshot.made_images:
        return False
    images = view.find(Image, account=snapshot.account, region=snapshot.region)
    return any(snapshot.id == one.snapshot_id for image in images for one in image.mappings)


def disks_made(view: View, snapshot: Snapshot) -> list[Disk]:
    """Return the disks that were made from it."""
    if not snapshot.made_disks:
        return []
    disks = view.find(Disk, account=snapshot.account, region=snapshot.region)
    return [each for each in disks if each.source_snapshot == snapshot.id]


def is_busy(view: View, snapshot: Snapshot) -> bool:
    """Return whether a disk is being made from it, or rolled back to it."""
    disk = view.get(Disk, snapshot.parent)
    if disk is not None and disk.restore == snapshot.id:
        return True
    return any(not each.real_size or each.restore == ANEW for each in disks_made(view, snapshot))
