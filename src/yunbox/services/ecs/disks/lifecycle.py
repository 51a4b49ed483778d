"""CreateDisk, AttachDisk, DetachDisk, DeleteDisk. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter, unsupported_parameter
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.create import create_disk
from yunbox.services.ecs.disks.errors import (
    already_detached,
    disk_status,
    not_attached_there,
    other_zone,
)
from yunbox.services.ecs.disks.find import find_disk, need_no_snapshot, need_status, next_device
from yunbox.services.ecs.disks.model import Disk, stated
from yunbox.services.ecs.errors import conflict, instance_not_found, instance_status
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.naming import check_description, check_name
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.snapshots.find import usable_snapshot

_NOT_AT_REST = "Encryption is recorded and shown; the bytes on this machine's disk are not encrypted."


class CreateDisk(Request):
    """Make a data disk. `size` in GiB, 0 for the snapshot's."""

    zone_id: str = ""
    instance_id: str = ""
    disk_name: str = ""
    description: str = ""
    disk_category: str = ""
    size: Annotated[int, Meta(ge=0, le=65536)] = 0
    snapshot_id: str = ""
    performance_level: str = ""
    provisioned_iops: Annotated[int, Meta(ge=0, le=50000)] = 0
    bursting_enabled: bool = False
    encrypted: bool = False
    kms_key_id: Annotated[str, Meta(max_length=128)] = msgspec.field(name="KMSKeyId", default="")
    multi_attach: Literal["Disabled", ""] = ""
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class DiskCreated(Answer):
    """The new disk."""

    disk_id: str


@ecs.action(CreateDisk, on="disk/*", partial=_NOT_AT_REST)
def create(request: CreateDisk, call: Call) -> DiskCreated:
    """Make a disk in a zone, or in that of an instance, attached to it.

    Raises CloudError: MissingParameter, InvalidZoneId.NotFound, InvalidDataDiskSize, InvalidSnapshotId.NotFound ...
    """
    if request.zone_id and request.instance_id:
        raise conflict("ZoneId and InstanceId exclude each other.")
    if not request.zone_id and not request.instance_id:
        raise missing_parameter("ZoneId")
    if not request.size and not request.snapshot_id:
        raise missing_parameter("Size")
    for kind, id_ in (("instance", request.instance_id), ("snapshot", request.snapshot_id)):
        if id_:
            call.authorise(f"{kind}/{id_}")
    instance = _attachable_instance(call, request.instance_id) if request.instance_id else None
    snapshot = usable_snapshot(call, request.snapshot_id, "data") if request.snapshot_id else None
    disk = create_disk(
        call,
        zone_id=instance.zone_id if instance else request.zone_id,
        size=max(request.size, snapshot.size if snapshot else 0),
        category=request.disk_category,
        instance_id=instance.id if instance else "",
        device=next_device(call, instance) if instance else "",
        name=check_name(request.disk_name, "DiskName") if request.disk_name else "",
        description=check_description(request.description),
        performance_level=request.performance_level,
        delete_with_instance=instance is not None,
        source_snapshot=request.snapshot_id,
        tags=check_tags(request.tag),
        resource_group=request.resource_group_id,
        bursting_enabled=request.bursting_enabled,
        provisioned_iops=request.provisioned_iops,
        encrypted=request.encrypted or (snapshot is not None and snapshot.encrypted),
        kms_key_id=request.kms_key_id or (snapshot.kms_key_id if snapshot else ""),
        charge_type=instance.charge_type if instance else "PostPaid",
    )
    return DiskCreated(disk_id=disk.id)


class AttachDisk(Request):
    """Attach a data disk to an instance of its zone."""

    disk_id: str
    instance_id: str
    device: Annotated[str, Meta(pattern=r"^(/dev/xvd[b-z])?\Z")] = ""
    delete_with_instance: bool = False
    bootable: bool = False
    force: bool = False


@ecs.action(AttachDisk, on="disk/{disk_id}")
def attach(request: AttachDisk, call: Call) -> Empty:
    """Wish that it is attached. Inside it appears as `/mnt/xvdb` for the device `/dev/xvdb`.

    Raises CloudError: IncorrectDiskStatus, IncorrectInstanceStatus, ResourcesNotInSameZone, InvalidDevice.InUse,
    InstanceDiskLimitExceeded.
    """
    for asked, parameter in ((request.bootable, "Bootable"), (request.force, "Force")):
        if asked:
            raise unsupported_parameter(parameter, "AttachDisk")
    disk = find_disk(call, request.disk_id)
    call.authorise(f"instance/{request.instance_id}")
    instance = _attachable_instance(call, request.instance_id)
    need_status(disk, "Available")
    need_no_snapshot(call, disk)
    if disk.zone_id != instance.zone_id:
        raise other_zone(disk, instance.zone_id)
    call.change.replace(
        stated(
            msgspec.structs.replace(
                disk,
                parent=instance.id,
                device=next_device(call, instance, request.device),
                delete_with_instance=request.delete_with_instance,
            )
        )
    )
    return Empty()


def _attachable_instance(call: Call, instance_id: str) -> Instance:
    instance = call.require(Instance, instance_id, instance_not_found)
    if instance.desired == "Deleted" or instance.status not in ("Running", "Stopped"):
        raise instance_status(instance.id, instance.status, "Running or Stopped")
    return instance


class DetachDisk(Request):
    """Detach a data disk."""

    accepted: ClassVar[dict[str, str]] = {
        "DeleteWithInstance": "it is for system disks, which are not detached"
    }

    disk_id: str
    instance_id: str


@ecs.action(DetachDisk, on="disk/{disk_id}")
def detach(request: DetachDisk, call: Call) -> Empty:
    """Wish that it is attached nowhere.

    Raises CloudError: IncorrectDiskStatus, IncorrectInstanceStatus, InvalidDisk.AlreadyDetached.
    """
    disk = find_disk(call, request.disk_id)
    call.authorise(f"instance/{request.instance_id}")
    if disk.status == "Available":
        raise already_detached(disk)
    if request.instance_id not in (disk.parent, disk.attached_to):
        raise not_attached_there(disk, request.instance_id)
    if disk.type == "system":
        raise CloudError(
            "InvalidParameter.NotImplemented",
            400,
            "yunbox does not detach system disks: they are a part of their instances.",
        )
    need_status(disk, "In_use")
    _attachable_instance(call, disk.parent)
    call.change.replace(stated(msgspec.structs.replace(disk, parent="", delete_with_instance=False)))
    return Empty()


class DeleteDisk(Request):
    """Delete a data disk."""

    disk_id: str


@ecs.action(DeleteDisk, on="disk/{disk_id}")
def delete(request: DeleteDisk, call: Call) -> Empty:
    """Wish that it is gone. One that does not exist is no error, as the vendor documents.

    Raises CloudError: IncorrectDiskStatus, DiskCreatingSnapshot, ChargeTypeViolation.
    """
    disk = call.get(Disk, request.disk_id)
    if disk is None:
        return Empty()
    if disk.status != "Available" and not (disk.failure and not disk.real_size and not disk.parent):
        raise disk_status(disk, "Available")
    need_no_snapshot(call, disk)
    if disk.charge_type == "PrePaid":
        raise CloudError("ChargeTypeViolation", 403, f"The disk {disk.id} is paid in advance.")
    call.change.replace(msgspec.structs.replace(disk, desired="Deleted", account=""))
    return Empty()
