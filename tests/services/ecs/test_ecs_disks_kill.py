"""A cloud that is killed while it works on disks, snapshots and images goes on where it was."""

from __future__ import annotations

import time

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import launch, make_network, wait_for, wait_status
from ecs_disks import (
    create_disk,
    disk_of,
    disks_of,
    run_inside,
    take_snapshot,
    wait_disk,
    wait_image,
    wait_snapshot,
)
from running import RunningCloud
from services.sdk import REGION

WAITS = [0.0, 0.01, 0.03, 0.1, 0.3]
"""How long after the last request the cloud is killed, in seconds."""


@pytest.mark.parametrize("wait", WAITS)
def test_nothing_is_lost(
    own_cloud: RunningCloud, own_ecs: EcsClient, own_vpc: VpcClient, wait: float
) -> None:
    ecs = own_ecs
    (instance,) = launch(
        ecs, make_network(ecs, own_vpc), data_disk=[models.RunInstancesRequestDataDisk(size=20)]
    )
    wait_status(ecs, instance, "Running")
    disks = {each.type: each.disk_id for each in disks_of(ecs, instance_id=instance)}
    for each in disks.values():
        wait_disk(ecs, each, "In_use")
    run_inside(own_cloud, instance, "echo kept > /mnt/xvdb/file; echo system > /srv/file")
    system, data = take_snapshot(ecs, disks["system"]), take_snapshot(ecs, disks["data"])
    wait_snapshot(ecs, system)
    wait_snapshot(ecs, data)
    made, gone = create_disk(ecs, size=None, snapshot_id=data), create_disk(ecs)
    wait_disk(ecs, made, "Available")
    wait_disk(ecs, gone, "Available")

    ecs.attach_disk(models.AttachDiskRequest(disk_id=made, instance_id=instance, device="/dev/xvdf"))
    ecs.delete_disk(models.DeleteDiskRequest(disk_id=gone))
    another = create_disk(ecs, size=None, snapshot_id=data)
    image = ecs.create_image(models.CreateImageRequest(region_id=REGION, snapshot_id=system)).body.image_id
    taken = take_snapshot(ecs, disks["data"])
    time.sleep(wait)
    own_cloud.kill()
    own_cloud.start()

    wait_status(ecs, instance, "Running")
    wait_disk(ecs, made, "In_use")
    wait_disk(ecs, another, "Available")
    wait_snapshot(ecs, taken)
    wait_image(ecs, image)
    wait_for(lambda: not (own_cloud.data / "compute" / "volumes" / gone).exists())
    assert disk_of(ecs, gone) is None
    assert run_inside(own_cloud, instance, "cat /srv/file /mnt/xvdb/file /mnt/xvdf/file") == (
        "system\nkept\nkept\n"
    )
