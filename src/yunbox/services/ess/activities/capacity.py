"""Asking for capacity: what a group has and is about to have, and the activity that brings it to a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from yunbox.control.ids import Ids
from yunbox.control.store import Change, View
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.causes import capacity_change
from yunbox.services.ess.activities.model import OPEN_NAME, Asked, ScalingActivity, Work
from yunbox.services.ess.decisions.capacity import Bounds
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import COUNTED, Member

STAYING = frozenset({"Pending", "Pending:Wait", "InService", "Protected", "Standby"})
"""The states of instances that a group has or is about to have."""

REPLACING: tuple[Work, ...] = ("Replace", "Rebalance", "Refresh")
"""The works that make an instance for each that they remove."""


def open_activities(view: View, group: str) -> list[ScalingActivity]:
    """Return the activities of a group that are not over, oldest first."""
    return view.find(ScalingActivity, parent=group, name=OPEN_NAME)


def claimed(members: Iterable[Member], activities: Iterable[ScalingActivity]) -> set[str]:
    """Return the instances that open activities act on, or are about to."""
    found = list(activities)
    ids = {each.id for each in found}
    named = {each for activity in found for each in activity.asked.instances}
    return named | {each.id for each in members if each.activity_id in ids}


def expected(members: Sequence[Member], activities: Iterable[ScalingActivity]) -> int:
    """Return how many instances a group has once all that was begun is done."""
    count = sum(each.lifecycle in STAYING for each in members)
    for each in activities:
        if each.status == "Init" and each.asked.work == "Scale":
            count -= each.asked.remove
        count += to_create(each) - to_go(members, each)
    return count


def to_go(members: Sequence[Member], activity: ScalingActivity) -> int:
    """Return how many of the instances that an open activity replaces are still there and will go."""
    if activity.asked.work not in REPLACING or activity.status == "Init":
        return 0
    staying = [each for each in members if each.lifecycle in STAYING]
    named = sum(each.id in activity.asked.instances for each in staying)
    gone = len(activity.asked.instances) - named
    ready = sum(each.activity_id == activity.id for each in staying)
    return min(named, max(0, ready + to_create(activity) - gone))


def to_create(activity: ScalingActivity) -> int:
    """Return how many instances an open activity has still to make or start."""
    made = len(activity.created_instances) + len(activity.started_instances)
    return max(0, activity.asked.create - made)


def total(view: View, group: ScalingGroup) -> int:
    """Return a group's TotalCapacity: all its instances but those that economical mode stopped."""
    return sum(each.lifecycle in COUNTED for each in view.find(Member, parent=group.id))


def bounds_of(group: ScalingGroup) -> Bounds:
    """Return the bounds of a group."""
    return Bounds(group.min_size, max(group.min_size, group.max_size))


def ask_capacity(  # noqa: PLR0913 - an activity has this many sides
    change: Change,
    ids: Ids,
    group_id: str,
    wanted: int,
    *,
    cause: str,
    now: float,
    source_type: str,
    source: str = "",
    triggered: bool = False,
    cooldown: int | None = 0,
    metadata: str = "",
) -> ScalingActivity | None:
    """Have a group brought to `wanted` instances, within its bounds; return the activity, None if there is no need.

    `now` is of the cloud's time; `cause` says who asks, without a full stop. The expected capacity, where the group
    has one, becomes what is wanted. No cooldown is looked at, and none begins unless `cooldown` says so. Activities
    in progress hold nothing up: what they are about to bring is counted, and the new one brings the rest beside
    them. So it may be called again with a greater number at any moment.
    """
    group = change.get(ScalingGroup, group_id)
    if group is None or group.lifecycle != "Active":
        return None
    wanted = bounds_of(group).clamp(wanted)
    have = expected(change.find(Member, parent=group.id), open_activities(change, group.id))
    if group.desired is not None and group.desired != wanted:
        group = change.replace(msgspec.structs.replace(group, desired=wanted))
    if wanted == have:
        return None
    more = wanted - have
    return begin(
        change,
        ids,
        group,
        Asked(work="Scale", create=max(0, more), remove=max(0, -more)),
        now=now,
        cause=f"{cause}, {capacity_change(have, wanted)}",
        source_type=source_type,
        source=source,
        triggered=triggered,
        cooldown=cooldown,
        metadata=metadata,
        target=wanted,
    )
