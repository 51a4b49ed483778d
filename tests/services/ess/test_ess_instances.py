"""Instances of groups, their balancers, and the activities, through the official SDKs of both versions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ess_clients import IMAGE, TYPE, Classic, Scaling, unique


@pytest.fixture(scope="module")
def fleet(scaling: Scaling) -> Iterator[str]:
    """A group with two instances of its own."""
    group = scaling.enabled_group(min_size=1, max_size=4, default_cooldown=0)
    one = scaling.do(
        "CreateScalingRule",
        scaling_group_id=group,
        adjustment_type="TotalCapacity",
        adjustment_value=2,
        scaling_rule_name=unique("two"),
    )
    settle(scaling, group)
    scaling.do("ExecuteScalingRule", scaling_rule_ari=one.scaling_rule_ari)
    settle(scaling, group)
    yield group
    scaling.delete(group)


def settle(scaling: Scaling, group: str) -> Any:
    """Wait until no activity of a group is under way any more and it has its instances; return the last one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = scaling.do("DescribeScalingActivities", scaling_group_id=group).scaling_activities
        shown = scaling.find(group)
        over = bool(found) and all(each.status_code != "InProgress" for each in found)
        if over and shown.total_capacity >= shown.min_size:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"The group {group} does not settle.")


def instances(scaling: Scaling, group: str) -> list[Any]:
    """Return the instances of a group."""
    found = scaling.do("DescribeScalingInstances", scaling_group_id=group, page_size=50).scaling_instances
    return list(found)


def test_instances_come_by_activities_that_say_why(scaling: Scaling, classic: Classic, fleet: str) -> None:
    found = instances(scaling, fleet)
    assert [(each.lifecycle_state, each.creation_type) for each in found] == [
        ("InService", "AutoCreated")
    ] * 2
    assert all(each.health_status == "Healthy" for each in found)
    shown = scaling.find(fleet)
    assert (shown.total_capacity, shown.active_capacity, shown.lifecycle_state) == (2, 2, "Active")
    listed = scaling.do("DescribeScalingActivities", scaling_group_id=fleet).scaling_activities
    asked = next(each for each in listed if "A user requests to execute scaling rule" in each.cause)
    assert 'changing the Total Capacity from "1" to "2"' in asked.cause
    assert (asked.status_code, asked.progress, len(asked.created_instances)) == ("Successful", 100, 1)
    wrapped = classic.do("DescribeScalingActivities", ScalingActivityIds=[asked.scaling_activity_id])
    [old] = wrapped["ScalingActivities"]["ScalingActivity"]
    assert old["CreatedInstances"] == {"CreatedInstance": asked.created_instances}
    detail = scaling.do("DescribeScalingActivityDetail", scaling_activity_id=asked.scaling_activity_id).detail
    assert asked.created_instances[0] in detail
    [first] = classic.do("DescribeScalingInstances", InstanceIds=[found[0].instance_id])["ScalingInstances"][
        "ScalingInstance"
    ]
    assert first["ScalingGroupId"] == fleet


def test_protection_standby_and_health(scaling: Scaling, refused: Callable[..., str], fleet: str) -> None:
    first, second = (each.instance_id for each in instances(scaling, fleet))
    protect = {"scaling_group_id": fleet, "instance_ids": [first]}
    scaling.do("SetInstancesProtection", protected_from_scale_in=True, **protect)
    states = {each.instance_id: each.lifecycle_state for each in instances(scaling, fleet)}
    assert states == {first: "Protected", second: "InService"}
    assert scaling.find(fleet).protected_capacity == 1
    scaling.do("SetInstancesProtection", protected_from_scale_in=False, **protect)
    scaling.do("EnterStandby", scaling_group_id=fleet, instance_ids=[second])
    states = {each.instance_id: each.lifecycle_state for each in instances(scaling, fleet)}
    assert states == {first: "InService", second: "Standby"}
    settle(scaling, fleet)
    code = refused(scaling.do, "EnterStandby", scaling_group_id=fleet, instance_ids=[second])
    assert code == "IncorrectInstanceStatus"
    scaling.do("ExitStandby", scaling_group_id=fleet, instance_ids=[second])
    settle(scaling, fleet)
    assert scaling.find(fleet).active_capacity == 2
    code = refused(scaling.do, "SetInstanceHealth", instance_id="i-none", health_status="Unhealthy")
    assert code == "InvalidInstanceId.NotFound"


