"""The statistics of a period by the names that the vendor gives them: pure."""

from __future__ import annotations

from yunbox.engines.metrics.interface import Point


def statistic(point: Point, name: str) -> float:
    """Return a statistic of a period by the vendor's name. Raises ValueError for one that there is not."""
    match name:
        case "Average" | "Value":
            return point.average
        case "Minimum":
            return point.minimum
        case "Maximum":
            return point.maximum
        case "Sum":
            return point.sum
        case "SampleCount":
            return point.count
    raise ValueError(f"there is no statistic {name}")
