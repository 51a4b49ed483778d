"""Alarms, scheduled tasks, lifecycle hooks and notifications, through the official SDKs of both versions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from alibabacloud_ess20220222 import models
from ess_clients import Classic, Scaling, unique

MOMENT = "%Y-%m-%dT%H:%MZ"


def in_hours(hours: float) -> str:
    """Return a moment that is so many hours away."""
    return time.strftime(MOMENT, time.gmtime(time.time() + hours * 3600))


def simple_rule(scaling: Scaling, group: str) -> str:
    """Make a rule that adds an instance and return its ARI."""
    made = scaling.do(
        "CreateScalingRule",
        scaling_group_id=group,
        adjustment_type="QuantityChangeInCapacity",
        adjustment_value=1,
    )
    return str(made.scaling_rule_ari)


def test_an_alarm_is_described_as_it_was_made(scaling: Scaling, classic: Classic) -> None:
    group = scaling.group()
    ari = simple_rule(scaling, group)
    name = unique("busy")
    alarm = scaling.do(
        "CreateAlarm",
        scaling_group_id=group,
        name=name,
        metric_name="CpuUtilization",
        threshold=80.0,
        comparison_operator=">",
        period=60,
        evaluation_count=2,
        alarm_actions=[ari],
    ).alarm_task_id
    [found] = scaling.do("DescribeAlarms", alarm_task_id=alarm).alarm_list
    assert (found.name, found.metric_type, found.metric_name) == (name, "system", "CpuUtilization")
    assert (found.threshold, found.comparison_operator, found.period) == (80.0, ">", 60)
    assert (found.statistics, found.evaluation_count) == ("Average", 2)
    assert (found.state, found.enable, found.alarm_actions) == ("INSUFFICIENT_DATA", True, [ari])
    scaling.do("DisableAlarm", alarm_task_id=alarm)
    assert not scaling.do("DescribeAlarms", scaling_group_id=group, is_enable=True).alarm_list
    scaling.do("EnableAlarm", alarm_task_id=alarm)
    scaling.do("ModifyAlarm", alarm_task_id=alarm, threshold=70.0)
    [wrapped] = classic.do("DescribeAlarms", AlarmTaskId=alarm, MetricType="system")["AlarmList"]["Alarm"]
    assert (wrapped["Threshold"], wrapped["AlarmActions"]) == (70.0, {"AlarmAction": [ari]})
    rules = scaling.do("DescribeScalingRules", scaling_rule_aris=[ari], show_alarm_rules=True).scaling_rules
    assert [each.alarm_task_id for each in rules[0].alarms] == [alarm]
    scaling.do("DeleteAlarm", alarm_task_id=alarm)
    assert not classic.do("DescribeAlarms", AlarmTaskId=alarm)["AlarmList"]["Alarm"]


def test_an_alarm_of_several_conditions(scaling: Scaling, refused: Callable[..., str]) -> None:
    group = scaling.group()
    Expression = models.CreateAlarmRequestExpressions  # noqa: N806 - a class
    conditions = [
        Expression(metric_name="CpuUtilization", threshold=80.0, comparison_operator=">=", period=60),
        Expression(metric_name="LoadAverage", threshold=2.0, comparison_operator=">", period=60),
    ]
    given: dict[str, Any] = {"scaling_group_id": group, "expressions_logic_operator": "||"}
    alarm = scaling.do("CreateAlarm", expressions=conditions, **given).alarm_task_id
    [found] = scaling.do("DescribeAlarms", alarm_task_id=alarm).alarm_list
    assert [each.metric_name for each in found.expressions] == ["CpuUtilization", "LoadAverage"]
    assert (found.expressions_logic_operator, found.metric_name) == ("||", None)
    create = (scaling.do, "CreateAlarm")
    assert refused(*create, **given) == "MissingParameter"
    given |= {"metric_name": "CpuUtilization", "threshold": 1.0}
    assert refused(*create, effective="nonsense", **given) == "InvalidParameter"
    assert refused(*create, alarm_actions=["ari:none"], **given) == "InvalidScalingRuleAri.NotFound"


def test_scheduled_tasks(scaling: Scaling, classic: Classic, refused: Callable[..., str]) -> None:
    group = scaling.group()
    ari = simple_rule(scaling, group)
    name, launch = unique("morning"), in_hours(1)
    task = scaling.do(
        "CreateScheduledTask",
        scheduled_task_name=name,
        scheduled_action=ari,
        launch_time=launch,
        recurrence_type="Daily",
        recurrence_value="1",
        recurrence_end_time=in_hours(48),
        description="every morning",
    ).scheduled_task_id
    wrapped = classic.do("DescribeScheduledTasks", ScheduledTaskIds=[task])
    [found] = wrapped["ScheduledTasks"]["ScheduledTask"]
    assert (found["LaunchTime"], found["ScheduledAction"], found["TaskEnabled"]) == (launch, ari, True)
    assert (found["RecurrenceType"], found["RecurrenceValue"]) == ("Daily", "1")
    assert "MinValue" not in found
    scaling.do("ModifyScheduledTask", scheduled_task_id=task, task_enabled=False)
    of_group = scaling.do(
        "CreateScheduledTask", scaling_group_id=group, launch_time=launch, min_value=1, max_value=3
    ).scheduled_task_id
    [second] = scaling.do("DescribeScheduledTasks", scaling_group_id=group).scheduled_tasks
    assert (second.scheduled_task_id, second.min_value, second.max_value) == (of_group, 1, 3)
    create = (scaling.do, "CreateScheduledTask")
    assert refused(*create, launch_time=launch) == "MissingParameter"
    assert refused(*create, launch_time=in_hours(-1), scheduled_action=ari) == "InvalidParameter"
    both = {"scheduled_action": ari, "scaling_group_id": group, "launch_time": launch}
    assert refused(*create, **both) == "InvalidParameter.Conflict"
    code = refused(scaling.do, "DeleteScalingRule", scaling_rule_id=ari.rpartition("/")[2])
    assert code == "ScalingRule.InUse"
    scaling.do("DeleteScheduledTask", scheduled_task_id=task)
    scaling.delete(group)
    # What belongs to a group goes with it.
    assert not scaling.do("DescribeScheduledTasks", scheduled_task_ids=[of_group]).scheduled_tasks


def test_a_hook_holds_an_instance_until_it_is_told(scaling: Scaling, refused: Callable[..., str]) -> None:
    hook = models.CreateScalingGroupRequestLifecycleHooks(
        lifecycle_hook_name="warm", lifecycle_transition="SCALE_OUT", heartbeat_timeout=600
    )
    group = scaling.enabled_group(lifecycle_hooks=[hook])
    ari = simple_rule(scaling, group)
    activity = scaling.do("ExecuteScalingRule", scaling_rule_ari=ari).scaling_activity_id
    [waiting] = _held(scaling, activity)
    assert (waiting.lifecycle_action_status, len(waiting.instance_ids)) == ("Pending", 1)
    assert scaling.find(group).pending_wait_capacity == 1
    # One thing at a time.
    assert refused(scaling.do, "ExecuteScalingRule", scaling_rule_ari=ari) == "ScalingActivityInProgress"
    assert refused(scaling.do, "DeleteScalingGroup", scaling_group_id=group) == "InstanceInUse"
    token = {"lifecycle_hook_id": waiting.lifecycle_hook_id}
    scaling.do(
        "RecordLifecycleActionHeartbeat", lifecycle_action_token=waiting.lifecycle_action_token, **token
    )
    code = refused(scaling.do, "CompleteLifecycleAction", lifecycle_action_token="none", **token)
    assert code == "InvalidLifecycleActionToken.NotExist"
    scaling.do(
        "CompleteLifecycleAction",
        lifecycle_action_token=waiting.lifecycle_action_token,
        lifecycle_action_result="CONTINUE",
        **token,
    )
    deadline = time.monotonic() + 30
    while scaling.find(group).active_capacity != 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    [done] = _held(scaling, activity)
    assert (done.lifecycle_action_status, done.lifecycle_action_result) == ("Complete", "CONTINUE")
    scaling.delete(group)


def _held(scaling: Scaling, activity: str) -> list[Any]:
    """Wait until a hook holds instances of an activity and return what is held."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = scaling.do("DescribeLifecycleActions", scaling_activity_id=activity).lifecycle_actions
        if found:
            return list(found)
        time.sleep(0.05)
    raise AssertionError("No hook holds an instance.")


