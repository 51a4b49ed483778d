"""Importing a root file system from a bucket, through the vendor's SDKs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import oss2
import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import wait_for, wait_status
from ecs_disks import image_of, refused, run_inside, wait_image
from engines.compute.compute_running import programs
from running import RunningCloud
from services.ram.callers import allow, make_user, root
from services.sdk import REGION

Run = Callable[..., list[str]]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root file system with a shell, in a tar archive compressed with gzip."""
    return programs(tmp_path_factory.mktemp("archive") / "root.tar.gz")


def import_image(ecs: EcsClient, bucket: str, key: str, **parameters: Any) -> str:
    mapping = {"ossbucket": bucket, "ossobject": key, **parameters.pop("mapping", {})}
    request = models.ImportImageRequest(
        region_id=REGION,
        disk_device_mapping=[models.ImportImageRequestDiskDeviceMapping(**mapping)],
        **parameters,
    )
    return str(ecs.import_image(request).body.image_id)


def test_an_instance_boots_from_an_imported_root(
    ecs: EcsClient, cloud: RunningCloud, bucket: oss2.Bucket, archive: Path, run_instances: Run
) -> None:
    bucket.put_object_from_file("roots/small.tar.gz", str(archive))
    image = import_image(
        ecs,
        bucket.bucket_name,
        "roots/small.tar.gz",
        image_name=f"imported-{bucket.bucket_name}",
        platform="Customized Linux",
        mapping={"format": "RAW", "disk_image_size": 25},
    )
    found = wait_image(ecs, image)
    (mapping,) = found.disk_device_mappings.disk_device_mapping
    assert (mapping.import_ossbucket, mapping.import_ossobject) == (bucket.bucket_name, "roots/small.tar.gz")
    assert (found.size, found.platform, found.ostype, found.is_copied) == (
        25,
        "Customized Linux",
        "linux",
        False,
    )
    bucket.delete_object("roots/small.tar.gz")
    (instance,) = run_instances(image_id=image)
    wait_status(ecs, instance, "Running")
    assert run_inside(cloud, instance, "cat /etc/image; ls /").splitlines()[0] == "imported"


def test_an_import_is_asked_for_once(ecs: EcsClient, bucket: oss2.Bucket, archive: Path) -> None:
    bucket.put_object_from_file("root", str(archive))
    made = {import_image(ecs, bucket.bucket_name, "root", client_token=bucket.bucket_name) for _ in range(2)}
    assert len(made) == 1
    refused(
        "IdempotentParameterMismatch",
        lambda: import_image(
            ecs, bucket.bucket_name, "root", client_token=bucket.bucket_name, platform="Debian"
        ),
    )


def test_what_cannot_be_imported_is_refused(ecs: EcsClient, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    bucket.put_object("disk.raw", b"\x55\xaa" * 4096)
    bucket.put_object("empty", b"")
    bucket.put_symlink("empty", "link")
    refused("InvalidOSSBucket.NotFound", lambda: import_image(ecs, "no-such-bucket", "x"))
    refused("InvalidOSSObject.NotFound", lambda: import_image(ecs, name, "none"))
    refused("InvalidOSSObject.NotFound", lambda: import_image(ecs, name, "link"))
    for key in ("disk.raw", "empty"):
        refused("InvalidImageFormat.NotSupported", lambda key=key: import_image(ecs, name, key))
    refused("InvalidParameter", lambda: import_image(ecs, name, "disk.raw", mapping={"format": "qcow2"}))
    refused("InvalidParameter", lambda: import_image(ecs, name, "disk.raw", ostype="windows"))


def test_who_imports_may_read_the_object(
    ecs: EcsClient, cloud: RunningCloud, bucket: oss2.Bucket, archive: Path
) -> None:
    bucket.put_object_from_file("root", str(archive))
    owner, name = root(cloud), bucket.bucket_name
    _, stranger = make_user(owner, allow("ecs:*"))
    _, reader = make_user(owner, allow("ecs:*"), allow("oss:GetObject", resource=f"acs:oss:*:*:{name}/root"))
    refused("Forbidden.RAM", lambda: import_image(EcsClient(stranger.config()), name, "root"))
    refused(
        "InvalidOSSBucket.NotFound", lambda: import_image(EcsClient(stranger.config()), "nobody-has", "x")
    )
    image = import_image(EcsClient(reader.config()), name, "root")
    wait_image(ecs, image)
    ecs.delete_image(models.DeleteImageRequest(region_id=REGION, image_id=image))


def test_what_turns_out_to_be_no_archive_fails(ecs: EcsClient, bucket: oss2.Bucket) -> None:
    bucket.put_object("broken.tar.gz", b"\x1f\x8b" + b"nothing" * 100)
    image = import_image(ecs, bucket.bucket_name, "broken.tar.gz")
    wait_for(lambda: image_of(ecs, image).status == "CreateFailed")
    assert not image_of(ecs, image).usable
    ecs.delete_image(models.DeleteImageRequest(region_id=REGION, image_id=image))
    assert image_of(ecs, image) is None
