"""Where a group makes new instances: in which vSwitch, and of which type. Pure.

Source: ESS API, CreateScalingGroup (MultiAZPolicy, AllocationStrategy, AzBalance).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Place(msgspec.Struct, frozen=True):
    """A vSwitch, its zone, and how many instances of the group are in it."""

    vswitch: str
    zone: str
    count: int = 0


class Kind(msgspec.Struct, frozen=True):
    """An instance type that may be used; `price` is what a vCPU costs relative to others."""

    id: str
    price: float = 0.0


def spread(places: Sequence[Place], count: int, *, balanced: bool) -> list[tuple[str, int]]:
    """Return how many instances to make in which vSwitch, the vSwitch of the highest priority (the first) first.

    Unless `balanced` that is all of them in the first. Balanced, zones come out as even as may be; within a zone
    the first vSwitch is taken.
    """
    if not places or count <= 0:
        return []
    if not balanced:
        return [(places[0].vswitch, count)]
    zones: dict[str, int] = {}
    first: dict[str, str] = {}
    for each in places:
        zones[each.zone] = zones.get(each.zone, 0) + each.count
        first.setdefault(each.zone, each.vswitch)
    new = dict.fromkeys(zones, 0)
    for _ in range(count):
        least = min(zones, key=zones.__getitem__)
        zones[least] += 1
        new[least] += 1
    return [(first[zone], number) for zone, number in new.items() if number]


def ordered(kinds: Sequence[Kind], *, cheapest_first: bool) -> list[str]:
    """Return the types in the order in which to try them: as given, or the cheapest first."""
    found = sorted(kinds, key=lambda each: each.price) if cheapest_first else list(kinds)
    return [each.id for each in found]


class Policy(msgspec.Struct, frozen=True):
    """What a MultiAZPolicy means: whether zones are kept even, and whether price decides."""

    balanced: bool
    by_price: bool


def policy_of(multi_az: str, *, az_balance: bool = False, allocation: str = "") -> Policy:
    """Return what a group's policy means; COMPOSABLE is put together of AzBalance and AllocationStrategy."""
    match multi_az:
        case "BALANCE":
            return Policy(balanced=True, by_price=False)
        case "COST_OPTIMIZED":
            return Policy(balanced=False, by_price=True)
        case "COMPOSABLE":
            return Policy(balanced=az_balance, by_price=allocation == "lowestPrice")
    return Policy(balanced=False, by_price=False)


def moves(places: Sequence[Place]) -> int:
    """Return how many instances are to move for zones to be even: those above the larger half of an even share."""
    zones: dict[str, int] = {}
    for each in places:
        zones[each.zone] = zones.get(each.zone, 0) + each.count
    if len(zones) < 2:
        return 0
    share, rest = divmod(sum(zones.values()), len(zones))
    counts = sorted(zones.values(), reverse=True)
    wanted = [share + 1] * rest + [share] * (len(zones) - rest)
    return sum(max(0, have - want) for have, want in zip(counts, wanted, strict=True))
