"""RAM users. Wire shapes: the SDK alibabacloud_ram20150501."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.identity.resources import User
from yunbox.identity.users import UserFacts
from yunbox.services.ram.parts import Listing, changed_at, following, identities
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class CreateUser(Request):
    """Create a user, who may do nothing yet."""

    user_name: str
    display_name: str = ""
    mobile_phone: str = ""
    email: str = ""
    comments: str = ""


class GetUser(Request):
    """Ask for one user."""

    user_name: str


class UpdateUser(Request):
    """Rename a user, or change what is said of it; what is not given stays."""

    user_name: str
    new_user_name: str | None = None
    new_display_name: str | None = None
    new_mobile_phone: str | None = None
    new_email: str | None = None
    new_comments: str | None = None


class DeleteUser(Request):
    """Delete a user that has nothing left."""

    user_name: str


class ListUsers(Listing):
    """List the account's users."""


class NewUser(Shape):
    """A user that was just created."""

    user_id: str
    user_name: str
    display_name: str
    mobile_phone: str
    email: str
    comments: str
    create_date: str


class UserShape(NewUser):
    """A user, as answers hold it."""

    update_date: str


class NewUserAnswer(Answer):
    """The new user."""

    user: NewUser


class UserAnswer(Answer):
    """One user."""

    user: UserShape


class UserList(Shape):
    """The wrapping of a list of users."""

    user: list[UserShape]


class UsersListed(Answer):
    """A page of users."""

    is_truncated: bool
    users: UserList
    marker: Text = UNSET


def _shape(user: User) -> UserShape:
    return UserShape(
        user_id=user.id,
        user_name=user.name,
        display_name=user.display_name,
        mobile_phone=user.mobile_phone,
        email=user.email,
        comments=user.comments,
        create_date=seconds(user.created),
        update_date=changed_at(user.updated, user.created),
    )


@ram.action(CreateUser, on="user/*")
@refusing("User")
def create_user(request: CreateUser, call: Call) -> NewUserAnswer:
    """Create it in the caller's account."""
    made = identities(call).create_user(
        call.account,
        request.user_name,
        display_name=request.display_name,
        comments=request.comments,
        mobile_phone=request.mobile_phone,
        email=request.email,
    )
    return NewUserAnswer(
        user=NewUser(
            user_id=made.id,
            user_name=made.name,
            display_name=made.display_name,
            mobile_phone=made.mobile_phone,
            email=made.email,
            comments=made.comments,
            create_date=seconds(made.created),
        )
    )


@ram.action(GetUser, on="user/{user_name}")
@refusing("User")
def get_user(request: GetUser, call: Call) -> UserAnswer:
    """Find it by name."""
    return UserAnswer(user=_shape(identities(call).require_user(call.account, request.user_name)))


@ram.action(UpdateUser, on="user/{user_name}")
@refusing("User")
def update_user(request: UpdateUser, call: Call) -> UserAnswer:
    """Change what is given."""
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    facts = UserFacts(
        name=request.new_user_name,
        display_name=request.new_display_name,
        mobile_phone=request.new_mobile_phone,
        email=request.new_email,
        comments=request.new_comments,
    )
    return UserAnswer(user=_shape(known.update_user(user.id, facts)))


@ram.action(DeleteUser, on="user/{user_name}")
@refusing("User")
def delete_user(request: DeleteUser, call: Call) -> Empty:
    """Delete it, unless something depends on it."""
    known = identities(call)
    known.delete_user(known.require_user(call.account, request.user_name).id)
    return Empty()


@ram.action(ListUsers, on="user/*")
def list_users(request: ListUsers, call: Call) -> UsersListed:
    """List them by id."""
    page = identities(call).list_users(call.account, marker=request.marker, limit=request.max_items)
    return UsersListed(
        is_truncated=bool(page.marker),
        marker=following(page.marker),
        users=UserList(user=[_shape(each) for each in page.items]),
    )
