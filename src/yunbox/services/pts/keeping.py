"""Everything that makes load tests run: each is a rehearsal, whose generator has processes of its own."""

from __future__ import annotations

import asyncio

from yunbox.control.controller import run_until
from yunbox.control.premises import Premises
from yunbox.services.pts.controller import RunController


async def keep(stop: asyncio.Event, premises: Premises) -> None:
    """Run the tests that are asked for, until `stop`."""
    runs = RunController(premises)
    try:
        await run_until(stop, (runs,), premises.log)
    finally:
        await runs.close()
