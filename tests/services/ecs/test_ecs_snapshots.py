"""Snapshots through the vendor's SDK: taken, listed, used and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import Network, launch, release, wait_status
from ecs_disks import (
    create_disk,
    disk_of,
    disks_of,
    refused,
    run_inside,
    snapshot_of,
    snapshots_of,
    take_snapshot,
    wait_disk,
    wait_snapshot,
)
from running import RunningCloud
from services.ram.callers import allow, make_user, root
from services.sdk import REGION

Inside = Callable[[str], str]


@pytest.fixture(scope="module")
def instance(ecs: EcsClient, network: Network) -> Iterator[str]:
    """A running instance with a data disk at `/mnt/xvdb`."""
    ids = launch(ecs, network, data_disk=[models.RunInstancesRequestDataDisk(size=20)])
    wait_status(ecs, ids[0], "Running")
    for each in disks_of(ecs, instance_id=ids[0]):
        wait_disk(ecs, each.disk_id, "In_use")
    yield ids[0]
    release(ecs, ids)


@pytest.fixture
def inside(cloud: RunningCloud, instance: str) -> Inside:
    """Run a shell script in the instance, and return what it prints."""
    return lambda script: run_inside(cloud, instance, script)


@pytest.fixture
def disks(ecs: EcsClient, instance: str) -> dict[str, str]:
    """The ids of the instance's disks, by type."""
    return {each.type: each.disk_id for each in disks_of(ecs, instance_id=instance)}


def start(ecs: EcsClient, instance: str) -> None:
    ecs.start_instance(models.StartInstanceRequest(instance_id=instance))
    wait_status(ecs, instance, "Running")


def stop(ecs: EcsClient, instance: str) -> None:
    ecs.stop_instance(models.StopInstanceRequest(instance_id=instance, force_stop=True))
    wait_status(ecs, instance, "Stopped")


def delete(ecs: EcsClient, *ids: str) -> None:
    for id_ in ids:
        ecs.delete_snapshot(models.DeleteSnapshotRequest(snapshot_id=id_, force=True))
        assert snapshot_of(ecs, id_) is None


def test_a_data_disk_is_rolled_back(
    ecs: EcsClient, instance: str, inside: Inside, disks: dict[str, str]
) -> None:
    inside("echo before > /mnt/xvdb/file")
    taken = take_snapshot(ecs, disks["data"], snapshot_name="data-before")
    wait_snapshot(ecs, taken)
    inside("echo after > /mnt/xvdb/file; echo more > /mnt/xvdb/more")
    reset = models.ResetDiskRequest(disk_id=disks["data"], snapshot_id=taken)
    refused("IncorrectInstanceStatus", ecs.reset_disk, reset)
    stop(ecs, instance)
    ecs.reset_disk(reset)
    wait_disk(ecs, disks["data"], "In_use")
    start(ecs, instance)
    assert inside("cat /mnt/xvdb/*") == "before\n"
    delete(ecs, taken)


def test_a_system_disk_is_rolled_back(
    ecs: EcsClient, instance: str, inside: Inside, disks: dict[str, str]
) -> None:
    inside("echo before > /srv/file")
    taken = take_snapshot(ecs, disks["system"])
    wait_snapshot(ecs, taken)
    inside("echo after > /srv/file")
    stop(ecs, instance)
    ecs.reset_disk(models.ResetDiskRequest(disk_id=disks["system"], snapshot_id=taken))
    wait_disk(ecs, disks["system"], "In_use")
    start(ecs, instance)
    assert inside("cat /srv/file") == "before\n"
    delete(ecs, taken)


def test_a_disk_is_made_from_a_snapshot(
    ecs: EcsClient, instance: str, inside: Inside, disks: dict[str, str]
) -> None:
    inside("echo copied > /mnt/xvdb/file")
    taken = take_snapshot(ecs, disks["data"])
    wait_snapshot(ecs, taken)
    copy = create_disk(ecs, size=None, snapshot_id=taken)
    assert wait_disk(ecs, copy, "Available").source_snapshot_id == taken
    ecs.attach_disk(models.AttachDiskRequest(disk_id=copy, instance_id=instance, device="/dev/xvdq"))
    wait_disk(ecs, copy, "In_use")
    assert inside("cat /mnt/xvdq/file") == "copied\n"
    refused("SnapshotCreatedDisk", ecs.delete_snapshot, models.DeleteSnapshotRequest(snapshot_id=taken))
    assert snapshot_of(ecs, taken).usage == "disk"
    ecs.detach_disk(models.DetachDiskRequest(disk_id=copy, instance_id=instance))
    wait_disk(ecs, copy, "Available")
    ecs.delete_disk(models.DeleteDiskRequest(disk_id=copy))
    assert disk_of(ecs, copy) is None
    delete(ecs, *(each.snapshot_id for each in snapshots_of(ecs, disk_id=disks["data"])))


