"""The two models of the simulator: nothing is lost in them, and they agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yunbox.rehearsal.simulator.figures import figures, oracle
from yunbox.rehearsal.simulator.model import Door, Faults, Instance, Kill, Outage, needed
from yunbox.rehearsal.simulator.policies import Surge
from yunbox.rehearsal.simulator.policy import View
from yunbox.rehearsal.simulator.requests import follow
from yunbox.rehearsal.simulator.ticks import Run, simulate
from yunbox.rehearsal.simulator.traces import midnight
from yunbox.services.ess.surge.decision import Settings

TICK = 0.1
SMALL = Instance(slots=4)
FAULTS = (
    Faults(),
    Faults(kills=(Kill(at=5.0, share=0.5),), repeatable=0.5),
    Faults(slow_starts=3.0, failing=0.3),
    Faults(starts_at_once=2, starts_per_second=0.5, returning=0.9),
    Faults(outages=(Outage(at=5.0, seconds=1.0),)),
    Faults(blind=((3.0, 8.0),)),
)


class Wild:
    """A policy that asks for anything."""

    every = 0.5

    def __init__(self, wishes: list[int]) -> None:
        self.wishes = wishes
        self.asked = 0

    def desired(self, view: View) -> int:
        self.asked += 1
        return self.wishes[self.asked % len(self.wishes)]


def small_midnight() -> NDArray[np.float64]:
    """Return two minutes of the midnight, 2,500 requests/s at its height."""
    return midnight().rates[5400:6600] * (2500 / 583_000)


def surge(first: int = 20) -> Surge:
    return Surge(Settings(target=SMALL.slots, maximum=400), first)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=20),
    st.lists(st.floats(0, 2000), min_size=1, max_size=8),
    st.sampled_from(FAULTS),
    st.integers(0, 20),
)
def test_no_request_is_lost_whatever_happens(
    wishes: list[int], heights: list[float], faults: Faults, first: int
) -> None:
    rates = np.repeat(np.array(heights), 20)
    door = Door(deadline=2.0)
    runs = (
        simulate(rates, TICK, Wild(wishes), SMALL, faults=faults, door=door, first=first),
        follow(rates, TICK, Wild(wishes), SMALL, faults=faults, door=door, first=first).run,
    )
    for run in runs:
        assert run.arrived == run.served + run.shed + run.failed + run.inside
        assert min(run.ready.min(), run.queued.min()) >= 0
        assert (run.paid >= run.ready).all()
        assert run.ready.max() <= max(first, *wishes)


@pytest.mark.parametrize("faults", (FAULTS[0], FAULTS[1], FAULTS[3]))
def test_the_tick_model_agrees_with_the_one_that_follows_requests(faults: Faults) -> None:
    rates = small_midnight()
    counted = simulate(rates, TICK, surge(), SMALL, faults=faults, first=20)
    followed = follow(rates, TICK, surge(), SMALL, faults=faults, first=20)
    one, other = figures(counted, rates, SMALL), figures(followed.run, rates, SMALL)
    assert one.arrived == pytest.approx(other.arrived, rel=0.02)
    assert one.shed == pytest.approx(other.shed, rel=0.25, abs=0.002 * one.arrived)
    assert one.queued == pytest.approx(other.queued, rel=0.15, abs=0.01 * one.arrived)
    assert one.tau_u == pytest.approx(other.tau_u, abs=3)
    assert one.cost == pytest.approx(other.cost, rel=0.05)
    p50, p99 = np.percentile(followed.latencies, (50, 99))
    assert one.p50 == pytest.approx(p50, rel=0.25, abs=0.02)
    assert one.p99 == pytest.approx(p99, rel=0.2, abs=0.1)


def test_surge_protection_passes_the_midnight() -> None:
    trace = midnight()
    found = _midnight(Settings(maximum=15_000, target=10))
    assert (found.failed, found.shed) == (0, 0)
    assert found.tau_u < 1
    assert found.cost < 1.3
    told = _midnight(Settings(maximum=15_000, target=10, events=trace.events))
    assert (told.queued, told.tau_u) == (0, 0)


def _midnight(asked: Settings) -> object:
    trace = midnight()
    run = simulate(trace.rates, trace.tick, Surge(asked, 300), Instance(), first=300)
    return figures(run, trace.rates, Instance())


def test_a_hundred_thousand_instances_are_as_quick_as_ten() -> None:
    rates = np.full(600, 15_000_000.0)
    run = simulate(rates, TICK, Wild([100_000]), Instance(), first=10)
    assert run.ready.max() >= 99_000
    assert run.served > 0


def test_the_same_seed_gives_the_same_run() -> None:
    first, again = (simulate(small_midnight(), TICK, surge(), SMALL, first=20, seed=3) for _ in range(2))
    assert (first.ready == again.ready).all()
    assert first.served == again.served


def test_the_oracle_pays_for_starts_and_keeps_what_is_cheaper_to_keep() -> None:
    instance = Instance(startup=3.0, drain=2.0)
    steady = np.full(100, 2)
    assert oracle(steady, 1.0, instance) == 200
    # One more for 10 s: started for 3 s, drained for 2 s.
    assert oracle(np.array([2] * 20 + [3] * 10 + [2] * 20), 1.0, instance) == 100 + 10 + 3 + 2
    # A gap of 2 s is kept, one of 20 s is not.
    assert oracle(np.array([3] * 20 + [2] * 2 + [3] * 20), 1.0, instance) == 42 * 3
    assert oracle(np.array([3] * 20 + [2] * 20 + [3] * 20), 1.0, instance) == 160 + 5


def test_elasticity_is_that_of_the_paper() -> None:
    rates = np.array([1000.0] * 50 + [2000.0] * 50)
    instance = Instance()
    less, more = int(needed(rates[:1], instance)[0]), int(needed(rates[-1:], instance)[0])
    ready = np.full(100, less)
    run = Run(
        tick=1.0,
        ready=ready,
        paid=ready,
        queued=np.zeros(100, np.int64),
        arrived=100,
        served=100,
        shed=0,
        failed=0,
        returned=0,
        repeated=0,
        inside=0,
        waits=np.array([100]),
        starts=0,
    )
    found = figures(run, rates, instance)
    assert found.tau_u == 50
    assert found.theta_u == pytest.approx(50 * (more - less) / more)
    assert (found.tau_o, found.theta_o) == (0, 0)
