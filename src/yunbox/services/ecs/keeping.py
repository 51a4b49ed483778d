"""Everything that makes Ecs's wishes true: its controllers, on one compute engine.

Imported when there is something to keep: a cloud that is used for its buckets alone does without.
"""

from __future__ import annotations

import asyncio

from yunbox.control.controller import run_until
from yunbox.control.premises import Premises
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.services.ecs.cloud_assistant.controller import CloudAssistantController
from yunbox.services.ecs.disks.controller import DiskController
from yunbox.services.ecs.images.controller import ImageController
from yunbox.services.ecs.instances.controller import InstanceController
from yunbox.services.ecs.metadata.controller import MetadataController
from yunbox.services.ecs.snapshot_policies.controller import SnapshotPolicyController
from yunbox.services.ecs.snapshots.controller import SnapshotController


async def keep(stop: asyncio.Event, premises: Premises) -> None:
    """Run the controllers until `stop`, with the engine in its folder; then power the instances off."""
    store, clock, ids, log = premises.store, premises.clock, premises.ids, premises.log
    compute = SandboxCompute(premises.config.compute)
    instances = InstanceController(store, compute, clock, log)
    keepers = (
        instances,
        DiskController(store, compute, clock, log),
        CloudAssistantController(store, compute, clock, log),
        SnapshotController(store, compute, clock, log),
        ImageController(store, compute, premises.objects, clock, log),
        SnapshotPolicyController(store, clock, ids),
        MetadataController(store, compute, premises.directory, clock, ids, premises.front_door, log),
    )
    try:
        await run_until(stop, keepers, log)
    finally:
        for each in keepers:
            await each.close()
        # Asked to end, the cloud takes its instances down; killed, it leaves them to its successor.
        await instances.power_off()
        await compute.close()
