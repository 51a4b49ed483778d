"""Surge protection in the simulator: the production decision, fed with what the simulated balancer sees."""

from __future__ import annotations

from yunbox.rehearsal.simulator.policy import View
from yunbox.services.ess.surge.controller import LOOK_SECONDS
from yunbox.services.ess.surge.decision import Decision, Seen, Settings, State, decide
from yunbox.services.ess.surge.forecast import History, foreseen, lead, learned


class Surge:
    """Asks `decide` as the live controller does, five times a second; with `forecast` it learns what recurs."""

    def __init__(
        self, settings: Settings, first: int, *, every: float = LOOK_SECONDS, forecast: bool = False
    ) -> None:
        self.every = every
        self.last: Decision | None = None
        self._settings = settings
        self._state = State(desired=first)
        self._history = History() if forecast else None

    def desired(self, view: View) -> int:
        """Return what the production code decides."""
        ahead = 0.0
        if self._history is not None and self.last is not None:
            self._history = learned(self._history, self.last.load, view.now)
            ahead = foreseen(self._history, self.last.load, view.now, lead(view.startup))
        seen = Seen(
            arrived=view.arrived,
            active=view.active,
            queued=view.queued,
            shed=view.shed,
            ready=view.ready,
            startup=view.startup,
            forecast=ahead,
        )
        self.last = decide(self._settings, self._state, seen, view.now)
        self._state = self.last.state
        return self.last.desired
