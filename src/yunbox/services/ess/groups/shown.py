"""A group as answers show it. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import UNSET, UnsetType, field

from yunbox.api.resource import minutes
from yunbox.api.shapes import Count, Shape, Text
from yunbox.services.ess.groups.model import ScalingGroup, ServerGroup
from yunbox.services.ess.members.model import Member

Flag = bool | UnsetType


class TagShown(Shape):
    """A tag."""

    tag_key: str
    tag_value: str
    propagate: bool


class LoadBalancerConfigShown(Shape):
    """A Slb balancer."""

    load_balancer_id: str
    weight: Count = UNSET


class AlbServerGroupShown(Shape):
    """A server group of Alb."""

    alb_server_group_id: str
    port: int
    weight: int


class ServerGroupShown(Shape):
    """A server group."""

    server_group_id: str
    type: str
    port: int
    weight: int


class VServerGroupAttributeShown(Shape):
    """A VServer group."""

    v_server_group_id: str = field(name="VServerGroupId")
    port: int
    weight: int


class VServerGroupShown(Shape):
    """VServer groups of one balancer."""

    load_balancer_id: str
    v_server_group_attributes: list[VServerGroupAttributeShown]


class OverrideShown(Shape):
    """An instance type in place of the launch template's."""

    instance_type: str
    weighted_capacity: Count = UNSET
    spot_price_limit: float | UnsetType = UNSET


class GroupBasics(Shape, kw_only=True):
    """What both ways of describing a group show of it. Counts are of instances, by their states."""

    scaling_group_id: str
    scaling_group_name: str
    lifecycle_state: str
    region_id: str
    resource_group_id: str
    creation_time: str
    modification_time: str
    group_type: str
    min_size: int
    max_size: int
    desired_capacity: Count
    enable_desired_capacity: bool
    default_cooldown: int
    total_capacity: int
    total_instance_count: int
    active_capacity: int
    pending_capacity: int
    pending_wait_capacity: int
    protected_capacity: int
    standby_capacity: int
    stopped_capacity: int
    removing_capacity: int
    removing_wait_capacity: int
    init_capacity: int = 0
    active_scaling_configuration_id: Text
    launch_template_id: Text
    launch_template_version: Text
    launch_template_overrides: list[OverrideShown]
    removal_policies: list[str]
    scaling_policy: str
    health_check_type: Text
    health_check_types: list[str]
    group_deletion_protection: bool
    max_instance_lifetime: Count
    suspended_processes: list[str]
    system_suspended: bool = False
    vpc_id: Text
    v_switch_id: Text
    v_switch_ids: list[str]
    multi_az_policy: str = field(name="MultiAZPolicy")
    az_balance: bool
    allocation_strategy: Text
    on_demand_base_capacity: Count
    on_demand_percentage_above_base_capacity: Count
    compensate_with_on_demand: Flag
    spot_allocation_strategy: Text
    spot_instance_pools: Count
    spot_instance_remedy: bool
    load_balancer_ids: list[str]
    load_balancer_configs: list[LoadBalancerConfigShown]
    alb_server_groups: list[AlbServerGroupShown]
    server_groups: list[ServerGroupShown]
    v_server_groups: list[VServerGroupShown] = field(name="VServerGroups")
    db_instance_ids: list[str] = field(name="DBInstanceIds", default_factory=list)
    tags: list[TagShown]


class CapacityOptionsShown(Shape):
    """How many instances are paid as they are used, and how many are preemptible."""

    on_demand_base_capacity: Count
    on_demand_percentage_above_base_capacity: Count
    compensate_with_on_demand: Flag
    spot_auto_replace_on_demand: bool
    price_comparison_mode: Text


class GroupShown(GroupBasics, kw_only=True):
    """A group in a listing."""

    auto_rebalance: bool
    balance_mode: Text
    stop_instance_timeout: Count
    spot_capacity: int
    capacity_options: CapacityOptionsShown


