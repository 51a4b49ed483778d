"""ModifyScalingGroup. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Any

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Empty
from yunbox.services.ess.checks import check_name, living_group
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.errors import configuration_not_found, conflict
from yunbox.services.ess.groups.create import check_bounds, replaced
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.groups.parameters import GroupParameters, given, overrides_of
from yunbox.services.ess.groups.places import check_template, vpc_of
from yunbox.services.ess.product import ess


class ModifyScalingGroup(GroupParameters, kw_only=True):
    """Change a group; what is not given stays as it is."""

    scaling_group_id: str
    active_scaling_configuration_id: str = ""
    disable_desired_capacity: bool = False


@ess.action(ModifyScalingGroup, on="scalinggroup/{scaling_group_id}")
def modify_scaling_group(request: ModifyScalingGroup, call: Call) -> Empty:
    """Store what changes; the controllers bring the number of instances within the bounds, and to DesiredCapacity.

    Raises CloudError: InvalidScalingGroupId.NotFound, IncorrectScalingGroupStatus, InvalidDesiredCapacity ...
    """
    group = living_group(call, request.scaling_group_id)
    changes: dict[str, Any] = given(request) | source_of_instances(
        call,
        group,
        configuration=request.active_scaling_configuration_id,
        template=request.launch_template_id,
        version=request.launch_template_version,
    )
    if request.scaling_group_name:
        name = request.scaling_group_name
        changes["name"] = check_name(call, ScalingGroup, name, "ScalingGroupName", id_=group.id)
    if request.launch_template_overrides:
        template = request.launch_template_id or group.launch_template
        check_template(call, template, request.launch_template_version, request.launch_template_overrides)
        changes["overrides"] = overrides_of(request.launch_template_overrides)
    if request.v_switch_ids:
        vpc = vpc_of(call, request.v_switch_ids)
        if group.vpc_id and vpc != group.vpc_id:
            raise conflict("The VSwitchIds are not of the VPC of the scaling group.")
        changes |= {"vswitches": tuple(request.v_switch_ids), "vpc_id": vpc}
    if request.disable_desired_capacity:
        changes["desired"] = None
    elif group.desired is not None and "desired" not in changes:
        least, most = changes.get("min_size", group.min_size), changes.get("max_size", group.max_size)
        changes["desired"] = max(least, min(most, group.desired))
    check_bounds(msgspec.structs.replace(group, **changes))
    replaced(group, call, **changes)
    return Empty()


def source_of_instances(
    call: Call, group: ScalingGroup, *, configuration: str, template: str, version: str
) -> dict[str, str]:
    """Return what changes of a group that gets an active configuration or a launch template. Raises CloudError."""
    if configuration and template:
        raise conflict("ActiveScalingConfigurationId and LaunchTemplateId exclude each other.")
    if configuration:
        found = call.require(ScalingConfiguration, configuration, configuration_not_found)
        if found.parent != group.id:
            raise configuration_not_found(configuration)
        return {"configuration": configuration, "launch_template": "", "launch_template_version": ""}
    if template:
        check_template(call, template, version, [])
        return {
            "configuration": "",
            "launch_template": template,
            "launch_template_version": version or "Default",
        }
    if version and group.launch_template:
        check_template(call, group.launch_template, version, [])
        return {"launch_template_version": version}
    return {}
