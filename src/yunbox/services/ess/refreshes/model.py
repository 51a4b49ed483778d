"""The instance refresh task as it is stored. Wire shapes: ESS API 2022-02-22 (and 2014-08-28)."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.control.store_resource import Resource
from yunbox.services.ess.groups.model import TypeOverride

RefreshStatus = Literal[
    "Pending",
    "InProgress",
    "Paused",
    "Cancelling",
    "Cancelled",
    "Successful",
    "Failed",
    "RollbackInProgress",
    "RollbackSuccessful",
    "RollbackFailed",
]

UNDER_WAY: tuple[RefreshStatus, ...] = ("Pending", "InProgress", "Paused", "Cancelling", "RollbackInProgress")
"""The states of a task that is not over; a group has one such task at most."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """How a group's instances are made. `image` is that of its configuration, empty where it stays as it is."""

    image: str = ""
    configuration: str = ""
    launch_template: str = ""
    launch_template_version: str = ""
    overrides: tuple[TypeOverride, ...] = ()


class InstanceRefresh(Resource, kind="ess.refresh", kw_only=True):
    """A task of a group (`parent`). The group makes instances as `desired` says from the moment it begins.

    `waiting` are the instances that are still to be replaced, in the order in which they are, `total` how many there
    were. An activity of the work "Refresh" replaces some at a time; the controllers begin one after another and move
    its instances from `waiting` to `replaced`. `activity` is the one under way. Actions write `status` where a user
    pauses, resumes, cancels or rolls back; `before` is how instances were made before, to go back to. `checkpoints`
    are percentages at which the task pauses of itself until `paused_until` (0: until it is resumed).
    """

    status: RefreshStatus = "Pending"
    detail: str = ""
    min_healthy: int = 80
    max_healthy: int = 120
    skip_matching: bool = True
    checkpoints: tuple[int, ...] = ()
    checkpoint_minutes: int = 60
    desired: Source | None = None
    before: Source
    waiting: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    total: int = 0
    passed: int = 0
    activity: str = ""
    paused_until: float = 0.0
    started: float = 0.0
    ended: float = 0.0

    @property
    def percentage(self) -> int:
        """How much of it is done."""
        return 100 * len(self.replaced) // self.total if self.total else 100


def task_under_way(found: list[InstanceRefresh]) -> InstanceRefresh | None:
    """Return the task of a group's that is not over, or None."""
    return next((each for each in found if each.status in UNDER_WAY), None)
