"""What falls due by itself: releases, and the ends of subscriptions."""

from __future__ import annotations

import msgspec

from yunbox.control.store import Change
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.moments import later


def due_at(instance: Instance) -> float:
    """Return when something falls due, in seconds since the epoch; 0 for never."""
    if instance.desired == "Deleted":
        return 0.0
    moments = [instance.auto_release]
    if instance.charge_type == "PrePaid" and (
        instance.desired == "Running" or instance.renewal == "AutoRenewal"
    ):
        moments.append(instance.expires)
    return min((each for each in moments if each), default=0.0)


def fall_due(change: Change, instance_id: str, now: float) -> None:
    """Wish what an instance's agreements say for what has fallen due. Harmless when nothing has.

    At its release time it is released: release protection holds back manual releases alone (ECS documentation,
    "Enable or disable release protection"). A subscription that ends is renewed, or the instance is stopped.
    """
    instance = change.get(Instance, instance_id)
    if instance is None or not 0.0 < due_at(instance) <= now:
        return
    if 0.0 < instance.auto_release <= now:
        wanted = msgspec.structs.replace(instance, desired="Deleted", force=True, status="Stopping")
    elif instance.renewal == "AutoRenewal":
        expires = instance.expires
        while expires <= now:
            expires = later(expires, instance.renewal_period, instance.renewal_unit)
        wanted = msgspec.structs.replace(instance, expires=expires)
    else:
        wanted = msgspec.structs.replace(instance, desired="Stopped", status="Stopping")
    change.replace(wanted)
