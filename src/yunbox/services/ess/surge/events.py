"""Peaks that are announced: at a time, of a rate or asking for a capacity. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A peak known beforehand: at `at` (seconds since the epoch), `rate` requests/s or `capacity` instances.

    The capacity is ready `buffer` seconds before and is kept for `lasts` seconds after; then measured load decides.
    """

    at: float
    rate: float = 0.0
    capacity: int = 0
    buffer: float = 60.0
    lasts: float = 60.0


def announced(events: Sequence[Event], now: float, startup: float, per_instance: float, takes: float) -> int:
    """Return how many instances the events ask for now, as they take `startup` seconds to start.

    `per_instance` is how many requests at a time one is meant for, `takes` how long a request takes: an event's
    rate asks for nothing as long as that is not known.
    """
    most = 0
    for event in events:
        if event.at - event.buffer - startup <= now < event.at + event.lasts:
            by_rate = ceil(event.rate * takes / per_instance) if per_instance > 0 else 0
            most = max(most, event.capacity, by_rate)
    return most
