"""The disk as it is stored. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource

Status = Literal["Creating", "Available", "Attaching", "In_use", "Detaching", "ReIniting"]


class Disk(CloudResource, kind="ecs.disk", kw_only=True):
    """A disk. `name` is its DiskName, `parent` the id of the instance it is to be attached to, or empty.

    `desired` says whether it is to exist, `parent` where it is wanted and `attached_to` where it is; the disk and
    instance controllers bring the second to the first, and `status` to the vendor's word for it. `size` is what
    was asked for in GiB, `real_size` what it has (0 before it is made). `restore` names the snapshot that it is to
    be rolled back to, or `image` for making a system disk anew. A system disk is the layer of its instance.
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
