"""Scaling policies of others, written from their documentation: Kubernetes HPA v2, Knative KPA, AWS target tracking.

Each gets the best metric it may be given: requests a second, which does not saturate as CPU does, without any delay
beyond its own period. `target` is 70% of an instance's concurrency, Knative's default, for all of them.
"""

from __future__ import annotations

from collections import deque
from math import ceil, floor

from yunbox.rehearsal.simulator.policy import View


class Hpa:
    """HorizontalPodAutoscaler v2 with its defaults (kubernetes.io, "Algorithm details" and "Default Behavior").

    Every 15 s ceil(pods x metric / target), nothing within 10% of the target; up by at most 100% or 4 pods in 15 s,
    whichever is more; down to the highest recommendation of 300 s. Pods that are not ready count with a metric of 0
    when it goes up.
    """

    every = 15.0

    def __init__(self, per_instance: float, minimum: int, maximum: int) -> None:
        self.per_instance, self.minimum, self.maximum = per_instance, minimum, maximum
        self.arrived = 0.0
        self.recommended: deque[tuple[float, int]] = deque()

    def desired(self, view: View) -> int:
        """Return what HPA would ask for."""
        rate, self.arrived = (view.arrived - self.arrived) / self.every, view.arrived
        pods = max(view.alive, 1)
        ratio = rate / (pods * self.per_instance)
        wanted = pods if abs(ratio - 1) <= 0.1 else ceil(pods * ratio)
        self.recommended.append((view.now, wanted))
        while self.recommended[0][0] <= view.now - 300:
            self.recommended.popleft()
        wanted = max(wanted, min(pods, max(n for _, n in self.recommended)))
        wanted = min(wanted, max(2 * pods, pods + 4))
        return min(max(wanted, self.minimum), self.maximum)


class Kpa:
    """Knative's pod autoscaler with its defaults (knative/serving, pkg/autoscaler/scaling/autoscaler.go).

    Every 2 s from the concurrency, what waits in the activator included: the mean of 60 s, and of 6 s in panic,
    which begins when that asks for twice the ready pods, lasts for 60 s after and never goes down.
    """

    every = 2.0

    def __init__(self, concurrency: float, minimum: int, maximum: int) -> None:
        self.target, self.minimum, self.maximum = concurrency, minimum, maximum
        self.samples: deque[float] = deque(maxlen=30)
        self.panicked = -1e9
        self.panic_most = 0
        self.busy = 0.0

    def desired(self, view: View) -> int:
        """Return what KPA would ask for."""
        busy, self.busy = (view.busy - self.busy) / self.every, view.busy
        self.samples.append(busy + view.queued)
        ready = max(view.ready, 1)
        stable = sum(self.samples) / len(self.samples)
        recent = list(self.samples)[-3:]
        least, most = floor(ready / 2), ceil(1000 * ready)
        wanted = min(max(ceil(stable / self.target), least), most)
        wanted_now = min(max(ceil(sum(recent) / len(recent) / self.target), least), most)
        if wanted_now / ready >= 2:
            if view.now - self.panicked > 60:
                self.panic_most = 0
            self.panicked = view.now
        if view.now - self.panicked <= 60:
            self.panic_most = max(self.panic_most, wanted, wanted_now)
            wanted = self.panic_most
        return min(max(wanted, self.minimum), self.maximum)


class AwsTracking:
    """Target tracking of Amazon EC2 Auto Scaling on ALBRequestCountPerTarget, as documented.

    Alarms of three 60 s periods above the target and of fifteen 10% below it; ceil(instances x metric / target).
    An instance is warming up for 300 s: not counted in the metric; counted as capacity when more are asked for;
    nothing is taken away meanwhile.
    """

    every = 60.0
    warm_up = 300.0

    def __init__(self, per_instance: float, minimum: int, maximum: int) -> None:
        self.per_instance, self.minimum, self.maximum = per_instance, minimum, maximum
        self.arrived = self.served_by = 0.0
        self.above = self.below = 0
        self.size = 0
        self.warming: deque[tuple[float, int]] = deque()

    def desired(self, view: View) -> int:
        """Return what target tracking would ask for."""
        came, self.arrived = view.arrived - self.arrived, view.arrived
        served_by, self.served_by = view.served_by - self.served_by, view.served_by
        self.size = self.size or view.alive
        while self.warming and self.warming[0][0] <= view.now:
            self.warming.popleft()
        ratio = came / served_by / self.per_instance if served_by > 0 else 0.0
        self.above = self.above + 1 if ratio > 1 else 0
        self.below = self.below + 1 if ratio < 0.9 else 0
        warming = sum(count for _, count in self.warming)
        wanted = ceil(max(self.size - warming, 1) * ratio)
        if self.above >= 3 and wanted > self.size:
            more = min(wanted, self.maximum) - self.size
            self.warming.append((view.now + self.warm_up, more))
            self.size += more
        elif self.below >= 15 and not warming and wanted < self.size:
            self.size = max(wanted, self.minimum)
            self.below = 0
        return self.size
