"""ModifySnapshotAttribute and DeleteSnapshot. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Empty, Request
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.naming import check_description
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.snapshots.find import check_snapshot_name, find_snapshot
from yunbox.services.ecs.snapshots.model import Snapshot
from yunbox.services.ecs.snapshots.usage import disks_made, has_images, is_busy


class ModifySnapshotAttribute(Request):
    """Change what is noted of a snapshot. What is not given stays."""

    accepted: ClassVar[dict[str, str]] = {"DisableInstantAccess": "the vendor no longer uses it"}

    snapshot_id: str
    snapshot_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    retention_days: Annotated[int, Meta(ge=1, le=65536)] | None = None


@ecs.action(ModifySnapshotAttribute, on="snapshot/{snapshot_id}")
def modify(request: ModifySnapshotAttribute, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidSnapshotId.NotFound, InvalidParameter (a shorter retention)."""
    snapshot = find_snapshot(call, request.snapshot_id)
    fields: dict[str, Any] = {}
    if request.snapshot_name is not UNSET:
        fields["name"] = check_snapshot_name(request.snapshot_name)
    if request.description is not UNSET:
        fields["description"] = check_description(request.description)
    if request.retention_days is not None:
        if snapshot.retention and request.retention_days < snapshot.retention:
            raise invalid_parameter("RetentionDays", "it can be extended, and not shortened")
        fields["retention"] = request.retention_days
    call.change.replace(msgspec.structs.replace(snapshot, modified=call.now, **fields))
    return Empty()


class DeleteSnapshot(Request):
    """Delete a snapshot, with `force` also one that disks were made from."""

    snapshot_id: str
    force: bool = False


@ecs.action(DeleteSnapshot, on="snapshot/{snapshot_id}")
def delete(request: DeleteSnapshot, call: Call) -> Empty:
    """Wish that it is gone. One that does not exist is no error, as the vendor documents.

    Raises CloudError: SnapshotCreatedImage, SnapshotCreatedDisk, and IncorrectSnapshotStatus while a disk is being
    made from it or rolled back to it.
    """
    snapshot = call.get(Snapshot, request.snapshot_id)
    if snapshot is None:
        return Empty()
    _need_unused(call, snapshot, force=request.force)
    call.change.replace(msgspec.structs.replace(snapshot, desired="Deleted", account=""))
    return Empty()


def _need_unused(call: Call, snapshot: Snapshot, *, force: bool) -> None:
    if has_images(call.view, snapshot):
        raise CloudError(
            "SnapshotCreatedImage",
            403,
            f"An image was created from the snapshot {snapshot.id}: delete it first.",
        )
    if not force and disks_made(call.view, snapshot):
        raise CloudError(
            "SnapshotCreatedDisk",
            403,
            f"Disks were created from the snapshot {snapshot.id}: set Force to true.",
        )
    if is_busy(call.view, snapshot):
        raise CloudError(
            "IncorrectSnapshotStatus", 403, f"A disk is being made from the snapshot {snapshot.id}."
        )
