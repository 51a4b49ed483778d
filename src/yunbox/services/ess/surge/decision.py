"""How many instances a scaling group needs in a surge, from what its balancers see several times a second. Pure.

The load is measured in requests under way (Little's law: arrivals a second times seconds in a server), from
arrivals and not from the queue: behind a shortage of three seconds waits a queue that says nothing about how many
instances are needed. To it are added its rise over the time that an instance takes to start, what the queue needs
to be worked off, and room for chance. The highest need of the last seconds holds (`hold`), so that a dip takes
nothing away, and what is taken away goes in small steps. While capacity is short it is panic: nothing goes.
"""

from __future__ import annotations

from math import ceil, exp, sqrt
from typing import Literal

import msgspec

from yunbox.services.balancing.limits import Limit, LimitSettings, adjusted
from yunbox.services.ess.surge.arrivals import Arrivals, Rate, add, rate
from yunbox.services.ess.surge.events import Event, announced

Cause = Literal["steady", "load", "rise", "queue", "panic", "event", "forecast", "fall", "bounds"]
"""Why the number of instances is what it is: the part of the need that decided."""

_BUSY_SECONDS = 4.0
"""The mean time that a request takes in a server is of about the last so many seconds."""

_GUESSED_SECONDS = 0.1
"""So long a request is believed to take in a server as long as none has ended."""

_DOUBT_SECONDS = 3.0

_PARTS = 8
"""In so many parts `hold` slides on."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a group is protected. Times in seconds of the machine's clock.

    `target` requests an instance works on at a time (0: found from latency by `limits`), of which `utilisation` is
    aimed at. `spread`: so many standard deviations of the load are kept free besides, which matters for few
    instances. `proof` is asked of a rise before it is believed, `panic_proof` in panic. `startup` is believed until
    one was measured. `work_off`: in so many seconds the queue is to be gone. `hold`: so long the highest need
    holds; then `fall` is the share of the instances that may go in a second, and less than `slack` of them never
    goes. `max_step` instances come at most in one decision (0: any number). `growth` times the load is the most
    that is foreseen from its rise.
    """

    minimum: int = 1
    maximum: int = 100_000
    target: float = 10.0
    utilisation: float = 0.85
    spread: float = 3.0
    startup: float = 5.0
    hold: float = 15.0
    fall: float = 0.1
    slack: float = 0.03
    panic_seconds: float = 6.0
    proof: float = 3.0
    panic_proof: float = 1.5
    work_off: float = 2.0
    growth: float = 4.0
    max_step: int = 0
    events: tuple[Event, ...] = ()
    limits: LimitSettings = LimitSettings()


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the balancers see. `arrived` and `shed` only grow, or begin at 0 anew with a balancer's process; `anew`
    says so where the numbers do not.

    `active` requests are in servers, `queued` wait for one. `ready` instances take traffic. `startup` is the time
    from asking for an instance until it took traffic, as measured of late (0: not yet). `forecast` is the load
    foreseen for the time at which an instance asked for now is ready, in requests under way.
    """

    arrived: float
    active: float
    queued: float = 0.0
    shed: float = 0.0
    ready: int = 0
    startup: float = 0.0
    forecast: float = 0.0
    anew: bool = False


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What one decision leaves to the next. The first is `State(desired=<what the group has>)`.

    `waits_since` is since when requests wait, without a break (0: none does). `busy`, `done` and `watched` are sums
    that fade: seconds spent in servers, requests that ended there, and the seconds in which that was seen.
    """

    desired: int
    at: float = 0.0
    arrivals: Arrivals = Arrivals()
    arrived: float = -1.0
    inside: float = 0.0
    active: float = 0.0
    shed: float = 0.0
    busy: float = 0.0
    done: float = 0.0
    watched: float = 0.0
    takes: float = 0.0
    panic_until: float = 0.0
    needs: tuple[tuple[int, int], ...] = ()
    fallen: float = 0.0
    waits_since: float = 0.0
    limit: Limit = Limit()


class Decision(msgspec.Struct, frozen=True):
    """`desired` instances, so many requests at a time for each (`per_server`), and why.

    And what was found: requests/s that come, and the load now and expected, in requests under way.
    """

    desired: int
    per_server: int
    panic: bool
    cause: Cause
    rate: float
    load: float
    expected: float
    state: State


def decide(settings: Settings, state: State, seen: Seen, now: float) -> Decision:
    """Return how many instances are wanted at `now`. Within the bounds always; never fewer than before in panic."""
    state = _measured(settings, state, seen, now)
    startup = seen.startup or settings.startup
    target = _target(settings, state, seen, startup, now)
    panicking = now < state.panic_until
    found = rate(state.arrivals, startup, settings.panic_proof if panicking else settings.proof)
    # What is under way says the same in calm traffic, later and with less noise; it alone knows long requests.
    load = max(found.now * state.takes, state.busy / state.watched if state.watched > 0 else seen.active)
    expected, cause = _expected(settings, state, seen, found, startup, load)
    need = ceil(_room(settings, expected) / target)
    floor = announced(settings.events, now, startup, target * settings.utilisation, state.takes)
    if floor > need:
        need, cause = floor, "event"
    waiting = _waiting(settings, state, seen, startup)
    if load + waiting > seen.ready * target:
        panicking = True
        state = msgspec.structs.replace(state, panic_until=now + settings.panic_seconds)
    desired, cause, state = _bounded(
        settings, state, need, cause, panicking, max(settings.hold, startup), now
    )
    per_server = round(settings.target) or state.limit.value
    return Decision(desired, per_server, panicking, cause, found.now, load, expected, state)


