"""ModifyImageAttribute and DeleteImage. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.errors import CloudError
from yunbox.services.ecs.images.catalogue import system_images
from yunbox.services.ecs.images.create import BootMode, Features
from yunbox.services.ecs.images.find import check_family, check_image_name, find_own_image
from yunbox.services.ecs.images.model import Image
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.naming import check_description
from yunbox.services.ecs.product import ecs


class ModifyImageAttribute(Request):
    """Change what is noted of an image. What is empty stays."""

    accepted: ClassVar[dict[str, str]] = {"LicenseType": "there is nothing to license"}

    image_id: str
    image_name: str = ""
    image_family: str = ""
    description: str = ""
    boot_mode: BootMode = ""
    status: Literal["Available", "Deprecated", ""] = ""
    features: Features = Features()


@ecs.action(ModifyImageAttribute, on="image/{image_id}")
def modify(request: ModifyImageAttribute, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidImageId.NotFound, InvalidImageName.Duplicated, IncorrectImageStatus."""
    image = find_own_image(call, request.image_id)
    fields: dict[str, Any] = {}
    if request.image_name:
        fields["name"] = check_image_name(call, request.image_name, own_id=image.id)
    if request.image_family:
        fields["family"] = check_family(request.image_family)
    if request.description:
        fields["description"] = check_description(request.description)
    if request.boot_mode:
        fields["boot_mode"] = request.boot_mode
    if request.features.nvme_support:
        fields["nvme"] = request.features.nvme_support
    if request.status:
        if image.status not in ("Available", "Deprecated"):
            raise CloudError("IncorrectImageStatus", 403, f"The image {image.id} is {image.status}.")
        fields["status"] = request.status
    call.change.replace(msgspec.structs.replace(image, **fields))
    return Empty()


class DeleteImage(Request):
    """Delete an image of the account, with `force` also one that instances were made from."""

    image_id: str
    force: bool = False


@ecs.action(DeleteImage, on="image/{image_id}")
def delete(request: DeleteImage, call: Call) -> Empty:
    """Wish that it is gone; instances made from it stay. One that does not exist is no error, as documented.

    Raises CloudError: ImageUsedByInstances, OperationDenied.ImageNotOwned for one of the vendor's.
    """
    if request.image_id in system_images():
        find_own_image(call, request.image_id)
    image = call.get(Image, request.image_id)
    if image is None:
        return Empty()
    if not request.force and any(each.image_id == image.id for each in call.find(Instance)):
        raise CloudError(
            "ImageUsedByInstances",
            403,
            f"The specified image {image.id} is used by instances: set Force to true.",
        )
    call.change.replace(msgspec.structs.replace(image, desired="Deleted", account=""))
    return Empty()
