"""Looking an image up: the vendor's own, or one of the account's."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.errors import CloudError
from yunbox.services.ecs.images.catalogue import system_images
from yunbox.services.ecs.images.model import Image
from yunbox.services.ecs.instances.naming import check_name


def image_not_found(image_id: str) -> CloudError:
    """Return the refusal of an image that does not exist."""
    return CloudError(
        "InvalidImageId.NotFound", 404, f"The specified image {image_id[:64]!a} does not exist."
    )


def find_image(call: Call, image_id: str) -> Image:
    """Return an image of the call's region. Raises CloudError (InvalidImageId.NotFound)."""
    return system_images().get(image_id) or call.require(Image, image_id, image_not_found)


def newest_of_family(call: Call, family: str) -> Image:
    """Return the newest available image of a family. Raises CloudError (InvalidImageFamily.NotFound)."""
    own = [each for each in call.find(Image, descending=True) if each.family == family]
    found = [*own, *(each for each in system_images().values() if each.family == family)]
    for each in found:
        if each.status == "Available":
            return each
    raise CloudError("InvalidImageFamily.NotFound", 404, "The specified image family has no available image.")


def find_own_image(call: Call, image_id: str) -> Image:
    """Return an image of the account. Raises CloudError: InvalidImageId.NotFound, ImageNotOwned (the vendor's)."""
    if image_id in system_images():
        raise CloudError("OperationDenied.ImageNotOwned", 403, f"The image {image_id} is the vendor's own.")
    return call.require(Image, image_id, image_not_found)


def check_image_name(call: Call, name: str, *, region: str = "", own_id: str = "") -> str:
    """Return a name that no other image of the account has in a region, by default the call's.

    Raises CloudError: InvalidImageName.Malformed, InvalidImageName.Duplicated.
    """
    if name.lower().startswith(("acs:", "aliyun")):
        raise CloudError(
            "InvalidImageName.Malformed", 400, "An ImageName does not begin with acs: or aliyun."
        )
    check_name(name, "ImageName")
    same = call.view.find(Image, account=call.account, region=region or call.region, name=name)
    if any(each.id != own_id for each in same):
        raise CloudError(
            "InvalidImageName.Duplicated", 400, f"The specified image name {name!a} has already been used."
        )
    return name


def check_family(family: str) -> str:
    """Return the name of a family, which may be empty. Raises CloudError: InvalidImageFamily.Malformed."""
    if family.lower().startswith(("acs:", "aliyun")):
        raise CloudError("InvalidImageFamily.Malformed", 400, "A family does not begin with acs: or aliyun.")
    return check_name(family, "ImageFamily") if family else ""
