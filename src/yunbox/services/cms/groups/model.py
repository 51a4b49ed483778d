"""Monitor groups as they are stored. Wire shapes: CloudMonitor API 2019-01-01."""

from __future__ import annotations

from yunbox.api.resource import CloudResource
from yunbox.control.store_resource import Resource


class MonitorGroup(CloudResource, kind="cms.group", kw_only=True):
    """A group; `name` is its name, `number` its id for users, `contact_groups` names with commas."""

    number: int
    contact_groups: str = ""
    updated: float = 0.0


class GroupInstance(Resource, kind="cms.group_instance", kw_only=True):
    """A resource in a group (`parent`, the group's stored id); `name` is the instance's id."""

    category: str
    instance_name: str = ""
    instance_region: str = ""
    number: int = 0


def group_key(account: str, number: str) -> str:
    """Return the id under which an account's group is stored."""
    return f"{account}/{number}"[:512]


def instance_key(group: str, category: str, instance: str) -> str:
    """Return the id under which a group's resource is stored."""
    return f"{group}/{category}/{instance}"[:512]
