"""CreateSnapshot, and taking snapshots for an image. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.errors import never_attached
from yunbox.services.ecs.disks.find import find_disk, need_no_snapshot, need_status
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.errors import instance_status
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.naming import check_description
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.snapshots.find import check_snapshot_name
from yunbox.services.ecs.snapshots.model import Snapshot

MAX_OF_A_DISK = 256


class CreateSnapshot(Request):
    """Take a snapshot of a disk. `retention_days` is when it is deleted, 0 for never; `category` is noted only."""

    accepted: ClassVar[dict[str, str]] = {
        "InstantAccess": "the vendor no longer uses it",
        "InstantAccessRetentionDays": "the vendor no longer uses it",
    }

    disk_id: str
    snapshot_name: str = ""
    description: str = ""
    retention_days: Annotated[int, Meta(ge=0, le=65536)] = 0
    category: Literal["Standard", "standard", "Flash", "flash", ""] = ""
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class SnapshotCreated(Answer):
    """The new snapshot."""

    snapshot_id: str


@ecs.action(CreateSnapshot, on="disk/{disk_id}")
def create(request: CreateSnapshot, call: Call) -> SnapshotCreated:
    """Wish for it. What is written to the disk meanwhile may or may not be in it.

    Raises CloudError: InvalidDiskId.NotFound, IncorrectDiskStatus, IncorrectDiskStatus.NeverAttached,
    IncorrectInstanceStatus, DiskCreatingSnapshot, QuotaExceed.Snapshot.
    """
    call.authorise("snapshot/*")
    snapshot = take_snapshot(
        call,
        find_disk(call, request.disk_id),
        name=check_snapshot_name(request.snapshot_name),
        description=check_description(request.description),
        retention=request.retention_days,
        category=request.category.lower() or "standard",
        tags=check_tags(request.tag),
        resource_group=request.resource_group_id,
    )
    return SnapshotCreated(snapshot_id=snapshot.id)


def take_snapshot(
    call: Call,
    disk: Disk,
    *,
    name: str = "",
    description: str = "",
    retention: int = 0,
    category: str = "standard",
    tags: dict[str, str] | None = None,
    resource_group: str = "",
    for_image: bool = False,
) -> Snapshot:
    """Store a new snapshot, which its controller then takes. Raises CloudError as CreateSnapshot does."""
    need_status(disk, "In_use", "Available")
    need_no_snapshot(call, disk)
    instance = call.get(Instance, disk.parent) if disk.parent else None
    if instance is not None and instance.status not in ("Running", "Stopped"):
        raise instance_status(instance.id, instance.status, "Running or Stopped")
    if not was_used(disk, instance):
        raise never_attached(disk)
    if call.count(Snapshot, parent=disk.id) >= MAX_OF_A_DISK:
        raise CloudError(
            "QuotaExceed.Snapshot", 403, f"The snapshot quota of the disk {disk.id} exceeds: {MAX_OF_A_DISK}."
        )
    return call.change.create(
        Snapshot(
            id=call.new_id("s"),
            account=call.account,
            region=call.region,
            name=name,
            parent=disk.id,
            created=call.now,
            modified=call.now,
            tags=tags or {},
            resource_group=resource_group,
            description=description,
            disk_type=disk.type,
            size=disk.size,
            category=category,
            encrypted=disk.encrypted,
            kms_key_id=disk.kms_key_id,
            retention=retention,
            instance_id=disk.parent,
            image_id=disk.image_id,
            made_images=for_image,
        )
    )


def was_used(disk: Disk, instance: Instance | None) -> bool:
    """Return whether a disk holds anything of its own: a new system disk is its image until the first start."""
    if instance is None:
        return disk.detached_at > 0
    return instance.started > 0 and (disk.type == "data" or instance.layer == disk.id)
