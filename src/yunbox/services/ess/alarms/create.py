"""CreateAlarm, ModifyAlarm, EnableAlarm, DisableAlarm, DeleteAlarm. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.services.ess.alarms.model import AlarmTask, Condition, Operator, Statistics
from yunbox.services.ess.checks import living_group
from yunbox.services.ess.decisions.cron import read_effective
from yunbox.services.ess.errors import alarm_not_found, ari_not_found, conflict, quota_exceeded
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.model import Dimension, ScalingRule, rule_id_of
from yunbox.services.ess.rules.parameters import AlarmDimension

MAX_ALARMS = 50
Actions = Annotated[list[str], Meta(max_length=5)]
Period = Literal[15, 60, 120, 300, 900]


class Expression(Shape, kw_only=True):
    """One of several conditions."""

    metric_name: str
    comparison_operator: Operator = ">="
    statistics: Statistics = "Average"
    period: Period = 300
    threshold: float


class AlarmParameters(Request):
    """What creating and modifying have in common; UNSET leaves it as it is."""

    name: Annotated[str, Meta(max_length=64)] = ""
    description: Annotated[str, Meta(max_length=256)] | UnsetType = UNSET
    metric_type: Literal["system", "custom"] | UnsetType = UNSET
    metric_name: str = ""
    period: Period | UnsetType = UNSET
    statistics: Statistics | UnsetType = UNSET
    comparison_operator: Operator | UnsetType = UNSET
    threshold: float | UnsetType = UNSET
    evaluation_count: Annotated[int, Meta(ge=1, le=60)] | UnsetType = UNSET
    dimensions: Annotated[list[AlarmDimension], Meta(max_length=10)] = []
    expressions: Annotated[list[Expression], Meta(max_length=10)] = []
    expressions_logic_operator: Literal["&&", "||"] | UnsetType = UNSET
    effective: Text = UNSET
    group_id: int | UnsetType = UNSET
    alarm_actions: Actions = []


class CreateAlarm(AlarmParameters, kw_only=True):
    """Watch a metric, and execute rules when it is beyond a threshold."""

    scaling_group_id: str


class ModifyAlarm(AlarmParameters, kw_only=True):
    """Change what is watched and what is done; what is not given stays as it is."""

    alarm_task_id: str


class AlarmNamed(Answer):
    """Which alarm it is."""

    alarm_task_id: str


class EnableAlarm(Request):
    """Let an alarm watch."""

    alarm_task_id: str


class DisableAlarm(Request):
    """Let an alarm rest."""

    alarm_task_id: str


class DeleteAlarm(Request):
    """Delete an alarm."""

    alarm_task_id: str


@ess.action(CreateAlarm, on="scalinggroup/{scaling_group_id}")
def create_alarm(request: CreateAlarm, call: Call) -> AlarmNamed:
    """Store an alarm, enabled.

    Raises CloudError: InvalidScalingGroupId.NotFound, InvalidScalingRuleAri.NotFound, MissingParameter ...
    """
    group = living_group(call, request.scaling_group_id)
    if call.change.count(AlarmTask, parent=group.id) >= MAX_ALARMS:
        raise quota_exceeded("AlarmTask", MAX_ALARMS)
    id_ = call.new_id("asg-alarm")
    new = AlarmTask(
        id=id_,
        account=call.account,
        region=call.region,
        parent=group.id,
        name=request.name or id_,
        created=call.time,
    )
    changes = _changes(request, new)
    alarm = msgspec.structs.replace(new, **changes)
    _check(call, alarm)
    call.change.create(alarm)
    return AlarmNamed(alarm_task_id=id_)


@ess.action(ModifyAlarm, on="alarm/{alarm_task_id}")
def modify_alarm(request: ModifyAlarm, call: Call) -> AlarmNamed:
    """Store what changes; the alarm is evaluated anew. Raises CloudError: InvalidAlarmTaskId.NotFound and others."""
    before = call.require(AlarmTask, request.alarm_task_id, alarm_not_found)
    changes = _changes(request, before)
    if request.name:
        changes["name"] = request.name
    after = msgspec.structs.replace(before, **changes)
    _check(call, after)
    if (after.conditions, after.dimensions) != (before.conditions, before.dimensions):
        after = msgspec.structs.replace(
            after, state="INSUFFICIENT_DATA", state_since=call.time, evaluated_at=0.0
        )
    call.change.replace(after)
    return AlarmNamed(alarm_task_id=after.id)


_KEPT = {
    "description": "description",
    "metric_type": "metric_type",
    "evaluation_count": "evaluations",
    "expressions_logic_operator": "logic",
    "effective": "effective",
    "group_id": "cms_group",
}
_OF_CONDITION = {
    "period": "period",
    "statistics": "statistics",
    "comparison_operator": "operator",
    "threshold": "threshold",
}


def _changes(request: AlarmParameters, alarm: AlarmTask) -> dict[str, Any]:
    """Return what a request says of an alarm, by its attributes. Raises CloudError: MissingParameter."""
    found = {
        kept: getattr(request, name) for name, kept in _KEPT.items() if getattr(request, name) is not UNSET
    }
    if request.dimensions:
        found["dimensions"] = tuple(
            Dimension(key=each.dimension_key, value=each.dimension_value) for each in request.dimensions
        )
    if request.alarm_actions:
        found["actions"] = tuple(dict.fromkeys(request.alarm_actions))
    if request.expressions and request.metric_name:
        raise conflict("MetricName and Expressions exclude each other.")
    if request.expressions:
        found["expressions"] = tuple(
            Condition(
                metric_name=each.metric_name,
                period=each.period,
                statistics=each.statistics,
                operator=each.comparison_operator,
                threshold=each.threshold,
            )
            for each in request.expressions
        )
        found["condition"] = None
    elif (condition := _condition(request, alarm.condition)) is not None:
        found |= {"condition": condition, "expressions": ()}
    return found


def _condition(request: AlarmParameters, before: Condition | None) -> Condition | None:
    """Return the one condition that a request makes of what it was before, None where it says nothing of one."""
    own = {
        kept: getattr(request, name)
        for name, kept in _OF_CONDITION.items()
        if getattr(request, name) is not UNSET
    }
    if request.metric_name:
        own["metric_name"] = request.metric_name
    if before is not None:
        return msgspec.structs.replace(before, **own)
    if "metric_name" not in own:
        return None
    if "threshold" not in own:
        raise missing_parameter("Threshold")
    return Condition(**own)


def _check(call: Call, alarm: AlarmTask) -> None:
    """Return when an alarm can be evaluated and its rules are the group's. Raises CloudError."""
    if not alarm.conditions:
        raise missing_parameter("MetricName")
    if alarm.effective:
        try:
            read_effective(alarm.effective)
        except ValueError as error:
            raise invalid_parameter("Effective", str(error)) from None
    for each in alarm.actions:
        rule = call.require(ScalingRule, rule_id_of(each), ari_not_found)
        if rule.parent != alarm.parent:
            raise ari_not_found(each)
        if rule.type not in ("SimpleScalingRule", "StepScalingRule"):
            raise invalid_parameter("AlarmActions", f"a {rule.type} is executed by Auto Scaling alone")


@ess.action(EnableAlarm, on="alarm/{alarm_task_id}")
def enable_alarm(request: EnableAlarm, call: Call) -> Empty:
    """Store that it watches. Raises CloudError: InvalidAlarmTaskId.NotFound."""
    alarm = call.require(AlarmTask, request.alarm_task_id, alarm_not_found)
    call.change.replace(msgspec.structs.replace(alarm, enabled=True))
    return Empty()


@ess.action(DisableAlarm, on="alarm/{alarm_task_id}")
def disable_alarm(request: DisableAlarm, call: Call) -> Empty:
    """Store that it rests. Raises CloudError: InvalidAlarmTaskId.NotFound."""
    alarm = call.require(AlarmTask, request.alarm_task_id, alarm_not_found)
    call.change.replace(
        msgspec.structs.replace(alarm, enabled=False, state="INSUFFICIENT_DATA", state_since=call.time)
    )
    return Empty()


@ess.action(DeleteAlarm, on="alarm/{alarm_task_id}")
def delete_alarm(request: DeleteAlarm, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidAlarmTaskId.NotFound."""
    alarm = call.require(AlarmTask, request.alarm_task_id, alarm_not_found)
    call.change.delete(AlarmTask, alarm.id)
    return Empty()
