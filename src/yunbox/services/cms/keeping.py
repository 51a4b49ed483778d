"""Everything that makes Cms's wishes true: what measures, and what evaluates alarm rules."""

from __future__ import annotations

import asyncio

from yunbox.api.call import Cloud
from yunbox.control.controller import Controller, run_until
from yunbox.control.premises import Premises
from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.engines.metrics.embedded import EmbeddedMetricStore
from yunbox.services.balancing.sources import SOURCES
from yunbox.services.cms.alarms.controller import AlarmController
from yunbox.services.cms.alarms.deliveries import Deliveries
from yunbox.services.cms.collectors.balancers import BalancerCollector
from yunbox.services.cms.collectors.controller import MetricsController, MetricsHousekeeper
from yunbox.services.cms.collectors.instances import InstanceCollector


async def keep(stop: asyncio.Event, premises: Premises) -> None:
    """Run the controllers until `stop`."""
    store, time, log = premises.store, premises.time, premises.log
    compute = SandboxCompute(premises.config.compute)
    metrics = EmbeddedMetricStore(premises.config.metrics)
    cloud = Cloud(
        store=store,
        directory=premises.directory,
        objects=premises.objects,
        compute=lambda: compute,
        metrics=lambda: metrics,
        clock=premises.clock,
        time=time,
        ids=premises.ids,
        default_region=premises.config.region,
    )
    balancers = HaproxyEngine(premises.config.balancers, compute, premises.clock)
    collectors = (
        InstanceCollector(store, compute),
        BalancerCollector(store, balancers, SOURCES, premises.clock),
    )
    deliveries = Deliveries(store, cloud, premises.clock, log)
    controllers: tuple[Controller, ...] = (
        MetricsController(metrics, time, collectors, log),
        MetricsHousekeeper(metrics, time),
        AlarmController(store, metrics, time, premises.ids, log),
        deliveries,
    )
    try:
        await run_until(stop, controllers, log)
    finally:
        await deliveries.close()
        await balancers.close()
        await compute.close()
        metrics.close()
