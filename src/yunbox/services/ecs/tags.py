"""Tags as Ecs's answers show them."""

from __future__ import annotations

from collections.abc import Mapping

from yunbox.api.shapes import Shape


class ShownTag(Shape):
    """A tag of a resource."""

    tag_key: str
    tag_value: str


class TagList(Shape):
    """The wrapping of a list of tags."""

    tag: list[ShownTag]


def tag_list(tags: Mapping[str, str]) -> TagList:
    """Return a resource's tags in their wrapping, by key."""
    return TagList(tag=[ShownTag(tag_key=key, tag_value=value) for key, value in sorted(tags.items())])
