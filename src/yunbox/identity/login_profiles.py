"""Login profiles: the passwords that users have for a console. Source: `CreateLoginProfile`, `ChangePassword`.

Nobody signs in to a console here: the settings that a sign-in would look at (the age of passwords, attempts an
hour, the address of the client) are kept and returned.
"""

from __future__ import annotations

import msgspec

from yunbox.control.store import Change
from yunbox.identity.accounts import password_policy_of, security_preference_of
from yunbox.identity.passwords import check_strength, hashed, is_password, salt_of
from yunbox.identity.registry import (
    EntityExistsError,
    Registry,
    WeakPasswordError,
    WrongSecretError,
    require,
)
from yunbox.identity.resources import LoginProfile, User

_REMEMBERED = 24
"""So many earlier passwords are kept at most: `SetPasswordPolicy` can forbid no more."""


class PasswordChangeForbiddenError(WrongSecretError):
    """The account does not let its users change their passwords."""


class LoginProfiles(Registry):
    """The part of the directory that knows users' passwords."""

    def create_login_profile(
        self, user_id: str, password: str, *, reset_required: bool = False, mfa_required: bool = False
    ) -> LoginProfile:
        """Give a user a password. Raises NoSuchEntityError, EntityExistsError, WeakPasswordError."""
        with self._store.write() as change:
            user = require(change, User, user_id)
            if change.get(LoginProfile, user_id) is not None:
                raise EntityExistsError("login_profile", f"The user {user.name} has a login profile.")
            check_strength(password, password_policy_of(change, user.account))
            return change.create(
                LoginProfile(
                    id=user_id,
                    account=user.account,
                    parent=user_id,
                    created=self._clock.now(),
                    password=hashed(password, self._ids.random(16)),
                    reset_required=reset_required,
                    mfa_required=mfa_required,
                )
            )

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
        """Change a login profile; None leaves a part as it is. Raises NoSuchEntityError, WeakPasswordError."""
        with self._store.write() as change:
            profile = require(change, LoginProfile, user_id)
            if password is not None:
                profile = _with_password(change, profile, password)
            return change.replace(
                msgspec.structs.replace(
                    profile,
                    reset_required=profile.reset_required if reset_required is None else reset_required,
                    mfa_required=profile.mfa_required if mfa_required is None else mfa_required,
                )
            )

    def change_password(self, user_id: str, old: str, new: str) -> None:
        """Let a user change its own password.

        Raises NoSuchEntityError, PasswordChangeForbiddenError, WrongSecretError for a wrong old password,
        WeakPasswordError.
        """
        with self._store.write() as change:
            profile = require(change, LoginProfile, user_id)
            if not security_preference_of(change, profile.account).allow_change_password:
                raise PasswordChangeForbiddenError("password", "Users may not change their passwords.")
            if not is_password(old, profile.password):
                raise WrongSecretError("password", "The old password is wrong.")
            changed = _with_password(change, profile, new)
            change.replace(msgspec.structs.replace(changed, reset_required=False))

    def delete_login_profile(self, user_id: str) -> None:
        """Take a user's password away. Raises NoSuchEntityError."""
        with self._store.write() as change:
            require(change, LoginProfile, user_id)
            change.delete(LoginProfile, user_id)


def _with_password(change: Change, profile: LoginProfile, password: str) -> LoginProfile:
    """Return the profile with another password. Raises WeakPasswordError, also for one used lately."""
    policy = password_policy_of(change, profile.account)
    check_strength(password, policy)
    # One salt a user, so that the passwords it had before cost no hash each; no two users share one.
    kept = hashed(password, salt_of(profile.password))
    earlier = (profile.password, *profile.earlier)[:_REMEMBERED]
    if kept in earlier[: policy.reuse_prevention]:
        raise WeakPasswordError(f"The last {policy.reuse_prevention} passwords may not be used again.")
    return msgspec.structs.replace(profile, password=kept, earlier=earlier)
