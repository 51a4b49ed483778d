"""Watches the cloud while a rehearsal runs: its instances, its balancer's queue, and how it scales.

It only reads: the stored resources of the data directory, and what the balancer's engine observes.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import msgspec

from yunbox.control.store import Store, View
from yunbox.engines.balancer.errors import BalancerError
from yunbox.engines.balancer.interface import BalancerEngine, Seen
from yunbox.rehearsal.curves import Curve
from yunbox.rehearsal.elasticity import demand
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.report import Event, Watched
from yunbox.services.balancing.model import Health
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import Member

RESTART_SECONDS = 1.0
"""A process that began so much later is another; less is how exactly its beginning is known."""

_SERVING = ("InService", "Protected")
_COMING = ("Pending", "Pending:Wait")


class Way(msgspec.Struct, kw_only=True):
    """The moments of an instance that came while it was watched, in seconds from the start of the load."""

    activity: str = ""
    decision: float | None = None
    running: float | None = None
    healthy: float | None = None
    first_served: float | None = None


class Watcher:
    """Looks every so often; `now` gives the seconds from the start of the load."""

    def __init__(
        self,
        plan: Plan,
        curve: Curve,
        store: Store,
        engine: BalancerEngine | None,
        now: Callable[[], float],
    ) -> None:
        self.watched: list[Watched] = []
        self.events: list[Event] = []
        self.ways: dict[str, Way] = {}
        self.causes: dict[str, str] = {}
        self._plan, self._curve = plan, curve
        self._store, self._engine, self._now = store, engine, now
        self._generation: object = None
        self._statuses: dict[str, str] = {}
        self._lifecycles: dict[str, str] = {}
        self._known: set[str] = set()
        self._healthy: set[str] = set()
        self._names: dict[str, str] = {}
        self._first = True
        self._desired = self._starting = self._ready = 0
        self._since = 0.0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            began = time.monotonic()
            await self.look()
            await asyncio.sleep(max(0.01, self._plan.watch.every - (time.monotonic() - began)))

    async def look(self) -> None:
        """Look once."""
        at = round(self._now(), 3)
        if self._generation != (generation := self._store.generation()):
            self._generation = generation
            with self._store.read() as view:
                self._look_at_store(view, at)
            self._first = False
        queued = in_flight = 0
        if self._engine is not None and self._plan.target.balancer:
            seen = None
            with contextlib.suppress(BalancerError, OSError):
                seen = await self._engine.observe(self._plan.target.balancer)
            if seen is not None:
                queued, in_flight = self._look_at_balancer(seen, at)
        per_instance = self._plan.watch.per_instance
        self.watched.append(
            Watched(
                at=at,
                demand=demand(self._curve.rate(at), per_instance) if per_instance else 0,
                desired=self._desired,
                starting=self._starting,
                ready=self._ready,
                queued=queued,
                in_flight=in_flight,
            )
        )

    # The store

    def _look_at_store(self, view: View, at: float) -> None:
        group = self._plan.watch.scaling_group
        members = view.find(Member, parent=group) if group else []
        stored = view.get(ScalingGroup, group) if group else None
        self._ready = sum(each.lifecycle in _SERVING for each in members)
        self._starting = sum(each.lifecycle in _COMING for each in members)
        self._desired = (
            stored.desired
            if stored is not None and stored.desired is not None
            else self._ready + self._starting
        )
        if group:
            self._activities(view, group, at)
        for member in members:
            self._member(view, member, at)
        for gone in self._lifecycles.keys() - {each.id for each in members}:
            del self._lifecycles[gone]
            self._event(at, "instance", "gone", gone)
        self._health(view, at)

    def _activities(self, view: View, group: str, at: float) -> None:
        for each in view.find(ScalingActivity, parent=group):
            if self._statuses.get(each.id) == each.status:
                continue
            known, self._statuses[each.id] = each.id in self._statuses, each.status
            self.causes[each.id] = each.cause
            if not known:
                self._event(at, "scaling", "decision", each.cause or each.description or each.id)
            if not each.is_open:
                what = f"activity {each.status}"
                self._event(at, "scaling", what, each.status_message or each.description)

    def _member(self, view: View, member: Member, at: float) -> None:
        before = self._lifecycles.get(member.id)
        if before == member.lifecycle and member.id not in self.ways:
            return
        if before is None and not self._first:
            activity = view.get(ScalingActivity, member.activity_id) if member.activity_id else None
            self.ways[member.id] = Way(
                activity=member.activity_id, decision=at if activity is None else self._decided(activity, at)
            )
        if before != member.lifecycle:
            self._lifecycles[member.id] = member.lifecycle
            self._event(at, "instance", member.lifecycle, member.id)
        way = self.ways.get(member.id)
        if way is not None and way.running is None:
            instance = view.get(Instance, member.id)
            if instance is not None and instance.status == "Running":
                way.running = at

    def _decided(self, activity: ScalingActivity, at: float) -> float:
        """Return when the activity was first seen."""
        cause = self.causes.get(activity.id)
        seen = [each.at for each in self.events if each.what == "decision" and each.detail == cause]
        return seen[-1] if seen else at

    def _health(self, view: View, at: float) -> None:
        rows = view.find(Health)
        self._names = {each.id: each.name for each in rows}
        for each in rows:
            if each.state != "up":
                if each.id in self._healthy:
                    self._healthy.discard(each.id)
                    self._event(at, "balancer", f"server {each.state}", f"{each.name} {each.detail}".strip())
                continue
            if each.id not in self._healthy:
                self._healthy.add(each.id)
                self._is_healthy(each.name, at)

    def _is_healthy(self, instance: str, at: float) -> None:
        way = self.ways.get(instance)
        if way is not None and way.healthy is None:
            way.healthy = at
            self._event(at, "balancer", "server up", instance)

    # The balancer

    def _look_at_balancer(self, seen: Seen, at: float) -> tuple[int, int]:
        if self._since and seen.since > self._since + RESTART_SECONDS:
            self._event(at, "balancer", "process started anew", seen.id)
            self._since = seen.since
        self._since = self._since or seen.since
        for backend in seen.backends:
            for server in backend.servers:
                # The balancer knows first; the stored row, which names the server, follows.
                name = self._names.get(f"{backend.id}/{server.id}") or server.id.rpartition(":")[0]
                if server.state in ("up", "unchecked"):
                    self._is_healthy(name, at)
                way = self.ways.get(name)
                # Requests that it was sent count those that it never took.
                if way is not None and way.first_served is None and any(server.answers[1:4]):
                    way.first_served = at
        queued = sum(b.queued + sum(s.queued for s in b.servers) for b in seen.backends)
        return queued, sum(backend.active for backend in seen.backends)

    def _event(self, at: float, kind: str, what: str, detail: str) -> None:
        if not self._first:
            self.events.append(
                msgspec.convert({"at": at, "kind": kind, "what": what, "detail": detail}, Event)
            )
