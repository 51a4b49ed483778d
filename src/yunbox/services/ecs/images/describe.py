"""DescribeImages and DescribeImageSupportInstanceTypes. Wire shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, PageNumber, Request, Shape, TagFilter
from yunbox.services.ecs.images.catalogue import system_images
from yunbox.services.ecs.images.find import find_image
from yunbox.services.ecs.images.model import DiskMapping, Image
from yunbox.services.ecs.instance_types.catalogue import catalogue
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.tags import TagList, tag_list


class DescribeImages(Request):
    """Ask for images: the vendor's and the account's own. `image_id` may hold several, separated by commas."""

    image_id: str = ""
    image_name: str = ""
    image_family: str = ""
    image_owner_alias: Literal["system", "self", "others", "marketplace", ""] = ""
    image_owner_id: int = 0
    status: str = "Available"
    os_type: Literal["linux", "windows", ""] = msgspec.field(name="OSType", default="")
    architecture: str = ""
    usage: Literal["instance", "none", ""] = ""
    snapshot_id: str = ""
    resource_group_id: str = ""
    is_public: bool | None = None
    is_support_io_optimized: bool | None = None
    is_support_cloudinit: bool | None = None
    instance_type: str = ""
    tag: list[TagFilter] = []
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    accepted = {
        "ActionType": "every image fits every use",
        "ShowExpired": "no image expires",
    }


class Mapping(Shape):
    """A disk that an instance of the image gets; `size` in GiB, as text."""

    device: str
    type: str
    size: str
    snapshot_id: str
    format: str
    import_oss_bucket: str = msgspec.field(name="ImportOSSBucket")
    import_oss_object: str = msgspec.field(name="ImportOSSObject")
    progress: str = "100%"


class MappingList(Shape):
    """The wrapping of a list of disks."""

    disk_device_mapping: list[Mapping]


class ShownFeatures(Shape):
    """What an image can be used with."""

    nvme_support: str


class ShownImage(Shape, kw_only=True):
    """One image. `usable` says whether instances can be made from it."""

    image_id: str
    image_name: str
    image_family: str
    image_version: str
    image_owner_alias: str
    image_owner_id: int | UnsetType = UNSET
    description: str
    architecture: str
    os_name: str = msgspec.field(name="OSName")
    os_name_en: str = msgspec.field(name="OSNameEn")
    os_type: str = msgspec.field(name="OSType")
    platform: str
    boot_mode: str
    size: int
    status: str
    progress: str
    usable: bool
    usage: str
    features: ShownFeatures
    creation_time: str
    disk_device_mappings: MappingList
    tags: TagList
    resource_group_id: str
    is_copied: bool
    is_public: bool
    is_self_shared: str = ""
    is_subscribed: bool = False
    is_support_cloudinit: bool = True
    is_support_io_optimized: bool = True
    login_as_non_root_supported: bool = False
    product_code: str = ""


class ImageList(Shape):
    """The wrapping of a list of images."""

    image: list[ShownImage]


class ImagesDescribed(Answer):
    """One page of images."""

    region_id: str
    page_number: int
    page_size: int
    total_count: int
    images: ImageList


@ecs.action(DescribeImages, on="image/{image_id}")
def describe_images(request: DescribeImages, call: Call) -> ImagesDescribed:
    """Answer with the account's own images, the newest first, then the vendor's."""
    own = call.find(Image, descending=True)
    fitting = [each for each in (*own, *system_images().values()) if _fits(each, request)]
    start = (request.page_number - 1) * request.page_size
    page = fitting[start : start + request.page_size]
    used = _used(call) if page else frozenset()
    return ImagesDescribed(
        region_id=call.region,
        page_number=request.page_number,
        page_size=request.page_size,
        total_count=len(fitting),
        images=ImageList(image=[_shown(each, each.id in used) for each in page]),
    )


def _fits(each: Image, request: DescribeImages) -> bool:
    system = each.owner_alias == "system"
    statuses = {one.strip() for one in request.status.split(",")} - {"", "ALL", "All", "all"}
    ids = {one.strip() for one in request.image_id.split(",")} - {""}
    return (
        (not ids or each.id in ids)
        and (not request.image_name or fnmatchcase(each.name, request.image_name.replace("[", "[[]")))
        and request.image_family in ("", each.family)
        and request.image_owner_alias in ("", each.owner_alias)
        and (not request.image_owner_id or str(request.image_owner_id) == each.account)
        and (not statuses or each.status in statuses)
        and request.os_type in ("", each.os_type)
        and request.architecture in ("", each.architecture)
        and (not request.snapshot_id or request.snapshot_id in [one.snapshot_id for one in each.mappings])
        and request.resource_group_id in ("", each.resource_group)
        and request.is_public in (None, system)
        and request.is_support_io_optimized is not False
        and request.is_support_cloudinit is not False
        and (not request.instance_type or request.instance_type in catalogue())
        and each.has_tags(request.tag)
    )


def _used(call: Call) -> frozenset[str]:
    """Return the images that instances of the account were made from."""
    from yunbox.services.ecs.instances.model import Instance  # noqa: PLC0415 - instances know images

    return frozenset(each.image_id for each in call.find(Instance))


def _shown(each: Image, used: bool) -> ShownImage:
    system = each.owner_alias == "system"
    return ShownImage(
        image_id=each.id,
        image_name=each.name,
        image_family=each.family,
        image_version=each.version,
        image_owner_alias=each.owner_alias,
        image_owner_id=UNSET if system else int(each.account),
        description=each.description,
        architecture=each.architecture,
        os_name=each.os_name,
        os_name_en=each.os_name_en,
        os_type=each.os_type,
        platform=each.platform,
        boot_mode=each.boot_mode,
        size=each.size,
        status=each.status,
        progress=f"{each.progress}%",
        usable=each.status in ("Available", "Deprecated"),
        features=ShownFeatures(nvme_support=each.nvme),
        usage="instance" if used or system else "none",
        creation_time=seconds(each.created),
        disk_device_mappings=MappingList(
            disk_device_mapping=[] if system else [_mapping(one) for one in each.mappings]
        ),
        tags=tag_list(each.tags),
        resource_group_id=each.resource_group,
        is_copied=bool(each.copied_from),
        is_public=system,
        login_as_non_root_supported=each.login_as_non_root,
    )


def _mapping(each: DiskMapping) -> Mapping:
    return Mapping(
        device=each.device,
        type=each.type,
        size=str(each.size),
        snapshot_id=each.snapshot_id,
        format=each.format,
        import_oss_bucket=each.bucket,
        import_oss_object=each.object,
    )


class DescribeImageSupportInstanceTypes(Request):
    """Ask which types of instances an image fits."""

    image_id: str
    accepted = {"ActionType": "every image fits every use"}


class SupportedType(Shape):
    """A type; `memory_size` in GiB."""

    instance_type_id: str
    instance_type_family: str
    cpu_core_count: int
    memory_size: float


class SupportedTypes(Shape):
    """The wrapping of a list of types."""

    instance_type: list[SupportedType]


class TypesSupported(Answer):
    """The types that an image fits."""

    region_id: str
    image_id: str
    instance_types: SupportedTypes


@ecs.action(DescribeImageSupportInstanceTypes, on="image/{image_id}")
def describe_image_support_instance_types(
    request: DescribeImageSupportInstanceTypes, call: Call
) -> TypesSupported:
    """Answer with all types: every image fits each."""
    image = find_image(call, request.image_id)
    found = [
        SupportedType(
            instance_type_id=each.id,
            instance_type_family=each.family,
            cpu_core_count=each.cpu,
            memory_size=each.memory,
        )
        for each in catalogue().values()
    ]
    return TypesSupported(
        region_id=call.region, image_id=image.id, instance_types=SupportedTypes(instance_type=found)
    )
