"""What a protected group's balancers show of it, and how long its instances take to start. No clock of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from yunbox.engines.balancer.interface import BackendSeen, Seen
from yunbox.services.ess.surge import decision

_READY = frozenset({"up", "unchecked"})
_STARTS = 20


def backends_of(members: frozenset[str], seen: Seen) -> list[BackendSeen]:
    """Return the backends of a balancer that have instances of a group, or have no server at all.

    The balancing controller names servers `<instance>:<port>`. A backend without servers may hold the queue of a
    group that has scaled in to nothing.
    """
    return [
        each
        for each in seen.backends
        if not each.servers or any(server_of(server.id) in members for server in each.servers)
    ]


def server_of(id_: str) -> str:
    """Return the instance of a server of a backend."""
    return id_.rpartition(":")[0]


class Watch:
    """Keeps what one group has shown: counters that outlive balancers' processes, and the times starts took."""

    def __init__(self) -> None:
        self.ready: frozenset[str] = frozenset()
        self.backends: dict[tuple[str, str], int] = {}
        self._counted: dict[tuple[str, str], tuple[float, int, int]] = {}
        self._arrived = self._shed = 0
        self._asked: dict[str, float] = {}
        self._starts: deque[float] = deque(maxlen=_STARTS)
        self._known: frozenset[str] | None = None
        self._looked = self._anew = False

    def note_members(self, members: Iterable[str], now: float) -> None:
        """Take note of a group's instances: those that are new were asked for just now."""
        present = frozenset(members)
        if self._known is None:
            # Whatever the group had when its watch began: nobody knows when it was asked for.
            self._known = present
        for id_ in present - self._known:
            self._asked.setdefault(id_, now)
        self._known |= present
        self._known &= present
        for id_ in self._asked.keys() - present:
            del self._asked[id_]

    def look(self, members: frozenset[str], balancers: Mapping[str, Seen], now: float) -> decision.Seen:
        """Return what the decision is told. Counters only grow, whatever becomes of balancers and backends."""
        active = queued = 0
        self._anew = False
        ready = set()
        self.backends = {}
        for balancer, seen in balancers.items():
            for each in backends_of(members, seen):
                key = (balancer, each.id)
                active, queued = active + each.active, queued + each.queued
                self._count(key, seen.since, each)
                up = [server_of(server.id) for server in each.servers if server.state in _READY]
                self.backends[key] = len(up)
                ready.update(up)
        self._looked = True
        self.ready = frozenset(ready & members)
        for id_ in self._asked.keys() & self.ready:
            self._starts.append(now - self._asked.pop(id_))
        return decision.Seen(
            arrived=self._arrived,
            active=active,
            queued=queued,
            shed=self._shed,
            ready=len(self.ready),
            startup=self.startup,
            anew=self._anew,
        )

    def _count(self, key: tuple[str, str], since: float, backend: BackendSeen) -> None:
        began, requests, shed = self._counted.get(key, (since, 0, 0))
        if key not in self._counted and not self._looked:
            # What it had counted before anybody watched did not arrive now.
            requests, shed = backend.requests, backend.shed
        elif began != since or backend.requests < requests:
            requests = shed = 0
            self._anew = True
        self._arrived += max(backend.requests - requests, 0)
        self._shed += max(backend.shed - shed, 0)
        self._counted[key] = (since, backend.requests, backend.shed)

    @property
    def startup(self) -> float:
        """The ninth decile of the times that the last starts took, in seconds; 0 when none was seen."""
        starts = sorted(self._starts)
        return starts[min(int(len(starts) * 0.9), len(starts) - 1)] if starts else 0.0
