"""DescribeAutoSnapshotPolicyEx and DescribeAutoSnapshotPolicyAssociations. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Chained, PageNumber, Request, Shape, TagFilter
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.snapshot_policies.model import SnapshotPolicy
from yunbox.services.ecs.tags import TagList, tag_list


class DescribeAutoSnapshotPolicyEx(Request):
    """Ask for policies."""

    auto_snapshot_policy_id: str = ""
    auto_snapshot_policy_name: str = ""
    resource_group_id: str = ""
    tag: list[TagFilter] = []
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class ShownPolicy(Shape, kw_only=True):
    """One policy. Days and hours are JSON texts such as `["1","7"]`."""

    auto_snapshot_policy_id: str
    auto_snapshot_policy_name: str
    region_id: str
    repeat_weekdays: str
    time_points: str
    retention_days: int
    disk_nums: int
    volume_nums: int = 0
    status: str = "Normal"
    type: str = "Custom"
    enable_cross_region_copy: bool = False
    creation_time: str
    resource_group_id: str
    tags: TagList


class PolicyList(Shape):
    """The wrapping of a list of policies."""

    auto_snapshot_policy: list[ShownPolicy]


class PoliciesDescribed(Answer):
    """One page of policies."""

    page_number: int
    page_size: int
    total_count: int
    auto_snapshot_policies: PolicyList


@ecs.action(DescribeAutoSnapshotPolicyEx, on="snapshotpolicy/{auto_snapshot_policy_id}")
def describe(request: DescribeAutoSnapshotPolicyEx, call: Call) -> PoliciesDescribed:
    """Answer with a page of the policies that fit, the newest first."""
    fitting = [
        each
        for each in call.find(SnapshotPolicy, descending=True)
        if request.auto_snapshot_policy_id in ("", each.id)
        and request.auto_snapshot_policy_name in ("", each.name)
        and request.resource_group_id in ("", each.resource_group)
        and each.has_tags(request.tag)
    ]
    start = (request.page_number - 1) * request.page_size
    page = fitting[start : start + request.page_size]
    disks = Counter(each.auto_snapshot_policy for each in call.find(Disk)) if page else Counter[str]()
    return PoliciesDescribed(
        page_number=request.page_number,
        page_size=request.page_size,
        total_count=len(fitting),
        auto_snapshot_policies=PolicyList(
            auto_snapshot_policy=[_shown(each, disks[each.id]) for each in page]
        ),
    )


def _texts(numbers: Iterable[int]) -> str:
    return msgspec.json.encode([str(each) for each in numbers]).decode()


def _shown(each: SnapshotPolicy, disks: int) -> ShownPolicy:
    return ShownPolicy(
        auto_snapshot_policy_id=each.id,
        auto_snapshot_policy_name=each.name,
        region_id=each.region,
        repeat_weekdays=_texts(each.weekdays),
        time_points=_texts(each.hours),
        retention_days=each.retention,
        disk_nums=disks,
        creation_time=seconds(each.created),
        resource_group_id=each.resource_group,
        tags=tag_list(each.tags),
    )


class DescribeAutoSnapshotPolicyAssociations(Chained):
    """Ask which disks have which policy."""

    auto_snapshot_policy_id: str = ""
    disk_id: str = ""


class Association(Shape):
    """A disk and its policy."""

    auto_snapshot_policy_id: str
    disk_id: str


class AssociationList(Shape):
    """The wrapping of a list of associations."""

    auto_snapshot_policy_association: list[Association]


class AssociationsDescribed(Answer):
    """Disks with their policies."""

    next_token: str
    auto_snapshot_policy_associations: AssociationList


@ecs.action(DescribeAutoSnapshotPolicyAssociations, on="snapshotpolicy/{auto_snapshot_policy_id}")
def describe_associations(
    request: DescribeAutoSnapshotPolicyAssociations, call: Call
) -> AssociationsDescribed:
    """Answer with a page of the disks that have a policy, or that one."""
    wanted = request.auto_snapshot_policy_id
    fitting = [
        each
        for each in call.find(Disk, descending=True)
        if each.auto_snapshot_policy
        and wanted in ("", each.auto_snapshot_policy)
        and request.disk_id in ("", each.id)
        and (not request.next_token or each.id < request.next_token)
    ]
    page = fitting[: request.max_results]
    return AssociationsDescribed(
        next_token=page[-1].id if len(fitting) > len(page) else "",
        auto_snapshot_policy_associations=AssociationList(
            auto_snapshot_policy_association=[
                Association(auto_snapshot_policy_id=each.auto_snapshot_policy, disk_id=each.id)
                for each in page
            ]
        ),
    )
