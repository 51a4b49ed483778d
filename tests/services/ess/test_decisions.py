"""Which instances go, where new ones come, whether alarms ring, and what is foreseen."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.ess.decisions.alarms import Watched, evaluate
from yunbox.services.ess.decisions.forecast import HOUR, Predictive, forecast, maximum_of, tasks
from yunbox.services.ess.decisions.placing import Kind, Place, moves, ordered, policy_of, spread
from yunbox.services.ess.decisions.removal import Candidate, choose

OLD = Candidate(id="i-a", since=1.0, configured=5.0, zone="i")
NEW = Candidate(id="i-b", since=9.0, configured=5.0, zone="i")
STALE = Candidate(id="i-c", since=5.0, configured=1.0, zone="j")
ILL = Candidate(id="i-d", since=6.0, configured=9.0, zone="j", healthy=False)
SAFE = Candidate(id="i-e", since=0.0, configured=0.0, zone="j", protected=True)
ALL = (OLD, NEW, STALE, ILL, SAFE)


@pytest.mark.parametrize(
    ("policies", "count", "gone"),
    [
        (("OldestInstance",), 2, ["i-d", "i-a"]),
        (("NewestInstance",), 2, ["i-d", "i-b"]),
        (("OldestScalingConfiguration", "OldestInstance"), 3, ["i-d", "i-c", "i-a"]),
        (("OldestScalingConfiguration", "NewestInstance"), 3, ["i-d", "i-c", "i-b"]),
        (("OldestInstance",), 9, ["i-d", "i-a", "i-c", "i-b"]),
    ],
)
def test_who_goes_first(policies: tuple[str, ...], count: int, gone: list[str]) -> None:
    assert choose(ALL, count, policies) == gone


def test_zones_stay_even_before_policies_decide() -> None:
    three = [Candidate(id=f"i-{n}", since=float(n), zone="i") for n in range(3)]
    one = [Candidate(id="j-0", since=-1.0, zone="j")]
    assert choose([*three, *one], 2, ("OldestInstance",), balanced=True) == ["i-0", "i-1"]


candidates = st.lists(
    st.builds(
        Candidate,
        id=st.uuids().map(str),
        since=st.floats(0, 100),
        zone=st.sampled_from("ijk"),
        protected=st.booleans(),
        healthy=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)


@given(candidates, st.integers(0, 12), st.booleans())
def test_as_many_go_as_may(found: list[Candidate], count: int, balanced: bool) -> None:
    gone = choose(found, count, ("NewestInstance",), balanced=balanced)
    free = {each.id for each in found if not each.protected}
    assert set(gone) <= free and len(set(gone)) == len(gone) == min(count, len(free))


def test_where_new_instances_come() -> None:
    places = [Place("v-1", "i", 3), Place("v-2", "j", 1), Place("v-3", "j", 0)]
    assert spread(places, 4, balanced=False) == [("v-1", 4)]
    assert dict(spread(places, 4, balanced=True)) == {"v-1": 1, "v-2": 3}
    assert policy_of("BALANCE").balanced and not policy_of("PRIORITY").balanced
    assert policy_of("COMPOSABLE", az_balance=True, allocation="lowestPrice").by_price
    kinds = [Kind("dear", 8.0), Kind("cheap", 2.0)]
    assert ordered(kinds, cheapest_first=True) == ["cheap", "dear"]
    assert ordered(kinds, cheapest_first=False) == ["dear", "cheap"]
    assert moves([Place("v-1", "i", 5), Place("v-2", "j", 1)]) == 2
    assert moves([Place("v-1", "i", 2), Place("v-2", "j", 1)]) == 0


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(1, 30))
def test_zones_come_out_even(counts: list[int], new: int) -> None:
    places = [Place(f"v-{n}", f"z-{n}", count) for n, count in enumerate(counts)]
    made = Counter(dict(spread(places, new, balanced=True)))
    assert sum(made.values()) == new
    after = [each.count + made[each.vswitch] for each in places]
    grown = [count for count, each in zip(after, places, strict=True) if made[each.vswitch]]
    assert max(grown) - min(after) <= 1


BUSY = Watched(">=", 80.0, (80.0, 90.0, 85.0))
CALM = Watched("<", 10.0, (5.0, 5.0, 50.0))
DUMB = Watched(">", 1.0, (5.0, 5.0, None))


@pytest.mark.parametrize(
    ("conditions", "logic", "state"),
    [
        ([BUSY], "&&", "ALARM"),
        ([CALM], "&&", "OK"),
        ([DUMB], "&&", "INSUFFICIENT_DATA"),
        ([BUSY, CALM], "&&", "OK"),
        ([BUSY, CALM], "||", "ALARM"),
        ([BUSY, DUMB], "&&", "INSUFFICIENT_DATA"),
        ([CALM, DUMB], "||", "OK"),
        ([Watched(">", 80.0, (80.0, 90.0, 85.0))], "&&", "OK"),
        ([Watched(">", 80.0, (90.0, None, 85.0))], "&&", "OK"),
        ([Watched(">", 80.0, (85.0,))], "&&", "INSUFFICIENT_DATA"),
        ([], "&&", "INSUFFICIENT_DATA"),
    ],
)
def test_alarms(conditions: list[Watched], logic: str, state: str) -> None:
    assert evaluate(conditions, 3, logic) == state  # type: ignore[arg-type]


NOW = 1_800_000_000.0
THIS = int(NOW // HOUR * HOUR)


def days(count: int, noon: float = 900.0) -> dict[int, float]:
    """Return the loads of days that are all the same: busy at noon."""
    return {
        THIS - hour * HOUR: noon if (THIS - hour * HOUR) % 86_400 == 12 * HOUR else 100.0
        for hour in range(1, count * 24 + 1)
    }


def test_what_recurs_is_foreseen() -> None:
    found = forecast(days(7), NOW)
    assert len(found) == 48
    for hour, load in found.items():
        assert load == pytest.approx(900.0 if hour % 86_400 == 12 * HOUR else 100.0)


def test_nothing_is_foreseen_from_less_than_a_day() -> None:
    assert forecast(dict(list(days(1).items())[:23]), NOW) == {}


def test_a_busier_day_is_busier_for_the_hours_to_come() -> None:
    busier = {hour: load * (1.5 if hour >= THIS - 3 * HOUR else 1.0) for hour, load in days(7).items()}
    found = forecast(busier, NOW)
    assert found[THIS] == pytest.approx(150.0) and found[THIS + 20 * HOUR] < 140.0


def test_hourly_tasks_move_the_bounds() -> None:
    rule = Predictive(target=50.0, initial_max=10, ahead=600.0)
    found = {each.at: each for each in tasks(rule, days(7), 1, NOW)}
    noon = next(each for each in found.values() if each.load > 500)
    assert (noon.at + 600.0) % 86_400 == 12 * HOUR
    assert (noon.minimum, noon.maximum) == (10, 10)
    calm = found[THIS - 600.0]
    assert (calm.minimum, calm.maximum) == (2, 10)
    wide = Predictive(target=50.0, initial_max=10, behavior="PredictiveValueOverrideMaxWithBuffer", buffer=50)
    assert maximum_of(wide, 18) == 27 and maximum_of(wide, 4) == 10
    over = Predictive(target=50.0, initial_max=10, behavior="PredictiveValueOverrideMax")
    assert maximum_of(over, 18) == 18
