"""Scaling groups through the official SDKs of both versions."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

from alibabacloud_ess20220222 import models
from ess_clients import Classic, Scaling, unique


def test_a_group_is_described_as_it_was_made(scaling: Scaling) -> None:
    name = unique()
    group = scaling.group(
        scaling_group_name=name,
        min_size=1,
        max_size=4,
        desired_capacity=2,
        default_cooldown=60,
        removal_policies=["NewestInstance", "OldestInstance"],
        v_switch_ids=scaling.vswitches,
        multi_azpolicy="BALANCE",
        tags=[models.CreateScalingGroupRequestTags(key="team", value="shop", propagate=True)],
    )
    found = scaling.find(group)
    assert (found.scaling_group_name, found.lifecycle_state) == (name, "Inactive")
    assert (found.min_size, found.max_size, found.desired_capacity) == (1, 4, 2)
    assert (found.default_cooldown, found.multi_azpolicy) == (60, "BALANCE")
    assert found.removal_policies == ["NewestInstance", "OldestInstance"]
    assert found.v_switch_ids == scaling.vswitches
    assert found.vpc_id == scaling.vpc_id
    assert (found.total_capacity, found.active_capacity) == (0, 0)
    assert [(each.tag_key, each.tag_value, each.propagate) for each in found.tags] == [("team", "shop", True)]
    detail = scaling.do("DescribeScalingGroupDetail", scaling_group_id=group).scaling_group
    assert detail.scaling_group_name == name


def test_both_versions_speak_of_the_same_group(scaling: Scaling, classic: Classic) -> None:
    name = unique()
    made = classic.do(
        "CreateScalingGroup",
        ScalingGroupName=name,
        MinSize=0,
        MaxSize=3,
        VSwitchIdss=scaling.vswitches,
        RemovalPolicy_1="OldestInstance",
        HealthCheckType="ECS",
    )
    group = made["ScalingGroupId"]
    assert scaling.find(group).removal_policies == ["OldestInstance"]
    listed = classic.do("DescribeScalingGroups", ScalingGroupIds=[group])
    [found] = listed["ScalingGroups"]["ScalingGroup"]
    assert found["VSwitchIds"] == {"VSwitchId": scaling.vswitches}
    assert found["RemovalPolicies"] == {"RemovalPolicy": ["OldestInstance"]}
    # The Terraform provider reads these whether there are any or not.
    assert found["LoadBalancerIds"] == {"LoadBalancerId": []}
    assert found["DBInstanceIds"] == {"DBInstanceId": []}
    assert found["HealthCheckType"] == "ECS"
    assert "DesiredCapacity" not in found
    [named] = classic.do("DescribeScalingGroups", ScalingGroupName=name)["ScalingGroups"]["ScalingGroup"]
    assert named["ScalingGroupId"] == group


def test_the_older_version_speaks_xml(scaling: Scaling, classic: Classic) -> None:
    group = scaling.group(v_switch_ids=scaling.vswitches)
    text = classic.text("DescribeScalingGroups", "xml", ScalingGroupIds=[group])
    root = ElementTree.fromstring(text)
    assert root.tag == "DescribeScalingGroupsResponse"
    found = [each.text for each in root.iterfind("ScalingGroups/ScalingGroup/VSwitchIds/VSwitchId")]
    assert found == scaling.vswitches


def test_what_a_group_may_not_be(scaling: Scaling, refused: Callable[..., str]) -> None:
    name = unique()
    scaling.group(scaling_group_name=name)
    assert refused(scaling.group, scaling_group_name=name) == "InvalidScalingGroupName.Duplicate"
    assert refused(scaling.group, scaling_group_name="-x") == "InvalidScalingGroupName.Malformed"
    assert refused(scaling.group, min_size=3, max_size=2) == "InvalidParameter.Conflict"
    assert refused(scaling.group, desired_capacity=6) == "InvalidDesiredCapacity"
    assert refused(scaling.group, v_switch_ids=["vsw-none"]) == "InvalidVSwitchId.NotFound"
    assert refused(scaling.group, group_type="ECI") == "InvalidParameter"
    assert refused(scaling.group, dbinstance_ids='["rm-1"]') == "InvalidParameter.NotImplemented"
    missing = refused(scaling.do, "ModifyScalingGroup", scaling_group_id="asg-none", max_size=3)
    assert missing == "InvalidScalingGroupId.NotFound"


def test_a_group_is_changed_protected_and_deleted(scaling: Scaling, refused: Callable[..., str]) -> None:
    group = scaling.group(desired_capacity=4, health_check_types=["ECS"])
    assert scaling.find(group).health_check_type is None
    scaling.do("ModifyScalingGroup", scaling_group_id=group, max_size=3, health_check_type="NONE")
    found = scaling.find(group)
    # The expected capacity follows the bounds.
    assert (found.max_size, found.desired_capacity, found.health_check_type) == (3, 3, "NONE")
    scaling.do("SuspendProcesses", scaling_group_id=group, processes=["ScaleIn", "HealthCheck"])
    scaling.do("ResumeProcesses", scaling_group_id=group, processes=["ScaleIn"])
    assert scaling.find(group).suspended_processes == ["HealthCheck"]
    scaling.do("SetGroupDeletionProtection", scaling_group_id=group, group_deletion_protection=True)
    code = refused(scaling.do, "DeleteScalingGroup", scaling_group_id=group)
    assert code == "InvalidOperation.GroupDeletionProtection"
    scaling.do("SetGroupDeletionProtection", scaling_group_id=group, group_deletion_protection=False)
    scaling.do("DeleteScalingGroup", scaling_group_id=group)
    assert scaling.find(group) is None


def test_a_group_needs_a_configuration_to_be_enabled(scaling: Scaling, refused: Callable[..., str]) -> None:
    group = scaling.group()
    code = refused(scaling.do, "EnableScalingGroup", scaling_group_id=group)
    assert code == "MissingActiveScalingConfiguration"
    assert refused(scaling.do, "DisableScalingGroup", scaling_group_id=group) == "IncorrectScalingGroupStatus"
