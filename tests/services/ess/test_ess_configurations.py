"""Scaling configurations through the official SDKs of both versions."""

from __future__ import annotations

import json
from collections.abc import Callable

from alibabacloud_ess20220222 import models
from ess_clients import IMAGE, TYPE, Classic, Scaling

SCRIPT = "IyEvYmluL3NoCg=="


def test_a_configuration_is_described_as_it_was_made(scaling: Scaling) -> None:
    group = scaling.group()
    configuration = scaling.configuration(
        group,
        scaling_configuration_name="web",
        instance_name="web",
        user_data=SCRIPT,
        system_disk=models.CreateScalingConfigurationRequestSystemDisk(category="cloud_essd", size=40),
        data_disks=[models.CreateScalingConfigurationRequestDataDisks(category="cloud_essd", size=20)],
        tags=json.dumps({"team": "shop"}),
        load_balancer_weight=80,
        password="Str0ng!pass",
    )
    listed = scaling.do("DescribeScalingConfigurations", scaling_group_id=group)
    [found] = listed.scaling_configurations
    assert found.scaling_configuration_id == configuration
    assert (found.scaling_configuration_name, found.lifecycle_state) == ("web", "Inactive")
    assert (found.image_id, found.instance_type, found.instance_types) == (IMAGE, TYPE, [TYPE])
    assert (found.system_disk_category, found.system_disk_size) == ("cloud_essd", 40)
    assert [(each.category, each.size, each.encrypted) for each in found.data_disks] == [
        ("cloud_essd", 20, "false")
    ]
    assert (found.user_data, found.load_balancer_weight, found.password_setted) == (SCRIPT, 80, True)
    assert [(each.key, each.value) for each in found.tags] == [("team", "shop")]


def test_the_older_version_wraps_what_terraform_reads(scaling: Scaling, classic: Classic) -> None:
    group = scaling.group()
    made = classic.do(
        "CreateScalingConfiguration",
        ScalingGroupId=group,
        ImageId=IMAGE,
        InstanceTypess=[TYPE, "ecs.t6-c1m2.large"],
        SecurityGroupIdss=[scaling.security_group],
        SystemDiskCategory="cloud_efficiency",
        DataDisks=[{"Size": 30, "Category": "cloud_efficiency", "DeleteWithInstance": "true"}],
        Tags=json.dumps({"team": "shop"}),
    )
    [found] = classic.do(
        "DescribeScalingConfigurations", ScalingConfigurationIds=[made["ScalingConfigurationId"]]
    )["ScalingConfigurations"]["ScalingConfiguration"]
    assert found["InstanceTypes"] == {"InstanceType": [TYPE, "ecs.t6-c1m2.large"]}
    assert found["SecurityGroupIds"] == {"SecurityGroupId": [scaling.security_group]}
    assert [each["Size"] for each in found["DataDisks"]["DataDisk"]] == [30]
    assert found["Tags"] == {"Tag": [{"Key": "team", "Value": "shop"}]}
    assert (found["SystemDiskCategory"], found["SystemDisk.Encrypted"]) == ("cloud_efficiency", False)
    assert found["WeightedCapacities"] == {"WeightedCapacity": []}


def test_what_no_instance_could_be_made_of_is_refused(scaling: Scaling, refused: Callable[..., str]) -> None:
    group = scaling.group()
    make = scaling.configuration
    assert refused(make, group, image_id="m-none") == "InvalidImageId.NotFound"
    assert refused(make, group, instance_type="ecs.none") == "InvalidInstanceType.ValueNotSupported"
    assert refused(make, group, security_group_id="sg-none") == "InvalidSecurityGroupId.NotFound"
    assert refused(make, group, key_pair_name="none") == "InvalidKeyPairName.NotFound"
    assert refused(make, group, password="weak") == "InvalidPassword.Malformed"
    assert refused(make, "asg-none") == "InvalidScalingGroupId.NotFound"
    assert refused(make, group, cpu=2) == "InvalidParameter.NotImplemented"


def test_a_configuration_is_changed_activated_and_deleted(
    scaling: Scaling, refused: Callable[..., str]
) -> None:
    group = scaling.group()
    first, second = scaling.configuration(group), scaling.configuration(group, image_id=IMAGE)
    scaling.do(
        "ModifyScalingConfiguration",
        scaling_configuration_id=first,
        instance_types=["ecs.t6-c1m2.large"],
        host_name="web",
    )
    scaling.do("EnableScalingGroup", scaling_group_id=group, active_scaling_configuration_id=first)
    [found] = scaling.do(
        "DescribeScalingConfigurations", scaling_configuration_ids=[first]
    ).scaling_configurations
    assert (found.instance_types, found.host_name, found.lifecycle_state) == (
        ["ecs.t6-c1m2.large"],
        "web",
        "Active",
    )
    code = refused(scaling.do, "DeleteScalingConfiguration", scaling_configuration_id=first)
    assert code == "IncorrectScalingConfigurationLifecycleState"
    scaling.do("ModifyScalingGroup", scaling_group_id=group, active_scaling_configuration_id=second)
    assert scaling.find(group).active_scaling_configuration_id == second
    scaling.do("DeleteScalingConfiguration", scaling_configuration_id=first)
    listed = scaling.do("DescribeScalingConfigurations", scaling_group_id=group).scaling_configurations
    assert [each.scaling_configuration_id for each in listed] == [second]
