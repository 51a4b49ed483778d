"""DescribeImageFromFamily. Wire shape: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.ecs.images.find import newest_of_family
from yunbox.services.ecs.images.model import Image
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.tags import TagList, tag_list


class DescribeImageFromFamily(Request):
    """Ask for the newest image of a family."""

    image_family: str


class FamilyMapping(Shape):
    """A disk that an instance of the image gets; `size` in GiB, as text."""

    device: str
    type: str
    size: str
    snapshot_id: str
    format: str
    import_oss_bucket: str = msgspec.field(name="ImportOSSBucket")
    import_oss_object: str = msgspec.field(name="ImportOSSObject")


class FamilyMappingList(Shape):
    """The wrapping of a list of disks."""

    disk_device_mapping: list[FamilyMapping]


class ShownFamilyImage(Shape, kw_only=True):
    """One image; `size` in GiB."""

    image_id: str
    image_name: str
    image_family: str
    image_version: str
    image_owner_alias: str
    description: str
    architecture: str
    os_name: str = msgspec.field(name="OSName")
    os_type: str = msgspec.field(name="OSType")
    platform: str
    size: int
    status: str
    progress: str
    usage: str = "instance"
    creation_time: str
    disk_device_mappings: FamilyMappingList
    is_copied: bool
    is_self_shared: str = ""
    is_subscribed: bool = False
    is_support_cloudinit: bool = True
    is_support_io_optimized: bool = True
    product_code: str = ""
    tags: TagList


class FamilyImageDescribed(Answer):
    """The newest image of the family."""

    image: ShownFamilyImage


@ecs.action(DescribeImageFromFamily, on="image/*")
def describe_image_from_family(request: DescribeImageFromFamily, call: Call) -> FamilyImageDescribed:
    """Answer with the image that RunInstances would take. Raises CloudError: InvalidImageFamily.NotFound."""
    return FamilyImageDescribed(image=_shown(newest_of_family(call, request.image_family)))


def _shown(image: Image) -> ShownFamilyImage:
    mappings = [] if image.owner_alias == "system" else image.mappings
    return ShownFamilyImage(
        image_id=image.id,
        image_name=image.name,
        image_family=image.family,
        image_version=image.version,
        image_owner_alias=image.owner_alias,
        description=image.description,
        architecture=image.architecture,
        os_name=image.os_name,
        os_type=image.os_type,
        platform=image.platform,
        size=image.size,
        status=image.status,
        progress=f"{image.progress}%",
        creation_time=seconds(image.created),
        disk_device_mappings=FamilyMappingList(
            disk_device_mapping=[
                FamilyMapping(
                    device=each.device,
                    type=each.type,
                    size=str(each.size),
                    snapshot_id=each.snapshot_id,
                    format=each.format,
                    import_oss_bucket=each.bucket,
                    import_oss_object=each.object,
                )
                for each in mappings
            ]
        ),
        is_copied=bool(image.copied_from),
        tags=tag_list(image.tags),
    )
