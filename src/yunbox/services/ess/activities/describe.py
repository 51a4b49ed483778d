"""DescribeScalingActivities and DescribeScalingActivityDetail. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.resource import minutes
from yunbox.api.shapes import Answer, Count, Request, Shape, Text
from yunbox.services.ess.activities.carry import detail_of
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.errors import activity_not_found
from yunbox.services.ess.pages import Listed, Listing, page_of
from yunbox.services.ess.product import ess


class DescribeScalingActivities(Listing):
    """List what happened to groups, and what is happening."""

    scaling_group_id: str = ""
    scaling_activity_ids: Annotated[list[str], Meta(max_length=20)] = []
    instance_refresh_task_id: str = ""
    status_code: Literal["", "Successful", "Warning", "Failed", "InProgress", "Rejected"] = ""


class ErrorShown(Shape):
    """Why instances could not be made or removed."""

    code: str
    message: str
    description: Text
    failed_instance_ids: list[str]


class HookContextShown(Shape):
    """Which hooks held instances."""

    disable_lifecycle_hook: bool
    ignored_lifecycle_hook_ids: list[str]


class ActivityShown(Shape):
    """An activity."""

    scaling_activity_id: str
    scaling_group_id: str
    status_code: str
    status_message: str
    description: str
    cause: str
    detail: str
    progress: int
    start_time: str
    end_time: Text
    total_capacity: str
    auto_created_capacity: str
    attached_capacity: str
    scaling_instance_number: int
    created_capacity: Count
    created_instances: list[str]
    destroyed_capacity: Count
    destroyed_instances: list[str]
    started_capacity: Count
    started_instances: list[str]
    stopped_capacity: Count
    stopped_instances: list[str]
    error_code: Text
    error_message: Text
    error_messages: list[ErrorShown]
    activity_metadata: Text
    trigger_source_id: Text
    trigger_source_type: Text
    instance_refresh_task_id: Text
    lifecycle_hook_context: HookContextShown


class ActivitiesDescribed(Listed):
    """A page of activities."""

    scaling_activities: list[ActivityShown]


class DescribeScalingActivityDetail(Request):
    """Ask for what an activity did."""

    scaling_activity_id: str


class ActivityDetail(Answer):
    """What it did, in a sentence."""

    scaling_activity_id: str
    detail: str


@ess.action(DescribeScalingActivities, on="scalinggroup/{scaling_group_id}")
def describe_scaling_activities(request: DescribeScalingActivities, call: Call) -> ActivitiesDescribed:
    """Answer a page of activities, newest first. Raises CloudError: MissingParameter."""
    if not request.scaling_group_id and not request.scaling_activity_ids:
        raise missing_parameter("ScalingGroupId")
    page = page_of(
        call,
        ScalingActivity,
        request,
        lambda each: (
            request.status_code in ("", _status(each))
            and request.instance_refresh_task_id in ("", _refresh_of(each))
        ),
        ids=request.scaling_activity_ids,
        parent=request.scaling_group_id,
    )
    return ActivitiesDescribed(
        total_count=page.total,
        page_number=page.number,
        page_size=page.size,
        scaling_activities=[_shown(each) for each in page.items],
    )


@ess.action(DescribeScalingActivityDetail, on="scalingactivity/{scaling_activity_id}")
def describe_scaling_activity_detail(request: DescribeScalingActivityDetail, call: Call) -> ActivityDetail:
    """Answer what it did. Raises CloudError: InvalidScalingActivityId.NotFound."""
    found = call.require(ScalingActivity, request.scaling_activity_id, activity_not_found)
    return ActivityDetail(scaling_activity_id=found.id, detail=detail_of(found))


def _refresh_of(activity: ScalingActivity) -> str:
    """Return the id of the instance refresh task that an activity is of, or empty."""
    return activity.source if activity.asked.work == "Refresh" else ""


def _status(activity: ScalingActivity) -> str:
    return "InProgress" if activity.is_open else activity.status


def _shown(activity: ScalingActivity) -> ActivityShown:
    asked, error = activity.asked, activity.errors[0] if activity.errors else None
    total = activity.capacity_before if activity.capacity_after is None else activity.capacity_after
    return ActivityShown(
        scaling_activity_id=activity.id,
        scaling_group_id=activity.parent,
        status_code=_status(activity),
        status_message=activity.status_message,
        description=activity.description,
        cause=activity.cause,
        detail=detail_of(activity),
        progress=activity.progress,
        start_time=minutes(activity.started),
        end_time=minutes(activity.ended) or UNSET,
        total_capacity=str(total),
        auto_created_capacity=str(activity.auto_created),
        attached_capacity=str(activity.attached),
        scaling_instance_number=asked.create or asked.remove or len(asked.instances),
        **_instances(activity),
        error_code=UNSET if error is None else error.code,
        error_message=UNSET if error is None else error.message,
        error_messages=[
            ErrorShown(
                code=each.code,
                message=each.message,
                description=each.description or UNSET,
                failed_instance_ids=list(each.instances),
            )
            for each in activity.errors
        ],
        activity_metadata=activity.metadata or UNSET,
        trigger_source_id=activity.source or UNSET,
        trigger_source_type=activity.source_type or UNSET,
        instance_refresh_task_id=_refresh_of(activity) or UNSET,
        lifecycle_hook_context=HookContextShown(
            disable_lifecycle_hook=not asked.hooks, ignored_lifecycle_hook_ids=list(asked.ignored_hooks)
        ),
    )


def _instances(activity: ScalingActivity) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for what in ("created", "destroyed", "started", "stopped"):
        ids = list(getattr(activity, f"{what}_instances"))
        found |= {f"{what}_instances": ids, f"{what}_capacity": len(ids) if ids else UNSET}
    return found
