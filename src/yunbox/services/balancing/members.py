"""Putting servers into groups and taking them out, in the transaction of whoever asks."""

from __future__ import annotations

import msgspec

from yunbox.control.store import Change, View
from yunbox.services.balancing.model import Member

MAX_WEIGHT = 100


def members_of(view: View, group: str) -> list[Member]:
    """Return the servers of a group in the order in which they came, without those that are being taken out."""
    found = [each for each in view.find(Member, parent=group) if each.status != "Removing"]
    return sorted(found, key=lambda each: each.added)


def add(change: Change, member: Member, now: float) -> Member:
    """Put a server into its group; one that is being taken out comes back with the new settings.

    `now` is the machine's time. Whoever calls has checked that it is not in the group (`find`).
    """
    fresh = msgspec.structs.replace(
        member, name=member.server_id, status="Adding", removing_since=0.0, added=now
    )
    if change.get(Member, member.id) is not None:
        return change.replace(fresh)
    return change.create(fresh)


def alter(change: Change, member: Member, **fields: object) -> Member:
    """Change a server's settings, such as its weight."""
    altered = msgspec.structs.replace(member, **fields)
    if altered == member:
        return member
    return change.replace(msgspec.structs.replace(altered, status="Configuring"))


def take_out(change: Change, member: Member, now: float) -> None:
    """Have a server taken out of its group: it is drained, and the row goes when its last request has ended."""
    if member.status != "Removing":
        change.replace(msgspec.structs.replace(member, status="Removing", removing_since=now))


def find(view: View, id_: str) -> Member | None:
    """Return a server of a group by `model.member_id`, or None when it is not in it or being taken out."""
    found = view.get(Member, id_)
    return None if found is None or found.status == "Removing" else found


def drop_group(change: Change, group: str) -> None:
    """Forget the servers of a group that is deleted, at once."""
    for each in change.find(Member, parent=group):
        change.delete(Member, each.id)
