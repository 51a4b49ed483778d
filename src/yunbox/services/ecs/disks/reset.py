"""ReInitDisk and ResetDisk: what a disk held before. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.services.ecs.disks.errors import never_attached
from yunbox.services.ecs.disks.find import find_disk, need_no_snapshot, need_status
from yunbox.services.ecs.disks.model import ANEW, stated
from yunbox.services.ecs.errors import instance_not_found, instance_status, key_pair_not_found, mismatch
from yunbox.services.ecs.images.find import find_image
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.plan import hashed_password
from yunbox.services.ecs.instances.status import start
from yunbox.services.ecs.key_pairs.model import KeyPair
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.snapshots.find import usable_snapshot


class ReInitDisk(Request):
    """Make a disk what it was when it was made: empty, or as its image or snapshot."""

    accepted: ClassVar[dict[str, str]] = {"SecurityEnhancementStrategy": "no agent is installed either way"}

    disk_id: str
    password: str = ""
    key_pair_name: str = ""
    auto_start_instance: bool = False


@ecs.action(ReInitDisk, on="disk/{disk_id}")
def reinit(request: ReInitDisk, call: Call) -> Empty:
    """Wish for it. The disk is in use by a stopped instance, which was started at least once.

    Raises CloudError: IncorrectDiskStatus, IncorrectInstanceStatus, DiskCreatingSnapshot, InvalidImageId.NotFound,
    InvalidSnapshotId.NotFound.
    """
    disk = find_disk(call, request.disk_id)
    need_status(disk, "In_use")
    need_no_snapshot(call, disk)
    instance = _stopped(call, disk.parent)
    if not instance.started:
        raise never_attached(disk)
    if disk.type == "system":
        find_image(call, disk.image_id)
        instance = _with_login(call, instance, request)
    elif request.password or request.key_pair_name:
        raise mismatch("Password and KeyPairName are for system disks.")
    elif disk.source_snapshot:
        usable_snapshot(call, disk.source_snapshot)
    call.change.replace(stated(msgspec.structs.replace(disk, restore=ANEW)))
    if request.auto_start_instance:
        start(call, instance)
    return Empty()


def _stopped(call: Call, instance_id: str) -> Instance:
    instance = call.require(Instance, instance_id, instance_not_found)
    if instance.desired != "Stopped" or instance.status != "Stopped":
        raise instance_status(instance.id, instance.status, "Stopped")
    return instance


def _with_login(call: Call, instance: Instance, request: ReInitDisk) -> Instance:
    fields: dict[str, Any] = {}
    if request.key_pair_name:
        if not call.find(KeyPair, name=request.key_pair_name[:256], limit=1):
            raise key_pair_not_found(request.key_pair_name)
        fields["key_pair"] = request.key_pair_name
    if request.password:
        fields["password"] = hashed_password(call, request.password)
    return call.change.replace(msgspec.structs.replace(instance, **fields)) if fields else instance


class ResetDisk(Request):
    """Roll a disk back to a snapshot of it."""

    disk_id: str
    snapshot_id: str


@ecs.action(ResetDisk, on="disk/{disk_id}")
def reset(request: ResetDisk, call: Call) -> Empty:
    """Wish for it. An instance that uses the disk is stopped.

    Raises CloudError: IncorrectDiskStatus, IncorrectInstanceStatus, DiskCreatingSnapshot,
    InvalidSnapshotId.NotFound, InvalidParameter.Mismatch.
    """
    disk = find_disk(call, request.disk_id)
    call.authorise(f"snapshot/{request.snapshot_id}")
    snapshot = usable_snapshot(call, request.snapshot_id)
    if snapshot.parent != disk.id:
        raise mismatch(f"The snapshot {snapshot.id} was not taken of the disk {disk.id}.")
    need_status(disk, "In_use", "Available")
    need_no_snapshot(call, disk)
    if disk.parent:
        _stopped(call, disk.parent)
    call.change.replace(stated(msgspec.structs.replace(disk, restore=snapshot.id)))
    return Empty()
