"""Tags of scaling groups. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call, resource_of
from yunbox.api.shapes import Answer, Empty, Request, Shape, TagFilter
from yunbox.api.tagging import MAX_TAGS, check_tags
from yunbox.services.ess.checks import living_group, resource_group_of
from yunbox.services.ess.errors import quota_exceeded
from yunbox.services.ess.groups.create import PropagatedTag, replaced
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.product import ess
from yunbox.services.ess.surge.settings import check as check_own_tags

ResourceType = Literal["scalinggroup", "SCALINGGROUP", "ScalingGroup"]
ResourceIds = Annotated[list[str], Meta(min_length=1, max_length=50)]
_PAGE = 50


class TagResources(Request):
    """Put tags on groups."""

    resource_type: ResourceType
    resource_ids: ResourceIds
    tags: Annotated[list[PropagatedTag], Meta(min_length=1, max_length=MAX_TAGS)]


class UntagResources(Request):
    """Take tags off groups."""

    resource_type: ResourceType
    resource_ids: ResourceIds
    tag_keys: Annotated[list[str], Meta(max_length=MAX_TAGS)] = []
    all: bool = False


class ListTagResources(Request):
    """List which group bears which tag."""

    resource_type: ResourceType
    resource_ids: Annotated[list[str], Meta(max_length=50)] = []
    tags: Annotated[list[TagFilter], Meta(max_length=MAX_TAGS)] = []
    next_token: str = ""


class ListTagKeys(Request):
    """List the keys of tags."""

    resource_type: ResourceType
    next_token: str = ""
    page_size: Annotated[int, Meta(ge=1, le=50)] = 10


class ListTagValues(Request):
    """List the values of tags of a key."""

    resource_type: ResourceType
    key: str
    next_token: str = ""
    page_size: Annotated[int, Meta(ge=1, le=50)] = 10


class ChangeResourceGroup(Request, kw_only=True):
    """Move a group to another resource group."""

    resource_id: str
    resource_type: ResourceType = "scalinggroup"
    new_resource_group_id: str


class TagOfResource(Shape):
    """One tag of one group."""

    resource_id: str
    resource_type: str
    tag_key: str
    tag_value: str
    propagate: bool


class TagsListed(Answer):
    """What groups bear."""

    tag_resources: list[TagOfResource]
    next_token: str


class KeysListed(Answer):
    """The keys of tags."""

    keys: list[str]
    page_size: int
    next_token: str


class ValuesListed(Answer):
    """The values of tags."""

    values: list[str]
    page_size: int
    next_token: str


@ess.action(TagResources, on="scalinggroup/{resource_ids}")
def tag_resources(request: TagResources, call: Call) -> Empty:
    """Store the tags. Raises CloudError: InvalidScalingGroupId.NotFound, QuotaExceeded.Tag, and for yunbox's own."""
    wanted = check_tags(request.tags)
    for id_ in request.resource_ids:
        group = living_group(call, id_)
        tags = group.tags | wanted
        if len(tags) > MAX_TAGS:
            raise quota_exceeded("Tag", MAX_TAGS)
        check_own_tags(tags)
        kept = [each for each in group.propagated if each not in wanted]
        own = [each.key for each in request.tags if each.propagate]
        replaced(group, call, tags=tags, propagated=(*kept, *own))
    return Empty()


@ess.action(UntagResources, on="scalinggroup/{resource_ids}")
def untag_resources(request: UntagResources, call: Call) -> Empty:
    """Store what is left of the tags. Raises CloudError: InvalidScalingGroupId.NotFound."""
    for id_ in request.resource_ids:
        group = living_group(call, id_)
        gone = set(group.tags) if request.all and not request.tag_keys else set(request.tag_keys)
        replaced(
            group,
            call,
            tags={key: value for key, value in group.tags.items() if key not in gone},
            propagated=tuple(each for each in group.propagated if each not in gone),
        )
    return Empty()


@ess.action(ListTagResources, on="")
def list_tag_resources(request: ListTagResources, call: Call) -> TagsListed:
    """Answer which group bears which tag, of 50 groups at a time; of all where none is named."""
    for id_ in request.resource_ids or ["*"]:
        call.authorise(resource_of("scalinggroup", id_))
    named = [call.get(ScalingGroup, each) for each in sorted(set(request.resource_ids))]
    found = [each for each in named if each is not None] if named else call.find(ScalingGroup)
    rest = [each for each in found if each.id > request.next_token and each.has_tags(request.tags)]
    return TagsListed(
        tag_resources=[
            TagOfResource(
                resource_id=each.id,
                resource_type="scalinggroup",
                tag_key=key,
                tag_value=value,
                propagate=key in each.propagated,
            )
            for each in rest[:_PAGE]
            for key, value in sorted(each.tags.items())
        ],
        next_token=rest[_PAGE - 1].id if len(rest) > _PAGE else "",
    )


@ess.action(ListTagKeys, on="scalinggroup/*")
def list_tag_keys(request: ListTagKeys, call: Call) -> KeysListed:
    """Answer a page of keys, in their order."""
    keys = {key for group in call.find(ScalingGroup) for key in group.tags}
    page, token = _page(keys, request.next_token, request.page_size)
    return KeysListed(keys=page, page_size=request.page_size, next_token=token)


@ess.action(ListTagValues, on="scalinggroup/*")
def list_tag_values(request: ListTagValues, call: Call) -> ValuesListed:
    """Answer a page of values, in their order."""
    values = {group.tags[request.key] for group in call.find(ScalingGroup) if request.key in group.tags}
    page, token = _page(values, request.next_token, request.page_size)
    return ValuesListed(values=page, page_size=request.page_size, next_token=token)


def _page(found: set[str], token: str, size: int) -> tuple[list[str], str]:
    rest = sorted(each for each in found if each > token)
    return rest[:size], rest[size - 1] if len(rest) > size else ""


@ess.action(ChangeResourceGroup, on="scalinggroup/{resource_id}")
def change_resource_group(request: ChangeResourceGroup, call: Call) -> Empty:
    """Store it. Raises CloudError: InvalidScalingGroupId.NotFound, InvalidResourceGroupId.NotFound."""
    group = living_group(call, request.resource_id)
    wanted = resource_group_of(call, request.new_resource_group_id)
    call.change.replace(msgspec.structs.replace(group, resource_group=wanted))
    return Empty()
