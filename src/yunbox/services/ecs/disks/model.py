"""The disk as it is stored. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource

Status = Literal["Creating", "Available", "Attaching", "In_use", "Detaching", "ReIniting"]


class Disk(CloudResource, kind="ecs.disk", kw_only=True):
    """A disk. `name` is its DiskName, `parent` the id of the instance it is to be attached to, or empty.

    `desired` says whether it is to exist, `parent` where it is wanted and `attached_to` where it is; the disk
    controller brings the second to the first. `status` follows from these (`stated`). `size` is what was asked for
    in GiB, `real_size` what it has (0 before it is made). `restore` names the snapshot that it is to be rolled
    back to, or is `image`: then it is to become what it was when it was made. A system disk is the layer of its
    instance, a data disk a volume of the engine.

    One that was deleted belongs to no account, so that nobody sees it while its bytes are being removed.
    """

    desired: Literal["Available", "Deleted"] = "Available"
    status: Status = "Creating"
    failure: str = ""
    type: Literal["system", "data"] = "data"
    zone_id: str
    size: int
    real_size: int = 0
    category: str = "cloud_essd"
    performance_level: str = ""
    description: str = ""
    device: str = ""
    attached_to: str = ""
    attached_at: float = 0.0
    detached_at: float = 0.0
    restore: str = ""
    source_snapshot: str = ""
    image_id: str = ""
    charge_type: Literal["PostPaid", "PrePaid"] = "PostPaid"
    delete_with_instance: bool = False
    delete_auto_snapshot: bool = False
    enable_auto_snapshot: bool = False
    encrypted: bool = False
    kms_key_id: str = ""
    bursting_enabled: bool = False
    provisioned_iops: int = 0
    auto_snapshot_policy: str = ""
    multi_attach: Literal["Disabled", "Enabled"] = "Disabled"


ANEW = "image"
"""The value of `restore` that means: as it was when it was made."""


def stated(disk: Disk) -> Disk:
    """Return a disk with the status that what is asked of it and what is done of that amount to."""
    return msgspec.structs.replace(disk, status=_status(disk))


def _status(disk: Disk) -> Status:
    if not disk.real_size:
        return "Creating"
    if disk.restore:
        return "ReIniting"
    if disk.attached_to != disk.parent:
        return "Detaching" if disk.attached_to else "Attaching"
    return "In_use" if disk.parent else "Available"
