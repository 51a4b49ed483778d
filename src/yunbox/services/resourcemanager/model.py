"""Resource groups as they are stored, and the one that every account begins with."""

from __future__ import annotations

import hashlib

from yunbox.api.resource import CloudResource
from yunbox.control.store import View

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class ResourceGroup(CloudResource, kind="resourcemanager.resource_group"):
    """A resource group; `name` is its unique identifier within the account."""

    display_name: str = ""


def default_group(account: str) -> ResourceGroup:
    """Return an account's default resource group, which is stored nowhere and cannot be deleted."""
    taken = hashlib.sha256(f"resource group of {account}".encode()).digest()
    suffix = "".join(_ALPHABET[byte % 36] for byte in taken[:11])
    return ResourceGroup(id=f"rg-acfm{suffix}", account=account, name="default", display_name="默认资源组")


def find_group(view: View, account: str, id_: str) -> ResourceGroup | None:
    """Return an account's resource group, or None."""
    own = default_group(account)
    if id_ == own.id:
        return own
    found = view.get(ResourceGroup, id_) if 0 < len(id_) <= 64 else None
    return found if found is not None and found.account == account else None
