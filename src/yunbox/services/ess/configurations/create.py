"""CreateScalingConfiguration and ModifyScalingConfiguration. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty
from yunbox.services.ecs.instances.plan import hashed_password
from yunbox.services.ess.checks import check_name, living_group
from yunbox.services.ess.configurations.check import check_launch, image_named
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.configurations.parameters import (
    ConfigurationParameters,
    launch_of,
    tags_of,
    types_of,
)
from yunbox.services.ess.errors import configuration_not_found, quota_exceeded
from yunbox.services.ess.product import ess

MAX_CONFIGURATIONS = 10
PARTIAL = "Of several disk categories the first is taken."


class CreateScalingConfiguration(ConfigurationParameters, kw_only=True):
    """Say how instances of a group are made."""

    scaling_group_id: str
    instance_type: str = ""
    security_enhancement_strategy: Literal["", "Active", "Deactive"] = ""
    accepted = {"Affinity": "there are no dedicated hosts"}


class ConfigurationCreated(Answer):
    """Which configuration was made."""

    scaling_configuration_id: str


class ModifyScalingConfiguration(ConfigurationParameters, kw_only=True):
    """Say it otherwise; with `override` what is not given becomes the default again."""

    scaling_configuration_id: str
    override: bool | UnsetType = UNSET
    accepted = {"Affinity": "there are no dedicated hosts"}


@ess.action(CreateScalingConfiguration, on="scalinggroup/{scaling_group_id}", partial=PARTIAL)
def create_scaling_configuration(request: CreateScalingConfiguration, call: Call) -> ConfigurationCreated:
    """Store a configuration.

    Raises CloudError: InvalidScalingGroupId.NotFound, QuotaExceeded.ScalingConfiguration,
    InvalidScalingConfigurationName.Duplicate, and what RunInstances refuses.
    """
    group = living_group(call, request.scaling_group_id)
    if call.change.count(ScalingConfiguration, parent=group.id) >= MAX_CONFIGURATIONS:
        raise quota_exceeded("ScalingConfiguration", MAX_CONFIGURATIONS)
    id_ = call.new_id("asc")
    new = ScalingConfiguration(
        id=id_,
        account=call.account,
        region=call.region,
        parent=group.id,
        name=_name(call, request, id_, group.id),
        created=call.time,
        types=types_of(request, request.instance_type),
        security_enhancement=request.security_enhancement_strategy,
        **_common(call, request, {}),
    )
    check_launch(call, group, new)
    call.change.create(new)
    return ConfigurationCreated(scaling_configuration_id=id_)


@ess.action(ModifyScalingConfiguration, on="scalingconfiguration/{scaling_configuration_id}", partial=PARTIAL)
def modify_scaling_configuration(request: ModifyScalingConfiguration, call: Call) -> Empty:
    """Store what changes: instances that are made from now on are made so. Raises CloudError as creating does."""
    before = call.require(ScalingConfiguration, request.scaling_configuration_id, configuration_not_found)
    group = living_group(call, before.parent)
    kept = {} if request.override is True else before.launch
    changes = _common(call, request, kept)
    if found := types_of(request):
        changes["types"] = found
    if request.scaling_configuration_name:
        changes["name"] = _name(call, request, before.id, group.id)
    after = msgspec.structs.replace(before, **changes)
    check_launch(call, group, after)
    call.change.replace(after)
    return Empty()


def _common(call: Call, request: ConfigurationParameters, launch: dict[str, Any]) -> dict[str, Any]:
    """Return what a request says of a configuration, by its attributes."""
    found: dict[str, Any] = {"launch": launch_of(request, launch)}
    if request.image_name and not request.image_id:
        found["launch"]["ImageId"] = image_named(call, request.image_name)
        found["image_name"] = request.image_name
    elif request.image_id:
        found["image_name"] = ""
    if request.load_balancer_weight is not UNSET:
        found["weight"] = request.load_balancer_weight
    if request.system_disk_categories:
        found["system_disk_categories"] = tuple(request.system_disk_categories)
    if request.password:
        found["password"] = hashed_password(call, request.password)
    if request.tags:
        found["tags"] = tags_of(request.tags)
    return found


def _name(call: Call, request: ConfigurationParameters, id_: str, group: str) -> str:
    name = request.scaling_configuration_name or id_
    return check_name(call, ScalingConfiguration, name, "ScalingConfigurationName", id_=id_, parent=group)
