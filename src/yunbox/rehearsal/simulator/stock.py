"""The vendor's target tracking in the simulator: the production decision of yunbox's Auto Scaling."""

from __future__ import annotations

from collections import deque

from yunbox.rehearsal.simulator.policy import View
from yunbox.services.ess.decisions.capacity import Bounds
from yunbox.services.ess.decisions.tracking import Fleet, Tracking, track


class EssTracking:
    """Target tracking on LoadBalancerRealServerAverageQps with the rule's defaults, asked each minute."""

    every = 60.0

    def __init__(self, per_instance: float, minimum: int, maximum: int) -> None:
        self.rule = Tracking(target=per_instance)
        self.bounds = Bounds(minimum, maximum)
        self.values: deque[float | None] = deque(maxlen=self.rule.evaluations)
        self.warming: deque[tuple[float, int]] = deque()
        self.arrived = self.served_by = 0.0

    def desired(self, view: View) -> int:
        """Return what the rule asks for, or what there is."""
        came, self.arrived = view.arrived - self.arrived, view.arrived
        served_by, self.served_by = view.served_by - self.served_by, view.served_by
        self.values.append(came / served_by if served_by > 0 else None)
        while self.warming and self.warming[0][0] <= view.now:
            self.warming.popleft()
        size = max(view.alive, self.bounds.minimum)
        warming = min(sum(count for _, count in self.warming), size)
        wanted = track(self.rule, Fleet(size - warming, warming), self.bounds, list(self.values))
        if wanted is None:
            return size
        if wanted > size:
            self.warming.append((view.now + view.startup + self.rule.warmup, wanted - size))
        return wanted
