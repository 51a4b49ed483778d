"""Lifecycle hooks hold instances on their way in and out.

Source: ESS API, CreateLifecycleHook and CompleteLifecycleAction: of several hooks the last to end decides, but on the
way out one that says ABANDON or ROLLBACK ends the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.hooks.model import LifecycleAction, LifecycleHook, Result, Transition
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.notifications.notice import tell_of_hook
from yunbox.services.ess.turn import Turn

Verdict = Literal["Wait", "CONTINUE", "ABANDON", "ROLLBACK"]


def hold(turn: Turn, activity: ScalingActivity, members: Sequence[Member], transition: Transition) -> bool:
    """Have the group's hooks hold members that come to this point together; return whether any does."""
    if not members or not activity.asked.hooks:
        return False
    hooks = [
        each
        for each in turn.change.find(LifecycleHook, parent=turn.group.id)
        if each.transition == transition and each.enabled and each.id not in activity.asked.ignored_hooks
    ]
    for each in hooks:
        action = turn.change.create(
            LifecycleAction(
                id=_token(turn),
                account=turn.group.account,
                region=turn.group.region,
                parent=activity.id,
                name=each.id,
                group=turn.group.id,
                instances=tuple(member.id for member in members),
                transition=transition,
                expires=turn.now + each.heartbeat,
                created=turn.now,
            )
        )
        tell_of_hook(turn, each, action)
    return bool(hooks)


def held(turn: Turn, activity: str, member: str, transition: Transition) -> list[LifecycleAction]:
    """Return by what a member is or was held in an activity."""
    found = turn.change.find(LifecycleAction, parent=activity)
    return [each for each in found if member in each.instances and each.transition == transition]


def verdict(turn: Turn, activity: str, member: str, transition: Transition) -> Verdict:
    """Return what becomes of a member that hooks hold; note that the time of those that expired is over.

    Has the group looked at again when the next one expires.
    """
    actions = held(turn, activity, member, transition)
    results = [_result(turn, each) for each in actions]
    refused: list[Verdict] = [each for each in results if each in ("ABANDON", "ROLLBACK")]
    if refused and (transition == "SCALE_IN" or None not in results):
        for each in actions:
            if each.status == "Waiting":
                _end(turn, each, "Timeout", "ABANDON")
        return refused[-1]
    if None in results:
        return "Wait"
    return "CONTINUE"


def _result(turn: Turn, action: LifecycleAction) -> Result | None:
    """Return what one hook says of those it holds, None while it holds them."""
    if action.status != "Waiting":
        return action.result or "CONTINUE"
    if action.result is not None:
        _end(turn, action, "Completed", action.result)
        return action.result
    if action.expires > turn.now and turn.group.lifecycle != "Deleting":
        turn.look_again_at(action.expires)
        return None
    hook = turn.change.get(LifecycleHook, action.name)
    result: Result = hook.default_result if hook is not None else "CONTINUE"
    _end(turn, action, "Timeout", result)
    return result


def _end(
    turn: Turn, action: LifecycleAction, status: Literal["Timeout", "Completed"], result: Result
) -> None:
    turn.change.replace(msgspec.structs.replace(action, status=status, result=result))


def _token(turn: Turn) -> str:
    """Return a token as the vendor's are: a UUID."""
    digits = turn.ids.hex(32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
