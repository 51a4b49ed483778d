"""Parts of alarms as answers show them. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from collections.abc import Iterable

from yunbox.api.shapes import Shape
from yunbox.services.ess.rules.model import Dimension


class DimensionShown(Shape):
    """A dimension of a metric."""

    dimension_key: str
    dimension_value: str


def dimensions_of(dimensions: Iterable[Dimension]) -> list[DimensionShown]:
    """Return dimensions as answers show them."""
    return [DimensionShown(dimension_key=each.key, dimension_value=each.value) for each in dimensions]
