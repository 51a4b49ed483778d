"""The model that follows every request: discrete events, to about 1,000 instances and 10,000 requests a second.

The balancer gives a request to the instance with the fewest, as long as one has a free slot; the others wait, first
come first served, until their deadline. Same policies, instances and faults as in `ticks`, which it checks.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from math import inf

import msgspec
import numpy as np
from numpy.typing import NDArray

from yunbox.rehearsal.simulator.model import Door, Faults, Instance
from yunbox.rehearsal.simulator.policy import Policy, View
from yunbox.rehearsal.simulator.ticks import Run

_WAITS = 4096
_CHUNK = 4096


class BrokenInvariantError(AssertionError):
    """The simulated cloud did what must never happen: the simulator, or what it runs, is wrong."""


class _Server:
    """An instance that takes traffic, drains or is dead. `working` are its requests, by number."""

    __slots__ = ("alive", "draining", "working")

    def __init__(self) -> None:
        self.alive, self.draining = True, False
        self.working: dict[int, float] = {}


class Followed(msgspec.Struct, frozen=True):
    """What happened: the figures by tick; of each request that was served, in order of its end, when it came and how
    long it took.
    """

    run: Run
    came: NDArray[np.float64]
    latencies: NDArray[np.float64]


def follow(
    rates: NDArray[np.float64],
    tick: float,
    policy: Policy,
    instance: Instance,
    *,
    faults: Faults | None = None,
    door: Door | None = None,
    first: int,
    seed: int = 1,
) -> Followed:
    """Run a policy over a trace, request by request; see `ticks.simulate`. Raises BrokenInvariantError."""
    return _Requests(rates, tick, policy, instance, faults or Faults(), door or Door()).run(first, seed)


class _Requests:
    def __init__(
        self,
        rates: NDArray[np.float64],
        tick: float,
        policy: Policy,
        instance: Instance,
        faults: Faults,
        door: Door,
    ) -> None:
        self.rates, self.tick, self.policy = rates, tick, policy
        self.instance, self.faults, self.door = instance, faults, door
        self.now = 0.0
        self.events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self.number = 0
        self.by_load: list[dict[_Server, None]] = [{} for _ in range(instance.slots)]
        self.ready: dict[_Server, None] = {}
        self.starting = self.desired = self.canceled = self.paying = 0
        self.allowed, self.allowed_at = faults.starts_at_once, 0.0
        self.queue: deque[tuple[float, int, bool]] = deque()
        self.dead_until = -1.0
        self.active = self.inside = 0
        self.arrived = self.served = self.shed = self.failed = self.returned = self.repeated = self.starts = 0
        self.forgotten = 0
        self.busy = self.served_by = self.counted_at = 0.0
        self.waits = np.zeros(_WAITS, np.int64)
        self.ended: list[tuple[float, float]] = []
        self.came: dict[int, float] = {}
        self.view = View()

    def run(self, first: int, seed: int) -> Followed:
        self.random = np.random.default_rng(seed)
        self.services = self._drawn()
        self.view.startup = self.instance.startup_p90 * self.faults.slow_starts
        for _ in range(first):
            self._take(_Server())
        self.desired = first
        self.paying = 0
        for kill in self.faults.kills:
            self._at(kill.at, self._kill, kill.share)
        for outage in self.faults.outages:
            self._at(outage.at, self._outage, outage.seconds)
        ready, paid, queued = (np.zeros(len(self.rates), np.int64) for _ in range(3))
        every = max(1, round(self.policy.every / self.tick))
        for at, times in enumerate(self._arrivals()):
            end = (at + 1) * self.tick
            for moment in times:
                self._until(moment)
                self._arrive()
            self._until(end)
            if at % every == 0 and not self._blind(at * self.tick):
                self._ask()
            self._start(self.desired - len(self.ready) - self.starting)
            ready[at], queued[at] = len(self.ready), len(self.queue)
            paid[at] = len(self.ready) + self.starting + self.paying
            self._check()
        run = Run(
            tick=self.tick,
            ready=ready,
            paid=paid,
            queued=queued,
            arrived=self.arrived,
            served=self.served,
            shed=self.shed,
            failed=self.failed,
            returned=self.returned,
            repeated=self.repeated,
            inside=self.inside,
            waits=self.waits,
            starts=self.starts,
        )
        served = np.array(self.ended).reshape(-1, 2)
        return Followed(run, served[:, 0], served[:, 1])

    # Time

    def _at(self, moment: float, what: Callable[..., None], *given: object) -> None:
        self.number += 1
        heapq.heappush(self.events, (moment, self.number, what, given))

    def _until(self, moment: float) -> None:
        """Let everything happen that is due until a moment."""
        events = self.events
        while events and events[0][0] <= moment:
            self.now, _, what, given = heapq.heappop(events)
            what(*given)
        self.now = moment

    def _arrivals(self) -> Iterator[list[float]]:
        for begin in range(0, len(self.rates), _CHUNK):
            counts = self.random.poisson(self.rates[begin : begin + _CHUNK] * self.tick)
            for at, count in enumerate(counts.tolist(), begin):
                yield np.sort((at + self.random.random(count)) * self.tick).tolist()

    def _drawn(self) -> Iterator[float]:
        while True:
            yield from self.instance.services(_CHUNK, self.random).tolist()

    # Requests

    def _arrive(self) -> None:
        self.arrived += 1
        if self.now < self.dead_until:
            # Nobody listens.
            self.failed += 1
            return
        self.inside += 1
        self.came[self.arrived] = self.now
        self.queue.append((self.now, self.arrived, False))
        self._dispatch()
        if self.queue and self.queue[-1][1] == self.arrived:
            self._at(self.now + self.door.deadline, self._expire, self.arrived)

    def _dispatch(self) -> None:
        """Give what waits to instances with free slots, those with the fewest requests first."""
        while self.queue and self.now >= self.dead_until:
            server = next((next(iter(each)) for each in self.by_load if each), None)
            if server is None:
                return
            came, number, _ = self.queue.popleft()
            if number not in self.came:
                continue
            if not server.alive or server.draining or server not in self.ready:
                raise BrokenInvariantError("a request was given to an instance that does not take any")
            load = len(server.working)
            del self.by_load[load][server]
            server.working[number] = self.now
            if load + 1 < self.instance.slots:
                self.by_load[load + 1][server] = None
            self._count_busy()
            self.active += 1
            # As the tick model does, waiting is counted in whole ticks.
            self.waits[min(int((self.now - came) / self.tick), _WAITS - 1)] += 1
            self._at(self.now + next(self.services), self._complete, server, number)

    def _complete(self, server: _Server, number: int) -> None:
        if number not in server.working:
            # It died with its instance or its balancer, and was sent elsewhere or failed.
            return
        self._leave(server, number)
        if number not in self.came:
            raise BrokenInvariantError("a request was executed twice")
        came = self.came.pop(number)
        self.ended.append((came, self.now - came))
        self.served += 1
        self.inside -= 1
        self._dispatch()

    def _leave(self, server: _Server, number: int) -> None:
        load = len(server.working)
        del server.working[number]
        self._count_busy()
        self.active -= 1
        if server in self.ready:
            if load < self.instance.slots:
                del self.by_load[load][server]
            self.by_load[load - 1][server] = None

    def _expire(self, number: int) -> None:
        """Shed a request if it still waits: the oldest waits at the head."""
        if not self.queue or self.queue[0][1] != number:
            return
        self.queue.popleft()
        del self.came[number]
        self.shed += 1
        self.inside -= 1
        if self.faults.returning and self.random.random() < self.faults.returning:
            self.returned += 1
            self._at(self.now + 1.0, self._arrive)

    def _count_busy(self) -> None:
        passed = self.now - self.counted_at
        self.busy += self.active * passed
        self.served_by += len(self.ready) * passed
        self.counted_at = self.now

    # Instances

    def _take(self, server: _Server) -> None:
        self._count_busy()
        self.ready[server] = None
        self.by_load[0][server] = None
        self._dispatch()

    def _start(self, count: int) -> None:
        faults = self.faults
        if faults.starts_per_second < inf:
            more = (self.now - self.allowed_at) * faults.starts_per_second
            self.allowed, self.allowed_at = min(self.allowed + more, faults.starts_at_once), self.now
            count = min(count, int(self.allowed))
            self.allowed -= max(count, 0)
        if count <= 0:
            return
        failing = self.instance.failing if faults.failing is None else faults.failing
        for seconds in self.instance.startups(count, self.random).tolist():
            self.starts += 1
            self.starting += 1
            broken = self.random.random() < failing
            wait = self.instance.start_timeout if broken else seconds * faults.slow_starts
            self._at(self.now + wait, self._started, broken)

    def _started(self, broken: bool) -> None:
        if self.canceled:
            self.canceled -= 1
            return
        self.starting -= 1
        if not broken:
            self._take(_Server())

    def _stop(self, count: int) -> None:
        stopped = min(count, self.starting)
        self.starting -= stopped
        self.canceled += stopped
        for _ in range(count - stopped):
            server = next(reversed(self.ready))
            self._remove(server)
            server.draining = True
            self.paying += 1
            self._at(self.now + self.instance.drain, self._gone)

    def _gone(self) -> None:
        self.paying -= 1

    def _remove(self, server: _Server) -> None:
        self._count_busy()
        del self.ready[server]
        load = len(server.working)
        if load < self.instance.slots:
            del self.by_load[load][server]

    def _kill(self, share: float) -> None:
        servers = list(self.ready)
        chosen = self.random.choice(len(servers), round(len(servers) * share), replace=False)
        for each in chosen.tolist():
            server = servers[each]
            self._remove(server)
            server.alive = False
            for number in list(server.working):
                self._lose(server, number, repeat=self.random.random() < self.faults.repeatable)
        self._dispatch()

    def _lose(self, server: _Server, number: int, *, repeat: bool) -> None:
        self._leave(server, number)
        if repeat:
            self.repeated += 1
            self.queue.appendleft((self.now, number, True))
        else:
            del self.came[number]
            self.failed += 1
            self.inside -= 1

    def _outage(self, seconds: float) -> None:
        self.dead_until = self.now + seconds
        for server in list(self.ready):
            for number in list(server.working):
                self._lose(server, number, repeat=False)
        self.failed += len(self.queue)
        self.inside -= len(self.queue)
        for _, number, _ in self.queue:
            del self.came[number]
        self.queue.clear()
        self.forgotten = self.arrived
        self._at(self.dead_until, self._dispatch)

    # The policy

    def _blind(self, now: float) -> bool:
        return now < self.dead_until or any(begin <= now < end for begin, end in self.faults.blind)

    def _ask(self) -> None:
        self._count_busy()
        view = self.view
        view.now = self.now
        view.arrived, view.shed = self.arrived - self.forgotten, self.shed
        view.active, view.queued = self.active, len(self.queue)
        view.busy, view.served_by = self.busy, self.served_by
        view.ready, view.alive = len(self.ready), len(self.ready) + self.starting
        self.desired = max(self.policy.desired(view), 0)
        if (fewer := view.alive - self.desired) > 0:
            self._stop(fewer)

    def _check(self) -> None:
        if self.arrived != self.served + self.shed + self.failed + self.inside:
            raise BrokenInvariantError("a request was lost, or counted twice")
        if self.inside != self.active + len(self.queue):
            raise BrokenInvariantError("a request is neither in an instance nor in the queue")
