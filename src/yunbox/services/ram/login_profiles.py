"""Passwords of users for a console. Wire shapes: the SDK alibabacloud_ram20150501.

There is no console that users sign in to: a login profile is kept, and its password held to the account's policy.
Hashing a password takes a tenth of a second and much memory: a thread of its own does it, one at a time, outside of
any transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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


R = TypeVar("R", bound=Request)
A = TypeVar("A", bound=Answer)

_hashing = ThreadPoolExecutor(1, "ram-hash")


async def _apart(function: Callable[[R, Call], A], request: R, call: Call) -> A:
    return await asyncio.get_running_loop().run_in_executor(_hashing, function, request, call)


def _answer(profile: LoginProfile, user_name: str) -> LoginProfileAnswer:
    return LoginProfileAnswer(
        login_profile=LoginProfileShape(
            user_name=user_name,
            create_date=seconds(profile.created),
            password_reset_required=profile.reset_required,
            mfa_bind_required=profile.mfa_required,
        )
    )


@ram.action(CreateLoginProfile, on="user/{user_name}", access="own")
async def create_login_profile(request: CreateLoginProfile, call: Call) -> LoginProfileAnswer:
    """Keep the password's hash."""
    return await _apart(_create, request, call)


@refusing("User")
def _create(request: CreateLoginProfile, call: Call) -> LoginProfileAnswer:
    user = call.directory.require_user(call.account, request.user_name)
    made = call.directory.create_login_profile(
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


@ram.action(UpdateLoginProfile, on="user/{user_name}", access="own")
async def update_login_profile(request: UpdateLoginProfile, call: Call) -> Empty:
    """Change what is given."""
    return await _apart(_update, request, call)


@refusing("User")
def _update(request: UpdateLoginProfile, call: Call) -> Empty:
    user = call.directory.require_user(call.account, request.user_name)
    call.directory.update_login_profile(
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


@ram.action(ChangePassword, on="", access="own")
async def change_password(request: ChangePassword, call: Call) -> Empty:
    """Change it for the user who calls, who must know the old one."""
    if call.principal.kind != "user":
        raise CloudError("NoPermission", 403, "Only a RAM user has a password of its own to change.")
    call.authorise(f"user/{call.principal.name}")
    return await _apart(_change, request, call)


@refusing("User")
def _change(request: ChangePassword, call: Call) -> Empty:
    call.directory.change_password(call.principal.user_id, request.old_password, request.new_password)
    return Empty()
