"""Making, changing, deleting and applying automatic snapshot policies. Wire shapes: ECS API 2014-05-26.

These actions name the region `regionId`, which the framework does not read for them.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.control.regions import REGIONS
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.find import find_disk
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.instances.naming import check_name
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.snapshot_policies.model import FOREVER, SnapshotPolicy

Numbers = Annotated[list[str], Meta(max_length=24)]
_LONGEST_DAYS = 65536
_MOST = 100


class RegionNamed(Request):
    """A request that names its region in its own way."""

    named_region: str = msgspec.field(name="regionId", default="")


class CreateAutoSnapshotPolicy(RegionNamed, kw_only=True):
    """Make a policy: on which days of the week (1 to 7) and at which hours (0 to 23, UTC+8) snapshots are taken."""

    policy_name: str = msgspec.field(name="autoSnapshotPolicyName", default="")
    repeat_weekdays: Numbers = msgspec.field(name="repeatWeekdays")
    time_points: Numbers = msgspec.field(name="timePoints")
    retention_days: int = msgspec.field(name="retentionDays")
    enable_cross_region_copy: bool = False
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class PolicyCreated(Answer):
    """The new policy."""

    auto_snapshot_policy_id: str


@ecs.action(CreateAutoSnapshotPolicy, on="")
def create(request: CreateAutoSnapshotPolicy, call: Call) -> PolicyCreated:
    """Store it. Raises CloudError: InvalidParameter, QuotaExceed.AutoSnapshotPolicy."""
    _enter(call, request)
    call.authorise("snapshotpolicy/*")
    if call.count(SnapshotPolicy) >= _MOST:
        raise CloudError(
            "QuotaExceed.AutoSnapshotPolicy", 403, f"An account has at most {_MOST} policies in a region."
        )
    _need_one_region(request.enable_cross_region_copy)
    policy = SnapshotPolicy(
        id=call.new_id("sp"),
        account=call.account,
        region=call.region,
        name=_name(request.policy_name),
        created=call.now,
        tags=check_tags(request.tag),
        resource_group=request.resource_group_id,
        weekdays=_numbers(request.repeat_weekdays, "repeatWeekdays", 1, 7),
        hours=_numbers(request.time_points, "timePoints", 0, 23),
        retention=_retention(request.retention_days),
        ran=call.now,
    )
    return PolicyCreated(auto_snapshot_policy_id=call.change.create(policy).id)


class ModifyAutoSnapshotPolicyEx(RegionNamed, kw_only=True):
    """Change a policy. What is not given stays."""

    policy_id: str = msgspec.field(name="autoSnapshotPolicyId")
    policy_name: str = msgspec.field(name="autoSnapshotPolicyName", default="")
    repeat_weekdays: Numbers = msgspec.field(name="repeatWeekdays", default_factory=list)
    time_points: Numbers = msgspec.field(name="timePoints", default_factory=list)
    retention_days: int = msgspec.field(name="retentionDays", default=0)
    enable_cross_region_copy: bool = False


@ecs.action(ModifyAutoSnapshotPolicyEx, on="")
def modify(request: ModifyAutoSnapshotPolicyEx, call: Call) -> Empty:
    """Write it; moments before now are not made up for. Raises CloudError: InvalidParameter, -PolicyId.NotFound."""
    policy = _policy(call, request, request.policy_id)
    _need_one_region(request.enable_cross_region_copy)
    fields: dict[str, Any] = {"ran": call.now}
    if request.policy_name:
        fields["name"] = _name(request.policy_name)
    if request.repeat_weekdays:
        fields["weekdays"] = _numbers(request.repeat_weekdays, "repeatWeekdays", 1, 7)
    if request.time_points:
        fields["hours"] = _numbers(request.time_points, "timePoints", 0, 23)
    if request.retention_days:
        fields["retention"] = _retention(request.retention_days)
    call.change.replace(msgspec.structs.replace(policy, **fields))
    return Empty()


class DeleteAutoSnapshotPolicy(RegionNamed, kw_only=True):
    """Delete a policy, and take it from its disks. Snapshots that it took stay."""

    policy_id: str = msgspec.field(name="autoSnapshotPolicyId")


@ecs.action(DeleteAutoSnapshotPolicy, on="")
def delete(request: DeleteAutoSnapshotPolicy, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidAutoSnapshotPolicyId.NotFound."""
    policy = _policy(call, request, request.policy_id)
    for disk in call.find(Disk):
        if disk.auto_snapshot_policy == policy.id:
            call.change.replace(msgspec.structs.replace(disk, auto_snapshot_policy=""))
    call.change.delete(SnapshotPolicy, policy.id)
    return Empty()


