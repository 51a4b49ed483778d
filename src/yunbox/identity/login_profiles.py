"""Login profiles: the passwords that users have for a console. Source: `CreateLoginProfile`, `ChangePassword`.

Nobody signs in to a console here: the settings that a sign-in would look at (the age of passwords, attempts an
hour, the address of the client) are kept and returned.
"""

from __future__ import annotations

import msgspec

from yunbox.control.store import View
from yunbox.identity.accounts import password_policy_of, security_preference_of
from yunbox.identity.passwords import check_strength, hashed, is_password, salt_of
from yunbox.identity.registry import (
    ChangedMeanwhileError,
    EntityExistsError,
    Registry,
    WeakPasswordError,
    WrongSecretError,
    require,
)
from yunbox.identity.resources import LoginProfile, PasswordPolicy, User

_REMEMBERED = 24
"""So many earlier passwords are kept at most: `SetPasswordPolicy` can forbid no more."""


class PasswordChangeForbiddenError(WrongSecretError):
    """The account does not let its users change their passwords."""


class LoginProfiles(Registry):
    """The part of the directory that knows users' passwords.

    A password is hashed, which takes long, before the transaction that keeps it begins.
    """

    def create_login_profile(
        self, user_id: str, password: str, *, reset_required: bool = False, mfa_required: bool = False
    ) -> LoginProfile:
        """Give a user a password. Raises NoSuchEntityError, EntityExistsError, WeakPasswordError."""
        with self._store.read() as view:
            user = _require_no_profile(view, user_id)
            check_strength(password, password_policy_of(view, user.account))
        profile = LoginProfile(
            id=user_id,
            account=user.account,
            parent=user_id,
            created=self._clock.now(),
            password=hashed(password, self._ids.random(16)),
            reset_required=reset_required,
            mfa_required=mfa_required,
        )
        with self._store.write() as change:
            _require_no_profile(change, user_id)
            return change.create(profile)

    def login_profile(self, user_id: str) -> LoginProfile:
        """Return a user's login profile. Raises NoSuchEntityError."""
        with self._store.read() as view:
            return require(view, LoginProfile, user_id)

    def update_login_profile(
        self,
        user_id: str,
        *,
        password: str | None = None,
        reset_required: bool | None = None,
        mfa_required: bool | None = None,
    ) -> LoginProfile:
        """Change a login profile; None leaves a part as it is.

        Raises NoSuchEntityError, WeakPasswordError, ChangedMeanwhileError.
        """
        found, policy = self._profile_and_policy(user_id)
        changed = found if password is None else _with_password(found, policy, password)
        return self._keep(
            found,
            msgspec.structs.replace(
                changed,
                reset_required=found.reset_required if reset_required is None else reset_required,
                mfa_required=found.mfa_required if mfa_required is None else mfa_required,
            ),
        )

    def change_password(self, user_id: str, old: str, new: str) -> None:
        """Let a user change its own password.

        Raises NoSuchEntityError, PasswordChangeForbiddenError, WrongSecretError for a wrong old password,
        WeakPasswordError, ChangedMeanwhileError.
        """
        found, policy = self._profile_and_policy(user_id)
        with self._store.read() as view:
            allowed = security_preference_of(view, found.account).allow_change_password
        if not allowed:
            raise PasswordChangeForbiddenError("password", "Users may not change their passwords.")
        if not is_password(old, found.password):
            raise WrongSecretError("password", "The old password is wrong.")
        changed = _with_password(found, policy, new)
        self._keep(found, msgspec.structs.replace(changed, reset_required=False))

    def delete_login_profile(self, user_id: str) -> None:
        """Take a user's password away. Raises NoSuchEntityError."""
        with self._store.write() as change:
            require(change, LoginProfile, user_id)
            change.delete(LoginProfile, user_id)

    def _profile_and_policy(self, user_id: str) -> tuple[LoginProfile, PasswordPolicy]:
        with self._store.read() as view:
            profile = require(view, LoginProfile, user_id)
            return profile, password_policy_of(view, profile.account)

    def _keep(self, found: LoginProfile, changed: LoginProfile) -> LoginProfile:
        """Put a profile in the place of the one it was made from.

        Raises NoSuchEntityError, ChangedMeanwhileError.
        """
        with self._store.write() as change:
            if require(change, LoginProfile, found.id).revision != found.revision:
                raise ChangedMeanwhileError("login_profile", "The login profile was changed meanwhile.")
            return change.replace(changed)


def _require_no_profile(view: View, user_id: str) -> User:
    """Return the user. Raises NoSuchEntityError, EntityExistsError when it has a login profile."""
    user = require(view, User, user_id)
    if view.get(LoginProfile, user_id) is not None:
        raise EntityExistsError("login_profile", f"The user {user.name} has a login profile.")
    return user


def _with_password(profile: LoginProfile, policy: PasswordPolicy, password: str) -> LoginProfile:
    """Return the profile with another password. Raises WeakPasswordError, also for one used lately."""
    check_strength(password, policy)
    # One salt a user, so that the passwords it had before cost no hash each; no two users share one.
    kept = hashed(password, salt_of(profile.password))
    earlier = (profile.password, *profile.earlier)[:_REMEMBERED]
    if kept in earlier[: policy.reuse_prevention]:
        raise WeakPasswordError(f"The last {policy.reuse_prevention} passwords may not be used again.")
    return msgspec.structs.replace(profile, password=kept, earlier=earlier)
