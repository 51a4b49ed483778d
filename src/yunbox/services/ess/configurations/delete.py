"""DeleteScalingConfiguration and DeactivateScalingConfiguration. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.errors import CloudError
from yunbox.services.ess.checks import living_group
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.errors import configuration_not_found, group_status, instances_left
from yunbox.services.ess.groups.create import replaced
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.product import ess


class DeleteScalingConfiguration(Request):
    """Delete a configuration that is not the active one."""

    scaling_configuration_id: str


class DeactivateScalingConfiguration(Request):
    """Leave a group that is disabled without an active configuration."""

    scaling_configuration_id: str


@ess.action(DeleteScalingConfiguration, on="scalingconfiguration/{scaling_configuration_id}")
def delete_scaling_configuration(request: DeleteScalingConfiguration, call: Call) -> Empty:
    """Delete it. Raises CloudError: IncorrectScalingConfigurationLifecycleState, InstanceInUse."""
    found = call.require(ScalingConfiguration, request.scaling_configuration_id, configuration_not_found)
    group = call.get(ScalingGroup, found.parent)
    if group is not None and group.configuration == found.id:
        raise CloudError(
            "IncorrectScalingConfigurationLifecycleState",
            400,
            f"The scaling configuration {found.id} is the active one of its scaling group.",
        )
    if any(each.configuration == found.id for each in call.find(Member, parent=found.parent)):
        raise instances_left(found.id)
    call.change.delete(ScalingConfiguration, found.id)
    return Empty()


@ess.action(DeactivateScalingConfiguration, on="scalingconfiguration/{scaling_configuration_id}")
def deactivate_scaling_configuration(request: DeactivateScalingConfiguration, call: Call) -> Empty:
    """Take it from its group. Raises CloudError: IncorrectScalingGroupStatus."""
    found = call.require(ScalingConfiguration, request.scaling_configuration_id, configuration_not_found)
    group = living_group(call, found.parent)
    if group.lifecycle != "Inactive":
        raise group_status(group.id, group.lifecycle)
    if group.configuration == found.id:
        replaced(group, call, configuration="")
    return Empty()
