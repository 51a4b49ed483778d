"""ListResourceGroups, CreateResourceGroup, GetResourceGroup, UpdateResourceGroup, DeleteResourceGroup.

Wire shapes: the SDK alibabacloud_resourcemanager20200331. Every group is at once `OK` in all regions.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.product import Catalogue
from yunbox.api.resource import CloudResource
from yunbox.api.shapes import Answer, PageNumber, Request, Shape, Tag, TagFilter
from yunbox.api.tagging import check_tags
from yunbox.control.regions import REGIONS
from yunbox.errors import CloudError
from yunbox.services.resourcemanager.model import ResourceGroup, default_group, find_group
from yunbox.services.resourcemanager.product import resourcemanager

MAX_GROUPS = 30

Name = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{2,49}$")]
DisplayName = Annotated[str, Meta(min_length=1, max_length=50)]


class ShownTag(Shape):
    """A tag of a group."""

    tag_key: str
    tag_value: str


class TagList(Shape):
    """The wrapping of a list of tags."""

    tag: list[ShownTag]


class RegionStatus(Shape):
    """What a group is in a region."""

    region_id: str
    status: str = "OK"


class RegionStatusList(Shape):
    """The wrapping of a list of regions."""

    region_status: list[RegionStatus]


class Shown(Shape):
    """One group."""

    id: str
    name: str
    display_name: str
    account_id: str
    status: str | UnsetType = UNSET
    create_date: str | UnsetType = UNSET
    tags: TagList | UnsetType = UNSET
    region_statuses: RegionStatusList | UnsetType = UNSET


class GroupList(Shape):
    """The wrapping of a list of groups."""

    resource_group: list[Shown]


class GroupsListed(Answer):
    """One page of groups."""

    page_number: int
    page_size: int
    total_count: int
    resource_groups: GroupList


class GroupShown(Answer):
    """One group."""

    resource_group: Shown


class ListResourceGroups(Request):
    """Ask for groups."""

    status: str = ""
    name: str = ""
    display_name: str = ""
    resource_group_id: str = ""
    resource_group_ids: list[str] = []
    include_tags: bool = False
    tag: list[TagFilter] = []
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


@resourcemanager.action(ListResourceGroups, on="resourcegroup/*")
def list_resource_groups(request: ListResourceGroups, call: Call) -> GroupsListed:
    """Answer with the default group first, then the others by age."""
    wanted = {*request.resource_group_ids, request.resource_group_id} - {""}
    found = [
        each
        for each in (default_group(call.account), *call.find(ResourceGroup))
        if (not wanted or each.id in wanted)
        and request.status in ("", "OK")
        and request.name.lower() in each.name.lower()
        and request.display_name.lower() in each.display_name.lower()
        and each.has_tags(request.tag)
    ]
    start = (request.page_number - 1) * request.page_size
    page = [_shown(each, tags=request.include_tags) for each in found[start : start + request.page_size]]
    return GroupsListed(
        page_number=request.page_number,
        page_size=request.page_size,
        total_count=len(found),
        resource_groups=GroupList(resource_group=page),
    )


class CreateResourceGroup(Request):
    """Make a group."""

    name: Name
    display_name: DisplayName
    tag: list[Tag] = []


@resourcemanager.action(CreateResourceGroup, on="resourcegroup/*")
def create_resource_group(request: CreateResourceGroup, call: Call) -> GroupShown:
    """Store it."""
    groups = call.find(ResourceGroup)
    if request.name.lower() in ("default", *(each.name.lower() for each in groups)):
        raise CloudError("EntityAlreadyExists.ResourceGroup", 409, "A resource group of that name exists.")
    if len(groups) >= MAX_GROUPS:
        raise CloudError("LimitExceeded.ResourceGroup", 409, f"An account has at most {MAX_GROUPS} groups.")
    made = call.change.create(
        ResourceGroup(
            id=call.new_id("rg-aek").replace("rg-aek-", "rg-aek")[:18],
            account=call.account,
            name=request.name,
            display_name=request.display_name,
            tags=check_tags(request.tag),
            created=call.now,
        )
    )
    return GroupShown(resource_group=_shown(made, regions=True))


class GetResourceGroup(Request):
    """Ask for one group."""

    resource_group_id: str
    include_tags: bool = False


@resourcemanager.action(GetResourceGroup, on="resourcegroup/{resource_group_id}")
def get_resource_group(request: GetResourceGroup, call: Call) -> GroupShown:
    """Answer with the group."""
    found = _require(call, request.resource_group_id)
    return GroupShown(resource_group=_shown(found, tags=request.include_tags, regions=True))


class UpdateResourceGroup(Request):
    """Give a group another display name."""

    resource_group_id: str
    new_display_name: DisplayName


@resourcemanager.action(UpdateResourceGroup, on="resourcegroup/{resource_group_id}")
def update_resource_group(request: UpdateResourceGroup, call: Call) -> GroupShown:
    """Store the name."""
    group = _own(call, request.resource_group_id)
    changed = call.change.replace(msgspec.structs.replace(group, display_name=request.new_display_name))
    return GroupShown(
        resource_group=Shown(
            id=changed.id, name=changed.name, display_name=changed.display_name, account_id=changed.account
        )
    )


class DeleteResourceGroup(Request):
    """Delete a group that holds nothing."""

    resource_group_id: str


@resourcemanager.action(
    DeleteResourceGroup,
    on="resourcegroup/{resource_group_id}",
    partial="buckets in the group do not hold it up",
)
def delete_resource_group(request: DeleteResourceGroup, call: Call) -> GroupShown:
    """Delete it. Raises CloudError while a resource of any product is in it."""
    group = _own(call, request.resource_group_id)
    for product in _catalogue().products:
        # A product's types exist once its actions are imported.
        assert product.actions
    for type_ in CloudResource.__subclasses__():
        if any(each.resource_group == group.id for each in call.view.find(type_, account=call.account)):
            raise CloudError(
                "DeleteConflict.ResourceGroup.Resource",
                409,
                f"The group holds a resource of the kind {type_.kind}.",
            )
    call.change.delete(ResourceGroup, group.id)
    return GroupShown(resource_group=_shown(group, regions=True))


def _catalogue() -> Catalogue:
    from yunbox.services.catalogue import CATALOGUE  # noqa: PLC0415 - it holds this product too

    return CATALOGUE


def _require(call: Call, id_: str) -> ResourceGroup:
    found = find_group(call.view, call.account, id_)
    if found is None:
        raise CloudError("EntityNotExists.ResourceGroup", 404, "The specified resource group does not exist.")
    return found


def _own(call: Call, id_: str) -> ResourceGroup:
    found = _require(call, id_)
    if found.name == "default":
        raise CloudError(
            "NotAllowed.DefaultResourceGroup", 409, "The default resource group is not to be changed."
        )
    return found


def _shown(each: ResourceGroup, *, tags: bool = False, regions: bool = False) -> Shown:
    return Shown(
        id=each.id,
        name=each.name,
        display_name=each.display_name,
        account_id=each.account,
        status="OK",
        create_date=datetime.fromtimestamp(each.created, UTC).isoformat(),
        tags=TagList(tag=[ShownTag(tag_key=k, tag_value=v) for k, v in sorted(each.tags.items())])
        if tags
        else UNSET,
        region_statuses=RegionStatusList(region_status=[RegionStatus(region_id=one) for one in REGIONS])
        if regions
        else UNSET,
    )
