"""CreateImage and CopyImage. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Request, Shape, Tag
from yunbox.api.tagging import check_tags
from yunbox.control.regions import REGIONS
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.create import free_device
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.errors import conflict, instance_not_found, instance_status, mismatch
from yunbox.services.ecs.images.catalogue import system_images
from yunbox.services.ecs.images.find import check_family, check_image_name, find_own_image
from yunbox.services.ecs.images.model import DiskMapping, Image
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.naming import check_description
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.snapshots.create import take_snapshot
from yunbox.services.ecs.snapshots.find import find_snapshot, usable_snapshot
from yunbox.services.ecs.snapshots.model import Snapshot

SYSTEM_DEVICE = "/dev/xvda"

Architecture = Literal["x86_64", "i386", "arm64", ""]
BootMode = Literal["BIOS", "UEFI", "UEFI-Preferred", ""]
Tags = Annotated[list[Tag], Meta(max_length=20)]


class Features(Shape):
    """What the image can be used with: recorded, and shown."""

    nvme_support: Literal["supported", "unsupported", ""] = ""


class DiskAsked(Shape):
    """A disk of the image: a snapshot's, or an empty data disk. `size` in GiB, 0 for the snapshot's."""

    snapshot_id: str = ""
    device: Annotated[str, Meta(pattern=r"^(/dev/xvd[a-z])?\Z")] = ""
    size: Annotated[int, Meta(ge=0, le=32768)] = 0
    disk_type: Literal["system", "data", ""] = ""


class CreateImage(Request):
    """Make an image of an instance, of a snapshot, or of several: exactly one of the three is given."""

    accepted: ClassVar[dict[str, str]] = {"DetectionStrategy": "images are not checked"}

    instance_id: str = ""
    snapshot_id: str = ""
    disk_device_mapping: Annotated[list[DiskAsked], Meta(max_length=17)] = []
    image_name: str = ""
    image_family: str = ""
    image_version: Annotated[str, Meta(max_length=40)] = ""
    description: str = ""
    platform: Annotated[str, Meta(max_length=64)] = ""
    architecture: Architecture = ""
    boot_mode: BootMode = ""
    features: Features = Features()
    resource_group_id: str = ""
    tag: Tags = []


class ImageCreated(Answer):
    """The new image."""

    image_id: str


@ecs.action(CreateImage, on="image/*")
def create(request: CreateImage, call: Call) -> ImageCreated:
    """Wish for it. Of an instance, snapshots of all of its disks are taken first, and stay.

    Raises CloudError: MissingParameter, InvalidImageName.Malformed and -.Duplicated, InvalidSnapshotId.NotFound,
    InvalidInstanceId.NotFound, IncorrectInstanceStatus and what CreateSnapshot raises.
    """
    given = [bool(request.instance_id), bool(request.snapshot_id), bool(request.disk_device_mapping)]
    if not any(given):
        raise missing_parameter("InstanceId")
    if sum(given) > 1:
        raise conflict("InstanceId, SnapshotId and DiskDeviceMapping exclude each other.")
    id_ = call.new_id("m")
    name = check_image_name(call, request.image_name) if request.image_name else id_
    if request.instance_id:
        snapshots = _snapshots_of(call, request.instance_id)
        mappings = _mappings(call, [DiskAsked(snapshot_id=each.id) for each in snapshots], ready=False)
    elif request.snapshot_id:
        mappings = _mappings(call, [DiskAsked(snapshot_id=request.snapshot_id)])
    else:
        mappings = _mappings(call, request.disk_device_mapping)
    system = _note_use(call, mappings)
    origin = origin_of(call, system.image_id)
    call.change.create(
        Image(
            id=id_,
            account=call.account,
            region=call.region,
            name=name,
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=request.resource_group_id,
            engine_image=id_,
            description=check_description(request.description),
            family=check_family(request.image_family),
            version=request.image_version,
            os_name=origin.os_name,
            os_name_en=origin.os_name_en,
            platform=request.platform or origin.platform,
            architecture=request.architecture or origin.architecture,
            boot_mode=request.boot_mode or origin.boot_mode,
            login_as_non_root=origin.login_as_non_root,
            nvme=request.features.nvme_support or origin.nvme,
            size=mappings[0].size,
            mappings=mappings,
            source_instance=request.instance_id,
            source_snapshot=system.id,
        )
    )
    return ImageCreated(image_id=id_)


def origin_of(call: Call, image_id: str) -> Image:
    """Return the image that something was made from, or one that says little when it is no more."""
    known = system_images().get(image_id) or call.get(Image, image_id)
    return known or Image(id=image_id or "none", os_name="Others Linux", os_name_en="Others Linux")


def _snapshots_of(call: Call, instance_id: str) -> list[Snapshot]:
    """Take snapshots of all disks of an instance, the system disk's first."""
    call.authorise(f"instance/{instance_id}")
    instance = call.require(Instance, instance_id, instance_not_found)
    if instance.desired == "Deleted" or instance.status not in ("Running", "Stopped"):
        raise instance_status(instance.id, instance.status, "Running or Stopped")
    disks = call.find(Disk, parent=instance.id)
    disks.sort(key=lambda each: (each.type != "system", each.device))
    return [
        take_snapshot(call, each, description=f"Taken for an image of {instance.id}.", for_image=True)
        for each in disks
    ]


