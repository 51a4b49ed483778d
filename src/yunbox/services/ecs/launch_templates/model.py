"""Launch templates and their versions, as they are stored."""

from __future__ import annotations

from typing import Any

from yunbox.api.resource import CloudResource

MAX_TEMPLATES = 30
MAX_VERSIONS = 30


class LaunchTemplate(CloudResource, kind="ecs.launch_template", kw_only=True):
    """A template; its name is the only one of its kind in a region. `modified` is in seconds since the epoch.

    `latest` is the number of its newest version, which may have been deleted: numbers are not used again.
    """

    default: int = 1
    latest: int = 1
    created_by: str = ""
    modified: float = 0.0


class LaunchTemplateVersion(CloudResource, kind="ecs.launch_template_version", kw_only=True):
    """A version; `parent` is the template's id. `data` are the parameters that were given, by their wire names."""

    number: int
    description: str = ""
    created_by: str = ""
    data: dict[str, Any] = {}


def version_id(template: str, number: int) -> str:
    """Return the id of a version: versions sort by their numbers."""
    return f"{template}:{number:08d}"
