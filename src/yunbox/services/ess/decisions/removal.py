"""Which instances a group removes. Pure.

Source: ESS API, CreateScalingGroup (RemovalPolicy.N, MultiAZPolicy) and SetInstancesProtection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that might go. `since` is when it came into the group, `configured` when its configuration (or
    launch template's version) was made, `price` what it costs relative to others.
    """

    id: str
    since: float
    configured: float = 0.0
    zone: str = ""
    healthy: bool = True
    protected: bool = False
    price: float = 0.0


def choose(
    candidates: Iterable[Candidate],
    count: int,
    policies: Sequence[str],
    *,
    balanced: bool = False,
    dearest_first: bool = False,
) -> list[str]:
    """Return the ids of at most `count` instances to remove, in order. Protected ones stay.

    The unhealthy go first. `balanced` takes from the zone that has the most instances, so that zones stay even;
    `dearest_first` by price. Then the policies decide in their order, each among those that the one before left;
    at last the id does, so that the choice is the same each time.
    """
    left = [each for each in candidates if not each.protected]
    zones = Counter(each.zone for each in left)

    def rank(each: Candidate) -> tuple[float | str | bool, ...]:
        return (
            each.healthy,
            -zones[each.zone] if balanced else 0,
            -each.price if dearest_first else 0.0,
            *(_rank(each, policy) for policy in policies),
            each.id,
        )

    chosen: list[str] = []
    if not balanced:
        return [each.id for each in sorted(left, key=rank)[:count]]
    while left and len(chosen) < count:
        first = min(left, key=rank)
        left.remove(first)
        zones[first.zone] -= 1
        chosen.append(first.id)
    return chosen


def _rank(each: Candidate, policy: str) -> float:
    match policy:
        case "OldestInstance":
            return each.since
        case "NewestInstance":
            return -each.since
        case "OldestScalingConfiguration":
            return each.configured
    return 0.0
