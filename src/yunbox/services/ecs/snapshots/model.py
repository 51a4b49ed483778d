"""The snapshot as it is stored. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource

DAY_SECONDS = 86400.0


class Snapshot(CloudResource, kind="ecs.snapshot"):
    """A snapshot. `name` is its SnapshotName, `parent` the id of the disk it was taken of.

    `desired` says whether it is to exist; the snapshot controller brings `status` to that. `size` is the source
    disk's in GiB, `retention` days after its creation until it is deleted (0: never). `instance_id` is the
    instance that had the disk, `image_id` what a system disk was made from. `made_disks` and `made_images` say
    what was ever made from it.

    One that was deleted belongs to no account, so that nobody sees it while its bytes are being removed.
    """

    desired: Literal["Available", "Deleted"] = "Available"
    status: Literal["progressing", "accomplished", "failed"] = "progressing"
    failure: str = ""
    description: str = ""
    disk_type: Literal["system", "data"] = "data"
    size: int = 20
    category: str = "standard"
    retention: int = 0
    instance_id: str = ""
    image_id: str = ""
    snapshot_type: Literal["user", "timer"] = "user"
    finished: float = 0.0
    modified: float = 0.0
    encrypted: bool = False
    kms_key_id: str = ""
    made_disks: bool = False
    made_images: bool = False

    @property
    def expires(self) -> float:
        """When it is to be deleted, in seconds since the epoch; 0 for never."""
        return self.created + self.retention * DAY_SECONDS if self.retention else 0.0
