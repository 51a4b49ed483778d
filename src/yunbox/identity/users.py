"""Users and groups. Source of bounds: RAM documentation, "Limits"; `CreateUser`, `CreateGroup`."""

from __future__ import annotations

import re

import msgspec

from yunbox.identity.accounts import require_user_of
from yunbox.identity.registry import (
    DeleteConflictError,
    EntityExistsError,
    InvalidValueError,
    LimitExceededError,
    Page,
    Registry,
    check_name,
    check_text,
    named,
    page,
    require,
    require_free,
    require_named,
    require_unnamed,
)
from yunbox.identity.resources import (
    AccessKey,
    Account,
    Attachment,
    Group,
    LoginProfile,
    Membership,
    MfaDevice,
    User,
)

USERS = 10_000
GROUPS = 200
MEMBERSHIPS = 50

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_PHONE = re.compile(r"[0-9]{1,4}-[0-9]{4,20}|", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>]{1,64}@[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63}){1,8}|")


class UserFacts(msgspec.Struct, frozen=True):
    """What is said of a user. None leaves a fact as it is."""

    name: str | None = None
    display_name: str | None = None
    mobile_phone: str | None = None
    email: str | None = None
    comments: str | None = None

    def put_on(self, user: User) -> User:
        """Return the user with these facts. Raises InvalidValueError for one that is not valid."""
        given = {key: value for key, value in msgspec.structs.asdict(self).items() if value is not None}
        changed = msgspec.structs.replace(user, **given)
        check_name(changed.name, _NAME, "user name")
        check_text(changed.display_name, "display name", 128)
        check_text(changed.comments, "comments", 128)
        if not _PHONE.fullmatch(changed.mobile_phone):
            raise InvalidValueError("mobile phone", "A mobile phone is <country code>-<number>.")
        if len(changed.email) > 128 or not _EMAIL.fullmatch(changed.email):
            raise InvalidValueError("email", "The email address is not valid.")
        return changed


