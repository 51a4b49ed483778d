"""DescribeScheduledTasks. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.resource import minutes
from yunbox.api.shapes import Count, Shape, Text
from yunbox.services.ess.pages import Listed, Listing, page_of
from yunbox.services.ess.product import ess
from yunbox.services.ess.schedules.model import ScheduledTask


class DescribeScheduledTasks(Listing):
    """List tasks."""

    scaling_group_id: str = ""
    scheduled_task_ids: Annotated[list[str], Meta(max_length=20)] = []
    scheduled_task_names: Annotated[list[str], Meta(max_length=20)] = []
    scheduled_actions: Annotated[list[str], Meta(max_length=20)] = []
    recurrence_type: str = ""
    recurrence_value: str = ""
    task_enabled: bool | UnsetType = UNSET
    task_name: str = ""


class ScheduleShown(Shape):
    """A task."""

    scheduled_task_id: str
    scheduled_task_name: str
    description: Text
    scheduled_action: Text
    scaling_group_id: Text
    min_value: Count
    max_value: Count
    desired_capacity: Count
    launch_time: str
    launch_expiration_time: int
    recurrence_type: Text
    recurrence_value: Text
    recurrence_end_time: Text
    task_enabled: bool


class SchedulesDescribed(Listed):
    """A page of tasks."""

    scheduled_tasks: list[ScheduleShown]


@ess.action(DescribeScheduledTasks, on="scheduledtask/*")
def describe_scheduled_tasks(request: DescribeScheduledTasks, call: Call) -> SchedulesDescribed:
    """Answer a page of tasks."""

    def keep(task: ScheduledTask) -> bool:
        return (
            (not request.scheduled_task_names or task.name in request.scheduled_task_names)
            and (not request.scheduled_actions or task.action in request.scheduled_actions)
            and request.task_name in task.name
            and request.recurrence_type in ("", task.recurrence)
            and request.recurrence_value in ("", task.recurrence_value)
            and request.task_enabled in (UNSET, task.enabled)
        )

    page = page_of(
        call, ScheduledTask, request, keep, ids=request.scheduled_task_ids, parent=request.scaling_group_id
    )
    return SchedulesDescribed(
        total_count=page.total,
        page_number=page.number,
        page_size=page.size,
        scheduled_tasks=[_shown(each) for each in page.items],
    )


def _shown(task: ScheduledTask) -> ScheduleShown:
    return ScheduleShown(
        scheduled_task_id=task.id,
        scheduled_task_name=task.name,
        description=task.description or UNSET,
        scheduled_action=task.action or UNSET,
        scaling_group_id=task.parent or UNSET,
        min_value=UNSET if task.min_value is None else task.min_value,
        max_value=UNSET if task.max_value is None else task.max_value,
        desired_capacity=UNSET if task.desired_value is None else task.desired_value,
        launch_time=minutes(task.launch),
        launch_expiration_time=task.expiration,
        recurrence_type=task.recurrence or UNSET,
        recurrence_value=task.recurrence_value or UNSET,
        recurrence_end_time=minutes(task.recurrence_end) or UNSET,
        task_enabled=task.enabled,
    )