def _measured(settings: Settings, state: State, seen: Seen, now: float) -> State:
    """Take in what was seen: arrivals, and how long a request takes, by Little's law from what ended."""
    inside = seen.active + seen.queued
    passed = max(now - state.at, 0.0)
    ended = 0.0
    if state.arrived < 0:
        came = passed = 0.0
    elif seen.anew or seen.arrived < state.arrived:
        # What came while the balancer was away nobody counted: believed to be what came before, or the first
        # requests after it would look like a surge.
        came = max(rate(state.arrivals, 0.0, settings.proof).now * passed, 0.0)
    else:
        came = seen.arrived - state.arrived
        ended = max(came - (inside - state.inside) - max(seen.shed - state.shed, 0.0), 0.0)
    fade = exp(-passed / _BUSY_SECONDS)
    spent = (state.active + seen.active) / 2 * passed
    busy, done = state.busy * fade + spent, state.done * fade + ended
    limit = state.limit
    if not settings.target:
        limit = adjusted(settings.limits, limit, spent, ended, passed, seen.ready)
    return msgspec.structs.replace(
        state,
        at=max(now, state.at),
        arrivals=add(state.arrivals, now, came),
        arrived=seen.arrived,
        inside=inside,
        active=seen.active,
        shed=seen.shed,
        busy=busy,
        done=done,
        watched=state.watched * fade + passed,
        takes=busy / done if done >= 5.0 else state.takes,
        waits_since=(state.waits_since or now) if seen.queued > 0 else 0.0,
        limit=limit,
    )


def _target(settings: Settings, state: State, seen: Seen, startup: float, now: float) -> float:
    """Return how many requests at a time an instance is good for.

    While requests wait the servers are full, so what they really work on is what is under way. That counts once they
    have waited for longer than what was asked for can have been on its way: then the number is wrong.
    """
    target = settings.target or state.limit.knee
    if seen.ready and state.waits_since and now - state.waits_since > startup + _DOUBT_SECONDS:
        return min(target, max(state.busy / max(state.watched, 1e-9) / seen.ready, 1.0))
    return target


def _expected(
    settings: Settings, state: State, seen: Seen, found: Rate, startup: float, load: float
) -> tuple[float, Cause]:
    """Return the load expected when an instance asked for now is ready, and what made it the most."""
    expected, cause = load, "load"  # type: float, Cause
    rising = min(found.then * state.takes, load * settings.growth)
    if rising > expected:
        expected, cause = rising, "rise"
    waiting = _waiting(settings, state, seen, startup)
    if waiting > expected / 2:
        cause = "queue"
    expected += waiting
    if seen.forecast > expected:
        expected, cause = seen.forecast, "forecast"
    return expected, cause


def _waiting(settings: Settings, state: State, seen: Seen, startup: float) -> float:
    """Return the load that working off the queue makes.

    What an instance that is asked for now will find of the queue is the less the longer it takes to start.
    """
    return seen.queued * (state.takes or _GUESSED_SECONDS) / max(settings.work_off, startup)


def _room(settings: Settings, load: float) -> float:
    """Return how many requests at a time there must be room for."""
    return max(load / settings.utilisation, load + settings.spread * sqrt(load))


def _bounded(
    settings: Settings, state: State, need: int, cause: Cause, panic: bool, hold: float, now: float
) -> tuple[int, Cause, State]:
    """Hold the need of the last seconds, go down slowly and never in panic, and keep to the bounds."""
    before, part = state.desired, hold / _PARTS
    slot = int(now / part) if part > 0 else 0
    first = slot - _PARTS
    needs = [(at, n) for at, n in state.needs if at > first]
    if needs and needs[-1][0] == slot:
        needs[-1] = (slot, max(needs[-1][1], need))
    else:
        needs.append((slot, need))
    held = max(n for _, n in needs)
    fallen = state.fallen
    if held >= before:
        desired = held if not settings.max_step else min(held, before + settings.max_step)
        cause, fallen = (cause if held > before else "steady"), now
    elif panic:
        desired, cause, fallen = before, "panic", now
    elif held > before - max(1.0, settings.slack * before):
        desired, cause = before, "steady"
    else:
        step = int(before * settings.fall * min(now - fallen, 1.0))
        desired = max(held, before - max(step, 1 if now - fallen >= 1.0 else 0))
        cause, fallen = ("fall", now) if desired < before else ("steady", fallen)
    bounded = min(max(desired, settings.minimum), settings.maximum)
    if bounded != desired:
        cause = "bounds"
    return (
        bounded,
        cause,
        msgspec.structs.replace(state, desired=bounded, needs=tuple(needs), fallen=fallen),
    )
