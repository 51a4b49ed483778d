"""The engine's twin in memory: keeps what a real one keeps and carries no traffic; for tests of what drives it.

A test says what traffic and servers do: `set_state`, `set_active`, `set_queued`, `count`, `crash`, `refuse`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from yunbox.control.clock import Clock
from yunbox.engines.balancer.checking import check_balancer, checked
from yunbox.engines.balancer.errors import BalancerError, NoBalancerError
from yunbox.engines.balancer.interface import (
    Backend,
    BackendSeen,
    Balancer,
    ListenerSeen,
    Reached,
    Seen,
    Server,
    ServerSeen,
    ServerState,
)


class _Draining(msgspec.Struct):
    server: Server
    until: float


class _Backend(msgspec.Struct):
    """`states` are those that a test set; a server without one is up, or "unchecked" where there is no check."""

    spec: Backend
    per_server: int
    draining: dict[str, _Draining] = {}
    states: dict[str, tuple[ServerState, float]] = {}
    since: dict[str, float] = {}
    counted: dict[str, dict[str, Any]] = {}
    own: dict[str, Any] = {}


class _Held(msgspec.Struct):
    spec: Balancer
    since: float
    backends: dict[str, _Backend] = {}
    listeners: dict[str, dict[str, Any]] = {}
    crashed: bool = False


class MemoryBalancers:
    """Implements `BalancerEngine` in memory. Servers are up as soon as they are known, until a test says else."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._ended: asyncio.Queue[str] = asyncio.Queue()
        self._refusal = ""
        self.applied: list[Balancer] = []

    # What tests say and look at

    def spec(self, balancer: str) -> Balancer:
        """Return what a balancer was last asked to be. Raises NoBalancerError."""
        return self._existing(balancer).spec

    def per_server(self, balancer: str, backend: str) -> int:
        """Return the limit in force of each server's requests. Raises NoBalancerError."""
        return self._backend(balancer, backend).per_server

    def set_state(self, balancer: str, backend: str, server: str, state: ServerState) -> None:
        """Let a server answer its checks or fail them."""
        self._backend(balancer, backend).states[server] = (state, self._clock.now())

    def set_active(self, balancer: str, backend: str, server: str, active: int) -> None:
        """Have so many requests under way at a server; one that drains goes when there are none."""
        self.count(balancer, backend, server, active=active)

    def set_queued(self, balancer: str, backend: str, queued: int) -> None:
        """Have so many requests wait in a backend."""
        self.count(balancer, backend, queued=queued)

    def count(self, balancer: str, backend: str, server: str = "", **fields: object) -> None:
        """Set fields of `ServerSeen`, or without a server of `BackendSeen`."""
        held = self._backend(balancer, backend)
        target = held.counted.setdefault(server, {}) if server else held.own
        target.update(fields)

    def count_listener(self, balancer: str, listener: str, **fields: object) -> None:
        """Set fields of `ListenerSeen`."""
        self._existing(balancer).listeners.setdefault(listener, {}).update(fields)

    def crash(self, balancer: str) -> None:
        """End a balancer's process as its own fault would; `apply` starts it again."""
        self._existing(balancer).crashed = True
        self._ended.put_nowait(balancer)

    def refuse(self, reason: str) -> None:
        """Let every `apply` fail from now on, for a reason; an empty one lets them pass again."""
        self._refusal = reason

    # The seam

    async def apply(self, wanted: Balancer) -> tuple[Reached, ...]:
        """See `BalancerEngine`."""
        check_balancer(wanted)
        if self._refusal:
            raise BalancerError(self._refusal)
        self.applied.append(wanted)
        now = self._clock.now()
        held = self._held.get(wanted.id)
        if held is None or held.crashed:
            held = self._held[wanted.id] = _Held(wanted, now)
        held.spec = wanted
        known = {each.id for each in wanted.backends}
        held.backends = {name: each for name, each in held.backends.items() if name in known}
        for backend in wanted.backends:
            self._apply_backend(held, backend, now)
        return tuple(Reached(address=each.address, host=each.address) for each in wanted.places)

    def _apply_backend(self, held: _Held, backend: Backend, now: float) -> None:
        asked = backend.queue.per_server if backend.queue else 0
        before = held.backends.get(backend.id)
        if before is None:
            before = held.backends[backend.id] = _Backend(backend, asked)
        elif (before.spec.queue.per_server if before.spec.queue else 0) != asked:
            before.per_server = asked
        kept = {each.id for each in backend.servers}
        for server in before.spec.servers:
            if server.id not in kept:
                before.draining[server.id] = _Draining(server, now + backend.drain)
        for server in backend.servers:
            before.draining.pop(server.id, None)
            before.since.setdefault(server.id, now)
        before.spec = backend

    async def limit(self, balancer: str, backend: str, per_server: int) -> None:
        """See `BalancerEngine`."""
        self._backend(checked(balancer), checked(backend)).per_server = per_server

    async def remove(self, balancer: str) -> None:
        """See `BalancerEngine`."""
        self._held.pop(checked(balancer), None)

    async def observe(self, balancer: str) -> Seen | None:
        """See `BalancerEngine`."""
        held = self._held.get(checked(balancer))
        if held is None or held.crashed:
            return None
        return Seen(
            id=balancer,
            since=held.since,
            listeners=tuple(
                ListenerSeen(id=each.id, **held.listeners.get(each.id, {})) for each in held.spec.listeners
            ),
            backends=tuple(self._see(each) for each in held.backends.values()),
        )

    def _see(self, held: _Backend) -> BackendSeen:
        now = self._clock.now()
        for name, leaving in list(held.draining.items()):
            if leaving.until <= now or not held.counted.get(name, {}).get("active", 0):
                for kept in (held.draining, held.states, held.since, held.counted):
                    kept.pop(name, None)
        servers = [self._see_server(held, each) for each in held.spec.servers]
        for leaving in held.draining.values():
            servers.append(self._see_server(held, leaving.server, draining=True))
        own = {"active": sum(each.active for each in servers)} | held.own
        return BackendSeen(id=held.spec.id, servers=tuple(servers), **own)

    @staticmethod
    def _see_server(held: _Backend, server: Server, *, draining: bool = False) -> ServerSeen:
        state, since = held.states.get(
            server.id, ("up" if held.spec.check else "unchecked", held.since.get(server.id, 0.0))
        )
        fields = {"weight": server.weight} | held.counted.get(server.id, {})
        return ServerSeen(id=server.id, state="draining" if draining else state, since=since, **fields)

    async def balancers(self) -> list[str]:
        """See `BalancerEngine`."""
        return sorted(name for name, held in self._held.items() if not held.crashed)

    async def sweep(self, known: AbstractSet[str]) -> None:
        """See `BalancerEngine`."""
        for name in set(self._held) - known:
            await self.remove(name)

    async def ended(self) -> str:
        """See `BalancerEngine`."""
        return await self._ended.get()

    async def close(self) -> None:
        """See `BalancerEngine`."""

    async def power_off(self) -> None:
        """See `BalancerEngine`."""
        self._held.clear()

    def _existing(self, balancer: str) -> _Held:
        held = self._held.get(balancer)
        if held is None or held.crashed:
            raise NoBalancerError(f"no balancer {balancer} runs")
        return held

    def _backend(self, balancer: str, backend: str) -> _Backend:
        found = self._existing(balancer).backends.get(backend)
        if found is None:
            raise NoBalancerError(f"the balancer {balancer} has no backend {backend}")
        return found
