"""Giving the disk space of deleted and abandoned files back.

Deleted files are named in `garbage` by the transaction that deleted them, and are removed a minute later, so
that a response which was about to send one still can.

Abandoned files are those that no row names: bytes that were staged by a process that died before it stored
them. To remove one safely, nobody may be about to name it. The proof:

1. A file's name begins with the token of the process that made it, and only that process ever writes a row
that names it first: it alone knows of the file. 2. That process holds a lock on `leases/<token>` from before
its first file until all its threads are gone; a token is random and never used again. So whoever gets the
lock knows that no new file and no new row can come from that owner. Files of living processes, this one
included, are never looked at. 3. The files are listed and the rows looked up after the lock was taken. What
the owner committed is seen. 4. What the owner had half committed must not come back: a process killed
between writing its commit to SQLite's log and announcing it leaves frames that a recovery after a power
failure would bring to life. So the look-up is part of a transaction that writes: its own frames take the
place of those before any file is removed. 5. The lease goes last, after the folders were synced. A file
without a lease is left alone for ever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from yunbox.control.clock import Clock
from yunbox.engines.objects.embedded.commits import Commits
from yunbox.engines.objects.embedded.locks import DeadLease
from yunbox.engines.objects.embedded.staging import Stager
from yunbox.engines.objects.embedded.transaction import Transaction

KEEP_SECONDS = 60
"""How long a deleted file stays."""

_STEP = 500


class Reclaimer:
    """Removes what is no longer needed; works through a store's own connections and threads."""

    def __init__(
        self, leases: Path, clock: Clock, read: sqlite3.Connection, commits: Commits, stager: Stager
    ) -> None:
        self._leases = leases
        self._clock = clock
        self._read = read
        self._commits = commits
        self._stager = stager

    async def collect(self) -> int:
        """Remove the files that were deleted more than a minute ago; return how many."""
        removed = 0
        while names := self._ripe():
            await self._remove(names)
            await self._strike_off(names)
            removed += len(names)
        return removed

    def _ripe(self) -> list[str]:
        before = int((self._clock.now() - KEEP_SECONDS) * 1000)
        rows = self._read.execute(
            "SELECT name FROM garbage WHERE at <= ? ORDER BY at LIMIT ?", (before, _STEP)
        ).fetchall()
        return [row[0].decode("ascii") for row in rows]

    async def _strike_off(self, names: Sequence[str]) -> None:
        def strike(tx: Transaction) -> None:
            for name in names:
                tx.execute("DELETE FROM garbage WHERE name = ?", (name.encode("ascii"),))

        await self._commits.run(strike)

    async def sweep(self) -> int:
        """Remove the files that dead processes left behind and no row names; return how many."""
        dead = await self._stager.in_thread(lambda: DeadLease.all_in(self._leases))
        finished = False
        try:
            removed = await self._sweep_after({lease.token for lease in dead})
            finished = True
        finally:
            for lease in dead:
                lease.close(remove=finished)
        return removed

    async def _sweep_after(self, tokens: set[str]) -> int:
        if not tokens:
            return 0
        names = await self._stager.in_thread(lambda: self._stager.files.of_tokens(tokens))
        removed = 0
        for first in range(0, len(names), _STEP):
            orphans = await self._orphans(names[first : first + _STEP])
            await self._remove(orphans)
            removed += len(orphans)
        return removed

    async def _orphans(self, names: Sequence[str]) -> list[str]:
        """Return those of the names that no row holds; writes, as the proof above asks."""

        def look_up(tx: Transaction) -> list[str]:
            tx.execute(
                "INSERT INTO state VALUES ('sweeps', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )
            return [name for name in names if not _is_known(tx.connection, name.encode("ascii"))]

        return await self._commits.run(look_up)

    async def _remove(self, names: Sequence[str]) -> None:
        await self._stager.in_thread(lambda: self._stager.files.remove_for_good(names))


def _is_known(connection: sqlite3.Connection, name: bytes) -> bool:
    found = connection.execute(
        "SELECT 1 FROM blobs WHERE kind = 1 AND data = ?1 UNION ALL SELECT 1 FROM garbage WHERE name = ?1",
        (name,),
    ).fetchone()
    return found is not None
