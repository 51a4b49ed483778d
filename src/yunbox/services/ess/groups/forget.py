"""Deleting a group with all that belongs to it."""

from __future__ import annotations

from yunbox.control.store import Change
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.alarms.model import AlarmTask
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.hooks.model import LifecycleAction, LifecycleHook
from yunbox.services.ess.notifications.model import NotificationConfiguration
from yunbox.services.ess.refreshes.model import InstanceRefresh
from yunbox.services.ess.rules.model import ScalingRule
from yunbox.services.ess.schedules.model import ScheduledTask

_PARTS = (
    ScalingConfiguration,
    ScalingRule,
    AlarmTask,
    ScheduledTask,
    LifecycleHook,
    NotificationConfiguration,
    InstanceRefresh,
)


def forget(change: Change, group: ScalingGroup) -> None:
    """Delete a group that has no instances any more, with all that belongs to it, its history too."""
    rules = {each.ari for each in change.find(ScalingRule, parent=group.id)}
    for task in change.find(ScheduledTask, account=group.account, region=group.region):
        if task.action in rules and task.parent != group.id:
            change.delete(ScheduledTask, task.id)
    for activity in change.find(ScalingActivity, parent=group.id):
        for action in change.find(LifecycleAction, parent=activity.id):
            change.delete(LifecycleAction, action.id)
        change.delete(ScalingActivity, activity.id)
    for type_ in _PARTS:
        for each in change.find(type_, parent=group.id):
            change.delete(type_, each.id)
    change.delete(ScalingGroup, group.id)
