"""Instances that hooks hold: DescribeLifecycleActions, CompleteLifecycleAction, RecordLifecycleActionHeartbeat.

Wire shapes: ESS API 2022-02-22.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.errors import action_not_found, activity_not_found, hook_not_found
from yunbox.services.ess.hooks.create import Heartbeat
from yunbox.services.ess.hooks.model import LifecycleAction, LifecycleHook, Result
from yunbox.services.ess.product import ess

Status = Literal["Pending", "Timeout", "Complete"]
_SHOWN: dict[str, Status] = {"Waiting": "Pending", "Timeout": "Timeout", "Completed": "Complete"}


class DescribeLifecycleActions(Request):
    """List what hooks hold, or held, in an activity."""

    scaling_activity_id: str
    lifecycle_action_status: Status | UnsetType = UNSET
    next_token: str = ""
    max_results: Annotated[int, Meta(ge=1, le=50)] = 10


class ActionShown(Shape):
    """Instances that a hook holds, or held."""

    lifecycle_action_token: str
    lifecycle_hook_id: str
    lifecycle_action_status: str
    lifecycle_action_result: Text
    instance_ids: list[str]


class ActionsDescribed(Answer):
    """A page of them."""

    total_count: int
    max_results: int
    next_token: str
    lifecycle_actions: list[ActionShown]


class CompleteLifecycleAction(Request):
    """Say what becomes of instances that a hook holds."""

    lifecycle_hook_id: str
    lifecycle_action_token: str
    lifecycle_action_result: Result | UnsetType = UNSET


class RecordLifecycleActionHeartbeat(Request):
    """Have a hook hold instances for longer."""

    lifecycle_hook_id: str = field(name="lifecycleHookId")
    lifecycle_action_token: str = field(name="lifecycleActionToken")
    heartbeat_timeout: Heartbeat | UnsetType = field(name="heartbeatTimeout", default=UNSET)


@ess.action(DescribeLifecycleActions, on="scalingactivity/{scaling_activity_id}")
def describe_lifecycle_actions(request: DescribeLifecycleActions, call: Call) -> ActionsDescribed:
    """Answer a page. Raises CloudError: InvalidScalingActivityId.NotFound."""
    activity = call.require(ScalingActivity, request.scaling_activity_id, activity_not_found)
    found = [
        each
        for each in call.find(LifecycleAction, parent=activity.id)
        if request.lifecycle_action_status in (UNSET, _SHOWN[each.status])
    ]
    rest = [each for each in found if each.id > request.next_token]
    size = request.max_results
    return ActionsDescribed(
        total_count=len(found),
        max_results=size,
        next_token=rest[size - 1].id if len(rest) > size else "",
        lifecycle_actions=[
            ActionShown(
                lifecycle_action_token=each.id,
                lifecycle_hook_id=each.name,
                lifecycle_action_status=_SHOWN[each.status],
                lifecycle_action_result=UNSET if each.result is None else each.result,
                instance_ids=list(each.instances),
            )
            for each in rest[:size]
        ],
    )


@ess.action(CompleteLifecycleAction, on="lifecyclehook/{lifecycle_hook_id}")
def complete_lifecycle_action(request: CompleteLifecycleAction, call: Call) -> Empty:
    """Store the result, by default the hook's own; the controllers go on.

    Raises CloudError: InvalidLifecycleHookId.NotExist, InvalidLifecycleActionToken.NotExist.
    """
    action, hook = _find(call, request.lifecycle_hook_id, request.lifecycle_action_token)
    asked = request.lifecycle_action_result
    result: Result = hook.default_result if asked is UNSET else asked
    call.change.replace(msgspec.structs.replace(action, result=result))
    return Empty()


@ess.action(RecordLifecycleActionHeartbeat, on="lifecyclehook/{lifecycle_hook_id}")
def record_lifecycle_action_heartbeat(request: RecordLifecycleActionHeartbeat, call: Call) -> Empty:
    """Store when it ends: the hook's time from now, or what is asked. Raises CloudError as completing does."""
    action, hook = _find(call, request.lifecycle_hook_id, request.lifecycle_action_token)
    asked = request.heartbeat_timeout
    longer = hook.heartbeat if asked is UNSET else asked
    call.change.replace(msgspec.structs.replace(action, expires=call.time + longer))
    return Empty()


def _find(call: Call, hook_id: str, token: str) -> tuple[LifecycleAction, LifecycleHook]:
    """Return what waits under a token, and the hook that holds it. Raises CloudError."""
    hook = call.require(LifecycleHook, hook_id, hook_not_found)
    action = call.require(LifecycleAction, token, action_not_found)
    if action.name != hook.id or action.status != "Waiting" or action.result is not None:
        raise action_not_found(token)
    return action, hook
