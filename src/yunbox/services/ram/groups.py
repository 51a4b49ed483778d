"""Groups of RAM users. Wire shapes: the SDK alibabacloud_ram20150501."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.identity.resources import Group
from yunbox.services.ram.parts import Listing, changed_at, following, identities
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class CreateGroup(Request):
    """Create a group without users."""

    group_name: str
    comments: str = ""


class GetGroup(Request):
    """Ask for one group."""

    group_name: str


class UpdateGroup(Request):
    """Rename a group or change its comments; what is not given stays."""

    group_name: str
    new_group_name: str | None = None
    new_comments: str | None = None


class DeleteGroup(Request):
    """Delete a group without users and policies."""

    group_name: str


class ListGroups(Listing):
    """List the account's groups."""


class NewGroup(Shape):
    """A group that was just created."""

    group_id: str
    group_name: str
    comments: str
    create_date: str


class GroupShape(NewGroup):
    """A group, as answers hold it."""

    update_date: str


class NewGroupAnswer(Answer):
    """The new group."""

    group: NewGroup


class GroupAnswer(Answer):
    """One group."""

    group: GroupShape


class GroupList(Shape):
    """The wrapping of a list of groups."""

    group: list[GroupShape]


class GroupsListed(Answer):
    """A page of groups."""

    is_truncated: bool
    groups: GroupList
    marker: Text = UNSET


def _shape(group: Group) -> GroupShape:
    return GroupShape(
        group_id=group.id,
        group_name=group.name,
        comments=group.comments,
        create_date=seconds(group.created),
        update_date=changed_at(group.updated, group.created),
    )


@ram.action(CreateGroup, on="group/*")
@refusing("Group")
def create_group(request: CreateGroup, call: Call) -> NewGroupAnswer:
    """Create it in the caller's account."""
    made = identities(call).create_group(call.account, request.group_name, comments=request.comments)
    return NewGroupAnswer(
        group=NewGroup(
            group_id=made.id,
            group_name=made.name,
            comments=made.comments,
            create_date=seconds(made.created),
        )
    )


@ram.action(GetGroup, on="group/{group_name}")
@refusing("Group")
def get_group(request: GetGroup, call: Call) -> GroupAnswer:
    """Find it by name."""
    return GroupAnswer(group=_shape(identities(call).require_group(call.account, request.group_name)))


@ram.action(UpdateGroup, on="group/{group_name}")
@refusing("Group")
def update_group(request: UpdateGroup, call: Call) -> GroupAnswer:
    """Change what is given."""
    known = identities(call)
    group = known.require_group(call.account, request.group_name)
    changed = known.update_group(group.id, name=request.new_group_name, comments=request.new_comments)
    return GroupAnswer(group=_shape(changed))


@ram.action(DeleteGroup, on="group/{group_name}")
@refusing("Group")
def delete_group(request: DeleteGroup, call: Call) -> Empty:
    """Delete it, unless something depends on it."""
    known = identities(call)
    known.delete_group(known.require_group(call.account, request.group_name).id)
    return Empty()


@ram.action(ListGroups, on="group/*")
def list_groups(request: ListGroups, call: Call) -> GroupsListed:
    """List them by id."""
    page = identities(call).list_groups(call.account, marker=request.marker, limit=request.max_items)
    return GroupsListed(
        is_truncated=bool(page.marker),
        marker=following(page.marker),
        groups=GroupList(group=[_shape(each) for each in page.items]),
    )
