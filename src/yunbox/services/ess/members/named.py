"""The instances that a request names: in the group, in a state that allows it, claimed by no other activity."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from yunbox.api.call import Call
from yunbox.errors import CloudError
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.errors import activity_in_progress, instance_status, not_in_group
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import Member, MemberLifecycle

SERVING: tuple[MemberLifecycle, ...] = ("InService", "Protected")


class Named(msgspec.Struct, frozen=True):
    """The members that fit, and why the others do not."""

    members: list[Member]
    refused: dict[str, CloudError]


def named(
    call: Call,
    group: ScalingGroup,
    ids: Sequence[str],
    states: Collection[MemberLifecycle],
    *,
    skip_unfit: bool = False,
) -> Named:
    """Return the members of a group that a request names.

    Raises CloudError for the first that is not in the group, not in one of the states, or claimed by an activity that
    is not over; with `skip_unfit` only where none fits.
    """
    members: list[Member] = []
    refused: dict[str, CloudError] = {}
    for id_ in dict.fromkeys(ids):
        try:
            members.append(_fit(call, group, id_, states))
        except CloudError as error:
            refused[id_] = error
    if refused and (not skip_unfit or not members):
        raise next(iter(refused.values()))
    return Named(members, refused)


def _fit(call: Call, group: ScalingGroup, id_: str, states: Collection[MemberLifecycle]) -> Member:
    member = call.get(Member, id_)
    if member is None or member.parent != group.id:
        raise not_in_group(id_, group.id)
    activity = call.get(ScalingActivity, member.activity_id)
    if activity is not None and activity.is_open:
        raise activity_in_progress(group.id, activity.id)
    if member.lifecycle not in states:
        raise instance_status(id_, member.lifecycle)
    return member


def changed(call: Call, member: Member, lifecycle: MemberLifecycle, **fields: object) -> Member:
    """Store that a member is in another state, and return it."""
    return call.change.replace(
        msgspec.structs.replace(member, lifecycle=lifecycle, since=call.time, **fields)
    )
