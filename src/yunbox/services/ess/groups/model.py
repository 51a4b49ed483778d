"""The scaling group as it is stored. Wire shapes: ESS API 2022-02-22 (and 2014-08-28)."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource

Lifecycle = Literal["Active", "Inactive", "Deleting"]
RemovalPolicy = Literal["OldestInstance", "NewestInstance", "OldestScalingConfiguration", "CustomPolicy"]
MultiAZPolicy = Literal["PRIORITY", "BALANCE", "COST_OPTIMIZED", "COMPOSABLE"]
ScalingPolicy = Literal["recycle", "release", "forceRecycle", "forceRelease"]
HealthCheckType = Literal["NONE", "ECS", "ECI", "LOAD_BALANCER"]
Process = Literal["ScaleIn", "ScaleOut", "HealthCheck", "AlarmNotification", "ScheduledAction"]
ServerGroupType = Literal["ALB", "NLB", "GWLB", "CLB"]


class LoadBalancer(msgspec.Struct, frozen=True, kw_only=True):
    """A Slb balancer whose default server group has the group's instances. `weight` None: the configuration's."""

    id: str
    weight: int | None = None


class ServerGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A server group that has the group's instances at a port: Alb's or another, or (CLB) a VServer group.

    `load_balancer` is the balancer of a VServer group, empty for the others.
    """

    id: str
    type: ServerGroupType
    port: int
    weight: int = 50
    load_balancer: str = ""
    asked_as: Literal["AlbServerGroup", "ServerGroup", "VServerGroup"] = "ServerGroup"


class TypeOverride(msgspec.Struct, frozen=True, kw_only=True):
    """An instance type in place of the launch template's."""

    instance_type: str
    weighted_capacity: int | None = None
    spot_price_limit: float | None = None


class ScalingGroup(CloudResource, kind="ess.group", kw_only=True):
    """A scaling group; its name is the only one of its kind in a region.

    `desired` is None for a group without an expected capacity: it then has what its activities made of it, between
    the bounds. `lifecycle` "Deleting" asks the controllers to remove all instances (`force_delete`; without it there
    are none) and then the row with all that belongs to it.

    Instances are made by `configuration` (the id of the active one) or, if that is empty, by `launch_template`; its
    `launch_template_version` is a number, "Default" or "Latest". Weights of instances as backends come from the
    attachment or, where it has none, the configuration.

    `cooldown_until` is the controllers': until then activities that alarms trigger are held back. `modified` is when
    an action last changed the group. `health_check_several` is whether the checks were given as HealthCheckTypes:
    answers show them as they were given. `propagated` are the keys of `tags` that go onto new instances. Durations
    are in seconds.
    """

    min_size: int
    max_size: int
    desired: int | None = None
    lifecycle: Lifecycle = "Inactive"
    force_delete: bool = False
    default_cooldown: int = 300
    cooldown_until: float = 0.0
    modified: float = 0.0
    group_type: Literal["ECS"] = "ECS"

    removal_policies: tuple[RemovalPolicy, ...] = ("OldestScalingConfiguration", "OldestInstance")
    scaling_policy: ScalingPolicy = "release"
    health_check_types: tuple[HealthCheckType, ...] = ("ECS",)
    health_check_several: bool = False
    suspended: tuple[Process, ...] = ()
    deletion_protection: bool = False
    max_instance_lifetime: int = 0
    stop_instance_timeout: int | None = None
    propagated: tuple[str, ...] = ()

    vpc_id: str = ""
    vswitches: tuple[str, ...] = ()
    multi_az_policy: MultiAZPolicy = "PRIORITY"
    az_balance: bool = False
    auto_rebalance: bool = False
    balance_mode: str = ""
    allocation_strategy: str = ""
    on_demand_base: int | None = None
    on_demand_percentage: int | None = None
    compensate_with_on_demand: bool | None = None
    spot_allocation_strategy: str = ""
    spot_instance_pools: int | None = None
    spot_instance_remedy: bool = False
    spot_replaces_on_demand: bool = False
    price_comparison_mode: str = ""

    configuration: str = ""
    launch_template: str = ""
    launch_template_version: str = ""
    overrides: tuple[TypeOverride, ...] = ()

    load_balancers: tuple[LoadBalancer, ...] = ()
    server_groups: tuple[ServerGroup, ...] = ()
