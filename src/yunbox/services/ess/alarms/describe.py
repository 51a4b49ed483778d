"""DescribeAlarms. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Shape, Text
from yunbox.services.ess.alarms.model import AlarmState, AlarmTask
from yunbox.services.ess.alarms.shown import WatchedShown, watched_by
from yunbox.services.ess.pages import Listed, Listing, page_of
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.model import Dimension


class DescribeAlarms(Listing):
    """List alarms."""

    scaling_group_id: str = ""
    alarm_task_id: str = ""
    metric_name: str = ""
    metric_type: Literal["", "system", "custom"] = ""
    state: AlarmState | UnsetType = UNSET
    is_enable: bool | UnsetType = UNSET


class ExpressionShown(Shape):
    """One of several conditions."""

    metric_name: str
    comparison_operator: str
    statistics: str
    period: int
    threshold: float


class AlarmShown(WatchedShown, kw_only=True):
    """An alarm."""

    alarm_task_id: str
    name: str
    description: Text
    scaling_group_id: str
    enable: bool
    state: str
    expressions: list[ExpressionShown]
    expressions_logic_operator: Text
    effective: Text
    alarm_actions: list[str]


class AlarmsDescribed(Listed):
    """A page of alarms."""

    alarm_list: list[AlarmShown]


@ess.action(DescribeAlarms, on="alarm/*")
def describe_alarms(request: DescribeAlarms, call: Call) -> AlarmsDescribed:
    """Answer a page of alarms."""

    def keep(alarm: AlarmTask) -> bool:
        names = [each.metric_name for each in alarm.conditions]
        return (
            request.metric_type in ("", alarm.metric_type)
            and (not request.metric_name or request.metric_name in names)
            and request.state in (UNSET, alarm.state)
            and request.is_enable in (UNSET, alarm.enabled)
        )

    ids = [request.alarm_task_id] if request.alarm_task_id else []
    page = page_of(call, AlarmTask, request, keep, ids=ids, parent=request.scaling_group_id)
    return AlarmsDescribed(
        total_count=page.total,
        page_number=page.number,
        page_size=page.size,
        alarm_list=[_shown(each) for each in page.items],
    )


def _shown(alarm: AlarmTask) -> AlarmShown:
    dimensions = alarm.dimensions
    if alarm.cms_group:
        dimensions += (Dimension(key="groupId", value=str(alarm.cms_group)),)
    return AlarmShown(
        alarm_task_id=alarm.id,
        name=alarm.name,
        description=alarm.description or UNSET,
        scaling_group_id=alarm.parent,
        enable=alarm.enabled,
        state=alarm.state,
        **watched_by(alarm, dimensions),
        expressions=[
            ExpressionShown(
                metric_name=each.metric_name,
                comparison_operator=each.operator,
                statistics=each.statistics,
                period=each.period,
                threshold=each.threshold,
            )
            for each in alarm.expressions
        ],
        expressions_logic_operator=alarm.logic if alarm.expressions else UNSET,
        effective=alarm.effective or UNSET,
        alarm_actions=list(alarm.actions),
    )
