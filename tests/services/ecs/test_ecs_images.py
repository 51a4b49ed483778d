"""Images through the vendor's SDK: made of instances and snapshots, used, copied, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import IMAGE, Network, launch, release, wait_status
from ecs_disks import (
    disks_of,
    image_of,
    images_of,
    refused,
    run_inside,
    snapshots_of,
    take_snapshot,
    wait_disk,
    wait_image,
    wait_snapshot,
)
from running import RunningCloud
from services.sdk import REGION, configured

Run = Callable[..., list[str]]


@pytest.fixture(scope="module")
def instance(cloud: RunningCloud, ecs: EcsClient, network: Network) -> Iterator[str]:
    """A running instance whose two disks hold a file each."""
    ids = launch(ecs, network, data_disk=[models.RunInstancesRequestDataDisk(size=21)])
    wait_status(ecs, ids[0], "Running")
    for each in disks_of(ecs, instance_id=ids[0]):
        wait_disk(ecs, each.disk_id, "In_use")
    run_inside(cloud, ids[0], "echo root > /srv/file; echo data > /mnt/xvdb/file")
    yield ids[0]
    release(ecs, ids)


@pytest.fixture(scope="module")
def image(ecs: EcsClient, instance: str) -> str:
    """An image of the instance."""
    id_ = create_image(ecs, instance_id=instance, image_name="made-of-an-instance", description="for a test")
    wait_image(ecs, id_)
    return id_


def create_image(ecs: EcsClient, **parameters: Any) -> str:
    return str(ecs.create_image(models.CreateImageRequest(region_id=REGION, **parameters)).body.image_id)


def delete_image(ecs: EcsClient, id_: str, *, force: bool = False) -> None:
    ecs.delete_image(models.DeleteImageRequest(region_id=REGION, image_id=id_, force=force))


def test_an_image_of_an_instance_brings_all_its_disks(
    ecs: EcsClient, cloud: RunningCloud, instance: str, image: str, run_instances: Run
) -> None:
    found = image_of(ecs, image)
    assert (found.image_name, found.description, found.image_owner_alias) == (
        "made-of-an-instance",
        "for a test",
        "self",
    )
    assert (found.status, found.progress, found.usable, found.platform) == (
        "Available",
        "100%",
        True,
        "Ubuntu",
    )
    mappings = found.disk_device_mappings.disk_device_mapping
    assert [(each.type, each.device, each.size) for each in mappings] == [
        ("system", "/dev/xvda", "40"),
        ("data", "/dev/xvdb", "21"),
    ]
    (copy,) = run_instances(image_id=image)
    wait_status(ecs, copy, "Running")
    assert run_inside(cloud, copy, "cat /srv/file /mnt/xvdb/file") == "root\ndata\n"
    disks = {each.type: each for each in disks_of(ecs, instance_id=copy)}
    assert disks["data"].source_snapshot_id == mappings[1].snapshot_id
    assert disks["system"].image_id == image
    run_inside(cloud, copy, "echo changed > /srv/file; echo changed > /mnt/xvdb/file")
    assert run_inside(cloud, instance, "cat /srv/file /mnt/xvdb/file") == "root\ndata\n"
    refused("ImageUsedByInstances", lambda: delete_image(ecs, image))
    refused(
        "SnapshotCreatedImage",
        ecs.delete_snapshot,
        models.DeleteSnapshotRequest(snapshot_id=mappings[1].snapshot_id, force=True),
    )


def test_an_instance_outlives_its_image(
    ecs: EcsClient, cloud: RunningCloud, instance: str, run_instances: Run
) -> None:
    system = next(each.disk_id for each in disks_of(ecs, instance_id=instance) if each.type == "system")
    taken = take_snapshot(ecs, system)
    wait_snapshot(ecs, taken)
    image = create_image(ecs, snapshot_id=taken)
    assert wait_image(ecs, image).image_name == image
    (made,) = run_instances(image_id=image)
    wait_status(ecs, made, "Running")
    delete_image(ecs, image, force=True)
    assert image_of(ecs, image) is None
    ecs.delete_snapshot(models.DeleteSnapshotRequest(snapshot_id=taken, force=True))
    ecs.stop_instance(models.StopInstanceRequest(instance_id=made, force_stop=True))
    wait_status(ecs, made, "Stopped")
    ecs.start_instance(models.StartInstanceRequest(instance_id=made))
    wait_status(ecs, made, "Running")
    assert run_inside(cloud, made, "cat /srv/file") == "root\n"
    refused("InvalidImageId.NotFound", lambda: run_instances(image_id=image))
    delete_image(ecs, image)


def test_an_image_of_chosen_snapshots(ecs: EcsClient, instance: str) -> None:
    system, data = sorted(disks_of(ecs, instance_id=instance), key=lambda each: each.device)
    first, second = take_snapshot(ecs, system.disk_id), take_snapshot(ecs, data.disk_id)
    mapping = models.CreateImageRequestDiskDeviceMapping
    asked = [mapping(snapshot_id=second, device="/dev/xvdd"), mapping(snapshot_id=first), mapping(size=5)]
    wait_snapshot(ecs, first)
    wait_snapshot(ecs, second)
    refused("InvalidSnapshotId.NotSupported", lambda: create_image(ecs, snapshot_id=second))
    refused("InvalidSnapshotId.NotFound", lambda: create_image(ecs, snapshot_id="s-none"))
    image = create_image(ecs, disk_device_mapping=asked, image_family="a-family", image_version="v1")
    found = wait_image(ecs, image)
    assert [
        (each.type, each.device, each.size, each.snapshot_id)
        for each in found.disk_device_mappings.disk_device_mapping
    ] == [
        ("system", "/dev/xvda", "40", first),
        ("data", "/dev/xvdd", "21", second),
        ("data", "/dev/xvdb", "5", ""),
    ]
    family = models.DescribeImageFromFamilyRequest(region_id=REGION, image_family="a-family")
    assert ecs.describe_image_from_family(family).body.image.image_id == image
    delete_image(ecs, image)
    refused("InvalidImageFamily.NotFound", ecs.describe_image_from_family, family)
    for each in (first, second):
        ecs.delete_snapshot(models.DeleteSnapshotRequest(snapshot_id=each))


def test_images_are_changed(ecs: EcsClient, image: str) -> None:
    def modify(**parameters: Any) -> None:
        ecs.modify_image_attribute(
            models.ModifyImageAttributeRequest(region_id=REGION, image_id=image, **parameters)
        )

    modify(image_name="renamed-image", description="described", image_family="fam", boot_mode="UEFI")
    found = image_of(ecs, image)
    assert (found.image_name, found.description, found.image_family, found.boot_mode) == (
        "renamed-image",
        "described",
        "fam",
        "UEFI",
    )
    modify(status="Deprecated")
    assert [each.image_id for each in images_of(ecs, status="Deprecated")] == [image]
    assert not images_of(ecs, image_id=image, status="Available")
    modify(status="Available", image_name="renamed-image")
    refused("InvalidImageName.Malformed", lambda: modify(image_name="aliyun-image"))
    request = models.ModifyImageAttributeRequest(region_id=REGION, image_id=IMAGE, image_name="mine-now")
    refused("OperationDenied.ImageNotOwned", ecs.modify_image_attribute, request)
    refused("OperationDenied.ImageNotOwned", lambda: delete_image(ecs, IMAGE, force=True))


def test_an_image_is_copied_to_another_region(ecs: EcsClient, cloud: RunningCloud, image: str) -> None:
    request = models.CopyImageRequest(
        region_id=REGION,
        image_id=image,
        destination_region_id="cn-shanghai",
        destination_image_name="copied-image",
        destination_description="a copy",
    )
    copy = ecs.copy_image(request).body.image_id
    assert image_of(ecs, copy) is None
    there = EcsClient(configured(cloud, region="cn-shanghai"))
    found = wait_image(there, copy, region="cn-shanghai")
    assert (found.image_name, found.description, found.is_copied) == ("copied-image", "a copy", True)
    refused("InvalidImageName.Duplicated", ecs.copy_image, request)
    there.delete_image(models.DeleteImageRequest(region_id="cn-shanghai", image_id=copy))
    assert image_of(there, copy, region="cn-shanghai") is None
    request.destination_region_id = "cn-nowhere"
    refused("InvalidDestinationRegionId.NotFound", ecs.copy_image, request)
    assert image_of(ecs, image).status == "Available"


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("MissingParameter", {}),
        ("InvalidInstanceId.NotFound", {"instance_id": "i-none"}),
        ("InvalidParameter.Conflict", {"instance_id": "i-none", "snapshot_id": "s-none"}),
        ("InvalidImageName.Malformed", {"instance_id": "i-none", "image_name": "1"}),
    ],
)
def test_what_no_image_is_made_of_is_refused(ecs: EcsClient, code: str, parameters: dict[str, Any]) -> None:
    before = len(snapshots_of(ecs))
    refused(code, lambda: create_image(ecs, **parameters))
    assert len(snapshots_of(ecs)) == before