def test_hooks_are_changed_and_deleted(
    scaling: Scaling, classic: Classic, refused: Callable[..., str]
) -> None:
    group = scaling.group()
    given = {"scaling_group_id": group, "lifecycle_hook_name": "drain"}
    hook = scaling.do("CreateLifecycleHook", lifecycle_transition="SCALE_IN", **given).lifecycle_hook_id
    code = refused(scaling.do, "CreateLifecycleHook", lifecycle_transition="SCALE_IN", **given)
    assert code == "InvalidLifecycleHookName.Duplicate"
    scaling.do("ModifyLifecycleHook", heartbeat_timeout=60, default_result="ROLLBACK", **given)
    wrapped = classic.do("DescribeLifecycleHooks", LifecycleHookIds=[hook])
    [found] = wrapped["LifecycleHooks"]["LifecycleHook"]
    assert (found["HeartbeatTimeout"], found["DefaultResult"]) == (60, "ROLLBACK")
    scaling.do("DeleteLifecycleHook", lifecycle_hook_id=hook)
    assert not scaling.do("DescribeLifecycleHooks", scaling_group_id=group).lifecycle_hooks


def test_notifications(scaling: Scaling, classic: Classic, refused: Callable[..., str]) -> None:
    group = scaling.group()
    arn = "acs:mns:cn-hangzhou:1000000000000001:queue/told"
    given = {"scaling_group_id": group, "notification_arn": arn}
    types = ["AUTOSCALING:SCALE_OUT_SUCCESS"]
    scaling.do("CreateNotificationConfiguration", notification_types=types, **given)
    code = refused(scaling.do, "CreateNotificationConfiguration", notification_types=types, **given)
    assert code == "NotificationConfigurationExist"
    scaling.do("ModifyNotificationConfiguration", notification_types=["AUTOSCALING:SCALE_REJECT"], **given)
    wrapped = classic.do("DescribeNotificationConfigurations", ScalingGroupId=group)
    [found] = wrapped["NotificationConfigurationModels"]["NotificationConfigurationModel"]
    assert found["NotificationTypes"] == {"NotificationType": ["AUTOSCALING:SCALE_REJECT"]}
    assert len(scaling.do("DescribeNotificationTypes").notification_types) == 8
    scaling.do("DeleteNotificationConfiguration", **given)
    code = refused(scaling.do, "DeleteNotificationConfiguration", **given)
    assert code == "NotificationConfigurationNotExist"
