"""Group commit: many changes, one sync of the disk.

All SQL of a batch runs on the event loop's thread, in statements of some 10 microseconds; only the COMMIT,
which waits for the disk, runs in a thread of its own. While it waits, the next batch gathers. Batches of
several processes follow each other by `WriteLock`.

That lock also keeps COMMIT, the checkpoint within it, and the checkpoint of the last `close` of several
processes apart: SQLite before 3.51.3 can damage a database when a checkpoint and a write meet in a bad
moment.
"""

from __future__ import annotations

import asyncio
import errno
import os
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from yunbox.engines.objects.embedded.locks import WriteLock
from yunbox.engines.objects.embedded.transaction import Transaction

T = TypeVar("T")

BATCH_CHANGES = 256
BATCH_BYTES = 4 << 20
QUEUE_CHANGES = 4096
QUEUE_BYTES = 64 << 20


class ClosedError(Exception):
    """The store is closed."""


class _Change:
    """One change in the queue, then in a batch, then settled."""

    __slots__ = ("error", "future", "result", "spoiled", "weight", "work")

    def __init__(
        self,
        work: Callable[[Transaction], Any],
        future: asyncio.Future[Any],
        weight: int,
        spoiled: Callable[[], None] | None,
    ) -> None:
        self.work = work
        self.future = future
        self.weight = weight
        self.spoiled = spoiled
        self.result: Any = None
        self.error: BaseException | None = None


class Commits:
    """Runs changes in batches. Made in any thread; used from one event loop."""

    def __init__(self, transaction: Transaction, lock: WriteLock) -> None:
        self._tx = transaction
        self._lock = lock
        self._queue: deque[_Change] = deque()
        self._queued_bytes = 0
        self._room: deque[asyncio.Future[None]] = deque()
        self._busy = False
        self._closed = False
        self._idle: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(
        self,
        work: Callable[[Transaction], T],
        *,
        weight: int = 0,
        spoiled: Callable[[], None] | None = None,
    ) -> T:
        """Do `work` in a transaction and return what it returns, once that is on disk.

        `work` may be run more than once (only the last run counts) and must not wait. `weight` is the number
        of bytes it writes. `spoiled` is called when the change surely left no trace, also if the caller is
        cancelled before its turn. A full disk raises OSError with ENOSPC.
        """
        loop = self._loop
        if loop is None:
            loop = self._start()
        while len(self._queue) >= QUEUE_CHANGES or self._queued_bytes > QUEUE_BYTES:
            await self._wait_for_room(loop, spoiled)
        if self._closed:
            if spoiled is not None:
                spoiled()
            raise ClosedError
        future: asyncio.Future[T] = loop.create_future()
        self._queue.append(_Change(work, future, weight, spoiled))
        self._queued_bytes += weight
        if not self._busy:
            self._busy = True
            loop.call_soon(self._begin)
        return await future

    async def close(self) -> None:
        """Finish what is queued, then stop."""
        self._closed = True
        if self._busy and self._loop is not None:
            self._idle = self._loop.create_future()
            await self._idle
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _start(self) -> asyncio.AbstractEventLoop:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._serve, name="object-commits", daemon=True)
        self._thread.start()
        return self._loop

    async def _wait_for_room(
        self, loop: asyncio.AbstractEventLoop, spoiled: Callable[[], None] | None
    ) -> None:
        waiter = loop.create_future()
        self._room.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if spoiled is not None:
                spoiled()
            raise

    def _serve(self) -> None:
        """Run jobs in the commit thread until None comes."""
        while (job := self._jobs.get()) is not None:
            job()

    def _begin(self) -> None:
        if self._lock.try_acquire():
            self._apply()
        else:
            self._jobs.put(self._wait_for_lock)

    def _wait_for_lock(self) -> None:
        self._lock.acquire()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._apply)

    def _apply(self) -> None:
        """Run the SQL of the next batch and hand the commit to the thread; the lock is held."""
        batch = self._take()
        try:
            changed = self._run_batch(batch)
        except BaseException as error:
            self._fail(batch, error)
            changed = False
        if changed:
            self._jobs.put(lambda: self._commit(batch))
            return
        self._tx.end()
        self._lock.release()
        self._settle(batch)

    def _take(self) -> list[_Change]:
        batch: list[_Change] = []
        weight = 0
        while self._queue and len(batch) < BATCH_CHANGES and weight <= BATCH_BYTES:
            change = self._queue.popleft()
            weight += change.weight
            batch.append(change)
        self._queued_bytes -= weight
        for _ in range(min(len(batch), len(self._room))):
            waiter = self._room.popleft()
            if not waiter.done():
                waiter.set_result(None)
        return batch

    def _run_batch(self, batch: list[_Change]) -> bool:
        """Run every change that can be run; return whether there is something to commit."""
        while True:
            self._tx.begin()
            before = self._tx.connection.total_changes
            if self._run_all(batch):
                break
            # A change failed halfway. Whatever it wrote goes, and the others are run again without it.
            self._tx.rollback()
        if self._tx.connection.total_changes == before:
            self._tx.rollback()
            return False
        self._tx.seal()
        return True

    def _run_all(self, batch: list[_Change]) -> bool:
        """Run the changes that have not failed; return False when one fails having changed something."""
        tx = self._tx
        connection = tx.connection
        for change in batch:
            if change.error is not None:
                continue
            if change.future.cancelled():
                change.error = asyncio.CancelledError()
                continue
            before = connection.total_changes
            try:
                change.result = change.work(tx)
            except Exception as error:
                change.error = _explained(error)
                if connection.total_changes != before or not connection.in_transaction:
                    return False
        return True

    def _fail(self, batch: list[_Change], error: BaseException) -> None:
        """Nothing of the batch was written: the database itself refused."""
        try:
            self._tx.rollback()
        except sqlite3.Error as second:
            second.__context__ = error
            error = second
        for change in batch:
            if change.error is None:
                change.error = _explained(error)

    def _commit(self, batch: list[_Change]) -> None:
        """Commit, in the thread."""
        failure: BaseException | None = None
        try:
            self._tx.execute("COMMIT")
        except BaseException as error:
            failure = error
            try:
                self._tx.rollback()
            except sqlite3.Error as second:
                failure = second
        finally:
            self._tx.end()
            self._lock.release()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._committed, batch, failure)

    def _committed(self, batch: list[_Change], failure: BaseException | None) -> None:
        if failure is not None:
            for change in batch:
                if change.error is None:
                    change.error = _explained(failure)
                    # A commit that failed may yet come to life in a recovery: its files must stay until a
                    # sweep.
                    change.spoiled = None
        self._settle(batch)

    def _settle(self, batch: list[_Change]) -> None:
        """Tell the callers of this batch, and start the next once they have had their turn to add to it."""
        assert self._loop is not None
        for change in batch:
            if change.error is not None and change.spoiled is not None:
                change.spoiled()
            if change.future.done():
                continue
            if change.error is not None:
                change.future.set_exception(change.error)
            else:
                change.future.set_result(change.result)
        if self._queue:
            self._loop.call_soon(self._begin)
            return
        self._busy = False
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)


def _explained(error: BaseException) -> BaseException:
    """Turn SQLite's word for a full disk into the operating system's."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF == sqlite3.SQLITE_FULL:
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        full.__cause__ = error
        return full
    return error
