"""Policies side by side: the same traffic, instances, faults and queue for each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from yunbox.rehearsal.simulator.figures import Figures, figures
from yunbox.rehearsal.simulator.model import Door, Faults, Instance, needed
from yunbox.rehearsal.simulator.peers import AwsTracking, Hpa, Kpa
from yunbox.rehearsal.simulator.policies import Surge
from yunbox.rehearsal.simulator.policy import Policy
from yunbox.rehearsal.simulator.stock import EssTracking
from yunbox.rehearsal.simulator.ticks import simulate
from yunbox.rehearsal.simulator.traces import Trace
from yunbox.services.ess.surge.controller import LOOK_SECONDS
from yunbox.services.ess.surge.decision import Settings

TARGET = 0.7
"""What the others aim at: 70% of what an instance can do. yunbox's default is 85%, and more for few of them."""


EARLY = "yunbox surge, event announced, 10 min of buffer"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy is made for: the instance, the trace, the bounds, and what the group begins with."""

    trace: Trace
    instance: Instance
    first: int
    maximum: int
    minimum: int = 1


def setting(trace: Trace, instance: Instance) -> Setting:
    """Return where a comparison begins: 40% more than needed, and at most five times the peak's need."""
    need = needed(trace.rates, instance)
    return Setting(trace=trace, instance=instance, first=int(need[0] * 1.4) + 1, maximum=5 * int(need.max()))


def _surge(given: Setting) -> Policy:
    return Surge(_settings(given), given.first, every=_every(given))


def _surge_forecast(given: Setting) -> Policy:
    return Surge(_settings(given), given.first, every=_every(given), forecast=True)


def _surge_event(given: Setting) -> Policy:
    settings = msgspec.structs.replace(_settings(given), events=given.trace.events)
    return Surge(settings, given.first, every=_every(given))


def _surge_early(given: Setting) -> Policy:
    early = (msgspec.structs.replace(each, buffer=590.0) for each in given.trace.events)
    settings = msgspec.structs.replace(_settings(given), events=tuple(early))
    return Surge(settings, given.first, every=_every(given))


def _every(given: Setting) -> float:
    return max(LOOK_SECONDS, given.trace.tick)


def _settings(given: Setting) -> Settings:
    return Settings(minimum=given.minimum, maximum=given.maximum, target=given.instance.slots)


def _per_instance(given: Setting) -> float:
    return TARGET * given.instance.slots / given.instance.service


POLICIES: dict[str, Callable[[Setting], Policy]] = {
    "yunbox surge": _surge,
    "yunbox surge, forecast": _surge_forecast,
    "yunbox surge, event announced": _surge_event,
    EARLY: _surge_early,
    "ESS target tracking": lambda given: EssTracking(_per_instance(given), given.minimum, given.maximum),
    "HPA v2": lambda given: Hpa(_per_instance(given), given.minimum, given.maximum),
    "Knative KPA": lambda given: Kpa(TARGET * given.instance.slots, given.minimum, given.maximum),
    "AWS target tracking": lambda given: AwsTracking(_per_instance(given), given.minimum, given.maximum),
}


def fitting(trace: Trace) -> Sequence[str]:
    """Return the policies that make sense for a trace; an early announcement is for scarce starts."""
    left_out = {
        "yunbox surge, event announced": not trace.events,
        EARLY: True,
        "yunbox surge, forecast": not trace.recurring,
    }
    return [name for name in POLICIES if not left_out.get(name)]


def compare(
    name: str, trace: Trace, instance: Instance, faults: Faults | None = None, seed: int = 1
) -> Figures:
    """Return the figures of one policy on one trace."""
    given = setting(trace, instance)
    run = simulate(
        trace.rates,
        trace.tick,
        POLICIES[name](given),
        instance,
        faults=faults,
        door=Door(),
        first=given.first,
        begin=trace.begin,
        seed=seed,
    )
    return figures(run, trace.rates, instance, trace.begin)
