"""Everything that makes balancers carry traffic: the controllers of Slb and Alb, on one balancer engine.

Imported when there is something to keep: a cloud without balancers does without.
"""

from __future__ import annotations

import asyncio

from yunbox.control.controller import run_until
from yunbox.control.premises import Premises
from yunbox.services.alb.job_controller import JobController
from yunbox.services.balancing.balancers import BalancerController
from yunbox.services.balancing.limiting import LimitController
from yunbox.services.balancing.sources import SOURCES
from yunbox.services.balancing.taking import DepartureController, MemberController
from yunbox.services.ess.surge.behind import limited_by_groups


async def keep(stop: asyncio.Event, premises: Premises) -> None:
    """Run the controllers until `stop`; then take the balancers down."""
    store, clock, log = premises.store, premises.clock, premises.log
    engine = premises.balancers()
    balancers = BalancerController(store, engine, SOURCES, clock, log)
    keepers = (
        balancers,
        MemberController(store, balancers, clock, log),
        DepartureController(store, clock, log),
        LimitController(store, engine, SOURCES, clock, limited_by_groups),
        JobController(store, balancers, clock, log),
    )
    try:
        await run_until(stop, keepers, log)
    finally:
        for each in keepers:
            await each.close()
        # Asked to end, the cloud takes its balancers down; killed, it leaves them to its successor.
        await engine.power_off()
        await engine.close()
