"""What there is to tell of a scaling group, kept until it has been told."""

from __future__ import annotations

from typing import Any

import msgspec

from yunbox.api.resource import seconds
from yunbox.control.store_resource import Resource
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.hooks.model import LifecycleAction, LifecycleHook
from yunbox.services.ess.notifications.model import NotificationConfiguration
from yunbox.services.ess.turn import Turn


class Notice(Resource, kind="ess.notice", kw_only=True):
    """A message of a group (`parent`) to `arn`: written in the transaction in which it happened, gone once told."""

    arn: str
    message: dict[str, Any]


def tell(turn: Turn, type_: str, activity: ScalingActivity) -> None:
    """Have everybody told who wants to be told of such an activity; `type_` without `AUTOSCALING:`."""
    event = f"AUTOSCALING:{type_}"
    for each in turn.change.find(NotificationConfiguration, parent=turn.group.id):
        if event in each.types:
            _write(turn, each.arn, {"event": event, **_activity(activity)})


def tell_of_activity(turn: Turn, activity: ScalingActivity) -> None:
    """Tell how an activity stands: that it begins, or what became of it."""
    way = "OUT" if activity.asked.create or activity.asked.work in ("Attach", "ExitStandby") else "IN"
    match activity.status:
        case "InProgress":
            tell(turn, f"SCALE_{way}_START", activity)
        case "Successful":
            tell(turn, f"SCALE_{way}_SUCCESS", activity)
        case "Warning" | "Failed":
            tell(turn, f"SCALE_{way}_ERROR", activity)
        case "Rejected":
            tell(turn, "SCALE_REJECT", activity)


def tell_of_hook(turn: Turn, hook: LifecycleHook, action: LifecycleAction) -> None:
    """Tell that a hook holds instances, with the token that lets them go."""
    if not hook.notification_arn:
        return
    message = {
        "event": "AUTOSCALING:LIFECYCLE_HOOK",
        "lifecycleHookId": hook.id,
        "lifecycleHookName": hook.name or hook.id,
        "lifecycleActionToken": action.id,
        "lifecycleTransition": hook.transition,
        "defaultResult": hook.default_result,
        "heartbeatTimeout": hook.heartbeat,
        "notificationMetadata": hook.notification_metadata,
        "instanceIds": list(action.instances),
        "scalingActivityId": action.parent,
        "expireTime": seconds(action.expires),
    }
    _write(turn, hook.notification_arn, message)


def _activity(activity: ScalingActivity) -> dict[str, Any]:
    return {
        "scalingActivityId": activity.id,
        "status": activity.status,
        "cause": activity.cause,
        "description": activity.description,
        "statusMessage": activity.status_message,
        "startTime": seconds(activity.started),
        "endTime": seconds(activity.ended),
        "createdInstances": list(activity.created_instances),
        "destroyedInstances": list(activity.destroyed_instances),
    }


def _write(turn: Turn, arn: str, message: dict[str, Any]) -> None:
    group = turn.group
    told = {
        "time": seconds(turn.now),
        "notificationArn": arn,
        "userId": group.account,
        "regionId": group.region,
        "scalingGroupId": group.id,
        "scalingGroupName": group.name or group.id,
        **message,
    }
    turn.change.create(
        Notice(
            id=turn.ids.resource("ntc", turn.machine),
            account=group.account,
            region=group.region,
            parent=group.id,
            arn=arn,
            message=told,
        )
    )


def as_line(notice: Notice) -> bytes:
    """Return a message as a line of JSON."""
    return msgspec.json.encode({"messageId": notice.id, **notice.message}) + b"\n"
