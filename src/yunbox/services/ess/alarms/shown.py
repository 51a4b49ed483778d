"""Parts of alarms as answers show them. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, UnsetType

from yunbox.api.shapes import Count, Shape, Text
from yunbox.services.ess.alarms.model import AlarmTask
from yunbox.services.ess.rules.model import Dimension


class DimensionShown(Shape):
    """A dimension of a metric."""

    dimension_key: str
    dimension_value: str


class WatchedShown(Shape, kw_only=True):
    """What an alarm watches. The fields of a condition are left out where there are several conditions."""

    metric_type: str
    metric_name: Text
    period: Count
    statistics: Text
    comparison_operator: Text
    threshold: float | UnsetType
    evaluation_count: int
    dimensions: list[DimensionShown]


def dimensions_of(dimensions: Iterable[Dimension]) -> list[DimensionShown]:
    """Return dimensions as answers show them."""
    return [DimensionShown(dimension_key=each.key, dimension_value=each.value) for each in dimensions]


def watched_by(alarm: AlarmTask, dimensions: Iterable[Dimension]) -> dict[str, Any]:
    """Return the fields of `WatchedShown`."""
    only = alarm.condition
    return {
        "metric_type": alarm.metric_type,
        "metric_name": UNSET if only is None else only.metric_name,
        "period": UNSET if only is None else only.period,
        "statistics": UNSET if only is None else only.statistics,
        "comparison_operator": UNSET if only is None else only.operator,
        "threshold": UNSET if only is None else only.threshold,
        "evaluation_count": alarm.evaluations,
        "dimensions": dimensions_of(dimensions),
    }
