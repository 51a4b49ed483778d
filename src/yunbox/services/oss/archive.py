"""Archived objects: asleep, waking up, or awake for some days. Pure: times in, state out.

Sources: OSS documentation, "RestoreObject" and "Restore objects": an Archive object takes 1 minute; Cold Archive
1 hour (Expedited), 2 to 5 hours (Standard) or 5 to 12 hours (Bulk); Deep Cold Archive 12 hours (Expedited) or 48
hours (Standard). Where the vendor gives a span, its end counts: what the vendor promises at the latest.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import Literal

from yunbox.errors import CloudError
from yunbox.services.oss.model import ObjectAttributes, StorageClass

RestoreState = Literal["frozen", "restoring", "restored"]

_MINUTE, _HOUR, DAY = 60.0, 3600.0, 86400.0

RESTORE_SECONDS: dict[StorageClass, dict[str, float]] = {
    "Archive": {"": _MINUTE},
    "ColdArchive": {"Expedited": _HOUR, "Standard": 5 * _HOUR, "Bulk": 12 * _HOUR},
    "DeepColdArchive": {"Expedited": 12 * _HOUR, "Standard": 48 * _HOUR},
}
"""How long a restoration takes, by storage class and tier. Archive has no tiers."""

MOST_DAYS: dict[StorageClass, int] = {"Archive": 7, "ColdArchive": 365, "DeepColdArchive": 365}
"""For how many days at most a restored object stays readable."""


def restore_state(attributes: ObjectAttributes, now: float) -> RestoreState:
    """Return whether an archived object is asleep, waking up or readable at `now` (seconds since the epoch)."""
    if attributes.restore_ready and now < attributes.restore_ready:
        return "restoring"
    return "restored" if now < attributes.restored_until else "frozen"


def restore_header(attributes: ObjectAttributes, now: float) -> str:
    """Return the value of x-oss-restore, or "" for an object that is not archived or asleep."""
    if attributes.storage_class not in RESTORE_SECONDS:
        return ""
    match restore_state(attributes, now):
        case "restoring":
            return 'ongoing-request="true"'
        case "restored":
            until = formatdate(attributes.restored_until, usegmt=True)
            return f'ongoing-request="false", expiry-date="{until}"'
        case _:
            return ""


def require_readable(attributes: ObjectAttributes, now: float) -> None:
    """Return when the bytes of an object may be read. Raises CloudError (InvalidObjectState) when it is asleep."""
    if attributes.storage_class in RESTORE_SECONDS and restore_state(attributes, now) != "restored":
        raise CloudError("InvalidObjectState", 403, "The operation is not valid for the object's state")
