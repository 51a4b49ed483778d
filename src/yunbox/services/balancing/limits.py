"""How many requests a server should work on at a time, found from latency alone. Pure.

Two numbers. The *knee* is how many a server works on without making them wait: as long as requests take what they
usually take, it is at least what is under way, and grows slowly; when they take longer than tolerated, it is what
Little's law says of the usual latency, ended requests a second times seconds each. The *limit* is for the balancer:
the knee and a little queue, as in Netflix's Gradient2, so that a server is never idle for want of the next request.
Both change only while servers are used well: idle ones say nothing about their limit.
"""

from __future__ import annotations

from math import exp, sqrt

import msgspec


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds, and how it moves: `tolerance` times the usual latency is no sign of load; times in seconds.

    Latency is judged every `interval`, over what ended in it: at least `enough` requests. What is usual comes down
    to a lower latency over `better` seconds and up to a higher one over `worse`. The knee falls only while the share
    `used` of it is under way, or a slow machine would seem to be a small one; it grows from `tried` on.
    """

    first: float = 10.0
    least: float = 1.0
    most: float = 1000.0
    tolerance: float = 1.3
    smoothing: float = 0.35
    interval: float = 1.0
    enough: float = 10.0
    better: float = 10.0
    worse: float = 600.0
    used: float = 0.6
    tried: float = 0.35
    growth: float = 0.1


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The knee (0: not begun), the usual latency, and what was seen since they last changed."""

    knee: float = 0.0
    usual: float = 0.0
    seconds: float = 0.0
    busy: float = 0.0
    ended: float = 0.0

    @property
    def value(self) -> int:
        """How many requests a server is let work on."""
        return round(self.knee + max(1.0, sqrt(self.knee) / 2))


def adjusted(
    settings: LimitSettings, limit: Limit, busy: float, ended: float, passed: float, servers: int
) -> Limit:
    """Return the limit after `passed` seconds in which requests spent `busy` seconds in servers and `ended` ended."""
    knee = limit.knee or settings.first
    seconds, busy, ended = limit.seconds + passed, limit.busy + busy, limit.ended + ended
    if seconds < settings.interval or ended < settings.enough:
        # A long silence is no evidence either.
        if seconds > 20 * settings.interval:
            return Limit(knee=knee, usual=limit.usual)
        return Limit(knee=knee, usual=limit.usual, seconds=seconds, busy=busy, ended=ended)
    latency = busy / ended
    usual = limit.usual or latency
    usual += (latency - usual) * (
        1 - exp(-seconds / (settings.better if latency < usual else settings.worse))
    )
    if servers and usual > 0:
        under_way, done = busy / seconds / servers, ended * usual / seconds / servers
        if latency <= settings.tolerance * usual:
            if under_way >= settings.tried * knee:
                knee = max(knee + settings.growth * sqrt(knee) * seconds, under_way)
        elif under_way >= settings.used * knee:
            knee += (min(done, knee) - knee) * settings.smoothing
    return Limit(knee=min(max(knee, settings.least), settings.most), usual=usual)