class ApplyAutoSnapshotPolicy(RegionNamed, kw_only=True):
    """Apply a policy to disks, in place of the one they have."""

    policy_id: str = msgspec.field(name="autoSnapshotPolicyId")
    disk_ids: Annotated[list[str], Meta(min_length=1, max_length=100)] = msgspec.field(name="diskIds")


@ecs.action(ApplyAutoSnapshotPolicy, on="")
def apply(request: ApplyAutoSnapshotPolicy, call: Call) -> Empty:
    """Write it, for all of the disks or none. Raises CloudError: InvalidDiskId.NotFound."""
    policy = _policy(call, request, request.policy_id)
    for disk in _disks(call, request.disk_ids):
        call.change.replace(
            msgspec.structs.replace(disk, auto_snapshot_policy=policy.id, enable_auto_snapshot=True)
        )
    return Empty()


class CancelAutoSnapshotPolicy(RegionNamed, kw_only=True):
    """Take its policy, or that one, from disks."""

    policy_id: str = msgspec.field(name="autoSnapshotPolicyId", default="")
    disk_ids: Annotated[list[str], Meta(min_length=1, max_length=100)] = msgspec.field(name="diskIds")


@ecs.action(CancelAutoSnapshotPolicy, on="")
def cancel(request: CancelAutoSnapshotPolicy, call: Call) -> Empty:
    """Write it, for all of the disks or none. Raises CloudError: InvalidDiskId.NotFound."""
    _enter(call, request)
    for disk in _disks(call, request.disk_ids):
        if request.policy_id in ("", disk.auto_snapshot_policy):
            call.change.replace(msgspec.structs.replace(disk, auto_snapshot_policy=""))
    return Empty()


def _enter(call: Call, request: RegionNamed) -> None:
    """Let the call be in the region that it names. Raises CloudError: InvalidRegionId.NotFound."""
    region = request.named_region or call.region
    if region not in REGIONS:
        raise CloudError("InvalidRegionId.NotFound", 404, "The specified RegionId does not exist.")
    call.region = region


def _policy(call: Call, request: RegionNamed, policy_id: str) -> SnapshotPolicy:
    _enter(call, request)
    call.authorise(f"snapshotpolicy/{policy_id}")
    return call.require(SnapshotPolicy, policy_id, policy_not_found)


def policy_not_found(id_: str) -> CloudError:
    """Return the refusal for a policy that does not exist."""
    return CloudError("InvalidAutoSnapshotPolicyId.NotFound", 404, f"The policy {id_[:64]!a} does not exist.")


def _disks(call: Call, ids: list[str]) -> list[Disk]:
    for id_ in ids:
        call.authorise(f"disk/{id_}")
    return [find_disk(call, id_) for id_ in dict.fromkeys(ids)]


def _name(name: str) -> str:
    return check_name(name, "AutoSnapshotPolicyName") if name else ""


def _need_one_region(crosses: bool) -> None:
    if crosses:
        raise CloudError(
            "InvalidParameter.NotImplemented", 400, "yunbox does not copy snapshots to other regions yet."
        )


def _retention(days: int) -> int:
    if days != FOREVER and not 1 <= days <= _LONGEST_DAYS:
        raise invalid_parameter("retentionDays", f"-1, or 1 to {_LONGEST_DAYS} are expected")
    return days


def _numbers(texts: list[str], parameter: str, lowest: int, highest: int) -> tuple[int, ...]:
    found = {int(each) for each in texts if each.isascii() and each.isdigit() and len(each) <= 2}
    if not found or len(found) != len(texts) or not all(lowest <= each <= highest for each in found):
        raise invalid_parameter(parameter, f"different numbers from {lowest} to {highest} are expected")
    return tuple(sorted(found))
