"""The parameters that creating and modifying a group share. Wire names: ESS API 2022-02-22."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.shapes import Request, Shape
from yunbox.services.ess.checks import Cooldown, Percentage, Size
from yunbox.services.ess.errors import conflict
from yunbox.services.ess.groups.model import HealthCheckType, RemovalPolicy, ScalingPolicy
from yunbox.services.ess.groups.model import TypeOverride as StoredOverride

RemovalPolicies = Annotated[
    list[Literal["OldestInstance", "NewestInstance", "OldestScalingConfiguration"]], Meta(max_length=3)
]
VSwitchIds = Annotated[list[str], Meta(max_length=8)]
Strategy = Literal["", "priority", "lowestPrice"]
Flag = bool | UnsetType


class TypeOverride(Shape):
    """An instance type in place of the launch template's."""

    instance_type: str
    weighted_capacity: Annotated[int, Meta(ge=1, le=500)] | None = None


class LaunchTemplateOverride(TypeOverride):
    """An instance type in place of the launch template's, and the most that a preemptible one may cost."""

    spot_price_limit: float | None = None


class CapacityOptions(Shape):
    """How many instances are paid as they are used, and how many are preemptible."""

    on_demand_base_capacity: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    on_demand_percentage_above_base_capacity: Percentage | UnsetType = UNSET
    compensate_with_on_demand: Flag = UNSET
    spot_auto_replace_on_demand: Flag = UNSET
    price_comparison_mode: Literal["", "PricePerUnit", "PricePerVCpu"] = ""


class GroupParameters(Request):
    """What can be given when a group is created and changed later; UNSET leaves it as it is."""

    scaling_group_name: str = ""
    min_size: Size | UnsetType = UNSET
    max_size: Size | UnsetType = UNSET
    desired_capacity: Size | UnsetType = UNSET
    default_cooldown: Cooldown | UnsetType = UNSET
    removal_policies: RemovalPolicies = []
    health_check_type: HealthCheckType | UnsetType = UNSET
    health_check_types: Annotated[list[HealthCheckType], Meta(max_length=3)] = []
    scaling_policy: ScalingPolicy | UnsetType = UNSET
    group_deletion_protection: Flag = UNSET
    max_instance_lifetime: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    stop_instance_timeout: Annotated[int, Meta(ge=30, le=240)] | UnsetType = UNSET
    v_switch_ids: VSwitchIds = []
    multi_az_policy: Literal["PRIORITY", "BALANCE", "COST_OPTIMIZED", "COMPOSABLE"] | UnsetType = field(
        default=UNSET, name="MultiAZPolicy"
    )
    az_balance: Flag = UNSET
    auto_rebalance: Flag = UNSET
    balance_mode: Literal["", "BalancedBestEffort", "BalancedOnly"] = ""
    allocation_strategy: Strategy = ""
    capacity_options: CapacityOptions = CapacityOptions()
    on_demand_base_capacity: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    on_demand_percentage_above_base_capacity: Percentage | UnsetType = UNSET
    compensate_with_on_demand: Flag = UNSET
    spot_allocation_strategy: Strategy = ""
    spot_instance_pools: Annotated[int, Meta(ge=0, le=10)] | UnsetType = UNSET
    spot_instance_remedy: Flag = UNSET
    launch_template_id: str = ""
    launch_template_version: str = ""
    launch_template_overrides: Annotated[list[LaunchTemplateOverride], Meta(max_length=10)] = []


_SAME = {
    "min_size": "min_size",
    "max_size": "max_size",
    "desired_capacity": "desired",
    "default_cooldown": "default_cooldown",
    "scaling_policy": "scaling_policy",
    "group_deletion_protection": "deletion_protection",
    "max_instance_lifetime": "max_instance_lifetime",
    "stop_instance_timeout": "stop_instance_timeout",
    "multi_az_policy": "multi_az_policy",
    "az_balance": "az_balance",
    "auto_rebalance": "auto_rebalance",
    "balance_mode": "balance_mode",
    "allocation_strategy": "allocation_strategy",
    "on_demand_base_capacity": "on_demand_base",
    "on_demand_percentage_above_base_capacity": "on_demand_percentage",
    "compensate_with_on_demand": "compensate_with_on_demand",
    "spot_allocation_strategy": "spot_allocation_strategy",
    "spot_instance_pools": "spot_instance_pools",
    "spot_instance_remedy": "spot_instance_remedy",
}
"""The attributes of a request, and those of the stored group that they are kept in."""

_OF_OPTIONS = {
    "on_demand_base_capacity": "on_demand_base",
    "on_demand_percentage_above_base_capacity": "on_demand_percentage",
    "compensate_with_on_demand": "compensate_with_on_demand",
    "spot_auto_replace_on_demand": "spot_replaces_on_demand",
    "price_comparison_mode": "price_comparison_mode",
}


def given(request: GroupParameters) -> dict[str, object]:
    """Return what a request says of a group, by the attributes of `ScalingGroup`: that which needs no look-up.

    Raises CloudError: InvalidParameter.Conflict.
    """
    found: dict[str, object] = {}
    for source, table in ((request, _SAME), (request.capacity_options, _OF_OPTIONS)):
        for name, kept in table.items():
            value = getattr(source, name)
            if value is not UNSET and value != "":
                found[kept] = value
    if len(set(request.removal_policies)) < len(request.removal_policies):
        raise conflict("A removal policy is given twice.")
    if request.removal_policies:
        found["removal_policies"] = tuple[RemovalPolicy, ...](request.removal_policies)
    if request.health_check_type is not UNSET:
        found |= {"health_check_types": (request.health_check_type,), "health_check_several": False}
    elif request.health_check_types:
        found |= {"health_check_types": tuple(request.health_check_types), "health_check_several": True}
    return found


def overrides_of(asked: Sequence[TypeOverride]) -> tuple[StoredOverride, ...]:
    """Return overrides of a launch template as they are stored."""
    return tuple(
        StoredOverride(
            instance_type=each.instance_type,
            weighted_capacity=each.weighted_capacity,
            spot_price_limit=each.spot_price_limit if isinstance(each, LaunchTemplateOverride) else None,
        )
        for each in asked
    )
