"""Everything that makes Auto Scaling's wishes true.

It calls no engine but the store of measured values; surge protection looks at balancers besides.
"""

from __future__ import annotations

import asyncio

from yunbox.api.call import Cloud
from yunbox.control.controller import Controller, run_until
from yunbox.control.premises import Premises
from yunbox.engines.compute.interface import Compute
from yunbox.engines.metrics.embedded import EmbeddedMetricStore
from yunbox.services.ess.alarms.controller import AlarmController
from yunbox.services.ess.groups.controller import GroupController
from yunbox.services.ess.notifications.controller import NotificationController
from yunbox.services.ess.rules.predicting import PredictingController
from yunbox.services.ess.rules.tracking import TrackingController
from yunbox.services.ess.schedules.controller import ScheduleController
from yunbox.services.ess.surge.keeping import SurgeKeeper

NOTIFICATIONS = "scaling-notifications.log"


async def keep(stop: asyncio.Event, premises: Premises) -> None:
    """Run the controllers until `stop`."""
    measured = EmbeddedMetricStore(premises.config.metrics)
    cloud = Cloud(
        store=premises.store,
        directory=premises.directory,
        objects=premises.objects,
        compute=_no_compute,
        metrics=lambda: measured,
        clock=premises.clock,
        time=premises.time,
        ids=premises.ids,
        default_region=premises.config.region,
    )
    groups = GroupController(cloud, premises.log)
    surge = _surge(premises, measured)
    controllers: tuple[Controller, ...] = (
        groups,
        TrackingController(cloud, premises.log),
        AlarmController(cloud, premises.log),
        ScheduleController(cloud, premises.log),
        PredictingController(cloud, premises.log),
        NotificationController(premises.store, premises.config.logs / NOTIFICATIONS, premises.log),
        *surge,
    )
    try:
        await run_until(stop, controllers, premises.log)
    finally:
        await groups.close()
        for each in surge:
            await each.close()
        measured.close()


def _surge(premises: Premises, measured: EmbeddedMetricStore) -> tuple[SurgeKeeper, ...]:
    try:
        return (SurgeKeeper(premises, measured),)
    except ImportError:
        premises.log("surge protection is off: this release has no engine for balancers")
        return ()


def _no_compute() -> Compute:
    raise RuntimeError("Auto Scaling makes and releases instances in the store alone.")
