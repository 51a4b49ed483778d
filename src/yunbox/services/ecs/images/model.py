"""The image as it is stored. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource

Status = Literal["Creating", "Waiting", "Available", "UnAvailable", "CreateFailed", "Deprecated"]


class DiskMapping(msgspec.Struct, frozen=True, kw_only=True):
    """A disk that an instance made from the image gets. `size` in GiB.

    `bucket` and `object` are where it is imported from, `etag` what the object was when that was asked for.
    """

    type: Literal["system", "data"] = "system"
    device: str = "/dev/xvda"
    size: int = 20
    snapshot_id: str = ""
    bucket: str = ""
    object: str = ""
    etag: str = ""
    format: str = ""


class Image(CloudResource, kind="ecs.image"):
    """An image. `name` is its ImageName; system images belong to no account and are stored nowhere.

    `engine_image` is what the compute engine knows it by: copies share one. `desired` says whether it is to exist;
    the image controller brings `status` to that and `progress` to 100 (percent). `source_snapshot` is the snapshot
    of a system disk that it is made from, if it is made from one.

    One that was deleted belongs to no account, so that nobody sees it; it stays for as long as the engine needs it
    for instances that were made from it.
    """

    desired: Literal["Available", "Deleted"] = "Available"
    status: Status = "Creating"
    progress: int = 0
    failure: str = ""
    engine_image: str = "host"
    owner_alias: Literal["system", "self"] = "self"
    description: str = ""
    family: str = ""
    version: str = ""
    os_name: str = ""
    os_name_en: str = ""
    os_type: str = "linux"
    platform: str = ""
    architecture: str = "x86_64"
    size: int = 20
    boot_mode: str = "BIOS"
    mappings: tuple[DiskMapping, ...] = ()
    login_as_non_root: bool = False
    source_instance: str = ""
    source_snapshot: str = ""
    copied_from: str = ""
    nvme: Literal["supported", "unsupported"] = "unsupported"
