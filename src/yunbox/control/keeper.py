"""What controllers of many resources of a kind have in common: whom to look at, and when to try again."""

from __future__ import annotations

import asyncio
import heapq
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, TypeVar

from yunbox.control.clock import Clock
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Ref, Resource

T = TypeVar("T")

POLL_SECONDS = 0.02
FIRST_BACKOFF_SECONDS = 0.2
LAST_BACKOFF_SECONDS = 30.0
_LIMIT = 5000


class Keeper(ABC):
    """A level-triggered controller of resources that are brought to what was asked for one by one.

    It looks at every resource once when it begins, then at those that changes concern, and again at those that
    failed, each time after a longer while. What it keeps in memory may be lost at any moment. `at_once` resources
    are worked on side by side; one alone is never worked on twice at a time. Failures in `foreseen` are logged as
    such.
    """

    name: ClassVar[str]
    watched: tuple[type[Resource], ...]
    at_once: ClassVar[int] = 4
    drift_seconds: ClassVar[float] = 5.0
    foreseen: ClassVar[tuple[type[Exception], ...]] = (OSError,)

    def __init__(self, store: Store, clock: Clock, log: Callable[[str], None]) -> None:
        self.store = store
        self.clock = clock
        self.log = log
        self._writer = ThreadPoolExecutor(1, f"{self.name}-write")
        self._revision = -1
        self._generation: object = None
        self._waiting: deque[str] = deque()
        self._expected: set[str] = set()
        self._closed = False
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._timers: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._drift_at = 0.0

    @abstractmethod
    def all_ids(self, view: View) -> Iterable[str]:
        """Return the ids of all resources there are to look at."""

    @abstractmethod
    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the ids of the resources that a change concerns."""

    @abstractmethod
    async def reconcile(self, id_: str) -> float | None:
        """Do what there is to do for one; return in how many seconds to be called again, if at all.

        Raises what is `foreseen`, and what the store raises: then it is called again later.
        """

    async def find_drift(self) -> Iterable[str]:
        """Return the ids of those that are not as they were left; called every `drift_seconds`."""
        return ()

    async def turn(self) -> float:
        """Take note of changes and begin what there is to do; return when to look again."""
        generation = self.store.generation()
        if self._revision < 0:
            self._look_at_all()
        elif generation != self._generation:
            self._watch()
        self._generation = generation
        now = self.clock.now()
        if now >= self._drift_at:
            self.look_at(await self.find_drift())
            self._drift_at = self.clock.now() + self.drift_seconds
        while self._timers and self._timers[0][0] <= now:
            due, id_ = heapq.heappop(self._timers)
            if self._due.get(id_) == due:
                self.look_at((id_,))
        self._begin_tasks()
        return POLL_SECONDS

    async def close(self) -> None:
        """Leave off at once."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._writer.shutdown()

    def look_at(self, ids: Iterable[str]) -> None:
        """Have some looked at as soon as there is room."""
        for id_ in ids:
            if id_ not in self._expected:
                self._expected.add(id_)
                self._waiting.append(id_)

    def look_for_drift_soon(self) -> None:
        """Have `find_drift` called at the next turn."""
        self._drift_at = 0.0

    async def write(self, work: Callable[[Change], T]) -> T:
        """Do something in a transaction of its own, beside the event loop."""

        def run() -> T:
            with self.store.write() as change:
                return work(change)

        return await asyncio.get_running_loop().run_in_executor(self._writer, run)

    def _look_at_all(self) -> None:
        with self.store.read() as view:
            self.look_at(self.all_ids(view))
            self._revision = view.revision

    def _watch(self) -> None:
        more = True
        while more:
            with self.store.read() as view:
                changes = view.changes_since(self._revision, *self.watched, limit=_LIMIT)
                if not changes.complete:
                    self.look_at(self.all_ids(view))
                for ref in changes.refs:
                    self.look_at(self.concerned(view, ref))
            self._revision, more = changes.upto, changes.more

    def _begin_tasks(self) -> None:
        busy = []
        while self._waiting and len(self._tasks) < self.at_once and not self._closed:
            id_ = self._waiting.popleft()
            if id_ in self._tasks:
                busy.append(id_)
                continue
            self._expected.discard(id_)
            self._due.pop(id_, None)
            self._tasks[id_] = asyncio.ensure_future(self._work(id_))
        self._waiting.extend(busy)

    async def _work(self, id_: str) -> None:
        try:
            again = await self.reconcile(id_)
            self._failures.pop(id_, None)
        except Exception as error:
            failures = self._failures[id_] = self._failures.get(id_, 0) + 1
            again = min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 10), LAST_BACKOFF_SECONDS)
            how = "" if isinstance(error, self.foreseen) else " unexpectedly"
            self.log(
                f"{self.name}: {id_} failed{how} ({type(error).__name__}: {error}); again in {again:g} s"
            )
        finally:
            self._tasks.pop(id_, None)
        if again is not None:
            due = self._due[id_] = self.clock.now() + again
            heapq.heappush(self._timers, (due, id_))
        self._begin_tasks()