def test_snapshots_are_listed_and_changed(ecs: EcsClient, instance: str, disks: dict[str, str]) -> None:
    taken = take_snapshot(
        ecs,
        disks["data"],
        snapshot_name="listed-one",
        description="for a test",
        retention_days=3,
        tag=[models.CreateSnapshotRequestTag(key="purpose", value="test")],
    )
    found = wait_snapshot(ecs, taken)
    assert (found.snapshot_name, found.description, found.retention_days) == ("listed-one", "for a test", 3)
    assert (found.source_disk_id, found.source_disk_size, found.source_disk_type) == (
        disks["data"],
        "20",
        "data",
    )
    assert (found.progress, found.available, found.usage, found.snapshot_type) == (
        "100%",
        True,
        "none",
        "user",
    )
    assert [(tag.tag_key, tag.tag_value) for tag in found.tags.tag] == [("purpose", "test")]
    for filters in (
        {"disk_id": disks["data"]},
        {"instance_id": instance},
        {"snapshot_name": "listed-*"},
        {"snapshot_ids": json.dumps([taken, "s-none"])},
        {"status": "accomplished", "source_disk_type": "Data"},
        {"usage": "none", "snapshot_type": "user"},
        {"snapshot_link_id": found.snapshot_link_id},
        {"filter": [models.DescribeSnapshotsRequestFilter("CreationStartTime", "2020-01-01T00:00Z")]},
        {"tag": [models.DescribeSnapshotsRequestTag(key="purpose")]},
    ):
        assert taken in [each.snapshot_id for each in snapshots_of(ecs, **filters)], filters
    for filters in (
        {"disk_id": disks["system"]},
        {"snapshot_name": "listed"},
        {"status": "failed"},
        {"snapshot_type": "auto"},
        {"filter": [models.DescribeSnapshotsRequestFilter("CreationEndTime", "2020-01-01T00:00Z")]},
    ):
        assert taken not in [each.snapshot_id for each in snapshots_of(ecs, **filters)], filters

    def modify(**parameters: Any) -> None:
        ecs.modify_snapshot_attribute(models.ModifySnapshotAttributeRequest(snapshot_id=taken, **parameters))

    modify(snapshot_name="listed-two", description="", retention_days=5)
    found = snapshot_of(ecs, taken)
    assert (found.snapshot_name, found.description, found.retention_days) == ("listed-two", "", 5)
    refused("InvalidParameter", lambda: modify(retention_days=4))
    refused("InvalidSnapshotName.Malformed", lambda: modify(snapshot_name="auto-one"))
    delete(ecs, taken)
    ecs.delete_snapshot(models.DeleteSnapshotRequest(snapshot_id=taken))


def test_who_uses_a_snapshot_needs_permission_for_it(
    ecs: EcsClient, cloud: RunningCloud, disks: dict[str, str]
) -> None:
    taken = take_snapshot(ecs, disks["data"])
    wait_snapshot(ecs, taken)
    _, user = make_user(
        root(cloud),
        allow("ecs:*", resource=["acs:ecs:*:*:disk/*", "acs:ecs:*:*:image/*", "acs:ecs:*:*:instance/*"]),
    )
    client = EcsClient(user.config())
    refused("Forbidden.RAM", lambda: create_disk(client, size=None, snapshot_id=taken))
    image = models.CreateImageRequest(region_id=REGION, snapshot_id=taken)
    refused("Forbidden.RAM", client.create_image, image)
    reset = models.ResetDiskRequest(disk_id=disks["data"], snapshot_id=taken)
    refused("Forbidden.RAM", client.reset_disk, reset)
    refused("Forbidden.RAM", lambda: take_snapshot(client, disks["data"]))
    refused("Forbidden.RAM", client.delete_snapshot, models.DeleteSnapshotRequest(snapshot_id=taken))
    delete(ecs, taken)


def test_what_was_never_used_has_no_snapshots(ecs: EcsClient) -> None:
    id_ = create_disk(ecs)
    wait_disk(ecs, id_, "Available")
    refused("IncorrectDiskStatus.NeverAttached", lambda: take_snapshot(ecs, id_))
    refused("InvalidDiskId.NotFound", lambda: take_snapshot(ecs, "d-none"))
    ecs.delete_disk(models.DeleteDiskRequest(disk_id=id_))


def test_a_snapshot_belongs_to_its_disk(ecs: EcsClient, disks: dict[str, str]) -> None:
    taken = take_snapshot(ecs, disks["data"])
    wait_snapshot(ecs, taken)
    request = models.ResetDiskRequest(disk_id=disks["system"], snapshot_id=taken)
    refused("InvalidParameter.Mismatch", ecs.reset_disk, request)
    refused(
        "InvalidSnapshotId.NotFound",
        ecs.reset_disk,
        models.ResetDiskRequest(disk_id=disks["data"], snapshot_id="s-none"),
    )
    delete(ecs, taken)
