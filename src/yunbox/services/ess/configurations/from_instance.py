"""A scaling configuration that makes instances like one there is: InstanceId of CreateScalingGroup."""

from __future__ import annotations

import base64
from typing import Any

from yunbox.api.call import Call
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.configurations.check import check_launch
from yunbox.services.ess.configurations.model import InstanceTypeChoice, ScalingConfiguration
from yunbox.services.ess.errors import instance_not_found
from yunbox.services.ess.groups.model import ScalingGroup


def configuration_like(call: Call, group: ScalingGroup, instance_id: str) -> ScalingConfiguration:
    """Store a configuration of a group that is drawn from an instance, and return it.

    Raises CloudError: InvalidInstanceId.NotFound, and what RunInstances refuses.
    """
    instance = call.require(Instance, instance_id, instance_not_found)
    if instance.desired == "Deleted":
        raise instance_not_found(instance_id)
    id_ = call.new_id("asc")
    drawn = ScalingConfiguration(
        id=id_,
        account=call.account,
        region=call.region,
        parent=group.id,
        name=id_,
        created=call.time,
        types=(InstanceTypeChoice(instance_type=instance.instance_type),),
        launch=_launch_of(call, instance),
        password=instance.password,
        tags=instance.tags,
    )
    check_launch(call, group, drawn)
    return call.change.create(drawn)


def _launch_of(call: Call, instance: Instance) -> dict[str, Any]:
    """Return the parameters of RunInstances that make such an instance."""
    disk = call.get(Disk, instance.system_disk)
    found: dict[str, Any] = {
        "ImageId": instance.image_id,
        "SecurityGroupIds": list(instance.security_groups),
        "KeyPairName": instance.key_pair,
        "RamRoleName": instance.ram_role,
        "UserData": base64.b64encode(instance.user_data).decode(),
        "InternetChargeType": instance.internet_charge_type,
        "InternetMaxBandwidthOut": instance.bandwidth_out,
        "SystemDisk": {} if disk is None else {"Category": disk.category, "Size": disk.size},
    }
    return {name: value for name, value in found.items() if value not in ("", {}, 0)}
