"""The scaling activity as it is stored: what was asked, and what became of it. Shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.control.store_resource import Resource

Status = Literal["Init", "InProgress", "Successful", "Warning", "Failed", "Rejected"]
Work = Literal[
    "Scale", "Attach", "Detach", "Remove", "EnterStandby", "ExitStandby", "Replace", "Rebalance", "Refresh"
]

OPEN: tuple[Status, ...] = ("Init", "InProgress")
"""The states of an activity that is not over; shown to users as "InProgress"."""

OPEN_NAME = "open"
"""The name, by which activities are found, of one that is not over; of others it is empty."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an activity is to do.

    "Scale" makes `create` instances, or removes `remove` that the removal policies choose (one of the two is 0).
    All other works name the `instances`; of "Replace" they are removed and as many made. `hooks` is whether lifecycle
    hooks hold the instances, but those in `ignored_hooks`. `keep_backends` leaves the instances in the balancers
    (DetachOption without "both"). `stop_timeout` is in seconds. `overrides` are the RunInstances parameters by wire
    names that ScaleWithAdjustment gave for this activity alone.
    """

    work: Work
    create: int = 0
    remove: int = 0
    instances: tuple[str, ...] = ()
    hooks: bool = True
    ignored_hooks: tuple[str, ...] = ()
    keep_backends: bool = False
    stop_timeout: int | None = None
    overrides: dict[str, str] = {}


class ActivityError(msgspec.Struct, frozen=True, kw_only=True):
    """Why instances could not be made or removed."""

    code: str
    message: str
    description: str = ""
    instances: tuple[str, ...] = ()


class ScalingActivity(Resource, kind="ess.activity", kw_only=True):
    """One activity of a group (`parent`). Ids sort by the moment they were made.

    `cause` says who asked and what changed, in the vendor's sentences; `source_type` and `source` are what triggered
    it ("Api" with the action's name, "Alarm", "ScheduledTask", "CapacityChange", "HealthCheck", "ScalingRule" ...
    with the id). `cooldown` is how long the group cools down once it is over (None: the group's; 0: not at all), and
    `triggered` whether an alarm triggered it. `capacity_before` and `capacity_after` are the group's TotalCapacity
    when it began and when it ended; `target` what it is to be.
    """

    asked: Asked
    status: Status = "Init"
    status_message: str = ""
    description: str = ""
    cause: str = ""
    source_type: str = ""
    source: str = ""
    request_id: str = ""
    metadata: str = ""
    triggered: bool = False
    cooldown: int | None = None
    started: float = 0.0
    ended: float = 0.0
    progress: int = 0
    capacity_before: int = 0
    capacity_after: int | None = None
    auto_created: int = 0
    attached: int = 0
    target: int | None = None
    created_instances: tuple[str, ...] = ()
    destroyed_instances: tuple[str, ...] = ()
    started_instances: tuple[str, ...] = ()
    stopped_instances: tuple[str, ...] = ()
    errors: tuple[ActivityError, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is not over yet."""
        return self.status in OPEN
