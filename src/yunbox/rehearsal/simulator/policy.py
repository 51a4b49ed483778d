"""What a scaling policy sees in the simulator, and what it answers."""

from __future__ import annotations

from typing import Protocol


class View:
    """What is known of the group now. Counters (`arrived`, `shed`, `busy`) grow from the beginning of the trace.

    `busy` are seconds that requests spent in servers, `served_by` seconds that instances took traffic. `ready`
    instances take traffic, `alive` are those and the starting ones. `startup` is the time that instances took to
    start of late, its ninth decile.
    """

    __slots__ = (
        "active",
        "alive",
        "arrived",
        "busy",
        "now",
        "queued",
        "ready",
        "served_by",
        "shed",
        "startup",
    )

    def __init__(self) -> None:
        self.now = 0.0
        self.arrived = self.shed = self.busy = self.served_by = 0.0
        self.active = self.queued = 0.0
        self.ready = self.alive = 0
        self.startup = 0.0


class Policy(Protocol):
    """A scaling policy. It is asked every `every` seconds."""

    @property
    def every(self) -> float:
        """Seconds between two questions."""
        ...

    def desired(self, view: View) -> int:
        """Return how many instances the group is to have."""
        ...
