"""The tick model: all requests of a tick are one number, instances are counters, 100,000 or 10 at the same cost.

Arrivals are Poisson about the trace's rate. In a tick the ready instances end at most as many requests as their
slots allow; the rest waits in the balancer's queue, first come first served, and is shed at the deadline. Checked
against `requests`, the model that follows every single request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import inf

import msgspec
import numpy as np
from numpy.typing import NDArray

from yunbox.rehearsal.simulator.model import Door, Faults, Instance
from yunbox.rehearsal.simulator.policy import Policy, View

_CHUNK = 65_536
_WAITS = 4096
_COUNTS = ("arrived", "served", "shed", "failed", "returned", "repeated", "starts")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What happened. By tick: `ready` instances, those `paid` for, and requests `queued`.

    `waits[k]` are requests served after waiting in the queue for k ticks. `queued_at_all` had to wait.
    """

    tick: float
    ready: NDArray[np.int64]
    paid: NDArray[np.int64]
    queued: NDArray[np.int64]
    arrived: int
    served: int
    shed: int
    failed: int
    returned: int
    repeated: int
    inside: int
    waits: NDArray[np.int64]
    starts: int


def simulate(
    rates: NDArray[np.float64],
    tick: float,
    policy: Policy,
    instance: Instance,
    *,
    faults: Faults | None = None,
    door: Door | None = None,
    first: int,
    begin: int = 0,
    seed: int = 1,
) -> Run:
    """Run a policy over a trace: `rates` is requests/s by tick; the group begins with `first` ready instances.

    Requests are counted from the tick `begin` on, those that wait then among them.
    """
    group = _Group(policy, instance, faults or Faults(), door or Door(), first, begin)
    return _Ticks(group, rates, tick, seed).run()


class _Group(msgspec.Struct, frozen=True):
    policy: Policy
    instance: Instance
    faults: Faults
    door: Door
    first: int
    begin: int


