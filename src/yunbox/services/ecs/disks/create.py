"""Making a disk, for CreateDisk and for an instance. Bounds: CreateDisk and RunInstances documentation."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.control.zones import ZONES
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.categories import CATEGORIES
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.snapshots.model import Snapshot

_SMALLEST_SYSTEM = 20
_LARGEST_SYSTEM = 2048
_DEVICES = tuple(f"/dev/xvd{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")


def create_disk(  # noqa: PLR0913 - a disk has this many sides
    call: Call,
    *,
    zone_id: str,
    size: int,
    category: str = "",
    type: Literal["system", "data"] = "data",  # noqa: A002 - the vendor's word
    instance_id: str = "",
    name: str = "",
    description: str = "",
    performance_level: str = "",
    delete_with_instance: bool | None = None,
    source_snapshot: str = "",
    image_id: str = "",
    device: str = "",
    tags: dict[str, str] | None = None,
    resource_group: str = "",
    bursting_enabled: bool = False,
    provisioned_iops: int = 0,
    encrypted: bool = False,
    kms_key_id: str = "",
    charge_type: Literal["PostPaid", "PrePaid"] = "PostPaid",
) -> Disk:
    """Store a new disk, which its controller then makes. `size` in GiB.

    Raises CloudError for a zone, category, size or level that the vendor does not have. Encryption is recorded,
    and not done.
    """
    if zone_id not in ZONES[call.region]:
        raise CloudError("InvalidZoneId.NotFound", 404, "The specified ZoneId does not exist in the region.")
    category = category or "cloud_essd"
    if source_snapshot:
        _note_use(call, source_snapshot)
    return call.change.create(
        Disk(
            id=call.new_id("d"),
            account=call.account,
            region=call.region,
            name=name,
            parent=instance_id,
            created=call.now,
            tags=tags or {},
            resource_group=resource_group,
            type=type,
            zone_id=zone_id,
            size=size,
            category=category,
            performance_level=check_category(category, size, type, performance_level),
            description=description,
            device=device or ("/dev/xvda" if type == "system" else ""),
            source_snapshot=source_snapshot,
            image_id=image_id,
            delete_with_instance=bool(instance_id) if delete_with_instance is None else delete_with_instance,
            bursting_enabled=bursting_enabled,
            provisioned_iops=provisioned_iops,
            charge_type=charge_type,
            encrypted=encrypted,
            kms_key_id=kms_key_id if encrypted else "",
        )
    )


def _note_use(call: Call, snapshot_id: str) -> None:
    snapshot = call.get(Snapshot, snapshot_id)
    if snapshot is not None and not snapshot.made_disks:
        call.change.replace(msgspec.structs.replace(snapshot, made_disks=True))


def check_category(category: str, size: int, type_: str, level: str) -> str:
    """Return the performance level of a disk. Raises CloudError for what its category does not have."""
    known = CATEGORIES.get(category)
    if known is None:
        raise CloudError(
            "InvalidDiskCategory.NotSupported",
            403,
            f"The specified disk category is not supported: {', '.join(CATEGORIES)} are.",
        )
    smallest, largest = (
        (_SMALLEST_SYSTEM, _LARGEST_SYSTEM) if type_ == "system" else (known.smallest, known.largest)
    )
    if not smallest <= size <= largest:
        code = "InvalidSystemDiskSize" if type_ == "system" else "InvalidDataDiskSize"
        raise CloudError(code, 400, f"The size of a {category} disk is {smallest} to {largest} GiB.")
    if level and level not in known.levels:
        raise CloudError(
            "InvalidPerformanceLevel.Malformed", 400, "The category does not have that PerformanceLevel."
        )
    return level or (known.levels[0] if known.levels else "")


def free_device(taken: set[str]) -> str:
    """Return the first device name that no disk of an instance has. Raises CloudError when all are taken."""
    for each in _DEVICES:
        if each not in taken:
            return each
    raise CloudError("InstanceDiskLimitExceeded", 403, "The instance has as many disks as it may have.")
