"""Finds how many requests a server should work on, for the balancers whose tags leave that to be found."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from yunbox.api.resource import CloudResource
from yunbox.control.clock import Clock
from yunbox.control.store import Store, View
from yunbox.engines.balancer.errors import BalancerError
from yunbox.engines.balancer.interface import BackendSeen, BalancerEngine
from yunbox.errors import CloudError
from yunbox.services.balancing.limits import Limit, LimitSettings, adjusted
from yunbox.services.balancing.settings import read_settings
from yunbox.services.balancing.wanted import Source

LOOK_SECONDS = 0.2

_UP = frozenset({"up", "unchecked"})
_PLAIN = LimitSettings()


class _Watched(msgspec.Struct):
    """One backend as it was seen last. `given` is what the balancer was told, and when its process began."""

    at: float
    seen: BackendSeen
    limit: Limit = Limit()
    given: tuple[int, float] = (0, 0.0)


class LimitController:
    """Looks at the balancers several times a second. What it has learned is in memory, and may be lost.

    `elsewhere` names balancers whose limits another controller finds: that of surge protection, with its groups.
    """

    name = "limits"

    def __init__(
        self,
        store: Store,
        engine: BalancerEngine,
        sources: Collection[Source],
        clock: Clock,
        elsewhere: Callable[[View], Collection[str]],
    ) -> None:
        self._store, self._engine, self._sources, self._clock = store, engine, sources, clock
        self._elsewhere = elsewhere
        self._generation: object = None
        self._balancers: tuple[str, ...] = ()
        self._watched: dict[tuple[str, str], _Watched] = {}

    async def turn(self) -> float:
        """Look once; return when to look again."""
        if self._generation != (generation := self._store.generation()):
            with self._store.read() as view:
                self._balancers = tuple(sorted(self._to_find(view)))
            self._generation = generation
        present: set[tuple[str, str]] = set()
        for balancer in self._balancers:
            seen = await self._engine.observe(balancer)
            if seen is None:
                continue
            for backend in seen.backends:
                present.add((balancer, backend.id))
                await self._look(balancer, seen.since, backend)
        for gone in self._watched.keys() - present:
            del self._watched[gone]
        return LOOK_SECONDS

    async def close(self) -> None:
        """Leave off; the limits stay."""

    def _to_find(self, view: View) -> set[str]:
        found = {
            stored.id
            for source in self._sources
            for stored in view.find(source.balancers)
            if isinstance(stored, CloudResource) and _left_open(stored.tags)
        }
        return found - set(self._elsewhere(view)) if found else found

    async def _look(self, balancer: str, since: float, backend: BackendSeen) -> None:
        now, before = self._clock.now(), self._watched.get((balancer, backend.id))
        if before is None:
            before = self._watched[balancer, backend.id] = _Watched(now, backend)
        passed, last = now - before.at, before.seen
        inside = backend.active + backend.queued - last.active - last.queued
        ended = backend.requests - last.requests - inside - (backend.shed - last.shed)
        if backend.requests >= last.requests and passed > 0:
            busy = (last.active + backend.active) / 2 * passed
            servers = sum(each.state in _UP for each in backend.servers)
            before.limit = adjusted(_PLAIN, before.limit, busy, max(ended, 0), passed, servers)
        before.at, before.seen = now, backend
        wanted = (before.limit.value if before.limit.knee else round(_PLAIN.first), since)
        if before.given == wanted:
            return
        try:
            await self._engine.limit(balancer, backend.id, wanted[0])
        except BalancerError:
            return
        before.given = wanted


def _left_open(tags: dict[str, str]) -> bool:
    try:
        settings = read_settings(tags)
    except CloudError:
        return False
    return settings.protected and settings.per_server == "auto"
