"""Enable, disable, delete and protect groups; suspend and resume their processes. Shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.checks import Weight, living_group, the_group
from yunbox.services.ess.errors import (
    activity_in_progress,
    deletion_protected,
    group_status,
    instances_left,
    no_configuration,
)
from yunbox.services.ess.groups.create import replaced
from yunbox.services.ess.groups.forget import forget
from yunbox.services.ess.groups.model import Process
from yunbox.services.ess.groups.modify import source_of_instances
from yunbox.services.ess.groups.parameters import TypeOverride, overrides_of
from yunbox.services.ess.groups.places import check_template
from yunbox.services.ess.members.attach import attach
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.product import ess


class EnableScalingGroup(Request):
    """Let a group work, with instances of its configuration or launch template, and with some that exist."""

    scaling_group_id: str
    active_scaling_configuration_id: str = ""
    launch_template_id: str = ""
    launch_template_version: str = ""
    launch_template_overrides: Annotated[list[TypeOverride], Meta(max_length=10)] = []
    instance_ids: Annotated[list[str], Meta(max_length=20)] = []
    load_balancer_weights: Annotated[list[Weight], Meta(max_length=20)] = []


class DisableScalingGroup(Request):
    """Let a group rest: it begins no activity any more."""

    scaling_group_id: str


class DeleteScalingGroup(Request):
    """Delete a group; `force_delete` releases its instances first."""

    scaling_group_id: str
    force_delete: bool = False


class SetGroupDeletionProtection(Request):
    """Protect a group against being deleted."""

    scaling_group_id: str
    group_deletion_protection: bool = False


Processes = Annotated[list[Process], Meta(min_length=1, max_length=10)]


class SuspendProcesses(Request):
    """Keep a group from doing some things of itself."""

    scaling_group_id: str
    processes: Processes


class ResumeProcesses(Request):
    """Let a group do again what it was kept from."""

    scaling_group_id: str
    processes: Processes


@ess.action(EnableScalingGroup, on="scalinggroup/{scaling_group_id}")
def enable_scaling_group(request: EnableScalingGroup, call: Call) -> Empty:
    """Make a group Active; the controllers bring it to its MinSize, or its DesiredCapacity.

    Raises CloudError: IncorrectScalingGroupStatus, MissingActiveScalingConfiguration and others.
    """
    group = the_group(call, request.scaling_group_id)
    if group.lifecycle != "Inactive":
        raise group_status(group.id, group.lifecycle)
    changes = source_of_instances(
        call,
        group,
        configuration=request.active_scaling_configuration_id,
        template=request.launch_template_id,
        version=request.launch_template_version,
    )
    overrides = group.overrides
    if request.launch_template_overrides:
        template = request.launch_template_id or group.launch_template
        check_template(call, template, request.launch_template_version, request.launch_template_overrides)
        overrides = overrides_of(request.launch_template_overrides)
    group = replaced(group, call, lifecycle="Active", overrides=overrides, **changes)
    if not group.configuration and not group.launch_template:
        raise no_configuration(group.id)
    if request.instance_ids:
        attach(call, group, request.instance_ids, weights=request.load_balancer_weights)
    return Empty()


@ess.action(DisableScalingGroup, on="scalinggroup/{scaling_group_id}")
def disable_scaling_group(request: DisableScalingGroup, call: Call) -> Empty:
    """Make a group Inactive; an activity that has begun ends as it would have."""
    group = the_group(call, request.scaling_group_id)
    if group.lifecycle != "Active":
        raise group_status(group.id, group.lifecycle)
    replaced(group, call, lifecycle="Inactive")
    return Empty()


@ess.action(DeleteScalingGroup, on="scalinggroup/{scaling_group_id}")
def delete_scaling_group(request: DeleteScalingGroup, call: Call) -> Empty:
    """Delete a group with all that belongs to it: at once where it is empty, or when the last instance is gone.

    Raises CloudError: InvalidOperation.GroupDeletionProtection, InstanceInUse,
    ScalingActivityInProgress.
    """
    group = the_group(call, request.scaling_group_id)
    if group.deletion_protection:
        raise deletion_protected(group.id)
    members = call.change.count(Member, parent=group.id)
    activities = call.change.find(ScalingActivity, parent=group.id)
    under_way = next((each for each in activities if each.is_open), None)
    if not request.force_delete and members:
        raise instances_left(group.id)
    if not request.force_delete and under_way is not None:
        raise activity_in_progress(group.id, under_way.id)
    if members or under_way is not None:
        replaced(group, call, lifecycle="Deleting", force_delete=True)
    else:
        forget(call.change, group)
    return Empty()


@ess.action(SetGroupDeletionProtection, on="scalinggroup/{scaling_group_id}")
def set_group_deletion_protection(request: SetGroupDeletionProtection, call: Call) -> Empty:
    """Store whether a group is protected."""
    group = living_group(call, request.scaling_group_id)
    replaced(group, call, deletion_protection=request.group_deletion_protection)
    return Empty()


@ess.action(SuspendProcesses, on="scalinggroup/{scaling_group_id}")
def suspend_processes(request: SuspendProcesses, call: Call) -> Empty:
    """Store which processes of a group rest."""
    group = living_group(call, request.scaling_group_id)
    rest = [each for each in request.processes if each not in group.suspended]
    replaced(group, call, suspended=(*group.suspended, *dict.fromkeys(rest)))
    return Empty()


@ess.action(ResumeProcesses, on="scalinggroup/{scaling_group_id}")
def resume_processes(request: ResumeProcesses, call: Call) -> Empty:
    """Store which processes of a group rest no more."""
    group = living_group(call, request.scaling_group_id)
    replaced(group, call, suspended=tuple(each for each in group.suspended if each not in request.processes))
    return Empty()
