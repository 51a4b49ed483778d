"""Controllers: what makes stored wishes true, and keeps house.

A controller is level-triggered: each turn looks at what is stored and what really is, and closes the difference.
It remembers nothing that matters between two turns, so that it may be stopped, killed or called twice at any
moment. One process runs all of them, beside those that answer requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0

STOP_SECONDS = 5.0
"""So long a turn may go on after the controllers were told to stop."""


class Controller(Protocol):
    """Something that is to be done again and again. `name` is for the log."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    async def turn(self) -> float:
        """Do a bounded piece of work; return in how many seconds to be called again (0: there is more)."""
        ...


class Every:
    """A controller that calls `run` every so many seconds, the first time after `first` seconds."""

    def __init__(
        self, name: str, seconds: float, run: Callable[[], Awaitable[object]], *, first: float = 0.0
    ) -> None:
        self.name = name
        self._seconds = seconds
        self._run = run
        self._first = first

    async def turn(self) -> float:
        """Call it; return when next."""
        wait, self._first = self._first, 0.0
        if wait:
            return wait
        await self._run()
        return self._seconds


async def run_until(
    stop: asyncio.Event, controllers: Sequence[Controller], log: Callable[[str], None]
) -> None:
    """Run the controllers side by side until `stop`; then let the turns under way finish, for five seconds.

    A turn that raises is logged and tried again: after one second, and twice as long after each further failure,
    up to a minute. It holds up no other controller.
    """
    tasks = [asyncio.ensure_future(_run(stop, each, log)) for each in controllers]
    await stop.wait()
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(stop: asyncio.Event, controller: Controller, log: Callable[[str], None]) -> None:
    retry = FIRST_RETRY_SECONDS
    while not stop.is_set():
        try:
            wait = await controller.turn()
            retry = FIRST_RETRY_SECONDS
        except Exception as error:
            log(
                f"controller {controller.name} failed ({type(error).__name__}: {error}); again in {retry:g} s"
            )
            wait = retry
            retry = min(retry * 2, LAST_RETRY_SECONDS)
        await _sleep(stop, wait)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    if seconds <= 0:
        # A controller with more to do still lets the others have their turn.
        await asyncio.sleep(0)
        return
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
