"""What the directory refuses, in the vendor's codes. Source: RAM documentation, "Error messages"."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request
from yunbox.errors import CloudError
from yunbox.identity.login_profiles import PasswordChangeForbiddenError
from yunbox.identity.policy.model import PolicyError, PolicyKind
from yunbox.identity.policy.parse import SIZE_LIMITS
from yunbox.identity.registry import (
    ChangedMeanwhileError,
    DeleteConflictError,
    DirectoryError,
    EntityExistsError,
    InvalidValueError,
    LimitExceededError,
    NoSuchEntityError,
    WeakPasswordError,
    WrongSecretError,
)

R = TypeVar("R", bound=Request)
A = TypeVar("A", bound=Answer)

_ENTITIES = {
    "access_key": "User.AccessKey",
    "account": "AccountAlias",
    "attachment": "{about}.Policy",
    "bound_mfa_device": "VirtualMFADevice.User",
    "group": "Group",
    "login_profile": "User.LoginProfile",
    "membership": "User.Group",
    "mfa_device": "VirtualMFADevice",
    "policy": "Policy",
    "role": "Role",
    "tag": "Tag",
    "user": "User",
    "user_mfa_device": "User.MFADevice",
    "version": "Policy.Version",
}
"""How the vendor's codes call what the directory calls so; `{about}` is what the action is about."""

_CONFLICTS = {
    ("Policy", "role"): "Role.Policy",
    ("Policy", "default_version"): "Policy.Version.Default",
}
"""What is not `<what is deleted>.<what depends on it>`. The provider for Terraform knows the first so."""

_BY_ENTITY = (
    (NoSuchEntityError, "EntityNotExist", 404),
    (EntityExistsError, "EntityAlreadyExists", 409),
    (LimitExceededError, "LimitExceeded", 409),
)

_DEPENDENT = {"access_key": "AccessKey", "login_profile": "LoginProfile", "mfa_device": "MFADevice"}

_FAULTS = {
    "InvalidChars": 'The parameter - "{name}" contains invalid chars.',
    "Length": 'The parameter - "{name}" beyond the length limit.',
    "Format": 'The format of the parameter - "{name}" is incorrect.',
    "Range": 'The parameter - "{name}" is out of range.',
}

_SPELLINGS = {"virtual mfa device name": "VirtualMFADeviceName"}


def refusing(about: str) -> Callable[[Callable[[R, Call], A]], Callable[[R, Call], A]]:
    """Let an action that is about a `User`, `Group`, `Role` or `Policy` refuse as the vendor does."""

    def wrap(function: Callable[[R, Call], A]) -> Callable[[R, Call], A]:
        @functools.wraps(function)
        def run(request: R, call: Call) -> A:
            try:
                return function(request, call)
            except DirectoryError as error:
                raise refusal(error, about, type(request)) from None
            except PolicyError as error:
                raise CloudError("MalformedPolicyDocument", 400, str(error)) from None

        return run

    return wrap


def refusal(error: DirectoryError, about: str, request: type[Request]) -> CloudError:
    """Return the vendor's refusal for one of the directory."""
    if isinstance(error, InvalidValueError):
        return _invalid(error, request)
    if isinstance(error, WeakPasswordError):
        message = f'The parameter - "Password" is not compliant with the password policy. {error}'
        return CloudError("InvalidParameter.Password.TooWeak", 400, message)
    if isinstance(error, PasswordChangeForbiddenError):
        return CloudError("NoPermission", 403, str(error))
    if isinstance(error, WrongSecretError):
        return _wrong(error)
    if isinstance(error, ChangedMeanwhileError):
        return CloudError("OperationConflict", 409, f"{error} Try again.")
    if isinstance(error, DeleteConflictError):
        usual = f"{about}.{_DEPENDENT.get(error.kind, error.kind.capitalize())}"
        return CloudError(f"DeleteConflict.{_CONFLICTS.get((about, error.kind), usual)}", 409, str(error))
    for type_, word, status in _BY_ENTITY:
        if isinstance(error, type_):
            return CloudError(f"{word}.{_ENTITIES[error.kind].format(about=about)}", status, str(error))
    raise error


def _invalid(error: InvalidValueError, request: type[Request]) -> CloudError:
    name = _SPELLINGS.get(error.kind) or error.kind.title().replace(" ", "")
    # An update names what it changes NewUserName, and what is changed UserName.
    known = {each.encode_name for each in msgspec.structs.fields(request)}
    name = f"New{name}" if f"New{name}" in known else name
    message = f"{_FAULTS[error.fault].format(name=name)} {error}"
    return CloudError(f"InvalidParameter.{name}.{error.fault}", 400, message)


def _wrong(error: WrongSecretError) -> CloudError:
    if error.kind == "authentication code":
        message = 'The parameter - "AuthenticationCode" is incorrect.'
        return CloudError("CheckAuthenticationCodeFail", 403, message)
    return CloudError("InvalidParameter.OldPassword", 400, 'The parameter - "OldPassword" is incorrect.')


def check_size(name: str, document: str, kind: PolicyKind) -> None:
    """Raise CloudError when a policy document is longer than its kind may be."""
    if not 1 <= len(document) <= SIZE_LIMITS[kind]:
        message = f'The parameter - "{name}" beyond the length limit of {SIZE_LIMITS[kind]} characters.'
        raise CloudError(f"InvalidParameter.{name}.Length", 400, message)
