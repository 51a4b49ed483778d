"""What answers have in common: tags, moments, switches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from yunbox.api.shapes import Shape


class ShownTag(Shape):
    """A tag of a resource."""

    tag_key: str
    tag_value: str


class TagList(Shape):
    """The wrapping of a list of tags."""

    tag: list[ShownTag]


def shown_tags(tags: Mapping[str, str]) -> list[ShownTag]:
    """Return a resource's tags, by key."""
    return [ShownTag(tag_key=key, tag_value=value) for key, value in sorted(tags.items())]


def tag_list(tags: Mapping[str, str]) -> TagList:
    """Return a resource's tags in their wrapping."""
    return TagList(tag=shown_tags(tags))


def milliseconds(moment: float) -> int:
    """Return a time as a number."""
    return int(moment * 1000)


def on_off(value: bool) -> Literal["on", "off"]:
    """Return how answers write a switch."""
    return "on" if value else "off"
