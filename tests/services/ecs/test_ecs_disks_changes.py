"""What is changed of disks through the vendor's SDK: attributes, specification, size, payment, contents."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import wait_status
from ecs_disks import create_disk, disk_of, disks_of, refused, run_inside, wait_disk
from running import RunningCloud
from services.sdk import REGION

Run = Callable[..., list[str]]


@pytest.fixture
def disk(ecs: EcsClient) -> str:
    """An available disk of 20 GiB."""
    id_ = create_disk(ecs, disk_category="cloud_essd", performance_level="PL0")
    wait_disk(ecs, id_, "Available")
    return id_


def modify(ecs: EcsClient, **parameters: object) -> None:
    ecs.modify_disk_attribute(models.ModifyDiskAttributeRequest(region_id=REGION, **parameters))


def test_attributes_of_one_disk(ecs: EcsClient, disk: str) -> None:
    modify(
        ecs,
        disk_id=disk,
        disk_name="renamed",
        description="described",
        delete_with_instance=True,
        delete_auto_snapshot=True,
        enable_auto_snapshot=True,
    )
    found = disk_of(ecs, disk)
    assert (found.disk_name, found.description) == ("renamed", "described")
    assert (found.delete_with_instance, found.delete_auto_snapshot, found.enable_auto_snapshot) == (True,) * 3
    modify(ecs, disk_id=disk, description="", delete_auto_snapshot=False)
    found = disk_of(ecs, disk)
    assert (found.disk_name, found.description, found.delete_auto_snapshot) == ("renamed", "", False)
    assert found.delete_with_instance


def test_attributes_of_several_disks_or_of_none(ecs: EcsClient, disk: str) -> None:
    other = create_disk(ecs)
    modify(ecs, disk_ids=[disk, other], delete_with_instance=True)
    assert disk_of(ecs, disk).delete_with_instance
    assert disk_of(ecs, other).delete_with_instance
    refused(
        "InvalidDiskId.NotFound", lambda: modify(ecs, disk_ids=[disk, "d-none"], delete_with_instance=False)
    )
    assert disk_of(ecs, disk).delete_with_instance
    refused("MissingParameter", lambda: modify(ecs, disk_name="nobody"))
    refused(
        "InvalidParameter.Conflict", lambda: modify(ecs, disk_id=disk, disk_ids=[other], disk_name="both")
    )


def test_the_specification(ecs: EcsClient, disk: str) -> None:
    def change(**parameters: object) -> None:
        ecs.modify_disk_spec(models.ModifyDiskSpecRequest(disk_id=disk, **parameters))

    change(performance_level="PL1")
    assert disk_of(ecs, disk).performance_level == "PL1"
    change(disk_category="cloud_auto", provisioned_iops=1000)
    found = disk_of(ecs, disk)
    assert (found.category, found.performance_level, found.provisioned_iops) == ("cloud_auto", "", 1000)
    modify(ecs, disk_id=disk, bursting_enabled=True)
    assert disk_of(ecs, disk).bursting_enabled
    change(disk_category="cloud_essd")
    found = disk_of(ecs, disk)
    assert (found.performance_level, found.provisioned_iops, found.bursting_enabled) == ("PL1", 0, False)
    refused("InvalidDiskCategory.NotSupported", lambda: change(disk_category="cloud_none"))
    refused("InvalidDiskCategory.NotSupported", lambda: change(provisioned_iops=10))
    refused("InvalidPerformanceLevel.Malformed", lambda: change(performance_level="PL9"))
    refused("DryRunOperation", lambda: change(performance_level="PL2", dry_run=True))
    assert disk_of(ecs, disk).performance_level == "PL1"


def test_a_disk_grows_and_does_not_shrink(ecs: EcsClient, disk: str) -> None:
    def resize(size: int) -> None:
        ecs.resize_disk(models.ResizeDiskRequest(disk_id=disk, new_size=size, type="online"))

    resize(30)
    assert wait_disk(ecs, disk, "Available").size == 30
    refused("InvalidDiskSize.TooSmall", lambda: resize(30))
    ecs.modify_disk_spec(models.ModifyDiskSpecRequest(disk_id=disk, disk_category="cloud_efficiency"))
    refused("InvalidDataDiskSize", lambda: resize(32_769))
    refused(
        "InvalidDiskId.NotFound", ecs.resize_disk, models.ResizeDiskRequest(disk_id="d-none", new_size=99)
    )


def test_paying_in_advance_needs_an_instance_that_does(ecs: EcsClient, run_instances: Run) -> None:
    (instance,) = run_instances()
    (system,) = disks_of(ecs, instance_id=instance)
    request = models.ModifyDiskChargeTypeRequest(
        region_id=REGION, instance_id=instance, disk_ids=f'["{system.disk_id}"]', disk_charge_type="PrePaid"
    )
    refused("ChargeTypeViolation", ecs.modify_disk_charge_type, request)
    request.disk_charge_type = "PostPaid"
    assert ecs.modify_disk_charge_type(request).body.order_id


def test_a_disk_becomes_what_it_was_when_it_was_made(
    ecs: EcsClient, cloud: RunningCloud, run_instances: Run
) -> None:
    (instance,) = run_instances(data_disk=[models.RunInstancesRequestDataDisk(size=20)])
    wait_status(ecs, instance, "Running")
    found = {each.type: each.disk_id for each in disks_of(ecs, instance_id=instance)}
    for id_ in found.values():
        wait_disk(ecs, id_, "In_use")
    run_inside(cloud, instance, "echo root > /root/file; echo data > /mnt/xvdb/file")
    reinit = models.ReInitDiskRequest(disk_id=found["data"])
    refused("IncorrectInstanceStatus", ecs.re_init_disk, reinit)
    ecs.stop_instance(models.StopInstanceRequest(instance_id=instance, force_stop=True))
    wait_status(ecs, instance, "Stopped")
    ecs.re_init_disk(reinit)
    wait_disk(ecs, found["data"], "In_use")
    ecs.start_instance(models.StartInstanceRequest(instance_id=instance))
    wait_status(ecs, instance, "Running")
    assert run_inside(cloud, instance, "cat /root/file; ls /mnt/xvdb") == "root\n"
    ecs.stop_instance(models.StopInstanceRequest(instance_id=instance, force_stop=True))
    wait_status(ecs, instance, "Stopped")
    ecs.re_init_disk(models.ReInitDiskRequest(disk_id=found["system"], auto_start_instance=True))
    wait_status(ecs, instance, "Running")
    assert run_inside(cloud, instance, "test -e /root/file || echo new") == "new\n"
