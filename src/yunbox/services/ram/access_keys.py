"""Access keys: of RAM users, or of the account itself. Wire shapes: the SDK alibabacloud_ram20150501.

Without UserName a user speaks of its own keys, and the account of its own.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.identity.identities import Identities
from yunbox.identity.resources import AccessKey
from yunbox.services.ram.parts import identities
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class CreateAccessKey(Request):
    """Create a key; its secret is told this one time."""

    user_name: str = ""


class UpdateAccessKey(Request):
    """Switch a key on or off."""

    user_access_key_id: str
    status: Literal["Active", "Inactive"]
    user_name: str = ""


class DeleteAccessKey(Request):
    """Delete a key, for good."""

    user_access_key_id: str
    user_name: str = ""


class ListAccessKeys(Request):
    """List keys without their secrets."""

    user_name: str = ""


class AccessKeyShape(Shape):
    """A key, as answers hold it; `access_key_secret` is there when it was just made."""

    access_key_id: str
    status: str
    create_date: str
    access_key_secret: Text = UNSET


class AccessKeyAnswer(Answer):
    """The new key."""

    access_key: AccessKeyShape


class ListedAccessKey(Shape):
    """A key in a listing."""

    access_key_id: str
    status: str
    create_date: str


class AccessKeyList(Shape):
    """The wrapping of a list of keys."""

    access_key: list[ListedAccessKey]


class AccessKeysListed(Answer):
    """The keys of a user, or of the account."""

    access_keys: AccessKeyList


def _owner(call: Call, user_name: str) -> tuple[Identities, str]:
    """Return the directory and the id of the user meant, empty for the account itself.

    Authorises the action on the user. Raises CloudError, DirectoryError.
    """
    caller = call.principal
    known = identities(call)
    if not user_name and caller.kind == "root":
        return known, ""
    if not user_name and caller.kind != "user":
        call.authorise("user/*")
        raise missing_parameter("UserName")
    call.authorise(f"user/{user_name or caller.name}")
    return known, known.require_user(call.account, user_name).id if user_name else caller.user_id


def _status(key: AccessKey) -> str:
    return "Active" if key.active else "Inactive"


@ram.action(CreateAccessKey, on="")
@refusing("User")
def create_access_key(request: CreateAccessKey, call: Call) -> AccessKeyAnswer:
    """Create it for the user meant."""
    known, owner = _owner(call, request.user_name)
    made = known.create_access_key(call.account, owner)
    return AccessKeyAnswer(
        access_key=AccessKeyShape(
            access_key_id=made.id,
            access_key_secret=made.secret,
            status=_status(made),
            create_date=seconds(made.created),
        )
    )


@ram.action(UpdateAccessKey, on="")
@refusing("User")
def update_access_key(request: UpdateAccessKey, call: Call) -> Empty:
    """Switch it, when it is of the user meant."""
    known, owner = _owner(call, request.user_name)
    key = known.access_key(call.account, owner, request.user_access_key_id)
    known.set_access_key_status(key.id, active=request.status == "Active")
    return Empty()


@ram.action(DeleteAccessKey, on="")
@refusing("User")
def delete_access_key(request: DeleteAccessKey, call: Call) -> Empty:
    """Delete it, when it is of the user meant."""
    known, owner = _owner(call, request.user_name)
    known.delete_access_key(known.access_key(call.account, owner, request.user_access_key_id).id)
    return Empty()


@ram.action(ListAccessKeys, on="")
@refusing("User")
def list_access_keys(request: ListAccessKeys, call: Call) -> AccessKeysListed:
    """List those of the user meant."""
    known, owner = _owner(call, request.user_name)
    listed = [
        ListedAccessKey(access_key_id=each.id, status=_status(each), create_date=seconds(each.created))
        for each in known.access_keys(call.account, owner)
    ]
    return AccessKeysListed(access_keys=AccessKeyList(access_key=listed))
