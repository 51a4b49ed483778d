"""StartInstanceRefresh and what a user does to a task that is under way. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.ess.checks import idle_group, living_group
from yunbox.services.ess.configurations.check import check_launch
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.errors import configuration_not_found, conflict, refresh_not_found
from yunbox.services.ess.groups.create import replaced
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.groups.modify import source_of_instances
from yunbox.services.ess.groups.parameters import TypeOverride, overrides_of
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.product import ess
from yunbox.services.ess.refreshes.model import InstanceRefresh, RefreshStatus, Source, task_under_way

ALWAYS_MORE = (
    "New instances are in service before old ones go: there may be more than MaxHealthyPercentage says, never fewer "
    "than there were."
)


_PAUSED: tuple[RefreshStatus, ...] = ("Paused",)


class OverrideType(Shape):
    """An instance type in place of the launch template's."""

    instance_type: str


class DesiredConfiguration(Shape):
    """How instances are to be made: one of three ways, or as they are made already."""

    image_id: str = ""
    scaling_configuration_id: str = ""
    launch_template_id: str = ""
    launch_template_version: str = ""
    launch_template_overrides: Annotated[list[OverrideType], Meta(max_length=10)] = []
    plural = frozenset({"LaunchTemplateOverrides"})


class Checkpoint(Shape):
    """A percentage at which a task pauses."""

    percentage: Annotated[int, Meta(ge=1, le=100)]


class StartInstanceRefresh(Request):
    """Replace the instances of a group, some at a time, by ones that are made as it is said now."""

    scaling_group_id: str
    desired_configuration: DesiredConfiguration = DesiredConfiguration()
    min_healthy_percentage: Annotated[int, Meta(ge=0, le=100)] = 80
    max_healthy_percentage: Annotated[int, Meta(ge=100, le=200)] = 120
    skip_matching: bool = True
    checkpoints: Annotated[list[Checkpoint], Meta(max_length=10)] = []
    checkpoint_pause_time: Annotated[int, Meta(ge=1, le=2880)] = 60
    plural = frozenset({"Checkpoints"})


class RefreshStarted(Answer):
    """Which task it is."""

    instance_refresh_task_id: str


class _OneTask(Request):
    """Names a task."""

    scaling_group_id: str
    instance_refresh_task_id: str


class SuspendInstanceRefresh(_OneTask):
    """Have a task pause."""


class ResumeInstanceRefresh(_OneTask):
    """Have a task go on."""


class CancelInstanceRefresh(_OneTask):
    """Have a task end as it is."""


class RollbackInstanceRefresh(_OneTask):
    """Have a task replace what it replaced by instances that are made as before."""


@ess.action(StartInstanceRefresh, on="scalinggroup/{scaling_group_id}", partial=ALWAYS_MORE)
def start_instance_refresh(request: StartInstanceRefresh, call: Call) -> RefreshStarted:
    """Store a task, and have the group make its instances as it says from now on.

    Raises CloudError: InvalidInstance.NoInstanceNeedBeRefreshed, InstanceRefreshInProgress,
    IncorrectScalingGroupStatus, and what the new way of making instances is refused with.
    """
    group = idle_group(call, request.scaling_group_id)
    if (other := task_under_way(call.change.find(InstanceRefresh, parent=group.id))) is not None:
        raise CloudError(
            "InstanceRefreshInProgress", 400, f"The task {other.id} of the scaling group is under way."
        )
    if group.scaling_policy in ("recycle", "forceRecycle"):
        raise conflict("A scaling group in economical mode has no instance refresh.")
    marks = [each.percentage for each in request.checkpoints]
    if marks and (marks != sorted(set(marks)) or marks[-1] != 100):
        raise invalid_parameter("Checkpoints", "ascending percentages are expected, the last of them 100")
    before = source_of(call, group)
    desired = _desired(request.desired_configuration)
    if desired is not None:
        group = apply(call, group, desired)
    waiting = _to_refresh(call, group, skip=request.skip_matching and not (desired and desired.image))
    if not waiting:
        raise CloudError(
            "InvalidInstance.NoInstanceNeedBeRefreshed",
            400,
            "No instance of the scaling group is to be refreshed.",
        )
    task = call.change.create(
        InstanceRefresh(
            id=call.new_id("ir"),
            account=call.account,
            region=call.region,
            parent=group.id,
            min_healthy=request.min_healthy_percentage,
            max_healthy=request.max_healthy_percentage,
            skip_matching=request.skip_matching,
            checkpoints=tuple(marks),
            checkpoint_minutes=request.checkpoint_pause_time,
            desired=desired,
            before=before,
            waiting=waiting,
            total=len(waiting),
            started=call.time,
        )
    )
    return RefreshStarted(instance_refresh_task_id=task.id)


def _desired(asked: DesiredConfiguration) -> Source | None:
    """Return how instances are to be made, None for as they are. Raises CloudError for more ways than one."""
    ways = [asked.image_id, asked.scaling_configuration_id, asked.launch_template_id]
    if sum(map(bool, ways)) > 1:
        raise conflict("ImageId, ScalingConfigurationId and LaunchTemplateId exclude each other.")
    if not any(ways):
        return None
    return Source(
        image=asked.image_id,
        configuration=asked.scaling_configuration_id,
        launch_template=asked.launch_template_id,
        launch_template_version=asked.launch_template_version,
        overrides=overrides_of(
            [TypeOverride(instance_type=each.instance_type) for each in asked.launch_template_overrides]
        ),
    )


