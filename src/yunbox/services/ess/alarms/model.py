"""The event-triggered task (alarm) as it is stored. Wire shapes: ESS API 2022-02-22 (and 2014-08-28)."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource
from yunbox.services.ess.rules.model import Dimension

Statistics = Literal["Average", "Minimum", "Maximum"]
Operator = Literal[">=", "<=", ">", "<"]
AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A metric against a threshold, each aggregated over `period` seconds."""

    metric_name: str
    period: int = 300
    statistics: Statistics = "Average"
    operator: Operator = ">="
    threshold: float


class AlarmTask(CloudResource, kind="ess.alarm", kw_only=True):
    """An alarm of a group (`parent`). In "ALARM" it executes the rules whose ARIs are its `actions`.

    One condition, or several (`expressions`) joined by `logic`; then `condition` is None. It fires after
    `evaluations` periods in a row. `effective` is a cron expression of when it counts, empty: always. The controllers
    write `state`, `state_since`, and `evaluated_at`, the end of the last period they looked at.
    """

    condition: Condition | None = None
    expressions: tuple[Condition, ...] = ()
    logic: Literal["&&", "||"] = "&&"
    metric_type: Literal["system", "custom"] = "system"
    cms_group: int = 0
    dimensions: tuple[Dimension, ...] = ()
    evaluations: int = 3
    effective: str = ""
    description: str = ""
    actions: tuple[str, ...] = ()
    enabled: bool = True
    state: AlarmState = "INSUFFICIENT_DATA"
    state_since: float = 0.0
    evaluated_at: float = 0.0

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Its conditions, one or several."""
        return (self.condition,) if self.condition is not None else self.expressions
