"""Accounts, their users, groups and long-term access keys. Source of bounds: RAM documentation, "Limits"."""

from __future__ import annotations

import re

import msgspec

from yunbox.control.store import Change, View
from yunbox.identity.registry import (
    DeleteConflictError,
    EntityExistsError,
    LimitExceededError,
    NoSuchEntityError,
    Registry,
    check_name,
    require,
    require_free,
)
from yunbox.identity.resources import AccessKey, Account, Attachment, Group, Membership, Settings, User

USERS = 10_000
GROUPS = 200
KEYS_OF_A_USER = 2
KEYS_OF_AN_ACCOUNT = 5
MEMBERSHIPS = 50

_ALIAS = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?|", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_GROUP = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)

_SETTINGS = "directory"


class Accounts(Registry):
    """The part of the directory that knows accounts, users, groups and access keys."""

    def default_account(self) -> Account:
        """Return the account the cloud begins with; made the first time, and kept."""
        with self._store.read() as view:
            settings = view.get(Settings, _SETTINGS)
            if settings is not None:
                return require(view, Account, settings.account)
        with self._store.write() as change:
            settings = change.get(Settings, _SETTINGS)
            if settings is not None:
                return require(change, Account, settings.account)
            account = self._new_account(change, "")
            change.create(Settings(id=_SETTINGS, account=account.id))
            return account

    def create_account(self, alias: str = "") -> Account:
        """Create an account. Raises InvalidValueError, EntityExistsError for a taken alias."""
        check_name(alias, _ALIAS, "account alias")
        with self._store.write() as change:
            if alias and change.find(Account, name=alias, limit=1):
                raise EntityExistsError("account", f"An account with the alias {alias} exists.")
            return self._new_account(change, alias)

    def _new_account(self, change: Change, alias: str) -> Account:
        id_ = self._digits(16, "1")
        return change.create(Account(id=id_, account=id_, name=alias, created=self._clock.now()))

    def account(self, account_id: str) -> Account | None:
        """Return an account, or None."""
        with self._store.read() as view:
            return view.get(Account, account_id)

    def create_user(self, account_id: str, name: str, *, display_name: str = "", comments: str = "") -> User:
        """Create a user, who may do nothing yet.

        Raises InvalidValueError, NoSuchEntityError, EntityExistsError, LimitExceededError.
        """
        check_name(name, _USER, "user name")
        with self._store.write() as change:
            require(change, Account, account_id)
            require_free(change, User, account_id, name, USERS)
            return change.create(
                User(
                    id=self._digits(18, "2"),
                    account=account_id,
                    name=name,
                    created=self._clock.now(),
                    display_name=display_name,
                    comments=comments,
                )
            )

    def user(self, account_id: str, name: str) -> User | None:
        """Return the user of that name, or None."""
        with self._store.read() as view:
            found = view.find(User, account=account_id, name=name, limit=1)
            return found[0] if found else None

    def users(self, account_id: str, *, after: str = "", limit: int = 100) -> list[User]:
        """Return an account's users by id, those beyond the id `after`."""
        with self._store.read() as view:
            return view.find(User, account=account_id, after=after, limit=limit)

    def delete_user(self, user_id: str) -> None:
        """Delete a user.

        Raises NoSuchEntityError; DeleteConflictError while it has keys, groups or policies.
        """
        with self._store.write() as change:
            user = require(change, User, user_id)
            if change.count(AccessKey, parent=user_id):
                raise DeleteConflictError("access_key", f"The user {user.name} has access keys.")
            if change.count(Membership, name=user_id):
                raise DeleteConflictError("group", f"The user {user.name} is in groups.")
            if change.count(Attachment, parent=user_id):
                raise DeleteConflictError("policy", f"The user {user.name} has policies attached.")
            change.delete(User, user_id)

    def create_access_key(self, account_id: str, user_id: str = "") -> AccessKey:
        """Create an access key of a user, or of the account itself.

        This is the one time its secret is handed out. Raises NoSuchEntityError, LimitExceededError.
        """
        with self._store.write() as change:
            require(change, Account, account_id)
            if user_id:
                _require_user_of(change, account_id, user_id)
            most = KEYS_OF_A_USER if user_id else KEYS_OF_AN_ACCOUNT
            if change.count(AccessKey, account=account_id, parent=user_id) >= most:
                raise LimitExceededError("access_key", f"There may be at most {most} access keys.")
            return change.create(
                AccessKey(
                    id="LTAI5t" + self._ids.token(18),
                    account=account_id,
                    parent=user_id,
                    secret=self._ids.token(30),
                    created=self._clock.now(),
                )
            )

    def access_keys(self, account_id: str, user_id: str = "") -> list[AccessKey]:
        """Return the access keys of a user, or of the account itself."""
        with self._store.read() as view:
            return view.find(AccessKey, account=account_id, parent=user_id)

    def set_access_key_status(self, access_key_id: str, *, active: bool) -> AccessKey:
        """Switch an access key on or off, for every process at once. Raises NoSuchEntityError."""
        with self._store.write() as change:
            key = require(change, AccessKey, access_key_id)
            return change.replace(msgspec.structs.replace(key, active=active))

    def delete_access_key(self, access_key_id: str) -> None:
        """Delete an access key. Raises NoSuchEntityError."""
        with self._store.write() as change:
            require(change, AccessKey, access_key_id)
            change.delete(AccessKey, access_key_id)

    def create_group(self, account_id: str, name: str, *, comments: str = "") -> Group:
        """Create a group. Raises as `create_user` does."""
        check_name(name, _GROUP, "group name")
        with self._store.write() as change:
            require(change, Account, account_id)
            require_free(change, Group, account_id, name, GROUPS)
            id_ = self._ids.resource("g")
            now = self._clock.now()
            return change.create(Group(id=id_, account=account_id, name=name, created=now, comments=comments))

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
            _require_user_of(change, group.account, user_id)
            id_ = f"{group_id}/{user_id}"
            if change.get(Membership, id_) is not None:
                raise EntityExistsError("membership", f"The user {user_id} is in the group {group.name}.")
            if change.count(Membership, name=user_id) >= MEMBERSHIPS:
                raise LimitExceededError("membership", f"A user may be in at most {MEMBERSHIPS} groups.")
            change.create(Membership(id=id_, account=group.account, parent=group_id, name=user_id))

    def remove_user_from_group(self, user_id: str, group_id: str) -> None:
        """Take a user out of a group. Raises NoSuchEntityError."""
        with self._store.write() as change:
            require(change, Membership, f"{group_id}/{user_id}")
            change.delete(Membership, f"{group_id}/{user_id}")


def _require_user_of(view: View, account_id: str, user_id: str) -> User:
    """Return the user. Raises NoSuchEntityError, also for a user of another account."""
    user = require(view, User, user_id)
    if user.account != account_id:
        raise NoSuchEntityError("user", f"The user {user_id} does not exist.")
    return user
