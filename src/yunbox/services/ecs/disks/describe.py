"""DescribeDisks. Wire shape: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Shape, TagFilter
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.pages import Listing, page_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.tags import TagList, tag_list

_NEVER = "2999-09-08T16:00Z"
"""When something that is paid as it goes ends, in the vendor's answers."""


class DescribeDisks(Listing):
    """Ask for disks."""

    disk_ids: Annotated[list[str], Meta(max_length=100)] = []
    instance_id: str = ""
    disk_name: str = ""
    disk_type: Literal["system", "data", "all", ""] = ""
    category: str = ""
    status: Literal["In_use", "Available", "Attaching", "Detaching", "Creating", "ReIniting", "All", ""] = ""
    zone_id: str = ""
    snapshot_id: str = ""
    disk_charge_type: Literal["PrePaid", "PostPaid", ""] = ""
    portable: bool | None = None
    delete_with_instance: bool | None = None
    delete_auto_snapshot: bool | None = None
    enable_auto_snapshot: bool | None = None
    encrypted: bool | None = None
    kms_key_id: str = msgspec.field(name="KMSKeyId", default="")
    auto_snapshot_policy_id: str = ""
    multi_attach: Literal["Disabled", "Enabled", ""] = ""
    resource_group_id: str = ""
    tag: list[TagFilter] = []
    accepted = {
        "EnableAutomatedSnapshotPolicy": "an old name of a filter that the vendor ignores",
        "AdditionalAttributes": "everything that there is to show is shown",
    }


class Attachment(Shape):
    """Where a disk is attached."""

    instance_id: str
    device: str
    attached_time: str


class AttachmentList(Shape):
    """The wrapping of a list of attachments."""

    attachment: list[Attachment]


class MountList(Shape):
    """The wrapping of a list of attachments, for disks that several instances may share."""

    mount_instance: list[Attachment]


class Lock(Shape):
    """Why a disk is locked."""

    lock_reason: str


class LockList(Shape):
    """The wrapping of a list of locks."""

    operation_lock: list[Lock]


class ShownDisk(Shape, kw_only=True):
    """One disk; `size` in GiB. Instance and device are empty texts while it is attached nowhere."""

    disk_id: str
    disk_name: str
    description: str
    region_id: str
    zone_id: str
    type: str
    category: str
    performance_level: str
    size: int
    status: str
    instance_id: str
    device: str
    attachments: AttachmentList
    mount_instances: MountList
    mount_instance_num: int
    attached_time: str
    detached_time: str
    creation_time: str
    expired_time: str = _NEVER
    disk_charge_type: str
    portable: bool
    delete_with_instance: bool
    delete_auto_snapshot: bool
    enable_auto_snapshot: bool
    enable_automated_snapshot_policy: bool
    auto_snapshot_policy_id: str
    encrypted: bool
    kms_key_id: str = msgspec.field(name="KMSKeyId")
    image_id: str
    source_snapshot_id: str
    serial_number: str
    multi_attach: str
    bursting_enabled: bool
    provisioned_iops: int
    resource_group_id: str
    operation_locks: LockList
    product_code: str = ""
    storage_set_id: str = ""
    tags: TagList


class DiskList(Shape):
    """The wrapping of a list of disks."""

    disk: list[ShownDisk]


class DisksDescribed(Answer):
    """One page of disks."""

    page_number: int
    page_size: int
    total_count: int
    next_token: str
    disks: DiskList


@ecs.action(DescribeDisks, on="disk/{disk_ids}")
def describe_disks(request: DescribeDisks, call: Call) -> DisksDescribed:
    """Answer with a page of the disks that fit, the newest first."""
    page = page_of(
        call,
        Disk,
        request,
        (lambda each: _fits(each, request)) if _filters(request) else None,
        ids=request.disk_ids,
        parent=request.instance_id,
    )
    return DisksDescribed(
        page_number=request.page_number,
        page_size=request.size,
        total_count=page.total,
        next_token=page.next_token,
        disks=DiskList(disk=[_shown(each) for each in page.found]),
    )


_UNFILTERED = frozenset({"page_number", "page_size", "next_token", "max_results", "disk_ids", "instance_id"})


def _filters(request: DescribeDisks) -> bool:
    """Return whether a filter is given that needs every disk looked at."""
    return any(
        getattr(request, each.name) != (each.default if each.default is not msgspec.NODEFAULT else [])
        for each in msgspec.structs.fields(DescribeDisks)
        if each.name not in _UNFILTERED
    )


def _fits(each: Disk, request: DescribeDisks) -> bool:
    return (
        (not request.disk_name or fnmatchcase(each.name, request.disk_name.replace("[", "[[]")))
        and request.disk_type in ("", "all", each.type)
        and request.category in ("", "all", each.category)
        and request.status in ("", "All", each.status)
        and request.zone_id in ("", each.zone_id)
        and request.snapshot_id in ("", each.source_snapshot)
        and request.disk_charge_type in ("", each.charge_type)
        and request.portable in (None, _portable(each))
        and request.delete_with_instance in (None, each.delete_with_instance)
        and request.delete_auto_snapshot in (None, each.delete_auto_snapshot)
        and request.enable_auto_snapshot in (None, each.enable_auto_snapshot)
        and request.encrypted in (None, each.encrypted)
        and request.kms_key_id in ("", each.kms_key_id)
        and request.auto_snapshot_policy_id in ("", each.auto_snapshot_policy)
        and request.multi_attach in ("", each.multi_attach)
        and request.resource_group_id in ("", each.resource_group)
        and each.has_tags(request.tag)
    )


def _portable(each: Disk) -> bool:
    return each.type == "data"


def _shown(each: Disk) -> ShownDisk:
    instance = each.attached_to or each.parent
    attached = (
        [Attachment(instance_id=instance, device=each.device, attached_time=seconds(each.attached_at))]
        if instance
        else []
    )
    return ShownDisk(
        disk_id=each.id,
        disk_name=each.name,
        description=each.description,
        region_id=each.region,
        zone_id=each.zone_id,
        type=each.type,
        category=each.category,
        performance_level=each.performance_level,
        size=each.size,
        status=each.status,
        instance_id=instance,
        device=each.device if instance else "",
        attachments=AttachmentList(attachment=attached),
        mount_instances=MountList(mount_instance=attached if each.multi_attach == "Enabled" else []),
        mount_instance_num=len(attached),
        attached_time=seconds(each.attached_at),
        detached_time=seconds(each.detached_at),
        creation_time=seconds(each.created),
        disk_charge_type=each.charge_type,
        portable=_portable(each),
        delete_with_instance=each.delete_with_instance,
        delete_auto_snapshot=each.delete_auto_snapshot,
        enable_auto_snapshot=each.enable_auto_snapshot,
        enable_automated_snapshot_policy=bool(each.auto_snapshot_policy),
        auto_snapshot_policy_id=each.auto_snapshot_policy,
        encrypted=each.encrypted,
        kms_key_id=each.kms_key_id,
        image_id=each.image_id,
        source_snapshot_id=each.source_snapshot,
        serial_number=each.id.removeprefix("d-"),
        multi_attach=each.multi_attach,
        bursting_enabled=each.bursting_enabled,
        provisioned_iops=each.provisioned_iops,
        resource_group_id=each.resource_group,
        operation_locks=LockList(operation_lock=[]),
        tags=tag_list(each.tags),
    )
