"""Protects scaling groups in a surge: looks at their balancers several times a second, and does what is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from yunbox.control.clock import Clock, TurnedClock
from yunbox.control.store import Store
from yunbox.engines.balancer.errors import BalancerError
from yunbox.engines.balancer.interface import BalancerEngine, Seen
from yunbox.services.ess.surge import decision
from yunbox.services.ess.surge.decision import Decision, State, decide
from yunbox.services.ess.surge.forecast import History, foreseen, lead, learned
from yunbox.services.ess.surge.protected import (
    BalancersOf,
    LimitOf,
    Protected,
    protected_groups,
    settings_of,
)
from yunbox.services.ess.surge.record import Record
from yunbox.services.ess.surge.watching import Watch

LOOK_SECONDS = 0.2

_LATER_SECONDS = 1.0
"""A capacity that is not there yet is asked for again after so long, in case the asking was lost."""

_FEWER_SECONDS = 2.0
"""Instances are let go in one activity for so long, not in one for each look."""

AskCapacity = Callable[[Protected, int, str], Awaitable[None]]
"""Has a group brought to so many instances; says why, without a full stop."""


class _Kept(msgspec.Struct):
    """One protected group, in memory. All of it may be lost: the next look begins with what the group has."""

    group: Protected
    watch: Watch
    state: State
    asked: int
    asked_at: float = 0.0
    last: Decision | None = None
    limits: dict[tuple[str, str], tuple[int, float]] = {}
    history: History | None = None


class SurgeController:
    """See the module. One task; what takes long (asking for capacity) is waited for group by group."""

    name = "surge"

    def __init__(
        self,
        store: Store,
        engine: BalancerEngine,
        clock: Clock,
        time: TurnedClock,
        *,
        record: Record,
        ask: AskCapacity,
        balancers_of: BalancersOf,
        limit_of: LimitOf,
        log: Callable[[str], None],
    ) -> None:
        self._store, self._engine, self._clock, self._time = store, engine, clock, time
        self._record, self._ask, self._log = record, ask, log
        self._balancers_of, self._limit_of = balancers_of, limit_of
        self._generation: object = None
        self._kept: dict[str, _Kept] = {}

    async def turn(self) -> float:
        """Look at all protected groups once; return when to look again."""
        began = self._clock.now()
        if self._generation != (generation := self._store.generation()):
            self._read(began)
            self._generation = generation
        if not self._kept:
            return LOOK_SECONDS
        observed = await self._observe()
        await asyncio.gather(*(self._protect(each, observed) for each in self._kept.values()))
        return max(LOOK_SECONDS - (self._clock.now() - began), 0.01)

    async def close(self) -> None:
        """Write what was recorded last."""
        self._record.flush()

    def _read(self, now: float) -> None:
        with self._store.read() as view:
            groups = protected_groups(view, self._balancers_of, self._limit_of)
        kept = {}
        for group in groups:
            before = self._kept.get(group.id)
            if before is None:
                have = len(group.members)
                before = _Kept(group, Watch(), State(desired=have), have)
                self._log(f"surge protection of {group.id} is on, behind {', '.join(group.balancers)}")
            before.group = group
            before.watch.note_members(group.members, now)
            kept[group.id] = before
        for gone in self._kept.keys() - kept.keys():
            self._log(f"surge protection of {gone} is off")
        self._kept = kept

    async def _observe(self) -> dict[str, Seen]:
        """Return what every balancer concerned does now; one that does not run is left out."""
        ids = sorted({id_ for each in self._kept.values() for id_ in each.group.balancers})
        found = await asyncio.gather(*(self._engine.observe(id_) for id_ in ids))
        return {id_: seen for id_, seen in zip(ids, found, strict=True) if seen is not None}

    async def _protect(self, kept: _Kept, observed: Mapping[str, Seen]) -> None:
        group = kept.group
        mine = {id_: observed[id_] for id_ in group.balancers if id_ in observed}
        if not mine:
            # A balancer that is being started again says nothing; what is there stays.
            return
        now = self._clock.now()
        seen = kept.watch.look(frozenset(group.members), mine, now)
        before = kept.last
        if group.protection.forecast and before is not None:
            seen = self._foreseen(kept, seen, before.load, now)
        found = kept.last = decide(settings_of(group, self._time, now), kept.state, seen, now)
        kept.state = found.state
        self._record.note(group, seen, found, self._time.at(now))
        if found.panic and not (before and before.panic):
            self._log(
                f"surge protection of {group.id}: panic at {found.rate:.0f} requests/s, {seen.queued:.0f} "
                f"waiting, {seen.ready} instances ready, {found.desired} wanted"
            )
        await self._scale(kept, found, now)
        await self._limit(kept, mine, found.per_server)

    def _foreseen(self, kept: _Kept, seen: decision.Seen, load: float, now: float) -> decision.Seen:
        """Return what was seen with what is foreseen of what recurs by the cloud's time."""
        at, speed = self._time.at(now), self._time.speed
        if kept.history is None:
            kept.history = self._record.history(kept.group, at)
        kept.history = learned(kept.history, load, at)
        startup = seen.startup or kept.group.protection.startup
        return msgspec.structs.replace(seen, forecast=foreseen(kept.history, load, at, lead(startup) * speed))

    async def _scale(self, kept: _Kept, found: Decision, now: float) -> None:
        have, wanted = len(kept.group.members), found.desired
        if wanted == have and wanted == kept.asked:
            return
        process = "ScaleOut" if wanted > have else "ScaleIn"
        if process in kept.group.suspended:
            return
        more = wanted > max(kept.asked, have)
        if not more and now - kept.asked_at < (_LATER_SECONDS if wanted >= have else _FEWER_SECONDS):
            return
        kept.asked, kept.asked_at = wanted, now
        await self._ask(kept.group, wanted, _why(found))

    async def _limit(self, kept: _Kept, mine: Mapping[str, Seen], per_server: int) -> None:
        """Let each server work on so many requests as was found; again where a balancer's process is another."""
        for balancer, backend in kept.watch.backends:
            if balancer not in kept.group.limited:
                continue
            wanted = (per_server, mine[balancer].since)
            if kept.limits.get((balancer, backend)) == wanted:
                continue
            try:
                await self._engine.limit(balancer, backend, per_server)
            except BalancerError:
                # It has just gone; the next look knows more.
                continue
            kept.limits[balancer, backend] = wanted


def _why(found: Decision) -> str:
    """Return the cause that an activity shows."""
    reasons = {
        "load": "the load of {load:.0f} requests at a time",
        "rise": "the rising load of {load:.0f} requests at a time, {expected:.0f} expected",
        "queue": "requests that wait for capacity",
        "panic": "a shortage of capacity",
        "event": "an announced event",
        "forecast": "the load that is foreseen, {expected:.0f} requests at a time",
        "fall": "the load that fell to {load:.0f} requests at a time",
        "steady": "the load of {load:.0f} requests at a time",
        "bounds": "the bounds of the group",
    }
    return "Surge protection answers " + reasons[found.cause].format(load=found.load, expected=found.expected)
