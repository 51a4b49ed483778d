"""What names, descriptions and tags may be. Bounds: ALB API 2020-06-16, the parameters' descriptions."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Shape, Tag, TagFilter
from yunbox.errors import CloudError
from yunbox.services.alb.errors import illegal
from yunbox.services.resourcemanager.model import default_group, find_group

Tags = Annotated[list[Tag], Meta(max_length=20)]
TagFilters = Annotated[list[TagFilter], Meta(max_length=20)]
Ids = Annotated[list[str], Meta(max_length=20)]

_NAME = re.compile(r"[^\W\d_][\w.-]{1,127}")


class TagShown(Shape):
    """A tag of a resource."""

    key: str
    value: str


def shown_tags(tags: dict[str, str]) -> list[TagShown]:
    """Return tags as answers show them."""
    return [TagShown(key=key, value=value) for key, value in sorted(tags.items())]


def check_name(name: str, parameter: str) -> str:
    """Return a name of 2 to 128 letters, digits, `.`, `_` and `-` that begins with a letter. Raises CloudError."""
    if not _NAME.fullmatch(name):
        raise illegal(parameter, "2 to 128 letters, digits, '.', '_' and '-' are expected, a letter first")
    return name


def check_description(text: str, parameter: str) -> str:
    """Return a description of 2 to 256 characters. Raises CloudError."""
    if not 2 <= len(text) <= 256 or text.lower().startswith(("http://", "https://")):
        raise illegal(parameter, "2 to 256 characters are expected, not beginning with http:// or https://")
    return text


def group_of(call: Call, wanted: str) -> str:
    """Return the id of the resource group that a request names, or of the account's default. Raises CloudError."""
    if not wanted:
        return default_group(call.account).id
    if find_group(call.view, call.account, wanted) is None:
        raise CloudError("NotExist.ResourceGroup", 404, f"The resource group {wanted[:64]!a} does not exist.")
    return wanted
