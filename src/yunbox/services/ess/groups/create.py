"""CreateScalingGroup. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Tag
from yunbox.api.tagging import check_tags
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.checks import Size, check_name, resource_group_of
from yunbox.services.ess.configurations.from_instance import configuration_like
from yunbox.services.ess.errors import (
    bounds_crossed,
    conflict,
    desired_out_of_bounds,
    instance_not_found,
    quota_exceeded,
)
from yunbox.services.ess.groups.attached import (
    AlbServerGroup,
    AnyServerGroup,
    LoadBalancerConfig,
    VServerGroup,
    balancers_of,
    from_alb,
    from_any,
    from_vserver,
    ids_in,
    with_balancers,
    with_server_groups,
)
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.groups.parameters import GroupParameters, given, overrides_of
from yunbox.services.ess.groups.places import check_template, vpc_of
from yunbox.services.ess.hooks.create import HookParameters, create_hook
from yunbox.services.ess.product import ess
from yunbox.services.ess.surge.settings import checked

MAX_GROUPS = 1000
"""In a region; the vendor raises its own bound on request."""


class PropagatedTag(Tag):
    """A tag; `propagate` is whether new instances bear it too."""

    propagate: bool = False


class CreateScalingGroup(GroupParameters, kw_only=True):
    """Make a group, without instances; it does nothing until it is enabled."""

    min_size: Size
    max_size: Size
    group_type: Literal["ECS"] = "ECS"
    v_switch_id: str = ""
    instance_id: str = ""
    load_balancer_ids: str = ""
    load_balancer_configs: list[LoadBalancerConfig] = []
    alb_server_groups: list[AlbServerGroup] = []
    server_groups: list[AnyServerGroup] = []
    v_server_groups: list[VServerGroup] = []
    lifecycle_hooks: Annotated[list[HookParameters], Meta(max_length=6)] = []
    resource_group_id: str = ""
    tags: Annotated[list[PropagatedTag], Meta(max_length=20)] = []


class GroupCreated(Answer):
    """Which group was made."""

    scaling_group_id: str


@ess.action(CreateScalingGroup, on="scalinggroup/*")
def create_scaling_group(request: CreateScalingGroup, call: Call) -> GroupCreated:
    """Store a group, Inactive.

    Raises CloudError: InvalidVSwitchId.NotFound, InvalidScalingGroupName.Duplicate, InvalidDesiredCapacity ...
    """
    if call.count(ScalingGroup) >= MAX_GROUPS:
        raise quota_exceeded("ScalingGroup", MAX_GROUPS)
    id_ = call.new_id("asg")
    vswitches = tuple(request.v_switch_ids) or ((request.v_switch_id,) if request.v_switch_id else ())
    if request.launch_template_id:
        check_template(
            call,
            request.launch_template_id,
            request.launch_template_version,
            request.launch_template_overrides,
        )
    own: dict[str, Any] = given(request)
    group = ScalingGroup(
        id=id_,
        account=call.account,
        region=call.region,
        name=check_name(call, ScalingGroup, request.scaling_group_name or id_, "ScalingGroupName", id_=id_),
        created=call.time,
        modified=call.time,
        tags=checked(check_tags(request.tags)),
        propagated=tuple(each.key for each in request.tags if each.propagate),
        resource_group=resource_group_of(call, request.resource_group_id),
        vpc_id=vpc_of(call, vswitches),
        vswitches=vswitches,
        launch_template=request.launch_template_id,
        launch_template_version=request.launch_template_version
        or ("Default" if request.launch_template_id else ""),
        overrides=overrides_of(request.launch_template_overrides),
        **own,
    )
    check_bounds(group)
    group = with_balancers(
        call,
        group,
        balancers_of(ids_in(request.load_balancer_ids, "LoadBalancerIds"), request.load_balancer_configs),
    )
    wanted = from_alb(request.alb_server_groups) + from_any(request.server_groups)
    group = with_server_groups(call, group, wanted + from_vserver(request.v_server_groups))
    if request.instance_id:
        group = _like(call, group, request.instance_id)
    call.change.create(group)
    for hook in request.lifecycle_hooks:
        create_hook(call, group, hook)
    return GroupCreated(scaling_group_id=id_)


def _like(call: Call, group: ScalingGroup, instance_id: str) -> ScalingGroup:
    """Return a group whose active configuration is drawn from an instance; without a vSwitch it gets its one."""
    if group.launch_template:
        raise conflict("InstanceId and LaunchTemplateId exclude each other.")
    if not group.vswitches:
        instance = call.require(Instance, instance_id, instance_not_found)
        group = msgspec.structs.replace(group, vpc_id=instance.vpc_id, vswitches=(instance.vswitch_id,))
    return msgspec.structs.replace(group, configuration=configuration_like(call, group, instance_id).id)


def check_bounds(group: ScalingGroup) -> None:
    """Return when a group's bounds and its expected capacity agree. Raises CloudError."""
    if group.min_size > group.max_size:
        raise bounds_crossed()
    if group.desired is not None and not group.min_size <= group.desired <= group.max_size:
        raise desired_out_of_bounds(group.desired, group.min_size, group.max_size)


def replaced(group: ScalingGroup, call: Call, **changes: Any) -> ScalingGroup:
    """Store a group with changes that a user asked for, and return it."""
    return call.change.replace(msgspec.structs.replace(group, modified=call.time, **changes))
