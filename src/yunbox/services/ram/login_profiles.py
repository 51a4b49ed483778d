"""Passwords of users for a console. Wire shapes: the SDK alibabacloud_ram20150501.

There is no console that users sign in to: a login profile is kept, and its password held to the account's policy.
"""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.errors import CloudError
from yunbox.identity.resources import LoginProfile
from yunbox.services.ram.parts import identities
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class CreateLoginProfile(Request):
    """Give a user a password."""

    user_name: str
    password: str
    password_reset_required: bool = False
    mfa_bind_required: bool = msgspec.field(default=False, name="MFABindRequired")


class GetLoginProfile(Request):
    """Ask how a user signs in."""

    user_name: str


class UpdateLoginProfile(Request):
    """Change how a user signs in; what is not given stays."""

    user_name: str
    password: str | None = None
    password_reset_required: bool | None = None
    mfa_bind_required: bool | None = msgspec.field(default=None, name="MFABindRequired")


class DeleteLoginProfile(Request):
    """Take a user's password away."""

    user_name: str


class ChangePassword(Request):
    """Change one's own password."""

    old_password: str
    new_password: str


class LoginProfileShape(Shape):
    """A login profile, as answers hold it: never with the password."""

    user_name: str
    create_date: str
    password_reset_required: bool
    mfa_bind_required: bool = msgspec.field(name="MFABindRequired")


class LoginProfileAnswer(Answer):
    """One login profile."""

    login_profile: LoginProfileShape


def _answer(profile: LoginProfile, user_name: str) -> LoginProfileAnswer:
    return LoginProfileAnswer(
        login_profile=LoginProfileShape(
            user_name=user_name,
            create_date=seconds(profile.created),
            password_reset_required=profile.reset_required,
            mfa_bind_required=profile.mfa_required,
        )
    )


@ram.action(CreateLoginProfile, on="user/{user_name}")
@refusing("User")
def create_login_profile(request: CreateLoginProfile, call: Call) -> LoginProfileAnswer:
    """Keep the password's hash."""
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    made = known.create_login_profile(
        user.id,
        request.password,
        reset_required=request.password_reset_required,
        mfa_required=request.mfa_bind_required,
    )
    return _answer(made, user.name)


@ram.action(GetLoginProfile, on="user/{user_name}")
@refusing("User")
def get_login_profile(request: GetLoginProfile, call: Call) -> LoginProfileAnswer:
    """Find it by the user's name."""
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    return _answer(known.login_profile(user.id), user.name)


@ram.action(UpdateLoginProfile, on="user/{user_name}")
@refusing("User")
def update_login_profile(request: UpdateLoginProfile, call: Call) -> Empty:
    """Change what is given."""
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    known.update_login_profile(
        user.id,
        password=request.password,
        reset_required=request.password_reset_required,
        mfa_required=request.mfa_bind_required,
    )
    return Empty()


@ram.action(DeleteLoginProfile, on="user/{user_name}")
@refusing("User")
def delete_login_profile(request: DeleteLoginProfile, call: Call) -> Empty:
    """Forget the password."""
    known = identities(call)
    known.delete_login_profile(known.require_user(call.account, request.user_name).id)
    return Empty()


@ram.action(ChangePassword, on="")
@refusing("User")
def change_password(request: ChangePassword, call: Call) -> Empty:
    """Change it for the user who calls, who must know the old one."""
    if call.principal.kind != "user":
        raise CloudError("NoPermission", 403, "Only a RAM user has a password of its own to change.")
    call.authorise(f"user/{call.principal.name}")
    identities(call).change_password(call.principal.user_id, request.old_password, request.new_password)
    return Empty()
