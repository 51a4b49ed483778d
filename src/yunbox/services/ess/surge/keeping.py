"""Puts the controller of surge protection together, on the cloud's own store, balancers and capacity."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from yunbox.control.premises import Premises
from yunbox.engines.metrics.interface import MetricStore
from yunbox.services.ess.activities.capacity import ask_capacity
from yunbox.services.ess.surge.behind import balancers_of, limit_of
from yunbox.services.ess.surge.controller import SurgeController
from yunbox.services.ess.surge.protected import Protected
from yunbox.services.ess.surge.record import Record

SOURCE_TYPE = "SurgeProtection"


class SurgeKeeper:
    """The controller with what it owns: a thread."""

    name = "surge"

    def __init__(self, premises: Premises, metrics: MetricStore) -> None:
        self._premises = premises
        self._writer = ThreadPoolExecutor(1, "surge-write")
        self._controller = SurgeController(
            premises.store,
            premises.balancers(),
            premises.clock,
            premises.time,
            record=Record(metrics),
            ask=self._ask,
            balancers_of=balancers_of,
            limit_of=limit_of,
            log=premises.log,
        )

    async def turn(self) -> float:
        """See `SurgeController`."""
        return await self._controller.turn()

    async def close(self) -> None:
        """Write what was recorded last, and let go."""
        await self._controller.close()
        self._writer.shutdown()

    async def _ask(self, group: Protected, wanted: int, cause: str) -> None:
        premises = self._premises

        def write() -> None:
            with premises.store.write() as change:
                ask_capacity(
                    change,
                    premises.ids,
                    group.id,
                    wanted,
                    cause=cause,
                    now=premises.time.now(),
                    source_type=SOURCE_TYPE,
                )

        await asyncio.get_running_loop().run_in_executor(self._writer, write)
