"""Looking an image up: the vendor's own, or one of the account's."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.errors import CloudError
from yunbox.services.ecs.images.catalogue import system_images
from yunbox.services.ecs.images.model import Image


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
