"""Scheduled tasks: each at its time, and again for a while if it could not be done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from yunbox.api.call import Cloud
from yunbox.control.store import Change
from yunbox.services.ess.activities.capacity import open_activities
from yunbox.services.ess.activities.causes import schedule_cause
from yunbox.services.ess.decisions.recurrence import due_after, read_recurrence
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.rules.effect import execute
from yunbox.services.ess.rules.model import ScalingRule, rule_id_of
from yunbox.services.ess.schedules.model import ScheduledTask

RETRY_SECONDS = 5.0
LEAST_WAIT_SECONDS = 0.05
MOST_WAIT_SECONDS = 1.0


class ScheduleController:
    """Does every enabled task when it is due, in one transaction with the note that it is done."""

    name = "ess-schedules"

    def __init__(self, cloud: Cloud, log: Callable[[str], None]) -> None:
        self._cloud = cloud
        self._log = log

    async def turn(self) -> float:
        """Do what is due; return when to look again."""
        time = self._cloud.time
        now = time.now()
        with self._cloud.store.read() as view:
            tasks = [each for each in view.find(ScheduledTask) if each.enabled]
        wait = time.speed * MOST_WAIT_SECONDS
        for each in tasks:
            if not each.next_at and _next(each, now) is None:
                continue
            if not each.next_at or each.next_at <= now:
                await asyncio.to_thread(self._do, each.id, now)
            else:
                wait = min(wait, each.next_at - now)
        return min(MOST_WAIT_SECONDS, max(LEAST_WAIT_SECONDS, time.wait(wait)))

    def _do(self, id_: str, now: float) -> None:
        with self._cloud.store.write() as change:
            task = change.get(ScheduledTask, id_)
            if task is None or not task.enabled:
                return
            due = (task.due or task.next_at) if task.next_at else _next(task, now)
            if due is None:
                return
            if due > now:
                change.replace(msgspec.structs.replace(task, next_at=due, due=0.0))
                return
            change.replace(self._tried(change, task, due, now))

    def _tried(self, change: Change, task: ScheduledTask, due: float, now: float) -> ScheduledTask:
        """Return the task after it was tried: done, to be tried again, or expired."""
        if not self._done(change, task, now) and now < due + task.expiration:
            return msgspec.structs.replace(task, due=due, next_at=now + RETRY_SECONDS)
        following = _following(task, max(due, now - task.expiration))
        return msgspec.structs.replace(task, due=0.0, last_done=due, next_at=following or 0.0)

    def _done(self, change: Change, task: ScheduledTask, now: float) -> bool:
        rule = change.get(ScalingRule, rule_id_of(task.action)) if task.action else None
        group = change.get(ScalingGroup, rule.parent if rule is not None else task.parent)
        if group is None:
            return False
        if "ScheduledAction" in group.suspended:
            return True
        if group.lifecycle != "Active" or (group.desired is None and open_activities(change, group.id)):
            return False
        if rule is None:
            return _set_capacity(change, group, task)
        execute(
            change,
            self._cloud.ids,
            group,
            rule,
            now=now,
            cause=schedule_cause(task.name or task.id, rule.id),
            source_type="ScheduledTask",
            source=task.id,
        )
        return True


def _set_capacity(change: Change, group: ScalingGroup, task: ScheduledTask) -> bool:
    """Give the group the bounds and the expected capacity of a task; the group does the rest."""
    least = task.min_value if task.min_value is not None else group.min_size
    most = task.max_value if task.max_value is not None else group.max_size
    desired = task.desired_value if task.desired_value is not None else group.desired
    if least > most:
        return False
    if desired is not None:
        desired = max(least, min(most, desired))
    changed = msgspec.structs.replace(group, min_size=least, max_size=most, desired=desired)
    if changed != group:
        change.replace(changed)
    return True


def _next(task: ScheduledTask, now: float) -> float | None:
    """Return the moment at which a task that was not looked at yet is due: one just missed counts."""
    return _following(task, max(task.last_done, now - max(task.expiration, 60.0)))


def _following(task: ScheduledTask, after: float) -> float | None:
    try:
        recurrence = read_recurrence(task.recurrence, task.recurrence_value)
    except ValueError:
        return None
    return due_after(recurrence, launch=task.launch, end=task.recurrence_end, after=after)
