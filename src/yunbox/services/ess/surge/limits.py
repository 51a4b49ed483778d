"""How many requests a server should work on at a time, found from latency alone. Pure.

The gradient of Netflix's concurrency-limits (Gradient2): as long as requests take what they always took, the limit
grows by its square root; when they take longer than tolerated, it shrinks in proportion. It changes only while
servers are used to at least half of it: idle servers say nothing about their limit.
"""

from __future__ import annotations

from math import exp, sqrt

import msgspec


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds, and how it moves: `tolerance` times the usual latency is no sign of load; times in seconds.

    Latency is judged every `interval`, over what ended in it: at least `enough` requests. `usual` is the time over
    which the usual latency is learned.
    """

    first: float = 20.0
    least: float = 2.0
    most: float = 1000.0
    tolerance: float = 1.5
    smoothing: float = 0.2
    interval: float = 1.0
    enough: float = 10.0
    usual: float = 60.0


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The limit now (0: not begun), the usual latency, and what was seen since it last changed."""

    value: float = 0.0
    usual: float = 0.0
    seconds: float = 0.0
    busy: float = 0.0
    ended: float = 0.0


def adjusted(
    settings: LimitSettings, limit: Limit, busy: float, ended: float, passed: float, servers: int
) -> Limit:
    """Return the limit after `passed` seconds in which requests spent `busy` seconds in servers and `ended` ended."""
    value = limit.value or settings.first
    seconds, busy, ended = limit.seconds + passed, limit.busy + busy, limit.ended + ended
    if seconds < settings.interval or ended < settings.enough:
        # A long silence is no evidence either.
        if seconds > 10 * settings.interval:
            return Limit(value=value, usual=limit.usual)
        return Limit(value=value, usual=limit.usual, seconds=seconds, busy=busy, ended=ended)
    latency = busy / ended
    fade = exp(-seconds / settings.usual)
    usual = limit.usual * fade + latency * (1 - fade) if limit.usual else latency
    if usual > 2 * latency:
        # After a time of load the usual latency comes down quickly, or the limit would grow for no reason.
        usual *= 0.95
    if servers and busy / seconds / servers >= value / 2:
        gradient = min(max(settings.tolerance * usual / latency, 0.5), 1.0) if latency > 0 else 1.0
        wanted = value * gradient + sqrt(value)
        value = value * (1 - settings.smoothing) + wanted * settings.smoothing
    return Limit(value=min(max(value, settings.least), settings.most), usual=usual)
