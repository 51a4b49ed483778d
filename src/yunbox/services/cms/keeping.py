"""Everything that makes Cms's wishes true: what measures, and what evaluates alarm rules."""

from __future__ import annotations

import asyncio

from yunbox.control.controller import Controller, run_until
from yunbox.control.premises import Premises
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.engines.metrics.embedded import EmbeddedMetricStore
from yunbox.services.cms.collectors.controller import MetricsController, MetricsHousekeeper
from yunbox.services.cms.collectors.instances import InstanceCollector


async def keep(stop: asyncio.Event, premises: Premises) -> None:
    """Run the controllers until `stop`."""
    store, time, log = premises.store, premises.time, premises.log
    compute = SandboxCompute(premises.config.compute)
    metrics = EmbeddedMetricStore(premises.config.metrics)
    controllers: tuple[Controller, ...] = (
        MetricsController(metrics, time, (InstanceCollector(store, compute),)),
        MetricsHousekeeper(metrics, time),
    )
    try:
        await run_until(stop, controllers, log)
    finally:
        await compute.close()
        metrics.close()
