"""What predictive rules foresee, and from what. Wire shapes: ESS API 2022-02-22, which alone has these actions."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import minutes
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.ecs.instances.moments import read_moment
from yunbox.services.ess.checks import the_group
from yunbox.services.ess.decisions.forecast import HOUR, Task
from yunbox.services.ess.errors import rule_not_found
from yunbox.services.ess.measured import loads
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.model import ScalingRule
from yunbox.services.ess.versions import Function

R = TypeVar("R", bound=Request)

BY_THE_HOUR = (
    "Values are by the hour, the sum over the group's instances, and there are some once a predictive rule has "
    "watched for a day."
)


def _of_a_group(request: type[R]) -> Callable[[Function[R]], Function[R]]:
    """Register what is asked of a metric of a group."""
    on = "scalinggroup/{scaling_group_id}"
    return ess.action(request, on=on, access="read", only="new", partial=BY_THE_HOUR)


class QueryPredictiveTaskInfo(Request):
    """Ask which bounds a predictive rule gives its group, and when."""

    scaling_rule_id: str
    start_time: str
    end_time: str


class TaskInfo(Shape):
    """From `time` on the group has so many instances."""

    time: str
    min_value: int
    max_value: int


class TaskInfoList(Shape):
    """The wrapping of a list of tasks."""

    task_info: list[TaskInfo]


class TaskInfos(Answer):
    """Hourly tasks."""

    task_infos: TaskInfoList


class _OfMetric(Request):
    """Names a metric of a group, and a time."""

    scaling_group_id: str
    metric_name: str
    start_time: str
    end_time: str


class QueryPredictiveMetric(_OfMetric):
    """Ask what a metric is expected to be."""


class MetricAt(Shape):
    """A value of a metric."""

    time: str
    metric_value: str


class PredictiveMetricList(Shape):
    """The wrapping of a list of values."""

    predictive_metric: list[MetricAt]


class PredictiveMetrics(Answer):
    """What a metric is expected to be."""

    predictive_metrics: PredictiveMetricList


class QueryHistoricalMetric(_OfMetric):
    """Ask what a metric was."""


class HistoricalMetricList(Shape):
    """The wrapping of a list of values."""

    historical_metric: list[MetricAt]


class HistoricalMetrics(Answer):
    """What a metric was."""

    historical_metrics: HistoricalMetricList


class QueryPredictiveValue(_OfMetric, kw_only=True):
    """Ask how many instances a target of a metric is expected to need."""

    target_value: Annotated[float, Meta(gt=0)]


class ValueAt(Shape):
    """A number of instances."""

    time: str
    value: int


class PredictiveValueList(Shape):
    """The wrapping of a list of numbers."""

    predictive_value: list[ValueAt]


class PredictiveValues(Answer):
    """How many instances are expected to be needed."""

    predictive_values: PredictiveValueList


@ess.action(QueryPredictiveTaskInfo, on="scalingrule/{scaling_rule_id}", access="read", only="new")
def query_predictive_task_info(request: QueryPredictiveTaskInfo, call: Call) -> TaskInfos:
    """Answer the tasks that a rule has foreseen. Raises CloudError: InvalidScalingRuleId.NotFound."""
    rule = call.require(ScalingRule, request.scaling_rule_id, rule_not_found)
    start, end = _span(request.start_time, request.end_time)
    found = [
        TaskInfo(time=minutes(each.at), min_value=each.minimum, max_value=each.maximum)
        for each in _foreseen(rule)
        if start <= each.at <= end
    ]
    return TaskInfos(task_infos=TaskInfoList(task_info=found))


@_of_a_group(QueryPredictiveMetric)
def query_predictive_metric(request: QueryPredictiveMetric, call: Call) -> PredictiveMetrics:
    """Answer what a group's predictive rule of the metric foresees."""
    found = [
        MetricAt(time=minutes(moment), metric_value=f"{load:g}")
        for moment, load in _loads_ahead(request, call)
    ]
    return PredictiveMetrics(predictive_metrics=PredictiveMetricList(predictive_metric=found))


@_of_a_group(QueryPredictiveValue)
def query_predictive_value(request: QueryPredictiveValue, call: Call) -> PredictiveValues:
    """Answer how many instances bear what a group's predictive rule of the metric foresees."""
    found = [
        ValueAt(time=minutes(moment), value=ceil(load / request.target_value - 1e-9))
        for moment, load in _loads_ahead(request, call)
    ]
    return PredictiveValues(predictive_values=PredictiveValueList(predictive_value=found))


@_of_a_group(QueryHistoricalMetric)
def query_historical_metric(request: QueryHistoricalMetric, call: Call) -> HistoricalMetrics:
    """Answer what the group bore."""
    group = the_group(call, request.scaling_group_id)
    start, end = _span(request.start_time, request.end_time)
    borne = loads(call.cloud.metrics(), group.account, group.id, request.metric_name, start, end)
    found = [MetricAt(time=minutes(at), metric_value=f"{load:g}") for at, load in sorted(borne.items())]
    return HistoricalMetrics(historical_metrics=HistoricalMetricList(historical_metric=found))


def _foreseen(rule: ScalingRule) -> list[Task]:
    return msgspec.json.decode(str(rule.state.get("forecast", "[]")), type=list[Task])


def _loads_ahead(request: _OfMetric, call: Call) -> list[tuple[float, float]]:
    """Return the hours of a time, and the load that is expected in each. Raises CloudError."""
    group = the_group(call, request.scaling_group_id)
    start, end = _span(request.start_time, request.end_time)
    for rule in call.find(ScalingRule, parent=group.id):
        if rule.type == "PredictiveScalingRule" and rule.metric_name == request.metric_name:
            ahead = 60.0 * rule.predictive_buffer_minutes
            hours = [(each.at + ahead, each.load) for each in _foreseen(rule)]
            return [(hour, load) for hour, load in hours if start <= hour <= end]
    return []


def _span(start: str, end: str) -> tuple[float, float]:
    first, last = read_moment(start), read_moment(end)
    if first is None:
        raise invalid_parameter("StartTime", "a moment such as 2026-11-11T00:00Z is expected")
    if last is None or last < first:
        raise invalid_parameter("EndTime", "a moment that is not before StartTime is expected")
    return first, min(last, first + 31 * 24 * HOUR)
