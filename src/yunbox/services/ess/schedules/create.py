"""CreateScheduledTask, ModifyScheduledTask and DeleteScheduledTask. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Text
from yunbox.services.ecs.instances.moments import read_moment
from yunbox.services.ess.checks import Size, check_name, living_group
from yunbox.services.ess.decisions.recurrence import read_recurrence
from yunbox.services.ess.errors import ari_not_found, conflict, quota_exceeded, schedule_not_found
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.model import ScalingRule, rule_id_of
from yunbox.services.ess.schedules.model import ScheduledTask

MAX_TASKS = 100
_DAY = 86400.0
_LATEST_LAUNCH = 90 * _DAY
_LATEST_END = 365 * _DAY


class ScheduleParameters(Request):
    """What creating and modifying have in common; UNSET leaves it as it is."""

    scheduled_task_name: str = ""
    description: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    launch_time: str = ""
    launch_expiration_time: Annotated[int, Meta(ge=0, le=21600)] | UnsetType = UNSET
    recurrence_type: Literal["", "Daily", "Weekly", "Monthly", "Cron"] | UnsetType = UNSET
    recurrence_value: Text = UNSET
    recurrence_end_time: Text = UNSET
    scheduled_action: str = ""
    scaling_group_id: str = ""
    min_value: Size | UnsetType = UNSET
    max_value: Size | UnsetType = UNSET
    desired_capacity: Size | UnsetType = UNSET
    task_enabled: bool | UnsetType = UNSET


class CreateScheduledTask(ScheduleParameters):
    """Execute a rule, or set a group's capacity, at a moment and maybe again and again."""


class ScheduleCreated(Answer):
    """Which task was made."""

    scheduled_task_id: str


class ModifyScheduledTask(ScheduleParameters, kw_only=True):
    """Change a task; what is not given stays as it is."""

    scheduled_task_id: str


class DeleteScheduledTask(Request):
    """Delete a task."""

    scheduled_task_id: str


@ess.action(CreateScheduledTask, on="scheduledtask/*")
def create_scheduled_task(request: CreateScheduledTask, call: Call) -> ScheduleCreated:
    """Store a task.

    Raises CloudError: InvalidScheduledTaskName.Duplicate, InvalidScalingRuleAri.NotFound,
    InvalidScalingGroupId.NotFound, MissingParameter ...
    """
    if call.count(ScheduledTask) >= MAX_TASKS:
        raise quota_exceeded("ScheduledTask", MAX_TASKS)
    id_ = call.new_id("ssgm")
    name = request.scheduled_task_name or id_
    new = ScheduledTask(
        id=id_,
        account=call.account,
        region=call.region,
        name=check_name(call, ScheduledTask, name, "ScheduledTaskName", id_=id_),
        created=call.time,
    )
    call.change.create(_checked(call, msgspec.structs.replace(new, **_changes(call, request))))
    return ScheduleCreated(scheduled_task_id=id_)


@ess.action(ModifyScheduledTask, on="scheduledtask/{scheduled_task_id}")
def modify_scheduled_task(request: ModifyScheduledTask, call: Call) -> Empty:
    """Store what changes. Raises CloudError: InvalidScheduledTaskId.NotFound and others."""
    before = call.require(ScheduledTask, request.scheduled_task_id, schedule_not_found)
    changes = _changes(call, request)
    if request.scheduled_task_name:
        name = request.scheduled_task_name
        changes["name"] = check_name(call, ScheduledTask, name, "ScheduledTaskName", id_=before.id)
    after = msgspec.structs.replace(before, next_at=0.0, due=0.0, **changes)
    call.change.replace(_checked(call, after))
    return Empty()


@ess.action(DeleteScheduledTask, on="scheduledtask/{scheduled_task_id}")
def delete_scheduled_task(request: DeleteScheduledTask, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidScheduledTaskId.NotFound."""
    task = call.require(ScheduledTask, request.scheduled_task_id, schedule_not_found)
    call.change.delete(ScheduledTask, task.id)
    return Empty()


_KEPT = {
    "description": "description",
    "launch_expiration_time": "expiration",
    "recurrence_type": "recurrence",
    "recurrence_value": "recurrence_value",
    "min_value": "min_value",
    "max_value": "max_value",
    "desired_capacity": "desired_value",
    "task_enabled": "enabled",
}


def _changes(call: Call, request: ScheduleParameters) -> dict[str, Any]:
    """Return what a request says of a task, by its attributes. Raises CloudError."""
    found = {
        kept: getattr(request, name) for name, kept in _KEPT.items() if getattr(request, name) is not UNSET
    }
    if request.launch_time:
        found["launch"] = _moment(call, request.launch_time, "LaunchTime", _LATEST_LAUNCH)
    if request.recurrence_end_time is not UNSET:
        end = request.recurrence_end_time
        found["recurrence_end"] = _moment(call, end, "RecurrenceEndTime", _LATEST_END) if end else 0.0
    if request.scheduled_action and request.scaling_group_id:
        raise conflict("ScheduledAction and ScalingGroupId exclude each other.")
    if request.scheduled_action:
        found |= {"action": request.scheduled_action, "parent": ""}
    if request.scaling_group_id:
        found |= {"action": "", "parent": request.scaling_group_id}
    return found


def _moment(call: Call, text: str, parameter: str, latest: float) -> float:
    found = read_moment(text)
    if found is None:
        raise invalid_parameter(parameter, "a moment such as 2026-11-11T00:00Z is expected")
    if found > call.time + latest:
        raise invalid_parameter(parameter, f"it is more than {latest / _DAY:g} days away")
    return found - found % 60


def _checked(call: Call, task: ScheduledTask) -> ScheduledTask:
    """Return a task that can be carried out. Raises CloudError."""
    try:
        recurrence = read_recurrence(task.recurrence, task.recurrence_value)
    except ValueError as error:
        raise invalid_parameter("RecurrenceValue", str(error)) from None
    if not task.launch:
        raise missing_parameter("LaunchTime")
    if recurrence is None and task.launch <= call.time - call.time % 60 and not task.last_done:
        raise invalid_parameter("LaunchTime", "it is past")
    if recurrence is not None and task.recurrence_end and task.recurrence_end < task.launch:
        raise invalid_parameter("RecurrenceEndTime", "it is before the LaunchTime")
    if task.action:
        call.require(ScalingRule, rule_id_of(task.action), ari_not_found)
    elif task.parent:
        living_group(call, task.parent)
        _check_values(task)
    else:
        raise missing_parameter("ScheduledAction")
    return task


def _check_values(task: ScheduledTask) -> None:
    values = (task.min_value, task.desired_value, task.max_value)
    given = [each for each in values if each is not None]
    if not given:
        raise missing_parameter("MinValue")
    if given != sorted(given):
        raise conflict("MinValue, DesiredCapacity and MaxValue are not in this order.")