def basics_of(group: ScalingGroup, members: Sequence[Member]) -> dict[str, object]:
    """Return the fields of `GroupBasics`."""
    states = Counter(each.lifecycle for each in members)
    several = group.health_check_several
    return {
        "scaling_group_id": group.id,
        "scaling_group_name": group.name,
        "lifecycle_state": group.lifecycle,
        "region_id": group.region,
        "resource_group_id": group.resource_group,
        "creation_time": minutes(group.created),
        "modification_time": minutes(group.modified),
        "group_type": group.group_type,
        "min_size": group.min_size,
        "max_size": group.max_size,
        "desired_capacity": UNSET if group.desired is None else group.desired,
        "enable_desired_capacity": group.desired is not None,
        "default_cooldown": group.default_cooldown,
        "total_capacity": len(members) - states["Stopped"],
        "total_instance_count": len(members),
        "active_capacity": states["InService"],
        "pending_capacity": states["Pending"],
        "pending_wait_capacity": states["Pending:Wait"],
        "protected_capacity": states["Protected"],
        "standby_capacity": states["Standby"],
        "stopped_capacity": states["Stopped"],
        "removing_capacity": states["Removing"],
        "removing_wait_capacity": states["Removing:Wait"],
        "active_scaling_configuration_id": group.configuration or UNSET,
        "launch_template_id": group.launch_template or UNSET,
        "launch_template_version": group.launch_template_version or UNSET,
        "launch_template_overrides": _overrides(group),
        "removal_policies": list(group.removal_policies),
        "scaling_policy": group.scaling_policy,
        "health_check_type": UNSET if several else group.health_check_types[0],
        "health_check_types": list(group.health_check_types) if several else [],
        "group_deletion_protection": group.deletion_protection,
        "max_instance_lifetime": group.max_instance_lifetime or UNSET,
        "suspended_processes": list(group.suspended),
        "vpc_id": group.vpc_id or UNSET,
        "v_switch_id": group.vswitches[0] if group.vswitches else UNSET,
        "v_switch_ids": list(group.vswitches),
        **_placement(group),
        **_attached(group),
        "tags": [
            TagShown(tag_key=key, tag_value=value, propagate=key in group.propagated)
            for key, value in sorted(group.tags.items())
        ],
    }


def shown(group: ScalingGroup, members: Sequence[Member]) -> GroupShown:
    """Return a group as a listing has it."""
    spot = [each for each in members if each.spot_strategy != "NoSpot" and each.lifecycle != "Stopped"]
    return GroupShown(
        **basics_of(group, members),  # type: ignore[arg-type]
        auto_rebalance=group.auto_rebalance,
        balance_mode=group.balance_mode or UNSET,
        stop_instance_timeout=_count(group.stop_instance_timeout),
        spot_capacity=len(spot),
        capacity_options=CapacityOptionsShown(
            on_demand_base_capacity=_count(group.on_demand_base),
            on_demand_percentage_above_base_capacity=_count(group.on_demand_percentage),
            compensate_with_on_demand=_flag(group.compensate_with_on_demand),
            spot_auto_replace_on_demand=group.spot_replaces_on_demand,
            price_comparison_mode=group.price_comparison_mode or UNSET,
        ),
    )


def _placement(group: ScalingGroup) -> dict[str, object]:
    return {
        "multi_az_policy": group.multi_az_policy,
        "az_balance": group.az_balance,
        "allocation_strategy": group.allocation_strategy or UNSET,
        "on_demand_base_capacity": _count(group.on_demand_base),
        "on_demand_percentage_above_base_capacity": _count(group.on_demand_percentage),
        "compensate_with_on_demand": _flag(group.compensate_with_on_demand),
        "spot_allocation_strategy": group.spot_allocation_strategy or UNSET,
        "spot_instance_pools": _count(group.spot_instance_pools),
        "spot_instance_remedy": group.spot_instance_remedy,
    }


def _attached(group: ScalingGroup) -> dict[str, object]:
    by_way = {
        way: [each for each in group.server_groups if each.asked_as == way]
        for way in ("AlbServerGroup", "ServerGroup", "VServerGroup")
    }
    return {
        "load_balancer_ids": [each.id for each in group.load_balancers],
        "load_balancer_configs": [
            LoadBalancerConfigShown(load_balancer_id=each.id, weight=_count(each.weight))
            for each in group.load_balancers
        ],
        "alb_server_groups": [
            AlbServerGroupShown(alb_server_group_id=each.id, port=each.port, weight=each.weight)
            for each in by_way["AlbServerGroup"]
        ],
        "server_groups": [
            ServerGroupShown(server_group_id=each.id, type=each.type, port=each.port, weight=each.weight)
            for each in by_way["ServerGroup"]
        ],
        "v_server_groups": _by_balancer(by_way["VServerGroup"]),
    }


def _by_balancer(groups: Sequence[ServerGroup]) -> list[VServerGroupShown]:
    return [
        VServerGroupShown(
            load_balancer_id=balancer,
            v_server_group_attributes=[
                VServerGroupAttributeShown(v_server_group_id=each.id, port=each.port, weight=each.weight)
                for each in groups
                if each.load_balancer == balancer
            ],
        )
        for balancer in dict.fromkeys(each.load_balancer for each in groups)
    ]


def _overrides(group: ScalingGroup) -> list[OverrideShown]:
    return [
        OverrideShown(
            instance_type=each.instance_type,
            weighted_capacity=_count(each.weighted_capacity),
            spot_price_limit=UNSET if each.spot_price_limit is None else each.spot_price_limit,
        )
        for each in group.overrides
    ]


def _count(number: int | None) -> Count:
    return UNSET if number is None else number


def _flag(flag: bool | None) -> Flag:
    return UNSET if flag is None else flag
