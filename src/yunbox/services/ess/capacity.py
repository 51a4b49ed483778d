"""How many instances a group has, and how the vendor words why that changes."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.resource import minutes
from yunbox.control.store import View
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import COUNTED, Member


def capacity_of(view: View, group: ScalingGroup) -> int:
    """Return a group's TotalCapacity: all its instances but those that are stopped."""
    return sum(each.lifecycle in COUNTED for each in view.find(Member, parent=group.id))


def users_cause(call: Call, what: str, before: int, after: int) -> str:
    """Return the cause of an activity that a user asked for, such as `to execute the scaling rule "asr-1"`."""
    return (
        f'A user requests {what}, changing the Total Capacity from "{before}" to "{after}" at '
        f"{minutes(call.time)}."
    )