class Users(Registry):
    """The part of the directory that knows users and groups."""

    def create_user(
        self,
        account_id: str,
        name: str,
        *,
        display_name: str = "",
        comments: str = "",
        mobile_phone: str = "",
        email: str = "",
    ) -> User:
        """Create a user, who may do nothing yet.

        Raises InvalidValueError, NoSuchEntityError, EntityExistsError, LimitExceededError.
        """
        new = User(id=self._digits(18, "2"), account=account_id, created=self._clock.now())
        user = UserFacts(name, display_name, mobile_phone, email, comments).put_on(new)
        with self._store.write() as change:
            require(change, Account, account_id)
            require_free(change, User, account_id, name, USERS)
            return change.create(user)

    def user(self, account_id: str, name: str) -> User | None:
        """Return the user of that name, or None."""
        with self._store.read() as view:
            return named(view, User, account_id, name)

    def require_user(self, account_id: str, name: str) -> User:
        """Return the user of that name. Raises NoSuchEntityError."""
        with self._store.read() as view:
            return require_named(view, User, account_id, name)

    def users(self, account_id: str, *, after: str = "", limit: int = 100) -> list[User]:
        """Return an account's users by id, those beyond the id `after`."""
        return self.list_users(account_id, marker=after, limit=limit).items

    def list_users(self, account_id: str, *, marker: str = "", limit: int = 100) -> Page[User]:
        """Return a page of an account's users."""
        with self._store.read() as view:
            return page(view, User, account_id, marker, limit)

    def update_user(self, user_id: str, facts: UserFacts) -> User:
        """Change what is said of a user; access keys, groups and policies stay with it when it is renamed.

        Raises as `create_user` does.
        """
        with self._store.write() as change:
            user = require(change, User, user_id)
            changed = facts.put_on(msgspec.structs.replace(user, updated=self._clock.now()))
            if changed.name != user.name:
                require_unnamed(change, User, user.account, changed.name)
            return change.replace(changed)

    def delete_user(self, user_id: str) -> None:
        """Delete a user.

        Raises NoSuchEntityError; DeleteConflictError while it has keys, groups, policies, a login profile or
        an MFA device.
        """
        with self._store.write() as change:
            user = require(change, User, user_id)
            if change.count(Membership, name=user_id):
                raise DeleteConflictError("group", f"The user {user.name} is in groups.")
            if change.count(AccessKey, parent=user_id):
                raise DeleteConflictError("access_key", f"The user {user.name} has access keys.")
            if change.get(LoginProfile, user_id) is not None:
                raise DeleteConflictError("login_profile", f"The user {user.name} has a login profile.")
            if change.count(MfaDevice, parent=user_id):
                raise DeleteConflictError("mfa_device", f"The user {user.name} has an MFA device.")
            if change.count(Attachment, parent=user_id):
                raise DeleteConflictError("policy", f"The user {user.name} has policies attached.")
            change.delete(User, user_id)

    def create_group(self, account_id: str, name: str, *, comments: str = "") -> Group:
        """Create a group. Raises as `create_user` does."""
        check_name(name, _NAME, "group name")
        check_text(comments, "comments", 128)
        with self._store.write() as change:
            require(change, Account, account_id)
            require_free(change, Group, account_id, name, GROUPS)
            now = self._clock.now()
            id_ = self._ids.resource("g", now)
            return change.create(Group(id=id_, account=account_id, name=name, created=now, comments=comments))

    def require_group(self, account_id: str, name: str) -> Group:
        """Return the group of that name. Raises NoSuchEntityError."""
        with self._store.read() as view:
            return require_named(view, Group, account_id, name)

    def list_groups(self, account_id: str, *, marker: str = "", limit: int = 100) -> Page[Group]:
        """Return a page of an account's groups."""
        with self._store.read() as view:
            return page(view, Group, account_id, marker, limit)

    def update_group(self, group_id: str, *, name: str | None = None, comments: str | None = None) -> Group:
        """Rename a group or change its comments; None leaves either as it is. Raises as `create_user` does."""
        if name is not None:
            check_name(name, _NAME, "group name")
        check_text(comments or "", "comments", 128)
        with self._store.write() as change:
            group = require(change, Group, group_id)
            if name not in (None, group.name):
                require_unnamed(change, Group, group.account, name or "")
            return change.replace(
                msgspec.structs.replace(
                    group,
                    name=group.name if name is None else name,
                    comments=group.comments if comments is None else comments,
                    updated=self._clock.now(),
                )
            )

    def delete_group(self, group_id: str) -> None:
        """Delete a group. Raises NoSuchEntityError; DeleteConflictError while it has users or policies."""
        with self._store.write() as change:
            group = require(change, Group, group_id)
            if change.count(Membership, parent=group_id):
                raise DeleteConflictError("user", f"The group {group.name} has users.")
            if change.count(Attachment, parent=group_id):
                raise DeleteConflictError("policy", f"The group {group.name} has policies attached.")
            change.delete(Group, group_id)

    def add_user_to_group(self, user_id: str, group_id: str) -> None:
        """Put a user into a group of its account.

        Raises NoSuchEntityError, EntityExistsError when it is in it, LimitExceededError.
        """
        with self._store.write() as change:
            group = require(change, Group, group_id)
            require_user_of(change, group.account, user_id)
            id_ = f"{group_id}/{user_id}"
            if change.get(Membership, id_) is not None:
                raise EntityExistsError("membership", f"The user {user_id} is in the group {group.name}.")
            if change.count(Membership, name=user_id) >= MEMBERSHIPS:
                raise LimitExceededError("membership", f"A user may be in at most {MEMBERSHIPS} groups.")
            now = self._clock.now()
            change.create(
                Membership(id=id_, account=group.account, parent=group_id, name=user_id, created=now)
            )

    def remove_user_from_group(self, user_id: str, group_id: str) -> None:
        """Take a user out of a group. Raises NoSuchEntityError."""
        with self._store.write() as change:
            require(change, Membership, f"{group_id}/{user_id}")
            change.delete(Membership, f"{group_id}/{user_id}")

    def groups_of(self, user_id: str) -> list[tuple[Group, float]]:
        """Return the groups a user is in, each with the time when it joined."""
        with self._store.read() as view:
            memberships = view.find(Membership, name=user_id)
            return [(require(view, Group, each.parent), each.created) for each in memberships]

    def users_of(self, group_id: str, *, marker: str = "", limit: int = 100) -> Members:
        """Return a page of the users in a group."""
        with self._store.read() as view:
            found = view.find(Membership, parent=group_id, after=marker, limit=limit + 1)
            users = [(require(view, User, each.name), each.created) for each in found[:limit]]
        return Members(users, found[limit - 1].id if len(found) > limit else "")


class Members(msgspec.Struct, frozen=True):
    """Users of a group, each with the time when it joined; `marker` asks for the next ones."""

    users: list[tuple[User, float]]
    marker: str = ""
