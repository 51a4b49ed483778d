"""Scaling groups through the official SDKs of both versions."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

from alibabacloud_alb20200616 import models as alb_models
from alibabacloud_ess20220222 import models
from ess_clients import IMAGE, TYPE, Classic, Scaling, unique


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
    twice = ["OldestInstance", "OldestInstance"]
    assert refused(scaling.group, removal_policies=twice) == "InvalidParameter.Conflict"
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


def test_a_group_makes_instances_by_a_launch_template(scaling: Scaling, refused: Callable[..., str]) -> None:
    data = {
        "image_id": IMAGE,
        "instance_type": TYPE,
        "security_group_id": scaling.security_group,
    }
    template = scaling.ecs.do("CreateLaunchTemplate", launch_template_name=unique("template"), **data)
    override = models.CreateScalingGroupRequestLaunchTemplateOverrides(instance_type="ecs.t6-c1m2.large")
    group = scaling.group(
        launch_template_id=template.launch_template_id,
        launch_template_version="Latest",
        launch_template_overrides=[override],
    )
    found = scaling.find(group)
    assert (found.launch_template_id, found.launch_template_version) == (
        template.launch_template_id,
        "Latest",
    )
    assert [each.instance_type for each in found.launch_template_overrides] == ["ecs.t6-c1m2.large"]
    scaling.do("EnableScalingGroup", scaling_group_id=group)
    assert scaling.find(group).lifecycle_state == "Active"
    assert refused(scaling.group, launch_template_id="lt-none") == "LaunchTemplateSet.NotFound"
    code = refused(scaling.group, launch_template_id=template.launch_template_id, launch_template_version="7")
    assert code == "LaunchTemplateVersionSet.NotFound"


def test_balancers_are_attached_and_detached(
    scaling: Scaling, classic: Classic, refused: Callable[..., str]
) -> None:
    group = scaling.group()
    attach = {"scaling_group_id": group, "force_attach": True}
    Config = models.AttachLoadBalancersRequestLoadBalancerConfigs  # noqa: N806 - a class
    slb, alb = scaling.slb, scaling.alb
    balancer = slb.do("CreateLoadBalancer", load_balancer_name="ess").load_balancer_id
    given = Config(load_balancer_id=balancer, weight=30)
    scaling.do("AttachLoadBalancers", load_balancer_configs=[given], **attach)
    found = scaling.find(group)
    assert found.load_balancer_ids == [balancer]
    assert [each.weight for each in found.load_balancer_configs] == [30]
    servers = alb.do(
        "CreateServerGroup",
        server_group_name="ess-servers",
        vpc_id=scaling.vpc_id,
        health_check_config=alb_models.CreateServerGroupRequestHealthCheckConfig(health_check_enabled=False),
    ).server_group_id
    classic.do(
        "AttachAlbServerGroups",
        ScalingGroupId=group,
        RegionId="cn-hangzhou",
        AlbServerGroups=[{"AlbServerGroupId": servers, "Port": 8080, "Weight": 10}],
    )
    [attached] = scaling.find(group).alb_server_groups
    assert (attached.alb_server_group_id, attached.port, attached.weight) == (servers, 8080, 10)
    named = models.DetachAlbServerGroupsRequestAlbServerGroups(alb_server_group_id=servers, port=8080)
    scaling.do("DetachAlbServerGroups", scaling_group_id=group, alb_server_groups=[named])
    scaling.do("DetachLoadBalancers", scaling_group_id=group, load_balancers=[balancer])
    found = scaling.find(group)
    assert (found.alb_server_groups, found.load_balancer_ids) == ([], [])
    code = refused(scaling.do, "AttachLoadBalancers", load_balancers=["lb-none"], **attach)
    assert code == "InvalidLoadBalancerId.NotFound"
