"""DescribeInstanceRefreshes. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.resource import minutes
from yunbox.api.shapes import Answer, Count, Request, Shape, Text
from yunbox.services.ess.product import ess
from yunbox.services.ess.refreshes.model import InstanceRefresh, Source


class DescribeInstanceRefreshes(Request):
    """List the tasks of a group, newest first."""

    scaling_group_id: str = ""
    instance_refresh_task_ids: Annotated[list[str], Meta(max_length=20)] = []
    next_token: str = ""
    max_results: Annotated[int, Meta(ge=1, le=50)] = 10


class OverrideTypeShown(Shape):
    """An instance type in place of the launch template's."""

    instance_type: str


class DesiredShown(Shape):
    """How instances are made."""

    image_id: Text
    scaling_configuration_id: Text
    launch_template_id: Text
    launch_template_version: Text
    launch_template_overrides: list[OverrideTypeShown] | UnsetType


class CheckpointShown(Shape):
    """A percentage at which a task pauses."""

    percentage: int


class RefreshShown(Shape):
    """A task."""

    instance_refresh_task_id: str
    scaling_group_id: str
    region_id: str
    status: str
    detail: Text
    start_time: str
    end_time: Text
    min_healthy_percentage: int
    max_healthy_percentage: int
    skip_matching: bool
    checkpoints: list[CheckpointShown] | UnsetType
    checkpoint_pause_time: Count
    desired_configuration: DesiredShown | UnsetType
    total_need_update_capacity: int
    finished_update_capacity: int


class RefreshesDescribed(Answer):
    """A page of tasks."""

    total_count: int
    max_results: int
    next_token: str
    instance_refresh_tasks: list[RefreshShown]


@ess.action(DescribeInstanceRefreshes, on="scalinggroup/{scaling_group_id}")
def describe_instance_refreshes(request: DescribeInstanceRefreshes, call: Call) -> RefreshesDescribed:
    """Answer a page of tasks."""
    group, ids = request.scaling_group_id, request.instance_refresh_task_ids
    every = call.find(InstanceRefresh, parent=group) if group else call.find(InstanceRefresh)
    found = [each for each in reversed(every) if not ids or each.id in ids]
    rest = [each for each in found if not request.next_token or each.id < request.next_token]
    size = request.max_results
    return RefreshesDescribed(
        total_count=len(found),
        max_results=size,
        next_token=rest[size - 1].id if len(rest) > size else "",
        instance_refresh_tasks=[_shown(each) for each in rest[:size]],
    )


def _shown(task: InstanceRefresh) -> RefreshShown:
    return RefreshShown(
        instance_refresh_task_id=task.id,
        scaling_group_id=task.parent,
        region_id=task.region,
        status=task.status,
        detail=task.detail or UNSET,
        start_time=minutes(task.started),
        end_time=minutes(task.ended) or UNSET,
        min_healthy_percentage=task.min_healthy,
        max_healthy_percentage=task.max_healthy,
        skip_matching=task.skip_matching,
        checkpoints=[CheckpointShown(percentage=each) for each in task.checkpoints] or UNSET,
        checkpoint_pause_time=task.checkpoint_minutes if task.checkpoints else UNSET,
        desired_configuration=UNSET if task.desired is None else _desired(task.desired),
        total_need_update_capacity=task.total,
        finished_update_capacity=len(task.replaced),
    )


def _desired(source: Source) -> DesiredShown:
    return DesiredShown(
        image_id=source.image or UNSET,
        scaling_configuration_id=source.configuration or UNSET,
        launch_template_id=source.launch_template or UNSET,
        launch_template_version=source.launch_template_version or UNSET,
        launch_template_overrides=[
            OverrideTypeShown(instance_type=each.instance_type) for each in source.overrides
        ]
        or UNSET,
    )
