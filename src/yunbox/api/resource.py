"""What the resources of all products have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from yunbox.api.shapes import TagFilter
from yunbox.control.store_resource import Resource


class CloudResource(Resource):
    """A resource with tags, a resource group and a time of creation (seconds since the epoch)."""

    tags: dict[str, str] = {}
    resource_group: str = ""
    created: float = 0.0

    def has_tags(self, wanted: Iterable[TagFilter]) -> bool:
        """Return whether it bears all the tags that a listing asks for."""
        for each in wanted:
            if each.key not in self.tags or (each.value and self.tags[each.key] != each.value):
                return False
        return True


@lru_cache(maxsize=4096)
def minutes(moment: float) -> str:
    """Return a time as Ecs writes it, `2017-12-10T04:04Z`; empty for 0."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%MZ") if moment else ""


@lru_cache(maxsize=4096)
def seconds(moment: float) -> str:
    """Return a time as most products write it, `2017-12-10T04:04:09Z`; empty for 0."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
