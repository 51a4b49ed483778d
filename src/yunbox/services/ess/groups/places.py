"""What a group names of other products: vSwitches and launch templates, looked up."""

from __future__ import annotations

from collections.abc import Sequence

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.services.ecs.instance_types.catalogue import find_type
from yunbox.services.ecs.launch_templates.model import LaunchTemplate, LaunchTemplateVersion, version_id
from yunbox.services.ess.errors import (
    conflict,
    template_not_found,
    template_version_not_found,
    vswitch_not_found,
)
from yunbox.services.ess.groups.parameters import TypeOverride
from yunbox.services.vpc.vswitches.model import VSwitch


def vpc_of(call: Call, vswitch_ids: Sequence[str]) -> str:
    """Return the one VPC that vSwitches are of. Raises CloudError: InvalidVSwitchId.NotFound and others."""
    found = [call.require(VSwitch, each, vswitch_not_found) for each in vswitch_ids]
    vpcs = {each.vpc_id for each in found}
    if len(vpcs) > 1:
        raise conflict("The VSwitchIds are not of one VPC.")
    return vpcs.pop() if vpcs else ""


def check_template(call: Call, template_id: str, version: str, overrides: Sequence[TypeOverride]) -> None:
    """Return when a launch template exists at a version (a number, "Default" or "Latest").

    Raises CloudError: LaunchTemplateSet.NotFound, LaunchTemplateVersionSet.NotFound.
    """
    template = call.require(LaunchTemplate, template_id, template_not_found)
    if version.isdigit():
        call.require(LaunchTemplateVersion, version_id(template.id, int(version)), template_version_not_found)
    elif version not in ("", "Default", "Latest"):
        raise invalid_parameter("LaunchTemplateVersion", "a number, Default or Latest is expected")
    for each in overrides:
        if find_type(each.instance_type) is None:
            raise invalid_parameter("LaunchTemplateOverrides", f"there is no type {each.instance_type}")
