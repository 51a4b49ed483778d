"""Tags of users, roles and policies. Wire shapes: the SDK alibabacloud_ram20150501.

Unlike those of other products, RAM's tagged resources are known by name, and the listing is not wrapped.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Tag, Text
from yunbox.services.ram.parts import TagFilters, following, given_tags, identities, wanted_tags
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing

Names = Annotated[list[str], Meta(min_length=1, max_length=50)]


class TagResources(Request):
    """Give resources tags; a key that is there gets the new value."""

    resource_type: str
    resource_names: Names
    tag: Annotated[list[Tag], Meta(min_length=1, max_length=20)]


class UntagResources(Request):
    """Take tags away: those of the keys, or all of them."""

    resource_type: str
    resource_names: Names
    tag_keys: Annotated[list[str], Meta(max_length=20)] = []
    all: bool = False


class ListTagResources(Request):
    """List the tags of resources, or of all that bear some."""

    resource_type: str
    resource_names: Annotated[list[str], Meta(max_length=50)] = []
    tag: TagFilters = []
    next_token: Annotated[str, Meta(max_length=1024)] = ""
    page_size: Annotated[int, Meta(ge=1, le=100)] = 50


class TaggedShape(Shape):
    """One tag of one resource."""

    resource_type: str
    resource_name: str
    tag_key: str
    tag_value: str


class TagsListed(Answer):
    """A page of tags."""

    tag_resources: list[TaggedShape]
    next_token: Text = UNSET


@ram.action(TagResources, on="{resource_type}/{resource_names}")
@refusing("Tag")
def tag_resources(request: TagResources, call: Call) -> Empty:
    """All of the resources, or none when one does not exist."""
    identities(call).tag(call.account, request.resource_type, request.resource_names, given_tags(request.tag))
    return Empty()


@ram.action(UntagResources, on="{resource_type}/{resource_names}")
@refusing("Tag")
def untag_resources(request: UntagResources, call: Call) -> Empty:
    """Keys that a resource does not bear are passed over."""
    if not request.tag_keys and not request.all:
        raise missing_parameter("TagKeys")
    keys = request.tag_keys or None
    identities(call).untag(call.account, request.resource_type, request.resource_names, keys)
    return Empty()


@ram.action(ListTagResources, on="{resource_type}/{resource_names}")
@refusing("Tag")
def list_tag_resources(request: ListTagResources, call: Call) -> TagsListed:
    """Resources that do not exist bear none."""
    page = identities(call).list_tags(
        call.account,
        request.resource_type,
        names=request.resource_names,
        wanted=wanted_tags(request.tag),
        marker=request.next_token,
        limit=request.page_size,
    )
    listed = [
        TaggedShape(resource_type=request.resource_type, resource_name=name, tag_key=key, tag_value=value)
        for name, key, value in page.items
    ]
    return TagsListed(tag_resources=listed, next_token=following(page.marker))
