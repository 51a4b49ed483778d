"""What is stored of an access control list."""

from __future__ import annotations

import msgspec

from yunbox.api.resource import CloudResource


class AclEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A block of addresses."""

    block: str
    description: str = ""


class Acl(CloudResource, kind="alb.acl", kw_only=True):
    """An access control list."""

    entries: tuple[AclEntry, ...] = ()
