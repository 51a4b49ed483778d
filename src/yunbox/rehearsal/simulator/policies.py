"""Surge protection in the simulator: the production decision, fed with what the simulated balancer sees."""

from __future__ import annotations

import msgspec

from yunbox.rehearsal.simulator.policy import View
from yunbox.services.ess.surge.decision import Decision, Seen, Settings, State, decide


class Surge:
    """Asks `decide` as the live controller does, five times a second."""

    every = 0.2

    def __init__(self, settings: Settings, first: int, every: float = 0.2) -> None:
        self.settings = settings
        self.state = State(desired=first)
        self.every = every
        self.last: Decision | None = None

    def desired(self, view: View) -> int:
        """Return what the production code decides."""
        seen = Seen(
            arrived=view.arrived,
            active=view.active,
            queued=view.queued,
            shed=view.shed,
            ready=view.ready,
            startup=view.startup,
        )
        self.last = decide(self.settings, self.state, seen, view.now)
        self.state = self.last.state
        return self.last.desired


def surge(first: int, minimum: int = 1, every: float = 0.2, **settings: object) -> Surge:
    """Return surge protection with yunbox's defaults, but for what is given."""
    return Surge(msgspec.structs.replace(Settings(minimum=minimum), **settings), first, every)
