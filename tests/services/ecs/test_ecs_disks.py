"""Disks through the vendor's SDK: made, attached, used, detached, kept and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import ZONE, wait_for, wait_gone, wait_status
from ecs_disks import create_disk, disk_of, disks_of, refused, run_inside, wait_disk
from running import RunningCloud
from services.sdk import REGION

Run = Callable[..., list[str]]
Inside = Callable[[str, str], str]


@pytest.fixture
def inside(cloud: RunningCloud) -> Inside:
    """Run a shell script inside an instance."""
    return lambda instance, script: run_inside(cloud, instance, script)


def test_a_disk_is_made_and_deleted(ecs: EcsClient) -> None:
    id_ = create_disk(
        ecs,
        size=30,
        disk_name="data-one",
        description="for a test",
        disk_category="cloud_efficiency",
        tag=[models.CreateDiskRequestTag(key="purpose", value="test")],
    )
    disk = wait_disk(ecs, id_, "Available")
    assert (disk.size, disk.disk_name, disk.description) == (30, "data-one", "for a test")
    assert (disk.category, disk.type, disk.zone_id, disk.region_id) == (
        "cloud_efficiency",
        "data",
        ZONE,
        REGION,
    )
    assert (disk.instance_id, disk.device, disk.portable) == ("", "", True)
    assert [(tag.tag_key, tag.tag_value) for tag in disk.tags.tag] == [("purpose", "test")]
    ecs.delete_disk(models.DeleteDiskRequest(disk_id=id_))
    assert disk_of(ecs, id_) is None
    ecs.delete_disk(models.DeleteDiskRequest(disk_id=id_))


def test_encryption_is_recorded(ecs: EcsClient) -> None:
    own, named = create_disk(ecs, encrypted=True), create_disk(ecs, encrypted=True, kmskey_id="key-of-mine")
    assert disk_of(ecs, named).kmskey_id == "key-of-mine"
    found = wait_disk(ecs, own, "Available")
    # With the key of the service itself, the vendor shows none.
    assert (found.encrypted, found.kmskey_id) == (True, "")
    for id_ in (own, named):
        wait_disk(ecs, id_, "Available")
        ecs.delete_disk(models.DeleteDiskRequest(disk_id=id_))


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("MissingParameter", {"size": None}),
        ("MissingParameter", {"zone_id": None}),
        ("InvalidZoneId.NotFound", {"zone_id": "cn-nowhere-a"}),
        ("InvalidDataDiskSize", {"size": 19, "disk_category": "cloud_ssd"}),
        ("InvalidDiskCategory.NotSupported", {"disk_category": "cloud_gold"}),
        ("InvalidDiskName.Malformed", {"disk_name": "1"}),
        ("InvalidSnapshotId.NotFound", {"snapshot_id": "s-none"}),
        ("InvalidParameter.NotImplemented", {"storage_set_id": "ss-1"}),
    ],
)
def test_what_no_disk_can_be_is_refused(ecs: EcsClient, code: str, parameters: dict[str, Any]) -> None:
    refused(code, lambda: create_disk(ecs, **parameters))


def test_a_disk_goes_from_one_instance_to_another(ecs: EcsClient, run_instances: Run, inside: Inside) -> None:
    first, second = run_instances(amount=2)
    wait_status(ecs, first, "Running")
    wait_status(ecs, second, "Running")
    id_ = create_disk(ecs, size=20)
    wait_disk(ecs, id_, "Available")
    ecs.attach_disk(models.AttachDiskRequest(disk_id=id_, instance_id=first))
    disk = wait_disk(ecs, id_, "In_use")
    assert (disk.instance_id, disk.device) == (first, "/dev/xvdb")
    assert [each.instance_id for each in disk.attachments.attachment] == [first]
    inside(first, "echo carried > /mnt/xvdb/file")
    refused(
        "IncorrectDiskStatus",
        ecs.attach_disk,
        models.AttachDiskRequest(disk_id=id_, instance_id=second),
    )
    refused("IncorrectDiskStatus", ecs.delete_disk, models.DeleteDiskRequest(disk_id=id_))
    ecs.detach_disk(models.DetachDiskRequest(disk_id=id_, instance_id=first))
    assert wait_disk(ecs, id_, "Available").instance_id == ""
    assert inside(first, "cat /mnt/xvdb/file || echo gone").endswith("gone\n")
    refused(
        "InvalidDisk.AlreadyDetached",
        ecs.detach_disk,
        models.DetachDiskRequest(disk_id=id_, instance_id=first),
    )
    ecs.attach_disk(
        models.AttachDiskRequest(
            disk_id=id_, instance_id=second, device="/dev/xvdk", delete_with_instance=True
        )
    )
    wait_disk(ecs, id_, "In_use")
    assert inside(second, "cat /mnt/xvdk/file") == "carried\n"
    ecs.delete_instance(models.DeleteInstanceRequest(instance_id=second, force=True))
    wait_gone(ecs, second)
    wait_for(lambda: disk_of(ecs, id_) is None)


def test_a_disk_attached_to_a_stopped_instance_is_there_when_it_starts(
    ecs: EcsClient, run_instances: Run, inside: Inside
) -> None:
    (instance,) = run_instances()
    wait_status(ecs, instance, "Running")
    ecs.stop_instance(models.StopInstanceRequest(instance_id=instance, force_stop=True))
    wait_status(ecs, instance, "Stopped")
    id_ = create_disk(ecs)
    wait_disk(ecs, id_, "Available")
    ecs.attach_disk(models.AttachDiskRequest(disk_id=id_, instance_id=instance))
    wait_disk(ecs, id_, "In_use")
    ecs.start_instance(models.StartInstanceRequest(instance_id=instance))
    wait_status(ecs, instance, "Running")
    inside(instance, "echo kept > /mnt/xvdb/file")
    ecs.reboot_instance(models.RebootInstanceRequest(instance_id=instance, force_stop=True))
    wait_status(ecs, instance, "Running")
    assert inside(instance, "cat /mnt/xvdb/file") == "kept\n"


def test_disks_of_a_launch(ecs: EcsClient, run_instances: Run, inside: Inside) -> None:
    (instance,) = run_instances(
        system_disk=models.RunInstancesRequestSystemDisk(size="50", disk_name="root-disk"),
        data_disk=[
            models.RunInstancesRequestDataDisk(size=25, disk_name="goes", delete_with_instance=True),
            models.RunInstancesRequestDataDisk(size=26, disk_name="stays", delete_with_instance=False),
        ],
    )
    wait_status(ecs, instance, "Running")
    found = {each.disk_name: each for each in disks_of(ecs, instance_id=instance)}
    assert {name: (each.type, each.size, each.device) for name, each in found.items()} == {
        "root-disk": ("system", 50, "/dev/xvda"),
        "goes": ("data", 25, "/dev/xvdb"),
        "stays": ("data", 26, "/dev/xvdc"),
    }
    for each in found.values():
        wait_disk(ecs, each.disk_id, "In_use")
    inside(instance, "echo stayed > /mnt/xvdc/file")
    ecs.delete_instance(models.DeleteInstanceRequest(instance_id=instance, force=True))
    wait_gone(ecs, instance)
    wait_for(lambda: disk_of(ecs, found["goes"].disk_id) is None)
    assert disk_of(ecs, found["root-disk"].disk_id) is None
    stays = found["stays"].disk_id
    wait_disk(ecs, stays, "Available")
    (other,) = run_instances()
    wait_status(ecs, other, "Running")
    ecs.attach_disk(models.AttachDiskRequest(disk_id=stays, instance_id=other))
    wait_disk(ecs, stays, "In_use")
    assert inside(other, "cat /mnt/xvdb/file") == "stayed\n"


def test_disks_are_found_by_what_they_are(ecs: EcsClient) -> None:
    made = [create_disk(ecs, disk_name=f"found-{number}", size=20 + number) for number in range(3)]
    for id_ in made:
        wait_disk(ecs, id_, "Available")
    assert {each.disk_id for each in disks_of(ecs, disk_name="found-*")} == set(made)
    assert [each.disk_id for each in disks_of(ecs, disk_name="found-1")] == [made[1]]
    assert [each.disk_id for each in disks_of(ecs, disk_ids=json.dumps(made))] == made[::-1]
    assert not disks_of(ecs, disk_ids=json.dumps(made), status="In_use")
    for id_ in made:
        ecs.delete_disk(models.DeleteDiskRequest(disk_id=id_))
    assert not disks_of(ecs, disk_name="found-*")
