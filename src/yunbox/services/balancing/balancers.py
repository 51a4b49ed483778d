"""The controller of balancers: makes the engine run what is stored, and writes what it sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.keeper import Keeper
from yunbox.control.store import Store, View
from yunbox.control.store_resource import Ref, Resource
from yunbox.engines.balancer.errors import BalancerError
from yunbox.engines.balancer.interface import Balancer, BalancerEngine, Reached, Seen
from yunbox.services.balancing.model import Member
from yunbox.services.balancing.seen import forget, health_of, note_health, note_reached, states
from yunbox.services.balancing.wanted import Source, Wanted
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.model import NetworkInterface

OBSERVE_SECONDS = 0.3
CLOSED_SECONDS = 3.0
"""After this time a port that could not be opened is tried again."""


class _Kept(msgspec.Struct):
    """One balancer, in memory. Revisions are the store's: of the view that was drawn, applied and observed last.

    `runs` is what the engine was told last, `whole` whether that is so: its process lives, its ports are open.
    `ends` counts how often its process ended by itself, `noted` are the states of servers that were written last.
    """

    wanted: Wanted
    drawn: int
    runs: Balancer | None = None
    whole: bool = False
    applied: int = -1
    seen: Seen | None = None
    observed: int = -1
    ends: int = 0
    noted: dict[str, str] | None = None
    observing: bool = False
    unreached: Mapping[str, str] = {}


class BalancerController(Keeper):
    """Runs the balancers of all products. First it removes what nobody knows and adopts what runs.

    What is known of members (`has_taken`, `has_let_go`) is for the controller of members.
    """

    name = "balancing"
    foreseen = (BalancerError, OSError)

    def __init__(
        self,
        store: Store,
        engine: BalancerEngine,
        sources: Sequence[Source],
        clock: Clock,
        log: Callable[[str], None],
    ) -> None:
        super().__init__(store, clock, log)
        self._engine = engine
        self._sources = sources
        parts = {each for source in sources for each in (source.balancers, *source.parts)}
        self.watched = (*parts, Member, Instance, NetworkInterface)
        self._types: dict[str, type[Resource]] = {each.kind: each for each in self.watched}
        self._owners = {each.balancers.kind for each in sources}
        self._kept: dict[str, _Kept] = {}
        self._resting: dict[str, set[str]] = {}
        self._swept = False
        self._observe_at = 0.0
        self._background: set[asyncio.Task[None]] = set()

    # What other controllers ask

    def has_taken(self, member: Member) -> bool:
        """Return whether every balancer that has the member's group runs with the member as it is stored."""
        return self._swept and all(each.applied >= member.revision for each in self._with(member))

    def has_let_go(self, member: Member) -> bool:
        """Return whether no balancer has the member any more: its last request has ended, or its time is up."""
        return self._swept and all(_without(each, member) for each in self._with(member))

    def has_done(self, id_: str, revision: int) -> bool:
        """Return whether what was stored of something by a revision is done: by the balancer of that id, or by all
        that rest on what has it.
        """
        if not self._swept or self._revision < revision or id_ in self._expected or id_ in self._tasks:
            return False
        return all(self._runs_since(each, revision) for each in self._resting.get(id_, ()))

    def _runs_since(self, id_: str, revision: int) -> bool:
        """Return whether a balancer runs what was stored by a revision, of which note was taken.

        It may not concern it: what was made and deleted again before anybody looked leaves nothing to draw.
        """
        kept = self._kept[id_]
        at_rest = id_ not in self._expected and id_ not in self._tasks
        return kept.applied >= revision or (at_rest and kept.applied == kept.drawn)

    def _with(self, member: Member) -> list[_Kept]:
        ids = self._resting.get(member.parent, set()) | self._resting.get(member.id, set())
        return [self._kept[each] for each in ids]

    # What there is to do

    async def turn(self) -> float:
        """Take note of changes and begin what there is to do; return when to look again."""
        if not self._swept:
            await self._sweep()
        wait = await super().turn()
        now = self.clock.now()
        if now >= self._observe_at:
            self._observe_at = now + OBSERVE_SECONDS
            self._begin_to_observe()
        return wait

    async def close(self) -> None:
        """Leave off; balancers go on."""
        background = list(self._background)
        for each in background:
            each.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await super().close()

    async def _sweep(self) -> None:
        with self.store.read() as view:
            known = self._stored(view)
            for id_ in known:
                self._draw(view, id_)
        await self._engine.sweep(known)
        self._swept = True
        self._in_background(self._watch_ends())

    def all_ids(self, view: View) -> Iterable[str]:
        """Return all that are stored, and those that were."""
        return self._stored(view) | set(self._kept)

    def _stored(self, view: View) -> set[str]:
        return {each.id for source in self._sources for each in view.find(source.balancers)}

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the balancers that rest on what changed, or on what it belongs to."""
        if ref.kind in self._owners:
            return (ref.id,)
        found = set(self._resting.get(ref.id, ()))
        if not ref.deleted and (changed := view.get(self._types[ref.kind], ref.id)) is not None:
            found |= self._resting.get(changed.parent, set())
        return found

    async def reconcile(self, id_: str) -> float | None:
        """Have one balancer run as it is stored, or not at all."""
        with self.store.read() as view:
            kept = self._draw(view, id_)
        if kept is None:
            await self._engine.remove(id_)
            await self.write(lambda change: forget(change, id_))
            return None
        wanted, drawn = kept.wanted, kept.drawn
        for server, reason in wanted.unreached.items():
            if kept.unreached.get(server) != reason:
                self.log(f"balancer {id_} sends nothing to {server}: {reason}")
        kept.unreached = wanted.unreached
        if not kept.whole or kept.runs != wanted.balancer:
            await self._apply(id_, kept, wanted)
        kept.applied = drawn
        return None if kept.whole else CLOSED_SECONDS

    def _draw(self, view: View, id_: str) -> _Kept | None:
        """Note what a balancer is to be, and what that rests on."""
        wanted = next((found for each in self._sources if (found := each.draw(view, id_)) is not None), None)
        before = self._kept.get(id_)
        for each in before.wanted.rests_on if before else ():
            self._resting[each].discard(id_)
            if not self._resting[each]:
                del self._resting[each]
        if wanted is None:
            self._kept.pop(id_, None)
            return None
        for each in wanted.rests_on:
            self._resting.setdefault(each, set()).add(id_)
        if before is None:
            before = self._kept[id_] = _Kept(wanted, view.revision)
        before.wanted, before.drawn = wanted, view.revision
        return before

    async def _apply(self, id_: str, kept: _Kept, wanted: Wanted) -> None:
        kept.whole, ends = False, kept.ends
        reached: tuple[Reached, ...] = ()
        if wanted.balancer is None:
            await self._engine.remove(id_)
        else:
            try:
                reached = await self._engine.apply(wanted.balancer)
            except BalancerError as error:
                reason = str(error)
                await self.write(lambda change: note_reached(change, id_, wanted, (), reason))
                raise
        said = await self.write(lambda change: note_reached(change, id_, wanted, reached, ""))
        kept.runs = wanted.balancer
        kept.whole = kept.ends == ends and not any(each.closed for each in reached)
        if wanted.balancer is None:
            kept.seen, kept.noted = None, None
        for each in said:
            self.log(each)

    # What is seen

    def _begin_to_observe(self) -> None:
        """Have every balancer observed that is not being observed still: one that hangs holds up no other."""
        for id_, kept in self._kept.items():
            if kept.runs is not None and kept.applied >= 0 and not kept.observing:
                kept.observing = True
                self._in_background(self._observe(id_, kept))

    async def _observe(self, id_: str, kept: _Kept) -> None:
        applied = kept.applied
        try:
            seen = await self._engine.observe(id_)
            if self._kept.get(id_) is kept:
                kept.seen, kept.observed = seen, applied
                if seen is not None:
                    await self._note(id_, kept, seen)
        except Exception as error:
            self.log(f"{self.name}: {id_} was not observed ({type(error).__name__}: {error})")
        finally:
            kept.observing = False

    async def _note(self, id_: str, kept: _Kept, seen: Seen) -> None:
        rows = health_of(id_, kept.wanted, seen)
        if kept.noted != (found := states(rows)):
            await self.write(lambda change: note_health(change, id_, rows))
            kept.noted = found

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _watch_ends(self) -> None:
        while True:
            id_ = await self._engine.ended()
            kept = self._kept.get(id_)
            if kept is None:
                continue
            self.log(f"balancer {id_} ended by itself; it is started again")
            kept.whole, kept.seen, kept.observed, kept.ends = False, None, -1, kept.ends + 1
            self.look_at((id_,))
            self._begin_tasks()


def _without(kept: _Kept, member: Member) -> bool:
    if kept.applied < member.revision:
        return False
    mine = {key for key, origin in kept.wanted.origins.items() if origin.member == member.id}
    if not mine or kept.wanted.balancer is None:
        return True
    if kept.observed < member.revision or kept.seen is None:
        return False
    return not any(
        (backend.id, server.id) in mine and server.state != "gone"
        for backend in kept.seen.backends
        for server in backend.servers
    )
