"""How a disk is encrypted: what is asked for is recorded and shown; the bytes on this machine stay as they are."""

from __future__ import annotations

from yunbox.api.call import Call

NOT_AT_REST = "Encryption is recorded and shown; the bytes on this machine's disk are not encrypted."


def key_for(call: Call, *, encrypted: bool, key_id: str = "") -> str:
    """Return the id of the key that a disk is said to be encrypted with: that one, or Ecs's own; empty for none."""
    if not encrypted:
        return ""
    if key_id:
        return key_id
    from uuid import NAMESPACE_URL, uuid5  # noqa: PLC0415 - few disks are encrypted

    return str(uuid5(NAMESPACE_URL, f"acs:kms:{call.region}:{call.account}:alias/acs/ecs"))
