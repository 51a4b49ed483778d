"""What is derived of one version of the API for the other: pure."""

from __future__ import annotations

import typing
from typing import Annotated, Any

import pytest
from api.vendor_shapes import paths, shape_of
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.parameters import read
from yunbox.api.shapes import Request, Shape
from yunbox.services.ess.product import ess
from yunbox.services.ess.versions import old_request, singular, wrapped


class Inner(Shape):
    """Something in a list."""

    port: int
    policies: list[str] = []


class Asked(Request):
    """Something that is asked."""

    instance_ids: Annotated[list[str], Meta(max_length=2)]
    server_groups: Annotated[list[Inner], Meta(max_length=5)] | UnsetType = UNSET
    v_switch_ids: list[str] = []
    name: str = ""


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("Policies", "Policy"),
        ("ScalingActivities", "ScalingActivity"),
        ("Processes", "Process"),
        ("ScaleStatuses", "ScaleStatus"),
        ("InstanceTypes", "InstanceType"),
        ("ScalingRuleAris", "ScalingRuleAri"),
        ("VServerGroupAttributes", "VServerGroupAttribute"),
    ],
)
def test_names_in_the_singular(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_a_request_of_the_older_version_is_one_of_the_newer() -> None:
    old = old_request(Asked)
    asked = read(
        old, {"InstanceId.1": "i-1", "ServerGroup.1.Port": "8", "ServerGroup.1.Policy.1": "p", "Name": "n"}
    )
    assert isinstance(asked, Asked)
    assert (asked.instance_ids, asked.name) == (["i-1"], "n")
    assert asked.server_groups is not UNSET
    assert [(each.port, each.policies) for each in asked.server_groups] == [(8, ["p"])]
    # A list that is in the plural in both versions.
    assert read(old, {"InstanceId.1": "i-1", "VSwitchIds.1": "v"}).v_switch_ids == ["v"]


def test_answers_of_the_older_version_wrap_their_lists() -> None:
    new = {
        "AlarmList": [{"Dimensions": [{"DimensionKey": "k"}], "Enable": True}],
        "RemovalPolicies": [],
        "SpotPriceLimits": [{"PriceLimit": 0.5}],
        "SystemDiskEncrypted": False,
    }
    assert wrapped(new) == {
        "AlarmList": {"Alarm": [{"Dimensions": {"Dimension": [{"DimensionKey": "k"}]}, "Enable": True}]},
        "RemovalPolicies": {"RemovalPolicy": []},
        "SpotPriceLimit": {"SpotPriceModel": [{"PriceLimit": 0.5}]},
        "SystemDisk.Encrypted": False,
    }


TERRAFORM_READS = {
    "DescribeScalingGroups": (
        "ScalingGroups.ScalingGroup.N.RemovalPolicies.RemovalPolicy.N",
        "ScalingGroups.ScalingGroup.N.DBInstanceIds.DBInstanceId.N",
        "ScalingGroups.ScalingGroup.N.LoadBalancerIds.LoadBalancerId.N",
        "ScalingGroups.ScalingGroup.N.VSwitchIds.VSwitchId.N",
        "ScalingGroups.ScalingGroup.N.HealthCheckTypes.HealthCheckType.N",
        "ScalingGroups.ScalingGroup.N.LaunchTemplateOverrides.LaunchTemplateOverride.N.InstanceType",
        "ScalingGroups.ScalingGroup.N.AlbServerGroups.AlbServerGroup.N.AlbServerGroupId",
        "ScalingGroups.ScalingGroup.N.SuspendedProcesses.SuspendedProcess.N",
        "ScalingGroups.ScalingGroup.N.CapacityOptions.OnDemandBaseCapacity",
        "ScalingGroups.ScalingGroup.N.VServerGroups.VServerGroup.N.VServerGroupAttributes."
        "VServerGroupAttribute.N.VServerGroupId",
    ),
    "DescribeScalingConfigurations": (
        "ScalingConfigurations.ScalingConfiguration.N.InstanceTypes.InstanceType.N",
        "ScalingConfigurations.ScalingConfiguration.N.WeightedCapacities.WeightedCapacity.N",
        "ScalingConfigurations.ScalingConfiguration.N.SecurityGroupIds.SecurityGroupId.N",
        "ScalingConfigurations.ScalingConfiguration.N.DataDisks.DataDisk.N.KMSKeyId",
        "ScalingConfigurations.ScalingConfiguration.N.DataDisks.DataDisk.N.Size",
        "ScalingConfigurations.ScalingConfiguration.N.Tags.Tag.N.Key",
        "ScalingConfigurations.ScalingConfiguration.N.SpotPriceLimit.SpotPriceModel.N.PriceLimit",
        "ScalingConfigurations.ScalingConfiguration.N.SystemDisk.Encrypted",
    ),
    "DescribeScalingRules": (
        "ScalingRules.ScalingRule.N.StepAdjustments.StepAdjustment.N.ScalingAdjustment",
        "ScalingRules.ScalingRule.N.AlarmDimensions.AlarmDimension.N.DimensionKey",
    ),
    "DescribeAlarms": (
        "AlarmList.Alarm.N.AlarmActions.AlarmAction.N",
        "AlarmList.Alarm.N.Dimensions.Dimension.N.DimensionKey",
        "AlarmList.Alarm.N.Expressions.Expression.N.MetricName",
    ),
    "DescribeScheduledTasks": ("ScheduledTasks.ScheduledTask.N.ScheduledTaskId",),
    "DescribeScalingInstances": ("ScalingInstances.ScalingInstance.N.InstanceId",),
    "DescribeScalingActivities": ("ScalingActivities.ScalingActivity.N.StatusCode",),
    "DescribeLifecycleHooks": ("LifecycleHooks.LifecycleHook.N.LifecycleHookId",),
    "DescribeNotificationConfigurations": (
        "NotificationConfigurationModels.NotificationConfigurationModel.N.NotificationTypes.NotificationType.N",
    ),
    "ListTagResources": ("TagResources.TagResource.N.TagKey",),
}
"""Where the Terraform provider finds what it reads."""

NOT_HERE = {"ScalingConfigurations.ScalingConfiguration.N.DataDisks.DataDisk.N.KMSKeyId"}
"""What it reads if there is any."""


@pytest.mark.parametrize("action", TERRAFORM_READS)
def test_the_older_version_answers_where_terraform_reads(action: str) -> None:
    function: Any = ess.old.actions[action].function
    answer = typing.get_type_hints(function.__wrapped__)["return"]
    found = set(paths(wrapped(shape_of(answer))))
    assert set(TERRAFORM_READS[action]) - found <= NOT_HERE


def test_both_versions_have_the_same_actions() -> None:
    only_new = set(ess.new.actions) - set(ess.old.actions)
    assert only_new == {
        "DescribeScalingGroupDetail",
        "QueryHistoricalMetric",
        "QueryPredictiveMetric",
        "QueryPredictiveTaskInfo",
        "QueryPredictiveValue",
    }
    assert not set(ess.old.actions) - set(ess.new.actions)
