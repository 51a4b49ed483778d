"""The scaling groups whose surge protection is on: what they say, and which balancers they stand behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from yunbox.control.clock import TurnedClock
from yunbox.control.store import View
from yunbox.errors import CloudError
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import Member, MemberLifecycle
from yunbox.services.ess.surge.decision import Settings
from yunbox.services.ess.surge.events import Event
from yunbox.services.ess.surge.settings import Protection, protection

BalancersOf = Callable[[View, str], Iterable[str]]
"""Finds the balancers that forward to a server group which is not bound to one balancer."""

LimitOf = Callable[[View, str], int | Literal["auto"] | None]
"""Tells how many requests a balancer lets each server work on: a number, to be found, or None without protection."""

_STAYING: tuple[MemberLifecycle, ...] = ("Pending", "Pending:Wait", "InService", "Protected")


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """A protected group as it is stored. `members` are its instances but those that leave or stand by.

    `suspended` are the processes that the user has stopped: nothing comes, or nothing goes. `limited` are those of
    the balancers whose limit of requests a server is to be found.
    """

    id: str
    account: str
    minimum: int
    maximum: int
    suspended: tuple[str, ...]
    protection: Protection
    balancers: tuple[str, ...]
    limited: tuple[str, ...]
    members: tuple[str, ...]


def protected_groups(view: View, balancers_of: BalancersOf, limit_of: LimitOf) -> list[Protected]:
    """Return all that are protected, active and attached to a balancer. Unreadable tags protect nothing.

    An instance works on no more requests than its balancer lets it, whatever the group says.
    """
    found = []
    for group in view.find(ScalingGroup):
        asked = _asked(group)
        if asked is None or group.lifecycle != "Active":
            continue
        balancers = sorted(_balancers(view, group, balancers_of))
        if not balancers:
            continue
        members = view.find(Member, parent=group.id)
        limits = {each: limit_of(view, each) for each in balancers}
        numbers = [each for each in limits.values() if isinstance(each, int)]
        if numbers and not 0 < asked.target <= min(numbers):
            asked = msgspec.structs.replace(asked, target=float(min(numbers)))
        found.append(
            Protected(
                id=group.id,
                account=group.account,
                minimum=group.min_size,
                maximum=max(group.min_size, group.max_size),
                suspended=group.suspended,
                protection=asked,
                balancers=tuple(balancers),
                limited=tuple(id_ for id_, each in limits.items() if each == "auto"),
                members=tuple(each.id for each in members if each.lifecycle in _STAYING),
            )
        )
    return found


def _asked(group: ScalingGroup) -> Protection | None:
    try:
        return protection(group.tags)
    except CloudError:
        # Actions refuse such tags; only another release's could be stored.
        return None


def _balancers(view: View, group: ScalingGroup, balancers_of: BalancersOf) -> set[str]:
    found = {each.id for each in group.load_balancers}
    for each in group.server_groups:
        found.update((each.load_balancer,) if each.load_balancer else balancers_of(view, each.id))
    return found


def settings_of(group: Protected, time: TurnedClock, now: float) -> Settings:
    """Return what the decision is to keep to. Events are at times of the cloud's clock; the decision's is the
    machine's, `now` at present.
    """
    asked = group.protection
    shown = time.at(now)
    events = (
        Event(
            at=now + time.wait(each.at - shown),
            rate=each.rate,
            capacity=each.capacity,
            buffer=each.buffer,
            lasts=time.wait(each.lasts),
        )
        for each in asked.events
    )
    return Settings(
        minimum=group.minimum,
        maximum=group.maximum,
        target=asked.target,
        utilisation=asked.utilisation,
        startup=asked.startup,
        hold=asked.hold,
        max_step=asked.max_step,
        events=tuple(events),
    )
