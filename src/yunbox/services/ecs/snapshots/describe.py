"""DescribeSnapshots. Wire shape: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Shape, TagFilter
from yunbox.services.ecs.instances.moments import read_moment
from yunbox.services.ecs.pages import Listing, page_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.snapshots.model import Snapshot
from yunbox.services.ecs.tags import TagList, tag_list


class Filter(Shape):
    """A filter: CreationStartTime or CreationEndTime, `yyyy-MM-ddTHH:mmZ`."""

    key: Literal["CreationStartTime", "CreationEndTime", ""] = ""
    value: str = ""


class DescribeSnapshots(Listing):
    """Ask for snapshots. `snapshot_name` may have `*`."""

    snapshot_ids: Annotated[list[str], Meta(max_length=100)] = []
    snapshot_link_id: Annotated[list[str], Meta(max_length=100)] = []
    disk_id: str = ""
    instance_id: str = ""
    snapshot_name: str = ""
    status: Literal["progressing", "accomplished", "failed", "all", ""] = ""
    snapshot_type: Literal["auto", "user", "all", ""] = ""
    source_disk_type: Literal["system", "data", "System", "Data", ""] = ""
    usage: Literal["image", "disk", "image_disk", "mixed", "none", ""] = ""
    category: Literal["Standard", "standard", "Flash", "flash", ""] = ""
    encrypted: bool | None = None
    kms_key_id: str = msgspec.field(name="KMSKeyId", default="")
    resource_group_id: str = ""
    tag: list[TagFilter] = []
    filter: Annotated[list[Filter], Meta(max_length=2)] = []


class ShownSnapshot(Shape, kw_only=True):
    """One snapshot; `source_disk_size` in GiB, as text, `remain_time` in seconds."""

    snapshot_id: str
    snapshot_name: str
    snapshot_sn: str = msgspec.field(name="SnapshotSN")
    snapshot_link_id: str
    snapshot_type: str
    description: str
    region_id: str
    source_disk_id: str
    source_disk_size: str
    source_disk_type: str
    status: str
    progress: str
    available: bool
    usage: str
    category: str
    creation_time: str
    last_modified_time: str
    remain_time: int
    retention_days: int | msgspec.UnsetType
    encrypted: bool
    source_storage_type: str = "disk"
    instant_access: bool = False
    product_code: str = ""
    kms_key_id: str = msgspec.field(name="KMSKeyId")
    resource_group_id: str
    tags: TagList


class SnapshotList(Shape):
    """The wrapping of a list of snapshots."""

    snapshot: list[ShownSnapshot]


class SnapshotsDescribed(Answer):
    """One page of snapshots."""

    page_number: int
    page_size: int
    total_count: int
    next_token: str
    snapshots: SnapshotList


@ecs.action(DescribeSnapshots, on="snapshot/{snapshot_ids}")
def describe(request: DescribeSnapshots, call: Call) -> SnapshotsDescribed:
    """Answer with a page of the snapshots that fit, the newest first. Raises CloudError: InvalidParameter."""
    bounds = _bounds(request.filter)
    page = page_of(
        call,
        Snapshot,
        request,
        (lambda each: _fits(each, request, bounds)) if _filters(request) else None,
        ids=request.snapshot_ids,
        parent=request.disk_id,
    )
    return SnapshotsDescribed(
        page_number=request.page_number,
        page_size=request.size,
        total_count=page.total,
        next_token=page.next_token,
        snapshots=SnapshotList(snapshot=[_shown(each) for each in page.found]),
    )


_UNFILTERED = frozenset({"page_number", "page_size", "next_token", "max_results", "snapshot_ids", "disk_id"})


def _filters(request: DescribeSnapshots) -> bool:
    """Return whether a filter is given that needs every snapshot looked at."""
    return any(
        getattr(request, each.name) not in ("", None, [])
        for each in msgspec.structs.fields(DescribeSnapshots)
        if each.name not in _UNFILTERED
    )


def _bounds(filters: list[Filter]) -> tuple[float, float]:
    start, end = 0.0, float("inf")
    for number, each in enumerate(filters, 1):
        if not each.key:
            continue
        moment = read_moment(each.value)
        if moment is None:
            raise invalid_parameter(f"Filter.{number}.Value", "yyyy-MM-ddTHH:mmZ is expected")
        if each.key == "CreationStartTime":
            start = moment
        else:
            end = moment
    return start, end


def _link(each: Snapshot) -> str:
    """Return the id of the chain of a disk's snapshots: it follows from the disk's."""
    return f"sl-{each.parent.removeprefix('d-')}"


def _usage(each: Snapshot) -> str:
    if each.made_images:
        return "image_disk" if each.made_disks else "image"
    return "disk" if each.made_disks else "none"


def _fits(each: Snapshot, request: DescribeSnapshots, bounds: tuple[float, float]) -> bool:
    kind = "auto" if each.snapshot_type == "timer" else "user"
    usage = "image_disk" if request.usage == "mixed" else request.usage
    return (
        (not request.snapshot_name or fnmatchcase(each.name, request.snapshot_name.replace("[", "[[]")))
        and (not request.snapshot_link_id or _link(each) in request.snapshot_link_id)
        and request.instance_id in ("", each.instance_id)
        and request.status in ("", "all", each.status)
        and request.snapshot_type in ("", "all", kind)
        and request.source_disk_type.lower() in ("", each.disk_type)
        and usage in ("", _usage(each))
        and request.category.lower() in ("", each.category)
        and request.encrypted in (None, each.encrypted)
        and request.kms_key_id in ("", each.kms_key_id)
        and request.resource_group_id in ("", each.resource_group)
        and bounds[0] <= each.created <= bounds[1]
        and each.has_tags(request.tag)
    )


def _shown(each: Snapshot) -> ShownSnapshot:
    done = each.status == "accomplished"
    return ShownSnapshot(
        snapshot_id=each.id,
        snapshot_name=each.name,
        snapshot_sn=each.id.removeprefix("s-"),
        snapshot_link_id=_link(each),
        snapshot_type=each.snapshot_type,
        description=each.description,
        region_id=each.region,
        source_disk_id=each.parent,
        source_disk_size=str(each.size),
        source_disk_type=each.disk_type,
        status=each.status,
        progress="100%" if done else "0%",
        available=done,
        usage=_usage(each),
        category=each.category,
        creation_time=seconds(each.created),
        last_modified_time=seconds(each.modified or each.created),
        remain_time=0,
        encrypted=each.encrypted,
        kms_key_id=each.kms_key_id,
        retention_days=each.retention or msgspec.UNSET,
        resource_group_id=each.resource_group,
        tags=tag_list(each.tags),
    )
