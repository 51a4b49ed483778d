"""RemoveInstances and DetachInstances: instances leave a group by name. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape, Text
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.capacity import total
from yunbox.services.ess.activities.causes import user_cause
from yunbox.services.ess.activities.model import Asked, ScalingActivity
from yunbox.services.ess.checks import TwentyIds, idle_group
from yunbox.services.ess.errors import below_minimum
from yunbox.services.ess.groups.create import replaced
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.attach import ActivityBegun
from yunbox.services.ess.members.model import COUNTED, Leaving, Member, MemberLifecycle
from yunbox.services.ess.members.named import changed, named
from yunbox.services.ess.members.progress import leaving_of
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.execute import LifecycleHookContext

_REMOVABLE: tuple[MemberLifecycle, ...] = ("InService", "Protected", "Standby", "Stopped")


class RemoveInstances(Request):
    """Take instances out of a group; those that it made are released, or stopped in economical mode."""

    scaling_group_id: str
    instance_ids: TwentyIds
    remove_policy: Literal["", "release", "recycle"] = ""
    decrease_desired_capacity: bool = True
    ignore_invalid_instance: bool = False
    stop_instance_timeout: Annotated[int, Meta(ge=30, le=240)] | None = None
    lifecycle_hook_context: LifecycleHookContext = LifecycleHookContext()


class DetachInstances(Request):
    """Take instances out of a group; they go on running, and in the balancers unless `detach_option` is both."""

    scaling_group_id: str
    instance_ids: TwentyIds
    decrease_desired_capacity: bool = True
    detach_option: Literal["", "both"] = ""
    lifecycle_hook: bool = False
    ignore_invalid_instance: bool = False


class IgnoredInstance(Shape):
    """An instance that could not be removed."""

    instance_id: str
    code: str
    message: str


class InstancesRemoved(Answer):
    """Which activity removes the instances."""

    scaling_activity_id: Text
    ignored_instances: list[IgnoredInstance] | UnsetType = UNSET


@ess.action(RemoveInstances, on="scalinggroup/{scaling_group_id}")
def remove_instances(request: RemoveInstances, call: Call) -> InstancesRemoved:
    """Begin an activity that removes instances, protected ones too.

    Raises CloudError: IncorrectCapacity.MinSize, InvalidInstanceId.NotFound, IncorrectInstanceStatus,
    ScalingActivityInProgress, IncorrectScalingGroupStatus.
    """
    group = idle_group(call, request.scaling_group_id)
    found = named(call, group, request.instance_ids, _REMOVABLE, skip_unfit=request.ignore_invalid_instance)
    hooks = request.lifecycle_hook_context
    asked = Asked(
        work="Remove",
        instances=tuple(each.id for each in found.members),
        hooks=not hooks.disable_lifecycle_hook,
        ignored_hooks=tuple(hooks.ignored_lifecycle_hook_ids),
        stop_timeout=request.stop_instance_timeout,
    )
    policy: dict[str, Leaving] = {"release": "Release", "recycle": "Stop"}
    leaving = {each.id: leaving_of(group, each) for each in found.members}
    if request.remove_policy:
        wanted = policy[request.remove_policy]
        if wanted == "Release" or group.scaling_policy in ("recycle", "forceRecycle"):
            leaving = {id_: own if own == "Detach" else wanted for id_, own in leaving.items()}
    activity = _leave(
        call,
        group,
        found.members,
        asked,
        leaving,
        decrease=request.decrease_desired_capacity,
        what="to remove",
    )
    ignored = [
        IgnoredInstance(instance_id=id_, code=error.code, message=error.message)
        for id_, error in found.refused.items()
    ]
    return InstancesRemoved(scaling_activity_id=activity.id, ignored_instances=ignored or UNSET)


@ess.action(DetachInstances, on="scalinggroup/{scaling_group_id}")
def detach_instances(request: DetachInstances, call: Call) -> ActivityBegun:
    """Begin an activity that lets instances go. Raises CloudError as RemoveInstances does."""
    group = idle_group(call, request.scaling_group_id)
    found = named(call, group, request.instance_ids, _REMOVABLE, skip_unfit=request.ignore_invalid_instance)
    asked = Asked(
        work="Detach",
        instances=tuple(each.id for each in found.members),
        hooks=request.lifecycle_hook,
        keep_backends=request.detach_option != "both",
    )
    leaving: dict[str, Leaving] = dict.fromkeys((each.id for each in found.members), "Detach")
    activity = _leave(
        call,
        group,
        found.members,
        asked,
        leaving,
        decrease=request.decrease_desired_capacity,
        what="to detach",
    )
    return ActivityBegun(scaling_activity_id=activity.id)


def _leave(
    call: Call,
    group: ScalingGroup,
    members: Sequence[Member],
    asked: Asked,
    leaving: dict[str, Leaving],
    *,
    decrease: bool,
    what: str,
) -> ScalingActivity:
    """Begin an activity that takes members out of a group. Raises CloudError: IncorrectCapacity.MinSize."""
    count = sum(each.lifecycle in COUNTED for each in members)
    before = total(call.view, group)
    if group.desired is None:
        if before - count < group.min_size:
            raise below_minimum(group.id, group.min_size)
    elif decrease:
        if group.desired - count < group.min_size:
            raise below_minimum(group.id, group.min_size)
        group = replaced(group, call, desired=group.desired - count)
    activity = begin(
        call.change,
        call.cloud.ids,
        group,
        asked,
        now=call.time,
        cause=user_cause(f'{what} "{len(members)}" instance', before, before - count),
        source_type="Api",
        source=call.action,
        request_id=call.request_id,
        target=before - count,
    )
    for each in members:
        changed(call, each, "Removing", leaving=leaving[each.id], activity_id=activity.id)
    return activity
