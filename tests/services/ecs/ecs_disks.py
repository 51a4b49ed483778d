"""Asking for disks, snapshots and images through the vendor's SDK, and waiting for what they become."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import ZONE, wait_for
from running import RunningCloud
from services.sdk import REGION
from Tea.exceptions import TeaException

from yunbox.engines.compute.interface import Command
from yunbox.engines.compute.sandbox.engine import SandboxCompute

_executions = itertools.count(1)


def create_disk(ecs: EcsClient, **parameters: Any) -> str:
    """Call CreateDisk and return the id."""
    request = models.CreateDiskRequest(**{"region_id": REGION, "zone_id": ZONE, "size": 20, **parameters})
    return str(ecs.create_disk(request).body.disk_id)


def disks_of(ecs: EcsClient, **parameters: Any) -> list[Any]:
    """Return what DescribeDisks finds."""
    request = models.DescribeDisksRequest(**{"region_id": REGION, "page_size": 100, **parameters})
    return list(ecs.describe_disks(request).body.disks.disk)


def disk_of(ecs: EcsClient, id_: str) -> Any:
    """Return what DescribeDisks says of a disk, or None."""
    found = disks_of(ecs, disk_ids=f'["{id_}"]')
    return found[0] if found else None


def wait_disk(ecs: EcsClient, id_: str, status: str) -> Any:
    """Return the disk once it has a status."""
    return wait_for(lambda: (found := disk_of(ecs, id_)) is not None and found.status == status and found)


def take_snapshot(ecs: EcsClient, disk: str, **parameters: Any) -> str:
    """Call CreateSnapshot and return the id."""
    request = models.CreateSnapshotRequest(disk_id=disk, **parameters)
    return str(ecs.create_snapshot(request).body.snapshot_id)


def snapshots_of(ecs: EcsClient, **parameters: Any) -> list[Any]:
    """Return what DescribeSnapshots finds."""
    request = models.DescribeSnapshotsRequest(**{"region_id": REGION, "page_size": 100, **parameters})
    return list(ecs.describe_snapshots(request).body.snapshots.snapshot)


def snapshot_of(ecs: EcsClient, id_: str) -> Any:
    """Return what DescribeSnapshots says of a snapshot, or None."""
    found = snapshots_of(ecs, snapshot_ids=f'["{id_}"]')
    return found[0] if found else None


def wait_snapshot(ecs: EcsClient, id_: str, status: str = "accomplished") -> Any:
    """Return the snapshot once it has a status."""
    return wait_for(lambda: (found := snapshot_of(ecs, id_)) is not None and found.status == status and found)


def images_of(ecs: EcsClient, *, region: str = REGION, **parameters: Any) -> list[Any]:
    """Return what DescribeImages finds."""
    request = models.DescribeImagesRequest(**{"region_id": region, "page_size": 100, **parameters})
    return list(ecs.describe_images(request).body.images.image)


def image_of(ecs: EcsClient, id_: str, *, region: str = REGION) -> Any:
    """Return what DescribeImages says of an image, whatever its status, or None."""
    found = images_of(ecs, region=region, image_id=id_, status="ALL")
    return found[0] if found else None


def wait_image(ecs: EcsClient, id_: str, status: str = "Available", *, region: str = REGION) -> Any:
    """Return the image once it has a status."""

    def ask() -> Any:
        found = image_of(ecs, id_, region=region)
        assert found is not None
        assert found.status in ("Creating", status), found
        return found if found.status == status else None

    return wait_for(ask)


def refused(code: str, function: Callable[..., Any], *arguments: Any) -> None:
    """Call something that must be refused with a code."""
    with pytest.raises(TeaException) as caught:
        function(*arguments)
    assert caught.value.code == code, caught.value


def run_inside(cloud: RunningCloud, instance: str, script: str) -> str:
    """Run a shell script inside an instance, by its engine, and return what it printed."""

    async def run() -> str:
        compute = SandboxCompute(cloud.data / "compute")
        execution = f"test-{next(_executions)}-{os.getpid()}"
        command = Command(argv=("/bin/sh",), stdin=script.encode())
        await compute.execute(instance, execution, command)
        while True:
            found = await compute.find_execution(instance, execution)
            assert found is not None
            if found.finished:
                break
            await asyncio.sleep(0.02)
        await compute.forget_execution(instance, execution)
        await compute.close()
        assert found.end == "exited", found
        return found.output.decode()

    return asyncio.run(run())
