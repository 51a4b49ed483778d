"""Surge protection's decision: its bounds for any traffic, and what it does in a calm, a surge and a fall."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.ess.surge.arrivals import Arrivals, add, rate
from yunbox.services.ess.surge.decision import Decision, Seen, Settings, State, decide
from yunbox.services.ess.surge.events import Event

ROUND = 0.2


class Looks(msgspec.Struct, frozen=True):
    came: float
    active: float
    queued: float
    ready: int


looks = st.builds(
    Looks,
    came=st.floats(0, 1e5),
    active=st.floats(0, 1e4),
    queued=st.floats(0, 1e5),
    ready=st.integers(0, 500),
)


def follow(settings: Settings, rates: list[float], takes: float = 0.05, first: int = 1) -> list[Decision]:
    """Ask for decisions, round by round, about a group whose instances are ready as soon as asked for."""
    state, found, arrived = State(desired=first), [], 0.0
    for at, each in enumerate(rates):
        arrived += each * ROUND
        seen = Seen(arrived=arrived, active=each * takes, ready=state.desired)
        found.append(decide(settings, state, seen, at * ROUND))
        state = found[-1].state
    return found


@given(st.lists(looks, max_size=40), st.integers(0, 20), st.integers(0, 200), st.integers(0, 50))
def test_the_bounds_hold_and_nothing_goes_in_panic(
    seen: list[Looks], minimum: int, more: int, max_step: int
) -> None:
    settings = Settings(minimum=minimum, maximum=minimum + more, max_step=max_step)
    state, arrived = State(desired=minimum), 0.0
    for at, each in enumerate(seen):
        arrived += each.came
        now = Seen(arrived=arrived, active=each.active, queued=each.queued, ready=each.ready)
        found = decide(settings, state, now, at * ROUND)
        assert minimum <= found.desired <= minimum + more
        assert not found.panic or found.desired >= state.desired
        assert not max_step or found.desired <= state.desired + max_step
        state = found.state


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=30), st.floats(1, 10))
def test_more_traffic_never_means_fewer_instances(rates: list[float], times: float) -> None:
    less = follow(Settings(), rates)[-1]
    more = follow(Settings(), [each * times for each in rates])[-1]
    assert more.expected >= less.expected - 1e-6


@given(st.lists(st.tuples(st.floats(0.01, 1), st.integers(0, 1000)), max_size=400))
def test_readings_are_bounded_and_a_rate_is_never_negative(readings: list[tuple[float, int]]) -> None:
    kept, now = Arrivals(), 0.0
    for passed, came in readings:
        now += passed
        kept = add(kept, now, came)
        found = rate(kept, 3.0, 3.0)
        assert 0 <= found.now <= found.then
    assert len(kept.times) <= 256


def test_calm_traffic_is_met_with_room_to_spare_and_no_more() -> None:
    found = follow(Settings(), [10_000.0] * 200)[-1]
    assert abs(found.load - 500) < 1
    assert 58 <= found.desired <= 60
    assert found.cause == "steady"
    assert not found.panic


def test_a_ramp_is_met_before_it_is_there() -> None:
    calm, rising = [1000.0] * 60, [1000.0 + 500 * ROUND * at for at in range(60)]
    found = follow(Settings(startup=5), calm + rising, first=6)
    coming = 0.05 * (rising[-1] + 500 * 5)
    assert any(each.cause == "rise" for each in found)
    assert found[-1].desired * 10 >= coming


def test_a_queue_is_panic_and_brings_what_works_it_off() -> None:
    state = follow(Settings(), [1000.0] * 60)[-1].state
    seen = Seen(arrived=12_200 + 1000, active=60, queued=1000, ready=6)
    found = decide(Settings(), state, seen, 60 * ROUND)
    assert found.panic
    assert found.desired * 10 >= 1000 * 0.05 / 2
    assert found.desired > 6


def test_a_dip_takes_nothing_away_and_a_fall_takes_it_slowly() -> None:
    high, dip = [20_000.0] * 100, [2000.0] * 40
    assert follow(Settings(), high + dip)[-1].desired == follow(Settings(), high)[-1].desired
    falling = [each.desired for each in follow(Settings(), high + dip * 10)]
    assert falling[-1] <= 15
    steps = [a - b for a, b in pairwise(falling)]
    assert max(steps) <= 13


def test_a_balancer_that_begins_anew_is_no_surge() -> None:
    state = follow(Settings(), [1000.0] * 60)[-1].state
    found = decide(Settings(), state, Seen(arrived=10, active=50, ready=6), 61 * ROUND)
    assert found.desired == state.desired
    assert not found.panic


def test_an_event_is_ready_before_it_begins() -> None:
    settings = Settings(startup=5, events=(Event(at=100, capacity=300, buffer=10, lasts=20),))
    desired = [each.desired for each in follow(settings, [1000.0] * 700)]
    assert desired[int(84 / ROUND)] < 10
    assert desired[int(86 / ROUND)] == 300
    assert desired[int(119 / ROUND)] == 300
    assert desired[-1] < 300


def test_an_event_s_rate_asks_for_what_requests_take() -> None:
    settings = Settings(startup=5, events=(Event(at=100, rate=20_000, buffer=10),))
    assert follow(settings, [1000.0] * 480)[-1].desired == 118


def test_a_target_that_was_too_high_is_found_out() -> None:
    # The tags say 50 requests at a time; an instance works on 5, and the others wait at the balancer.
    state, arrived, ready = State(desired=2), 0.0, 2
    settings, queued = Settings(target=50, maximum=100), 0.0
    for at in range(300):
        arrived += 1000 * ROUND
        done = min(queued + 1000 * ROUND, ready * 5 / 0.05 * ROUND)
        queued += 1000 * ROUND - done
        seen = Seen(arrived=arrived, active=done * 0.05 / ROUND, queued=queued, ready=ready, startup=1.0)
        found = decide(settings, state, seen, 1000 + at * ROUND)
        state, ready = found.state, found.desired
        queued = min(queued, 10_000)
    assert ready >= 10
    assert queued == 0
