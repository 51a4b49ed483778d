"""The scheduled task as it is stored. Wire shapes: ESS API 2022-02-22 (and 2014-08-28)."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource

Recurrence = Literal["", "Daily", "Weekly", "Monthly", "Cron"]


class ScheduledTask(CloudResource, kind="ess.schedule", kw_only=True):
    """A task that executes the rule whose ARI is `action`, or sets the capacity of the group `parent`.

    `launch` is its (first) moment, `recurrence_end` the last (0: none), seconds since the epoch; `recurrence_value`
    is as the vendor writes it. What could not be done is tried again for `expiration` seconds. The controllers write
    `next_at`, the moment it is to be done next (0: not decided yet; actions set it to 0 when they change the task),
    `due` the moment that is being tried (0: none), and `last_done`.
    """

    action: str = ""
    launch: float = 0.0
    expiration: int = 600
    recurrence: Recurrence = ""
    recurrence_value: str = ""
    recurrence_end: float = 0.0
    min_value: int | None = None
    max_value: int | None = None
    desired_value: int | None = None
    enabled: bool = True
    description: str = ""
    next_at: float = 0.0
    due: float = 0.0
    last_done: float = 0.0
