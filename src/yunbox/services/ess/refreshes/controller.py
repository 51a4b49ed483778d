"""Taking an instance refresh further: called with each turn of its group."""

from __future__ import annotations

import msgspec

from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.capacity import total
from yunbox.services.ess.activities.model import Asked, ScalingActivity
from yunbox.services.ess.decisions.refresh import at_a_time, next_checkpoint
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.refreshes.model import InstanceRefresh, RefreshStatus, task_under_way
from yunbox.services.ess.turn import Turn

_DONE: dict[RefreshStatus, RefreshStatus] = {
    "InProgress": "Successful",
    "RollbackInProgress": "RollbackSuccessful",
}
_FAILED: dict[RefreshStatus, RefreshStatus] = {"InProgress": "Failed", "RollbackInProgress": "RollbackFailed"}


def refresh(turn: Turn) -> None:
    """Take the group's task as far as it goes now: note what is replaced, and begin to replace what is next."""
    task = task_under_way(turn.change.find(InstanceRefresh, parent=turn.group.id))
    if task is None:
        return
    after = _next(turn, _noted(turn, task))
    if after != task:
        turn.change.replace(after)


def _noted(turn: Turn, task: InstanceRefresh) -> InstanceRefresh:
    """Return a task with what its activity has done, once that is over; its status where it failed."""
    activity = turn.change.get(ScalingActivity, task.activity) if task.activity else None
    if activity is None or activity.is_open:
        return task
    gone = {each for each in activity.asked.instances if _is_gone(turn, each)}
    kept = [each for each in activity.asked.instances if each not in gone]
    noted = msgspec.structs.replace(
        task,
        activity="",
        waiting=tuple(each for each in task.waiting if each not in gone),
        replaced=task.replaced + tuple(each for each in task.waiting if each in gone),
    )
    if kept and activity.errors and task.status in _FAILED:
        return _ended(turn, noted, _FAILED[task.status], activity.errors[0].message)
    return noted


def _is_gone(turn: Turn, id_: str) -> bool:
    member = turn.change.get(Member, id_)
    return member is None or member.parent != turn.group.id


def _next(turn: Turn, task: InstanceRefresh) -> InstanceRefresh:
    """Return a task with what is begun now: an activity, a pause or its end."""
    if task.activity:
        return task
    if task.status == "Cancelling":
        return _ended(turn, task, "Cancelled", "The task was cancelled.")
    if task.status == "Pending":
        task = msgspec.structs.replace(task, status="InProgress", started=turn.now)
    if task.status == "Paused":
        if not task.paused_until or turn.group.lifecycle != "Active":
            return task
        if task.paused_until > turn.now:
            turn.look_again_at(task.paused_until)
            return task
        task = msgspec.structs.replace(task, status="InProgress", paused_until=0.0)
    if task.status == "InProgress":
        reached = next_checkpoint(task.checkpoints, passed=task.passed, percentage=task.percentage)
        if reached is not None:
            until = turn.now + 60.0 * task.checkpoint_minutes
            turn.look_again_at(until)
            return msgspec.structs.replace(task, status="Paused", passed=reached, paused_until=until)
    if task.status not in _DONE:
        return task
    still = [each for each in task.waiting if not _is_gone(turn, each)]
    if not still:
        # What went otherwise meanwhile is replaced too.
        task = msgspec.structs.replace(task, waiting=(), replaced=task.replaced + task.waiting)
        return _ended(turn, task, _DONE[task.status], "All instances are refreshed.")
    return _begun(turn, task, still)


def _begun(turn: Turn, task: InstanceRefresh, still: list[str]) -> InstanceRefresh:
    if turn.group.lifecycle != "Active":
        return task
    members = {each: turn.change.get(Member, each) for each in still}
    free = [each for each, member in members.items() if member is not None and _may_go(turn, member)]
    if not free:
        # They are on their way somewhere: the next turn comes with that.
        return task
    count = at_a_time(
        total(turn.change, turn.group), min_healthy=task.min_healthy, max_healthy=task.max_healthy
    )
    activity = begin(
        turn.change,
        turn.ids,
        turn.group,
        Asked(work="Refresh", instances=tuple(free[:count])),
        now=turn.now,
        cause=f'The instance refresh task "{task.id}" replaces instances of the scaling group.',
        source_type="InstanceRefresh",
        source=task.id,
        cooldown=0,
    )
    return msgspec.structs.replace(task, activity=activity.id)


def _may_go(turn: Turn, member: Member) -> bool:
    activity = turn.change.get(ScalingActivity, member.activity_id)
    return member.lifecycle == "InService" and (activity is None or not activity.is_open)


def _ended(turn: Turn, task: InstanceRefresh, status: RefreshStatus, detail: str) -> InstanceRefresh:
    return msgspec.structs.replace(task, status=status, detail=detail, ended=turn.now)
