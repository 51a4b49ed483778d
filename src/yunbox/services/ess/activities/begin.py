"""Beginning an activity: for actions and controllers alike."""

from __future__ import annotations

from yunbox.control.ids import Ids
from yunbox.control.store import Change, View
from yunbox.services.ess.activities.model import OPEN_NAME, Asked, ScalingActivity
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import COUNTED, Member


def begin(  # noqa: PLR0913 - an activity has this many sides
    change: Change,
    ids: Ids,
    group: ScalingGroup,
    asked: Asked,
    *,
    now: float,
    cause: str,
    source_type: str,
    source: str = "",
    request_id: str = "",
    metadata: str = "",
    triggered: bool = False,
    cooldown: int | None = None,
    target: int | None = None,
) -> ScalingActivity:
    """Store what is to be done to a group, and return it; `now` is of the cloud's time.

    Whether it may be done now is the caller's to ask, see `rival`.
    """
    members = [each for each in change.find(Member, parent=group.id) if each.lifecycle in COUNTED]
    return change.create(
        ScalingActivity(
            id=ids.resource("asa", now),
            account=group.account,
            region=group.region,
            name=OPEN_NAME,
            parent=group.id,
            asked=asked,
            cause=cause,
            source_type=source_type,
            source=source,
            request_id=request_id,
            metadata=metadata,
            triggered=triggered,
            cooldown=cooldown,
            target=target,
            started=now,
            capacity_before=len(members),
            auto_created=sum(each.creation_type == "AutoCreated" for each in members),
            attached=sum(each.creation_type != "AutoCreated" for each in members),
        )
    )


def rival(view: View, group: ScalingGroup) -> ScalingActivity | None:
    """Return an activity that keeps a group from beginning another one, or None.

    A group without an expected capacity does one thing at a time; one with it does several side by side.
    """
    if group.desired is not None:
        return None
    found = view.find(ScalingActivity, parent=group.id, name=OPEN_NAME, limit=1)
    return found[0] if found else None
