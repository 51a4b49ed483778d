"""Looking snapshots up, and when one can be used."""

from __future__ import annotations

from typing import Literal

from yunbox.api.call import Call
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.naming import check_name
from yunbox.services.ecs.snapshots.model import Snapshot


def snapshot_not_found(id_: str) -> CloudError:
    """Return the refusal for a snapshot that does not exist."""
    return CloudError(
        "InvalidSnapshotId.NotFound", 404, f"The specified SnapshotId {id_[:64]!a} does not exist."
    )


def find_snapshot(call: Call, snapshot_id: str) -> Snapshot:
    """Return a snapshot. Raises CloudError: InvalidSnapshotId.NotFound."""
    return call.require(Snapshot, snapshot_id, snapshot_not_found)


def usable_snapshot(call: Call, snapshot_id: str, disk_type: Literal["system", "data", ""] = "") -> Snapshot:
    """Return a snapshot that something can be made from.

    Raises CloudError: InvalidSnapshotId.NotFound, IncorrectSnapshotStatus, and InvalidSnapshotId.NotSupported for
    one of another type of disk than is needed: a system disk is a layer over an image, a data disk is not.
    """
    snapshot = find_snapshot(call, snapshot_id)
    if snapshot.status != "accomplished":
        raise CloudError(
            "IncorrectSnapshotStatus", 403, f"The specified snapshot {snapshot.id} is {snapshot.status}."
        )
    if disk_type and snapshot.disk_type != disk_type:
        raise CloudError(
            "InvalidSnapshotId.NotSupported",
            403,
            f"The snapshot {snapshot.id} is of a {snapshot.disk_type} disk; yunbox needs one of a {disk_type} disk "
            "here.",
        )
    return snapshot


def check_snapshot_name(name: str) -> str:
    """Return a name, which may be empty. Raises CloudError: InvalidSnapshotName.Malformed.

    Names that begin with `auto` are those of snapshots that policies take.
    """
    if name.lower().startswith("auto"):
        raise CloudError(
            "InvalidSnapshotName.Malformed",
            400,
            "The specified SnapshotName begins with auto, which is reserved.",
        )
    return check_name(name, "SnapshotName") if name else ""
