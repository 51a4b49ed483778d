"""Refusals that concern disks. Codes: the error codes of the ECS API documentation."""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.services.ecs.disks.model import Disk


def disk_not_found(id_: str) -> CloudError:
    """Return the refusal for a disk that does not exist."""
    return CloudError("InvalidDiskId.NotFound", 404, f"The specified disk {id_[:64]!a} does not exist.")


def disk_status(disk: Disk, wanted: str) -> CloudError:
    """Return the refusal of an operation that the disk's status does not allow; `wanted` says which would."""
    code = "IncorrectDiskStatus.Initializing" if disk.status == "Creating" else "IncorrectDiskStatus"
    return CloudError(
        code,
        403,
        f"The current disk status does not support this operation: disk {disk.id} is {disk.status}, {wanted} is "
        "needed.",
    )


def already_detached(disk: Disk) -> CloudError:
    """Return the refusal to detach a disk that is attached nowhere."""
    return CloudError("InvalidDisk.AlreadyDetached", 403, f"The disk {disk.id} is attached to no instance.")


def not_attached_there(disk: Disk, instance_id: str) -> CloudError:
    """Return the refusal to detach a disk from an instance that does not have it."""
    return CloudError(
        "InvalidParameter.Mismatch", 400, f"The disk {disk.id} is not attached to {instance_id[:64]!a}."
    )


def other_zone(disk: Disk, zone: str) -> CloudError:
    """Return the refusal to attach a disk to an instance of another zone."""
    return CloudError(
        "ResourcesNotInSameZone",
        403,
        f"The specified instance and disk are not in the same zone: {zone}, {disk.zone_id}.",
    )


def too_many_disks() -> CloudError:
    """Return the refusal of one more disk than an instance may have."""
    return CloudError(
        "InstanceDiskLimitExceeded", 403, "The amount of the disks of the instance has reached its limit."
    )


def device_taken(device: str) -> CloudError:
    """Return the refusal of a device name that another disk has."""
    return CloudError("InvalidDevice.InUse", 403, f"The specified device {device[:64]!a} has been occupied.")


def creating_snapshot(disk: Disk) -> CloudError:
    """Return the refusal of what must wait until a snapshot of the disk is made."""
    return CloudError("DiskCreatingSnapshot", 403, f"A snapshot of the disk {disk.id} is being created.")


def never_attached(disk: Disk) -> CloudError:
    """Return the refusal of what a disk has to be used for first."""
    return CloudError(
        "IncorrectDiskStatus.NeverAttached",
        403,
        f"The specified disk {disk.id} has never been attached to an instance that was started.",
    )


def too_small(disk: Disk) -> CloudError:
    """Return the refusal of a new size that is not larger."""
    return CloudError(
        "InvalidDiskSize.TooSmall",
        403,
        f"Specified new disk size is not larger than the original one, {disk.size} GiB.",
    )
