"""What is simulated: an instance, how it starts, and what goes wrong. All figures are the same for every policy."""

from __future__ import annotations

from math import ceil, inf, log, sqrt

import msgspec
import numpy as np
from numpy.typing import NDArray


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """An instance works on `slots` requests at a time; one takes `service` seconds on average (log-normal, `spread`
    its standard deviation over its mean), whatever the others do.

    It takes traffic `startup` seconds after it was asked for (the median; log-normal with `startup_sigma`).
    `failing` of the starts fail, which is found out after `start_timeout`. It is paid from being asked for until
    `drain` seconds after it was taken out of the balancer.
    """

    slots: int = 10
    service: float = 0.05
    spread: float = 0.5
    startup: float = 3.0
    startup_sigma: float = 0.25
    failing: float = 0.002
    start_timeout: float = 30.0
    drain: float = 2.0

    def startups(self, count: int, random: np.random.Generator) -> NDArray[np.float64]:
        """Draw the times that `count` instances take to start."""
        return random.lognormal(log(self.startup), self.startup_sigma, count)

    @property
    def startup_p90(self) -> float:
        """The ninth decile of the time to start, which is what a controller measures and reckons with."""
        return self.startup * float(np.exp(1.2816 * self.startup_sigma))

    def services(self, count: int, random: np.random.Generator) -> NDArray[np.float64]:
        """Draw the times that `count` requests take in a server."""
        sigma = sqrt(log(1 + self.spread**2))
        return random.lognormal(log(self.service) - sigma**2 / 2, sigma, count)


class Kill(msgspec.Struct, frozen=True, kw_only=True):
    """At `at`, the share `share` of the instances that take traffic dies at once."""

    at: float
    share: float


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """The balancer dies at `at` and is back after `seconds`: what was under way and what comes fails.

    Its counters begin anew."""

    at: float
    seconds: float = 0.3


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong. Times are seconds from the trace's beginning.

    `starts_at_once` instances may be asked for at once and `starts_per_second` on average: the provider's limit.
    `blind` are times in which no measurement arrives. `slow_starts` multiplies the time to start. `returning` is
    the share of requests that are shed and come again after a second, each time anew: a storm of retries. `failing`
    is the share of starts that fail, in place of the instance's own.
    `repeatable` is the share of requests that the balancer may send to another instance when one dies.
    """

    starts_at_once: float = inf
    starts_per_second: float = inf
    blind: tuple[tuple[float, float], ...] = ()
    slow_starts: float = 1.0
    failing: float | None = None
    kills: tuple[Kill, ...] = ()
    outages: tuple[Outage, ...] = ()
    returning: float = 0.0
    repeatable: float = 1.0


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """The queue at the balancer: a request waits for `deadline` seconds at most, then it is shed with 503."""

    deadline: float = 10.0


def needed(rate: NDArray[np.float64], instance: Instance) -> NDArray[np.int64]:
    """Return how many instances a rate (requests/s) needs: its load and two standard deviations of it fit in.

    Square-root staffing (Halfin and Whitt): so many that about one request in 37 finds no free slot. One at least.
    """
    load = rate * instance.service
    staffed: NDArray[np.float64] = np.maximum(np.ceil((load + 2 * np.sqrt(load)) / instance.slots), 1)
    return staffed.astype(np.int64)


def sized(rate: float, instance: Instance) -> int:
    """Return `needed` of one rate."""
    load = rate * instance.service
    return max(ceil((load + 2 * sqrt(load)) / instance.slots), 1)
