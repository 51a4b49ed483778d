"""What is stored of an access control list."""

from __future__ import annotations

import msgspec

from yunbox.api.resource import CloudResource
from yunbox.errors import CloudError
from yunbox.services.slb.errors import not_found


class AclEntry(msgspec.Struct, frozen=True):
    """A CIDR block, with a comment."""

    block: str
    comment: str = ""


class Acl(CloudResource, kind="slb.acl", kw_only=True):
    """A list of CIDR blocks; listeners name it and say whether those alone may connect, or all others."""

    entries: tuple[AclEntry, ...] = ()


def acl_not_found(id_: str) -> CloudError:
    """Return the refusal of an access control list that does not exist."""
    return not_found("AclNotExist", "AclId", id_)
