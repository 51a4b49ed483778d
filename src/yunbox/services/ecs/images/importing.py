"""ImportImage: an image from a root file system in a bucket. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api import client_tokens
from yunbox.api.answers import body_of
from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape, Tag
from yunbox.api.tagging import check_tags
from yunbox.engines.objects.interface import Entry
from yunbox.services.ecs.images.archive import find_archive
from yunbox.services.ecs.images.create import SYSTEM_DEVICE, BootMode, Features
from yunbox.services.ecs.images.find import check_image_name
from yunbox.services.ecs.images.model import DiskMapping, Image
from yunbox.services.ecs.instances.naming import check_description
from yunbox.services.ecs.product import ecs

_SMALLEST = 20


class ArchiveAsked(Shape):
    """Where the archive is. `disk_image_size` and its old name are the system disk's size in GiB."""

    oss_bucket: str = msgspec.field(name="OSSBucket")
    oss_object: Annotated[str, Meta(max_length=1023)] = msgspec.field(name="OSSObject")
    format: Literal["RAW", "raw", "TAR", "tar", ""] = ""
    device: Literal["", "/dev/xvda"] = ""
    disk_image_size: Annotated[int, Meta(ge=0, le=2048)] = 0
    disk_im_size: Annotated[int, Meta(ge=0, le=2048)] = 0


class ImportImage(Request):
    """Import an image from an archive in a bucket of the account, in the region of the call."""

    accepted: ClassVar[dict[str, str]] = {
        "DetectionStrategy": "images are not checked",
        "LicenseType": "there is nothing to license",
        "RoleName": "the caller's own permission to read the object counts (oss:GetObject), not that of a role",
    }

    disk_device_mapping: Annotated[list[ArchiveAsked], Meta(min_length=1, max_length=1)]
    image_name: str = ""
    description: str = ""
    os_type: Literal["linux", ""] = msgspec.field(name="OSType", default="")
    platform: Annotated[str, Meta(max_length=64)] = ""
    architecture: Literal["x86_64", "i386", "arm64", ""] = ""
    boot_mode: BootMode = ""
    features: Features = Features()
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []
    client_token: str = ""


class ImageImported(Answer):
    """The new image, which is Creating until its archive is unpacked."""

    region_id: str
    image_id: str


@ecs.action(
    ImportImage,
    on="image/*",
    access="own",
    partial="What is imported is a tar archive of a root file system (plain, gzip, bzip2 or xz), not the image of a "
    "disk: Format is empty, TAR or RAW. One disk is imported, the system disk. There is no dry run and no TaskId.",
)
async def import_image(request: ImportImage, call: Call) -> ImageImported:
    """Wish for it. Raises CloudError as `find_archive` does, and for names."""
    entry = await find_archive(
        call, request.disk_device_mapping[0].oss_bucket, request.disk_device_mapping[0].oss_object
    )
    return await asyncio.to_thread(_store, request, call, entry)


def _store(request: ImportImage, call: Call, entry: Entry) -> ImageImported:
    given: dict[str, Any] = {
        "ClientToken": request.client_token,
        "Request": msgspec.json.encode(request).decode(),
    }
    with call.cloud.store.write() as change:
        call.use(change)
        if (before := client_tokens.find_answer(call, given)) is not None:
            return msgspec.json.decode(before, type=ImageImported)
        answer = ImageImported(region_id=call.region, image_id=_create(request, call, entry).id)
        client_tokens.remember(call, given, body_of(answer))
    return answer


def _create(request: ImportImage, call: Call, entry: Entry) -> Image:
    asked = request.disk_device_mapping[0]
    size = max(asked.disk_image_size or asked.disk_im_size, _SMALLEST)
    platform = request.platform or "Others Linux"
    id_ = call.new_id("m")
    return call.change.create(
        Image(
            id=id_,
            account=call.account,
            region=call.region,
            name=check_image_name(call, request.image_name) if request.image_name else id_,
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=request.resource_group_id,
            engine_image=id_,
            description=check_description(request.description),
            os_name=f"{platform} 64位",
            os_name_en=f"{platform} 64 bit",
            platform=platform,
            architecture=request.architecture or "x86_64",
            boot_mode=request.boot_mode or "BIOS",
            nvme=request.features.nvme_support or "unsupported",
            size=size,
            mappings=(
                DiskMapping(
                    device=SYSTEM_DEVICE,
                    size=size,
                    bucket=asked.oss_bucket,
                    object=asked.oss_object,
                    etag=entry.etag,
                    format=asked.format or "TAR",
                ),
            ),
        )
    )