def source_of(call: Call, group: ScalingGroup) -> Source:
    """Return how a group's instances are made."""
    active = call.get(ScalingConfiguration, group.configuration)
    return Source(
        image="" if active is None else active.launch.get("ImageId", ""),
        configuration=group.configuration,
        launch_template=group.launch_template,
        launch_template_version=group.launch_template_version,
        overrides=group.overrides,
    )


def apply(call: Call, group: ScalingGroup, source: Source) -> ScalingGroup:
    """Have a group's instances be made in a way, and return it. Raises CloudError for one that cannot be."""
    changes: dict[str, Any] = dict(
        source_of_instances(
            call,
            group,
            configuration=source.configuration,
            template=source.launch_template,
            version=source.launch_template_version,
        )
    )
    if source.launch_template:
        changes["overrides"] = source.overrides
    group = replaced(group, call, **changes)
    if source.image:
        active = call.require(ScalingConfiguration, group.configuration, configuration_not_found)
        launch = {**active.launch, "ImageId": source.image}
        launch.pop("ImageFamily", None)
        changed = msgspec.structs.replace(active, launch=launch, image_name="")
        check_launch(call, group, changed)
        call.change.replace(changed)
    return group


def _to_refresh(call: Call, group: ScalingGroup, *, skip: bool) -> tuple[str, ...]:
    """Return the instances that a task replaces, the oldest first: those that the group made and that serve."""
    found = [
        each
        for each in call.find(Member, parent=group.id)
        if each.creation_type == "AutoCreated" and each.lifecycle in ("Pending", "Pending:Wait", "InService")
    ]
    if skip:
        found = [each for each in found if not _matches(group, each)]
    return tuple(each.id for each in sorted(found, key=lambda one: (one.created, one.id)))


def _matches(group: ScalingGroup, member: Member) -> bool:
    if group.configuration:
        return member.configuration == group.configuration
    return (member.launch_template, member.launch_template_version) == (
        group.launch_template,
        group.launch_template_version,
    )


@ess.action(SuspendInstanceRefresh, on="scalinggroup/{scaling_group_id}")
def suspend_instance_refresh(request: SuspendInstanceRefresh, call: Call) -> Empty:
    """Store that it pauses; what is being replaced goes on. Raises CloudError: IncorrectInstanceRefreshTaskStatus."""
    return _become(call, request, ("Pending", "InProgress"), "Paused", paused_until=0.0)


@ess.action(ResumeInstanceRefresh, on="scalinggroup/{scaling_group_id}")
def resume_instance_refresh(request: ResumeInstanceRefresh, call: Call) -> Empty:
    """Store that it goes on. Raises CloudError: IncorrectInstanceRefreshTaskStatus."""
    return _become(call, request, _PAUSED, "InProgress", paused_until=0.0)


@ess.action(CancelInstanceRefresh, on="scalinggroup/{scaling_group_id}")
def cancel_instance_refresh(request: CancelInstanceRefresh, call: Call) -> Empty:
    """Store that it ends once nothing is being replaced. Raises CloudError: IncorrectInstanceRefreshTaskStatus."""
    return _become(call, request, ("Pending", "InProgress", "Paused"), "Cancelling")


@ess.action(RollbackInstanceRefresh, on="scalinggroup/{scaling_group_id}")
def rollback_instance_refresh(request: RollbackInstanceRefresh, call: Call) -> Empty:
    """Have the group make instances as before, and those that were made meanwhile be replaced.

    Raises CloudError: IncorrectInstanceRefreshTaskStatus.
    """
    task = _task(call, request, ("Pending", "InProgress", "Paused"))
    group = living_group(call, task.parent)
    apply(call, group, task.before)
    new = [
        each
        for each in call.find(Member, parent=group.id)
        if each.creation_type == "AutoCreated"
        and each.created >= task.started
        and each.id not in task.waiting
        and each.lifecycle in ("Pending", "Pending:Wait", "InService")
    ]
    waiting = tuple(each.id for each in sorted(new, key=lambda one: (one.created, one.id)))
    call.change.replace(
        msgspec.structs.replace(
            task,
            status="RollbackInProgress",
            waiting=waiting,
            replaced=(),
            total=len(waiting),
            paused_until=0.0,
        )
    )
    return Empty()


def _become(
    call: Call, request: _OneTask, states: Collection[RefreshStatus], status: RefreshStatus, **fields: object
) -> Empty:
    task = _task(call, request, states)
    call.change.replace(msgspec.structs.replace(task, status=status, **fields))
    return Empty()


def _task(call: Call, request: _OneTask, states: Collection[RefreshStatus]) -> InstanceRefresh:
    task = call.require(InstanceRefresh, request.instance_refresh_task_id, refresh_not_found)
    if task.parent != request.scaling_group_id:
        raise refresh_not_found(task.id)
    if task.status not in states:
        raise CloudError(
            "IncorrectInstanceRefreshTaskStatus",
            400,
            f"The current status of the instance refresh task {task.id} does not support this action: it is "
            f"{task.status}.",
        )
    return task