def _mappings(call: Call, asked: list[DiskAsked], *, ready: bool = True) -> tuple[DiskMapping, ...]:
    """Return the disks of an image, the system disk first. Raises CloudError."""
    found: list[DiskMapping] = []
    taken = {each.device for each in asked if each.device}
    for each in asked:
        snapshot = _snapshot(call, each.snapshot_id, ready=ready) if each.snapshot_id else None
        type_ = snapshot.disk_type if snapshot else (each.disk_type or "data")
        if each.disk_type not in ("", type_):
            raise mismatch(
                f"The snapshot {each.snapshot_id} is of a {type_} disk: yunbox makes no other of it."
            )
        if snapshot is None and type_ == "system":
            raise missing_parameter("DiskDeviceMapping.N.SnapshotId")
        size = max(each.size, snapshot.size if snapshot else 0)
        if size <= 0:
            raise missing_parameter("DiskDeviceMapping.N.Size")
        device = SYSTEM_DEVICE if type_ == "system" else each.device or free_device(taken)
        taken.add(device)
        found.append(DiskMapping(type=type_, device=device, size=size, snapshot_id=each.snapshot_id))
    found.sort(key=lambda each: each.type != "system")
    if [each.type for each in found[:2]].count("system") != 1:
        raise CloudError(
            "InvalidSnapshotId.NotSupported",
            403,
            "An image has one system disk, made from a system disk's snapshot.",
        )
    if len({each.device for each in found}) != len(found):
        raise conflict("Two disks of an image cannot have the same Device.")
    return tuple(found)


def _snapshot(call: Call, snapshot_id: str, *, ready: bool) -> Snapshot:
    if not ready:
        return find_snapshot(call, snapshot_id)
    call.authorise(f"snapshot/{snapshot_id}")
    return usable_snapshot(call, snapshot_id)


def _note_use(call: Call, mappings: tuple[DiskMapping, ...]) -> Snapshot:
    """Note that an image is made from the snapshots; return the one of the system disk."""
    for each in mappings:
        snapshot = call.get(Snapshot, each.snapshot_id) if each.snapshot_id else None
        if snapshot is not None and not snapshot.made_images:
            call.change.replace(msgspec.structs.replace(snapshot, made_images=True))
    system = call.get(Snapshot, mappings[0].snapshot_id)
    assert system is not None
    return system


class CopyImage(Request):
    """Copy an image of the account to another region, or within one."""

    image_id: str
    destination_region_id: str = ""
    destination_image_name: str = ""
    destination_description: str = ""
    encrypted: bool = False
    resource_group_id: str = ""
    tag: Tags = []


@ecs.action(
    CopyImage, on="image/{image_id}", partial="Data disks of an image are not copied to another region."
)
def copy(request: CopyImage, call: Call) -> ImageCreated:
    """Make the copy, at once: all regions are on one machine, and copies share what never changes.

    Data disks of the image are left out of a copy to another region, where their snapshots are not.
    Raises CloudError: InvalidImageId.NotFound, IncorrectImageStatus, InvalidDestinationRegionId.NotFound.
    """
    source = find_own_image(call, request.image_id)
    if source.status != "Available":
        raise CloudError("IncorrectImageStatus", 403, f"The image {source.id} is {source.status}.")
    if request.encrypted:
        raise CloudError("InvalidParameter.NotImplemented", 400, "yunbox does not encrypt images yet.")
    region = request.destination_region_id or call.region
    if region not in REGIONS:
        raise CloudError(
            "InvalidDestinationRegionId.NotFound", 404, f"The region {region[:64]!a} does not exist."
        )
    id_ = call.new_id("m")
    name = request.destination_image_name
    call.change.create(
        msgspec.structs.replace(
            source,
            id=id_,
            region=region,
            name=check_image_name(call, name, region=region) if name else id_,
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=request.resource_group_id,
            description=check_description(request.destination_description, "DestinationDescription"),
            family="",
            mappings=_copied(source, region),
            copied_from=source.id,
            source_instance="",
            source_snapshot="",
        )
    )
    return ImageCreated(image_id=id_)


def _copied(source: Image, region: str) -> tuple[DiskMapping, ...]:
    """Return the disks of a copy. Its system disk needs no snapshot: what that held is in the image."""
    kept = source.mappings if region == source.region else source.mappings[:1]
    return tuple(
        msgspec.structs.replace(each, snapshot_id="") if each.type == "system" else each for each in kept
    )
