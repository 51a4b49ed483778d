"""What names may be, and where resource groups are looked up. Bounds: ESS API, the parameters' descriptions."""

from __future__ import annotations

import re
from typing import Annotated, TypeVar

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.control.store_resource import Resource
from yunbox.services.ess.activities.begin import rival
from yunbox.services.ess.errors import (
    activity_in_progress,
    duplicate_name,
    group_not_found,
    group_status,
    invalid_name,
    resource_group_not_found,
)
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.resourcemanager.model import default_group, find_group

T = TypeVar("T", bound=Resource)

Size = Annotated[int, Meta(ge=0, le=2000)]
Cooldown = Annotated[int, Meta(ge=0, le=86400)]
Weight = Annotated[int, Meta(ge=0, le=100)]
Port = Annotated[int, Meta(ge=1, le=65535)]
TwentyIds = Annotated[list[str], Meta(min_length=1, max_length=20)]
Percentage = Annotated[int, Meta(ge=0, le=100)]

_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fa5][A-Za-z0-9\u4e00-\u9fa5_.-]{1,63}")


def check_name(
    call: Call, type_: type[T], name: str, parameter: str, *, id_: str = "", parent: str = ""
) -> str:
    """Return a name that is well formed and that no other of its type (in `parent`, when given) has.

    `id_` is whose name it is or will be, which may stand for it. Raises CloudError.
    """
    if name == id_:
        return name
    if not _NAME.fullmatch(name):
        raise invalid_name(parameter)
    found = call.find(type_, name=name, parent=parent) if parent else call.find(type_, name=name)
    if any(each.id != id_ for each in found):
        raise duplicate_name(parameter, name)
    return name


def resource_group_of(call: Call, wanted: str) -> str:
    """Return the id of the resource group that a request names, or of the account's default one."""
    if not wanted:
        return default_group(call.account).id
    if find_group(call.view, call.account, wanted) is None:
        raise resource_group_not_found(wanted)
    return wanted


def the_group(call: Call, id_: str) -> ScalingGroup:
    """Return a group. Raises CloudError: InvalidScalingGroupId.NotFound."""
    return call.require(ScalingGroup, id_, group_not_found)


def living_group(call: Call, id_: str) -> ScalingGroup:
    """Return a group that is not being deleted. Raises CloudError also: IncorrectScalingGroupStatus."""
    group = the_group(call, id_)
    if group.lifecycle == "Deleting":
        raise group_status(group.id, group.lifecycle)
    return group


def idle_group(call: Call, id_: str) -> ScalingGroup:
    """Return an active group that may begin an activity. Raises CloudError also: ScalingActivityInProgress."""
    group = the_group(call, id_)
    if group.lifecycle != "Active":
        raise group_status(group.id, group.lifecycle)
    if (other := rival(call.view, group)) is not None:
        raise activity_in_progress(group.id, other.id)
    return group
