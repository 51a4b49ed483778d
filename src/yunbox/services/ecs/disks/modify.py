"""ModifyDiskAttribute, ModifyDiskSpec, ResizeDisk, ModifyDiskChargeType. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.categories import CATEGORIES
from yunbox.services.ecs.disks.create import check_category
from yunbox.services.ecs.disks.errors import not_attached_there, too_small
from yunbox.services.ecs.disks.find import find_disk, need_no_snapshot, need_status
from yunbox.services.ecs.errors import conflict, instance_not_found
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.naming import check_description, check_name
from yunbox.services.ecs.product import ecs

_BURSTING = "cloud_auto"


class ModifyDiskAttribute(Request):
    """Change what is noted of one disk, or of several. What is not given stays."""

    disk_id: str = ""
    disk_ids: Annotated[list[str], Meta(max_length=100)] = []
    disk_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    delete_with_instance: bool | None = None
    delete_auto_snapshot: bool | None = None
    enable_auto_snapshot: bool | None = None
    bursting_enabled: bool | None = None


@ecs.action(ModifyDiskAttribute, on="")
def modify_attribute(request: ModifyDiskAttribute, call: Call) -> Empty:
    """Write it, for all of the disks or none. Raises CloudError: InvalidDiskId.NotFound and others."""
    if request.disk_id and request.disk_ids:
        raise conflict("DiskId and DiskIds exclude each other.")
    ids = request.disk_ids or [request.disk_id]
    if not all(ids):
        raise missing_parameter("DiskId")
    fields: dict[str, Any] = {
        name: value
        for name in (
            "delete_with_instance",
            "delete_auto_snapshot",
            "enable_auto_snapshot",
            "bursting_enabled",
        )
        if (value := getattr(request, name)) is not None
    }
    if request.disk_name is not UNSET:
        fields["name"] = check_name(request.disk_name, "DiskName") if request.disk_name else ""
    if request.description is not UNSET:
        fields["description"] = check_description(request.description)
    for id_ in dict.fromkeys(ids):
        call.authorise(f"disk/{id_}")
        disk = find_disk(call, id_)
        if request.bursting_enabled and disk.category != _BURSTING:
            raise CloudError(
                "InvalidDiskCategory.NotSupported",
                403,
                f"Only {_BURSTING} disks burst: {disk.id} is no such.",
            )
        call.change.replace(msgspec.structs.replace(disk, **fields))
    return Empty()


class ModifyDiskSpec(Request):
    """Change the category or the performance of a disk. All are the same here: it is noted, and shown."""

    disk_id: str
    disk_category: str = ""
    performance_level: str = ""
    provisioned_iops: Annotated[int, Meta(ge=0, le=50000)] | None = None


@ecs.action(ModifyDiskSpec, on="disk/{disk_id}")
def modify_spec(request: ModifyDiskSpec, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidDiskCategory.NotSupported, InvalidPerformanceLevel.Malformed ..."""
    disk = find_disk(call, request.disk_id)
    need_status(disk, "Available", "In_use")
    category = request.disk_category or disk.category
    if not (request.disk_category or request.performance_level or request.provisioned_iops is not None):
        raise missing_parameter("PerformanceLevel")
    kept = disk.performance_level if disk.performance_level in _levels(category) else ""
    level = check_category(category, disk.size, disk.type, request.performance_level or kept)
    iops = disk.provisioned_iops if category == _BURSTING else 0
    if request.provisioned_iops is not None:
        iops = request.provisioned_iops
    if iops and category != _BURSTING:
        raise CloudError(
            "InvalidDiskCategory.NotSupported", 403, f"ProvisionedIops is for {_BURSTING} disks alone."
        )
    call.change.replace(
        msgspec.structs.replace(
            disk,
            category=category,
            performance_level=level,
            provisioned_iops=iops,
            bursting_enabled=disk.bursting_enabled and category == _BURSTING,
        )
    )
    return Empty()


def _levels(category: str) -> tuple[str, ...]:
    known = CATEGORIES.get(category)
    return known.levels if known else ()


class ResizeDisk(Request):
    """Make a disk larger; `new_size` in GiB."""

    accepted: ClassVar[dict[str, str]] = {"Type": "the new size holds at once either way"}

    disk_id: str
    new_size: Annotated[int, Meta(ge=1, le=65536)]


@ecs.action(ResizeDisk, on="disk/{disk_id}")
def resize(request: ResizeDisk, call: Call) -> Empty:
    """Wish for the size. Raises CloudError: InvalidDiskSize.TooSmall, InvalidDataDiskSize, IncorrectDiskStatus."""
    disk = find_disk(call, request.disk_id)
    need_status(disk, "Available", "In_use")
    need_no_snapshot(call, disk)
    if request.new_size <= disk.size:
        raise too_small(disk)
    check_category(disk.category, request.new_size, disk.type, disk.performance_level)
    call.change.replace(msgspec.structs.replace(disk, size=request.new_size))
    return Empty()


class ModifyDiskChargeType(Request):
    """Pay for disks of an instance as it goes, or in advance. Nothing is paid here: it is noted, and shown."""

    accepted: ClassVar[dict[str, str]] = {"AutoPay": "nothing is paid"}

    instance_id: str
    disk_ids: Annotated[list[str], Meta(min_length=1, max_length=16)]
    disk_charge_type: Literal["PrePaid", "PostPaid"] = "PrePaid"


class ChargeTypeModified(Answer):
    """The order."""

    order_id: str


@ecs.action(ModifyDiskChargeType, on="instance/{instance_id}")
def modify_charge_type(request: ModifyDiskChargeType, call: Call) -> ChargeTypeModified:
    """Write it. Raises CloudError: ChargeTypeViolation for PrePaid at an instance that is not paid in advance."""
    instance = call.require(Instance, request.instance_id, instance_not_found)
    if request.disk_charge_type == "PrePaid" and instance.charge_type != "PrePaid":
        raise CloudError(
            "ChargeTypeViolation",
            403,
            "The instance is paid as it goes, and its disks cannot be paid in advance.",
        )
    for id_ in dict.fromkeys(request.disk_ids):
        call.authorise(f"disk/{id_}")
        disk = find_disk(call, id_)
        if disk.parent != instance.id:
            raise not_attached_there(disk, instance.id)
        call.change.replace(msgspec.structs.replace(disk, charge_type=request.disk_charge_type))
    return ChargeTypeModified(order_id=str(int(call.now * 1000)))
