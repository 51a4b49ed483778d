"""Tells what there is to tell: a line of JSON each in `logs/scaling-notifications.log` of the data directory.

There are no queues and topics here that could be told; whoever wants to know follows the file. A message that was
under way when the controllers were killed is told again, with the same `messageId`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from yunbox.control.store import Store
from yunbox.services.ess.notifications.notice import Notice, as_line

POLL_SECONDS = 0.1
_AT_ONCE = 200


class NotificationController:
    """Writes what is to be told to a file."""

    name = "ess-notifications"

    def __init__(self, store: Store, file: Path, log: Callable[[str], None]) -> None:
        self._store = store
        self._file = file
        self._log = log
        self._generation: object = None

    async def turn(self) -> float:
        """Tell what there is; return when to look again."""
        generation = self._store.generation()
        if generation == self._generation:
            return POLL_SECONDS
        with self._store.read() as view:
            notices = view.find(Notice, limit=_AT_ONCE)
        if notices:
            await asyncio.to_thread(self._tell, notices)
            return 0.0
        self._generation = generation
        return POLL_SECONDS

    def _tell(self, notices: list[Notice]) -> None:
        with open(self._file, "ab", opener=_private) as file:
            file.write(b"".join(as_line(each) for each in notices))
        with self._store.write() as change:
            for each in notices:
                if change.get(Notice, each.id) is not None:
                    change.delete(Notice, each.id)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
