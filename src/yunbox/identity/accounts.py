"""Accounts and long-term access keys. Source of bounds: RAM documentation, "Limits"."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from yunbox.control.store import Change, View
from yunbox.identity.registry import (
    EntityExistsError,
    InvalidValueError,
    LimitExceededError,
    NoSuchEntityError,
    Registry,
    check_name,
    require,
)
from yunbox.identity.resources import AccessKey, Account, PasswordPolicy, SecurityPreference, Settings, User

KEYS_OF_A_USER = 2
KEYS_OF_AN_ACCOUNT = 5

_ALIAS = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?|", re.ASCII)
_PUBLIC_ALIAS = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)

_SETTINGS = "directory"

S = TypeVar("S", PasswordPolicy, SecurityPreference)


class Accounts(Registry):
    """The part of the directory that knows accounts, what they prefer, and access keys."""

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
        if alias:
            check_name(alias, _ALIAS, "account alias", 63)
        with self._store.write() as change:
            _require_free_alias(change, alias)
            return self._new_account(change, alias)

    def _new_account(self, change: Change, alias: str) -> Account:
        id_ = self._digits(16, "1")
        return change.create(Account(id=id_, account=id_, name=alias, created=self._clock.now()))

    def account(self, account_id: str) -> Account | None:
        """Return an account, or None."""
        with self._store.read() as view:
            return view.get(Account, account_id)

    def set_account_alias(self, account_id: str, alias: str) -> None:
        """Give an account an alias of 3 to 63 characters, or none (an empty one).

        Raises InvalidValueError, EntityExistsError, NoSuchEntityError.
        """
        if alias:
            check_account_alias(alias)
        with self._store.write() as change:
            account = require(change, Account, account_id)
            if alias != account.name:
                _require_free_alias(change, alias)
                change.replace(msgspec.structs.replace(account, name=alias))

    def password_policy(self, account_id: str) -> PasswordPolicy:
        """Return what an account asks of passwords: the defaults when it never said."""
        with self._store.read() as view:
            return password_policy_of(view, account_id)

    def set_password_policy(self, policy: PasswordPolicy) -> PasswordPolicy:
        """Set what an account (`policy.id`) asks of passwords. Raises InvalidValueError, NoSuchEntityError."""
        for what, value, least, most in (
            ("minimum password length", policy.minimum_length, 8, 32),
            ("max password age", policy.max_age_days, 0, 1095),
            ("password reuse prevention", policy.reuse_prevention, 0, 24),
            ("max login attemps", policy.max_login_attempts, 0, 32),
        ):
            _check_range(what, value, least, most)
        with self._store.write() as change:
            return _put_setting(change, policy)

    def security_preference(self, account_id: str) -> SecurityPreference:
        """Return what an account lets its users do: the defaults when it never said."""
        with self._store.read() as view:
            return security_preference_of(view, account_id)

    def set_security_preference(self, preference: SecurityPreference) -> SecurityPreference:
        """Set what an account (`preference.id`) lets its users do.

        Raises InvalidValueError, NoSuchEntityError.
        """
        _check_range("login session duration", preference.login_session_hours, 1, 24)
        _check_masks(preference.login_network_masks)
        with self._store.write() as change:
            return _put_setting(change, preference)

    def create_access_key(self, account_id: str, user_id: str = "") -> AccessKey:
        """Create an access key of a user, or of the account itself.

        This is the one time its secret is handed out. Raises NoSuchEntityError, LimitExceededError.
        """
        with self._store.write() as change:
            require(change, Account, account_id)
            if user_id:
                require_user_of(change, account_id, user_id)
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

    def access_key(self, account_id: str, user_id: str, access_key_id: str) -> AccessKey:
        """Return an access key of a user, or of the account itself. Raises NoSuchEntityError."""
        with self._store.read() as view:
            key = view.get(AccessKey, access_key_id)
        if key is None or (key.account, key.parent) != (account_id, user_id):
            raise NoSuchEntityError("access_key", "The access key does not exist.")
        return key

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


def check_account_alias(alias: str) -> None:
    """Raise InvalidValueError for what cannot be an alias, an empty one too."""
    if not 3 <= len(alias) <= 63:
        raise InvalidValueError("account alias", "The alias must have 3 to 63 characters.", "Length")
    if not _PUBLIC_ALIAS.fullmatch(alias):
        raise InvalidValueError("account alias", "The account alias is not valid.")


def password_policy_of(view: View, account_id: str) -> PasswordPolicy:
    """Return what an account asks of passwords."""
    return view.get(PasswordPolicy, account_id) or PasswordPolicy(id=account_id, account=account_id)


def security_preference_of(view: View, account_id: str) -> SecurityPreference:
    """Return what an account lets its users do."""
    return view.get(SecurityPreference, account_id) or SecurityPreference(id=account_id, account=account_id)


def require_user_of(view: View, account_id: str, user_id: str) -> User:
    """Return the user. Raises NoSuchEntityError, also for a user of another account."""
    user = require(view, User, user_id)
    if user.account != account_id:
        raise NoSuchEntityError("user", f"The user {user_id} does not exist.")
    return user


def _require_free_alias(view: View, alias: str) -> None:
    if alias and view.find(Account, name=alias, limit=1):
        raise EntityExistsError("account", f"An account with the alias {alias} exists.")


def _put_setting(change: Change, setting: S) -> S:
    require(change, Account, setting.id)
    exists = change.get(type(setting), setting.id) is not None
    return change.replace(setting) if exists else change.create(setting)


def _check_range(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidValueError(what, f"The {what} must be {least} to {most}.", "Range")


def _check_masks(masks: str) -> None:
    """Raise InvalidValueError unless the text is at most 40 CIDR blocks, separated by semicolons."""
    import ipaddress  # noqa: PLC0415 - rare

    given = masks.split(";") if masks else []
    if len(given) > 40 or len(masks) > 512:
        raise InvalidValueError("login network masks", "At most 40 masks, 512 characters.", "Length")
    for mask in given:
        try:
            ipaddress.ip_network(mask.strip(), strict=False)
        except ValueError:
            raise InvalidValueError(
                "login network masks", "A mask is an IP address or a CIDR block."
            ) from None
