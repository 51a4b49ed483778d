"""Which users are in which groups. Wire shapes: the SDK alibabacloud_ram20150501."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.services.ram.parts import Marker, MaxItems, following, identities
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class AddUserToGroup(Request):
    """Put a user into a group, whose policies it has from then on."""

    user_name: str
    group_name: str


class RemoveUserFromGroup(Request):
    """Take a user out of a group."""

    user_name: str
    group_name: str


class ListGroupsForUser(Request):
    """List the groups that a user is in."""

    user_name: str


class ListUsersForGroup(Request):
    """List the users in a group."""

    group_name: str
    marker: Marker = ""
    max_items: MaxItems = 100


class JoinedGroup(Shape):
    """A group that a user is in."""

    group_id: str
    group_name: str
    comments: str
    join_date: str


class JoinedGroupList(Shape):
    """The wrapping of a list of groups."""

    group: list[JoinedGroup]


class GroupsOfUser(Answer):
    """The groups of a user."""

    groups: JoinedGroupList


class Member(Shape):
    """A user in a group."""

    user_name: str
    display_name: str
    join_date: str


class MemberList(Shape):
    """The wrapping of a list of members."""

    user: list[Member]


class UsersOfGroup(Answer):
    """A page of the users in a group."""

    is_truncated: bool
    users: MemberList
    marker: Text = UNSET


@ram.action(AddUserToGroup, on="user/{user_name}")
@refusing("User")
def add_user_to_group(request: AddUserToGroup, call: Call) -> Empty:
    """Join the two, when the caller may change both."""
    call.authorise(f"group/{request.group_name}")
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    known.add_user_to_group(user.id, known.require_group(call.account, request.group_name).id)
    return Empty()


@ram.action(RemoveUserFromGroup, on="user/{user_name}")
@refusing("User")
def remove_user_from_group(request: RemoveUserFromGroup, call: Call) -> Empty:
    """Part the two, when the caller may change both."""
    call.authorise(f"group/{request.group_name}")
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    known.remove_user_from_group(user.id, known.require_group(call.account, request.group_name).id)
    return Empty()


@ram.action(ListGroupsForUser, on="user/{user_name}")
@refusing("User")
def list_groups_for_user(request: ListGroupsForUser, call: Call) -> GroupsOfUser:
    """List them by the group's id."""
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    listed = [
        JoinedGroup(
            group_id=group.id,
            group_name=group.name,
            comments=group.comments,
            join_date=seconds(since or group.created),
        )
        for group, since in known.groups_of(user.id)
    ]
    return GroupsOfUser(groups=JoinedGroupList(group=listed))


@ram.action(ListUsersForGroup, on="group/{group_name}")
@refusing("Group")
def list_users_for_group(request: ListUsersForGroup, call: Call) -> UsersOfGroup:
    """List them by the user's id."""
    known = identities(call)
    group = known.require_group(call.account, request.group_name)
    members = known.users_of(group.id, marker=request.marker, limit=request.max_items)
    listed = [
        Member(user_name=user.name, display_name=user.display_name, join_date=seconds(since or user.created))
        for user, since in members.users
    ]
    return UsersOfGroup(
        is_truncated=bool(members.marker), marker=following(members.marker), users=MemberList(user=listed)
    )