def test_an_instance_is_attached_and_detached(
    scaling: Scaling, refused: Callable[..., str], fleet: str
) -> None:
    [instance] = scaling.ecs.do(
        "RunInstances",
        image_id=IMAGE,
        instance_type=TYPE,
        security_group_id=scaling.security_group,
        v_switch_id=scaling.vswitches[0],
    ).instance_id_sets.instance_id_set
    name = {"scaling_group_id": fleet, "instance_ids": [instance]}
    _until(scaling, instance, "Running")
    scaling.do("AttachInstances", load_balancer_weights=[30], **name)
    settle(scaling, fleet)
    [attached] = [each for each in instances(scaling, fleet) if each.instance_id == instance]
    assert (attached.creation_type, attached.load_balancer_weight) == ("Attached", 30)
    assert refused(scaling.do, "AttachInstances", **name) == "InvalidInstanceId.InUse"
    like = scaling.do("CreateScalingGroup", min_size=0, max_size=1, instance_id=instance).scaling_group_id
    drawn = scaling.do("DescribeScalingConfigurations", scaling_group_id=like).scaling_configurations[0]
    assert (drawn.instance_type, drawn.image_id, drawn.lifecycle_state) == (TYPE, IMAGE, "Active")
    assert scaling.find(like).v_switch_ids == scaling.vswitches[:1]
    scaling.do("DetachInstances", detach_option="both", **name)
    settle(scaling, fleet)
    assert instance not in {each.instance_id for each in instances(scaling, fleet)}
    [still] = scaling.ecs.do("DescribeInstances", instance_ids=f'["{instance}"]').instances.instance
    assert still.status == "Running"
    scaling.ecs.do("DeleteInstance", instance_id=instance, force=True)


def _until(scaling: Scaling, instance: str, status: str | None) -> None:
    """Wait until an instance has a status, or (None) is gone."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = scaling.ecs.do("DescribeInstances", instance_ids=f'["{instance}"]').instances.instance
        if (found[0].status if found else None) == status:
            return
        time.sleep(0.05)
    raise AssertionError(f"{instance} does not become {status}.")


def test_instances_are_removed_down_to_the_minimum(
    scaling: Scaling, classic: Classic, refused: Callable[..., str], fleet: str
) -> None:
    first, second = (each.instance_id for each in instances(scaling, fleet))
    code = refused(scaling.do, "RemoveInstances", scaling_group_id=fleet, instance_ids=[first, second])
    assert code == "IncorrectCapacity.MinSize"
    code = refused(classic.do, "RemoveInstances", ScalingGroupId=fleet, InstanceIds=["i-none"])
    assert code == "InvalidInstanceId.NotFound"
    classic.do("RemoveInstances", ScalingGroupId=fleet, InstanceIds=[first])
    last = settle(scaling, fleet)
    assert last.destroyed_instances == [first]
    assert [each.instance_id for each in instances(scaling, fleet)] == [second]
    _until(scaling, first, None)


def test_adjustments_of_an_expected_capacity(scaling: Scaling, refused: Callable[..., str]) -> None:
    group = scaling.group(desired_capacity=0)
    adjust = {"scaling_group_id": group, "adjustment_type": "QuantityChangeInCapacity"}
    code = refused(scaling.do, "ScaleWithAdjustment", adjustment_value=1, **adjust)
    assert code == "IncorrectScalingGroupStatus"
    configuration = scaling.configuration(group)
    scaling.do("SuspendProcesses", scaling_group_id=group, processes=["ScaleOut"])
    scaling.do("EnableScalingGroup", scaling_group_id=group, active_scaling_configuration_id=configuration)
    made = scaling.do("ScaleWithAdjustment", adjustment_value=9, **adjust)
    # It ends at the MaxSize, and is the expected capacity's to bring about.
    assert (made.scaling_activity_id, scaling.find(group).desired_capacity) == (None, 5)
    code = refused(scaling.do, "ScaleWithAdjustment", adjustment_value=1, **adjust)
    assert code == "IncorrectCapacity.NoChange"
    scaling.do("ModifyScalingGroup", scaling_group_id=group, desired_capacity=0)
    scaling.delete(group)