class _Ticks:
    def __init__(self, group: _Group, rates: NDArray[np.float64], tick: float, seed: int) -> None:
        self.rates, self.tick = rates, tick
        self.policy, self.instance, self.faults = group.policy, group.instance, group.faults
        instance, faults, ticks = group.instance, group.faults, len(rates)
        self.begin = group.begin
        self.random = np.random.default_rng(seed)
        self.deadline = round(group.door.deadline / tick)
        self.per_instance = instance.slots * tick / instance.service
        self.drain = max(1, round(instance.drain / tick))
        self.view = View()
        self.view.startup = instance.startup_p90 * faults.slow_starts
        self.ready, self.starting, self.desired = group.first, 0, group.first
        self.draining = 0
        self.booted: dict[int, int] = {}
        self.broken: dict[int, int] = {}
        self.drained: dict[int, int] = {}
        self.canceled = 0
        self.allowed, self.allowed_at = faults.starts_at_once, 0
        self.waiting: deque[list[int]] = deque()
        self.waits = np.zeros(_WAITS, np.int64)
        self.queued = self.arrived = self.served = self.shed = self.failed = 0
        self.returned = self.repeated = self.starts = 0
        self.coming_again: dict[int, int] = {}
        self.before: dict[str, int] = {}
        self.part = 0.0
        self.dead_until = -1
        self.forgotten = 0.0
        self.seen_ready = np.zeros(ticks, np.int64)
        self.seen_paid = np.zeros(ticks, np.int64)
        self.seen_queued = np.zeros(ticks, np.int64)
        self.kills = {round(each.at / tick): each.share for each in faults.kills}
        self.outages = {round(each.at / tick): each.seconds for each in faults.outages}

    def run(self) -> Run:
        every = max(1, round(self.policy.every / self.tick))
        for at, new in enumerate(self._arrivals()):
            if at == self.begin:
                self._count_from_here()
            self._instances(at)
            came = new + (self.coming_again.pop(at, 0) if self.coming_again else 0)
            self._serve(at, came)
            if self.kills and at in self.kills:
                self._kill(at, self.kills[at])
            if self.outages and at in self.outages:
                self._outage(at, self.outages[at])
            if at % every == 0 and not self._blind(at):
                self._ask(at)
            if self.desired > self.ready + self.starting:
                self._start(at, self.desired - self.ready - self.starting)
            self.seen_ready[at] = self.ready
            self.seen_paid[at] = self.ready + self.starting + self.draining
            self.seen_queued[at] = self.queued
        counted = dict(zip(_COUNTS, (getattr(self, name) for name in _COUNTS), strict=True))
        for name, before in self.before.items():
            counted[name] -= before
        return Run(
            tick=self.tick,
            ready=self.seen_ready,
            paid=self.seen_paid,
            queued=self.seen_queued,
            inside=self.queued,
            waits=self.waits,
            **counted,
        )

    def _count_from_here(self) -> None:
        self.before = {name: getattr(self, name) for name in _COUNTS}
        self.before["arrived"] -= self.queued
        self.waits[:] = 0

    def _arrivals(self) -> Iterator[int]:
        for begin in range(0, len(self.rates), _CHUNK):
            yield from self.random.poisson(self.rates[begin : begin + _CHUNK] * self.tick).tolist()

    def _instances(self, at: int) -> None:
        """Let those that are due be ready, broken or gone."""
        if self.booted and (ready := self.booted.pop(at, 0)):
            stopped = min(self.canceled, ready)
            self.canceled -= stopped
            self.starting -= ready - stopped
            self.ready += ready - stopped
        if self.broken and (broken := self.broken.pop(at, 0)):
            stopped = min(self.canceled, broken)
            self.canceled -= stopped
            self.starting -= broken - stopped
        if self.drained:
            self.draining -= self.drained.pop(at, 0)

    def _serve(self, at: int, came: int) -> None:
        """Let the queue and what came be served, as far as there are slots; shed what waited too long."""
        self.arrived += came
        if at < self.dead_until:
            # Nobody listens.
            self.failed += came
            came = 0
        self.part += self.ready * self.per_instance if at >= self.dead_until else 0.0
        room = int(self.part)
        if not self.queued and came <= room:
            self.part = min(self.part - came, 1.0)
            self.waits[0] += came
            done = came
        else:
            done = self._serve_queue(at, came, room)
            self.part = min(self.part - done, 1.0)
        self.served += done
        view = self.view
        view.active = done * self.instance.service / self.tick
        view.busy += done * self.instance.service
        view.served_by += self.ready * self.tick

    def _serve_queue(self, at: int, came: int, room: int) -> int:
        waiting = self.waiting
        if came:
            waiting.append([at, came])
            self.queued += came
        done = 0
        while waiting and done < room:
            oldest = waiting[0]
            take = min(oldest[1], room - done)
            self.waits[min(at - oldest[0], _WAITS - 1)] += take
            done += take
            oldest[1] -= take
            if not oldest[1]:
                waiting.popleft()
        self.queued -= done
        while waiting and at - waiting[0][0] >= self.deadline:
            self._shed(at, waiting.popleft()[1])
        return done

    def _shed(self, at: int, count: int) -> None:
        self.queued -= count
        again = int(self.random.binomial(count, self.faults.returning)) if self.faults.returning else 0
        if again:
            due = at + round(1.0 / self.tick)
            self.coming_again[due] = self.coming_again.get(due, 0) + again
            self.returned += again
        self.shed += count

    def _kill(self, at: int, share: float) -> None:
        """Let instances die: what they worked on goes to the head of the queue, or fails."""
        dead = round(self.ready * share)
        lost = int(self.view.active * share)
        self.ready -= dead
        again = int(lost * self.faults.repeatable)
        self.served -= lost
        self.failed += lost - again
        self.repeated += again
        if again:
            self.waiting.appendleft([at, again])
            self.queued += again
            self.waits[0] -= again

    def _outage(self, at: int, seconds: float) -> None:
        self.dead_until = at + max(1, round(seconds / self.tick))
        lost = int(self.view.active)
        self.served -= lost
        self.failed += lost + self.queued
        self.queued = 0
        self.waiting.clear()
        self.forgotten = float(self.arrived)

    def _blind(self, at: int) -> bool:
        now = at * self.tick
        return at < self.dead_until or any(begin <= now < end for begin, end in self.faults.blind)

    def _ask(self, at: int) -> None:
        view = self.view
        view.now = at * self.tick
        view.arrived, view.queued = self.arrived - self.forgotten, self.queued
        view.shed, view.ready, view.alive = self.shed, self.ready, self.ready + self.starting
        self.desired = max(self.policy.desired(view), 0)
        if (fewer := self.ready + self.starting - self.desired) > 0:
            self._stop(at, fewer)

    def _start(self, at: int, count: int) -> None:
        faults = self.faults
        if faults.starts_per_second < inf:
            more = (at - self.allowed_at) * self.tick * faults.starts_per_second
            self.allowed, self.allowed_at = min(self.allowed + more, faults.starts_at_once), at
            count = min(count, int(self.allowed))
            self.allowed -= count
        if count <= 0:
            return
        self.starts += count
        self.starting += count
        failing = self.instance.failing if faults.failing is None else faults.failing
        broken = int(self.random.binomial(count, failing)) if failing else 0
        if broken:
            due = at + round(self.instance.start_timeout / self.tick)
            self.broken[due] = self.broken.get(due, 0) + broken
        due_after = self.instance.startups(count - broken, self.random) * (faults.slow_starts / self.tick)
        for due, many in zip(*np.unique(due_after.astype(np.int64) + 1, return_counts=True), strict=True):
            self.booted[at + int(due)] = self.booted.get(at + int(due), 0) + int(many)

    def _stop(self, at: int, count: int) -> None:
        """Stop starting instances first: they serve nobody. The others are drained."""
        stopped = min(count, self.starting)
        self.starting -= stopped
        self.canceled += stopped
        if out := count - stopped:
            self.ready -= out
            self.draining += out
            self.drained[at + self.drain] = self.drained.get(at + self.drain, 0) + out
