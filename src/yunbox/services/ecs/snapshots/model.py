"""The snapshot as it is stored. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource


class Snapshot(CloudResource, kind="ecs.snapshot"):
    """A snapshot. `name` is its SnapshotName, `parent` the id of the disk it was taken of.

    `desired` says whether it is to exist; the snapshot controller brings `status` to that. `size` is the source
    disk's in GiB, `retention` days until it is deleted (0: never).
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
    snapshot_type: Literal["user", "timer"] = "user"
    finished: float = 0.0
