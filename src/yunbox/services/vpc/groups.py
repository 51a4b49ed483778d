"""Which resource group something is put into."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.services.resourcemanager.model import default_group, find_group
from yunbox.services.vpc.errors import group_not_found


def group_of(call: Call, wanted: str) -> str:
    """Return the id of the group that a request names, or of the account's default one. Raises CloudError."""
    if not wanted:
        return default_group(call.account).id
    if find_group(call.view, call.account, wanted) is None:
        raise group_not_found(wanted)
    return wanted
