"""Whether instances could be made as a configuration says: what RunInstances would refuse is refused now."""

from __future__ import annotations

from typing import Any

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.identity.principal import Principal
from yunbox.services.ecs.images.catalogue import system_images
from yunbox.services.ecs.images.model import Image
from yunbox.services.ecs.instances.parameters import RunRequest
from yunbox.services.ecs.instances.plan import plan_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.errors import conflict, image_not_found
from yunbox.services.ess.groups.model import ScalingGroup


def check_launch(call: Call, group: ScalingGroup, configuration: ScalingConfiguration) -> None:
    """Return when instances of each of its types could be made in the group's first vSwitch.

    Asked as the account itself, which Auto Scaling makes instances as. Raises CloudError with RunInstances's codes.
    """
    if not group.vswitches:
        raise conflict(f"The scaling group {group.id} has no vSwitch.")
    if not configuration.types:
        raise missing_parameter("InstanceType")
    launch = configuration.launch
    groups: list[str] = launch.get("SecurityGroupIds", [launch.get("SecurityGroupId", "")])
    if not any(groups):
        raise missing_parameter("SecurityGroupId")
    asking = as_account(call)
    for each in configuration.types:
        request = _converted({**launch, "InstanceType": each.instance_type})
        plan_of(asking, request, vswitch_id=group.vswitches[0], groups=groups)


def _converted(parameters: dict[str, Any]) -> RunRequest:
    try:
        return msgspec.convert(parameters, RunRequest, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_parameter("ScalingConfiguration", str(error)) from None


def as_account(call: Call) -> Call:
    """Return a call of Ecs in the same transaction, by the account's root."""
    root = Principal(kind="root", account_id=call.account, user_id=call.account, name="root")
    asking = Call(
        call.cloud, ecs, "RunInstances", root, region=call.region, request_id=call.request_id, now=call.now
    )
    asking.use(call.view)
    return asking


def image_named(call: Call, name: str) -> str:
    """Return the id of the image of a name: the account's own, or the vendor's. Raises CloudError."""
    own = call.find(Image, name=name[:256], limit=1)
    found = own or [each for each in system_images().values() if each.name == name]
    if not found:
        raise image_not_found(name)
    return found[0].id
