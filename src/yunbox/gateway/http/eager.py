"""Starts a request's work without a turn of the event loop."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Coroutine, Generator

Work = Coroutine[object, object, None]


def begin(loop: asyncio.AbstractEventLoop, work: Work) -> asyncio.Task[None] | None:
    """Run `work` at once, as far as it comes without waiting; return the task of the rest, None when done.

    Most requests are answered without a turn of the event loop in between. Before Python 3.12, which can do
    this itself, `work` is not inside a task until it first waits.
    """
    if sys.version_info >= (3, 12):
        task = asyncio.Task(work, loop=loop, eager_start=True)
        return None if task.done() else task
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return loop.create_task(_rest(work, awaited))


@types.coroutine
def _rest(work: Work, awaited: object) -> Generator[object, object, None]:
    """Go on with `work`, which waits for `awaited`."""
    try:
        while True:
            try:
                value = yield awaited
            except BaseException as error:
                awaited = work.throw(error)
            else:
                awaited = work.send(value)
    except StopIteration:
        return
