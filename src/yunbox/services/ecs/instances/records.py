"""What the instance controller writes: outcomes, and the end of an instance with all that goes with it."""

from __future__ import annotations

from typing import Any

import msgspec

from yunbox.control.store import Change
from yunbox.services.ecs.disks.model import Disk, stated
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.create import delete_interface, interfaces_of, replace_interface
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.eips.pool import release_public_address


def settle(change: Change, seen: Instance, **fields: Any) -> Instance | None:
    """Write an outcome of what was done for the wish `seen`; return the instance as it stands now.

    When somebody wished something else meanwhile, only what is no part of the wish's status is written: the next
    turn looks again. Nothing is written when nothing changes. Returns None when the instance is gone.
    """
    now = change.get(Instance, seen.id)
    if now is None:
        return None
    if (now.desired, now.boot) != (seen.desired, seen.boot):
        fields.pop("status", None)
    wanted = msgspec.structs.replace(now, **fields)
    return change.replace(wanted) if wanted != now else now


def finish_deletion(change: Change, instance_id: str) -> None:
    """Delete an instance of which nothing runs any more, with its interfaces and disks, or let go of them.

    Its system disk was its layer and is gone with it; the disk controller removes data disks or sets them free.
    Harmless when that was done before, or when the deletion was not asked for.
    """
    instance = change.get(Instance, instance_id)
    if instance is None or instance.desired != "Deleted":
        return
    _unbind(change, instance_id)
    for interface in interfaces_of(change, instance_id):
        if interface.primary or interface.delete_on_release:
            _unbind(change, interface.id)
            delete_interface(change, interface)
        else:
            replace_interface(
                change, msgspec.structs.replace(interface, parent="", status="Available", index=0)
            )
    for disk in change.find(Disk, parent=instance_id):
        if disk.type == "system":
            change.delete(Disk, disk.id)
        else:
            free = msgspec.structs.replace(disk, parent="", device="")
            if disk.delete_with_instance:
                free = msgspec.structs.replace(free, desired="Deleted", account="")
            change.replace(stated(free))
    if instance.public_ip:
        release_public_address(change, instance.public_ip)
    change.delete(Instance, instance_id)


def _unbind(change: Change, bound_to: str) -> None:
    for eip in change.find(Eip, parent=bound_to):
        change.replace(eip.unbound())
