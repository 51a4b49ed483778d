"""How many instances simple, step and target tracking rules ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.ess.decisions.capacity import (
    MOST_AT_ONCE,
    Bounds,
    Simple,
    Step,
    Stepped,
    adjusted,
    cooling,
    nearest,
    stepped,
)
from yunbox.services.ess.decisions.tracking import Fleet, Tracking, track

PERCENT, QUANTITY, TOTAL = "PercentChangeInCapacity", "QuantityChangeInCapacity", "TotalCapacity"
WIDE = Bounds(0, 2000)


@pytest.mark.parametrize(
    ("adjustment", "value", "least", "capacity", "wanted"),
    [
        (QUANTITY, 3, 0, 4, 7),
        (QUANTITY, -3, 0, 4, 1),
        (QUANTITY, -9, 0, 4, 0),
        (QUANTITY, 2, 5, 4, 6),  # MinAdjustmentMagnitude is for percentages
        (TOTAL, 9, 0, 4, 9),
        (TOTAL, 0, 0, 4, 0),
        (PERCENT, 50, 0, 5, 8),  # 2.5 rounds to 3
        (PERCENT, 10, 0, 4, 4),  # 0.4 rounds to none
        (PERCENT, 10, 2, 4, 6),
        (PERCENT, -10, 2, 4, 2),
        (PERCENT, -50, 0, 5, 2),  # -2.5 rounds to -3
        (PERCENT, 100, 0, 0, 0),
        (PERCENT, 0, 2, 4, 4),
        (PERCENT, 10000, 0, 50, 1050),
        (TOTAL, 2000, 0, 4, 1004),
    ],
)
def test_a_simple_rule(adjustment: str, value: int, least: int, capacity: int, wanted: int) -> None:
    assert adjusted(Simple(adjustment, value, least), capacity) == wanted  # type: ignore[arg-type]


def test_halves_are_rounded_away_from_zero() -> None:
    assert [nearest(each) for each in (0.5, 1.5, 2.5, -0.5, -2.5, 0.49)] == [1, 2, 3, -1, -3, 0]


STEPS = Stepped("QuantityChangeInCapacity", (Step(0.0, 10.0, 1), Step(10.0, 20.0, 3), Step(20.0, None, 8)))
DOWN = Stepped("QuantityChangeInCapacity", (Step(-10.0, 0.0, -1), Step(None, -10.0, -2)))


@pytest.mark.parametrize(
    ("rule", "metric", "warming", "wanted"),
    [
        (STEPS, 80.0, 0, 11),
        (STEPS, 89.9, 0, 11),
        (STEPS, 90.0, 0, 13),
        (STEPS, 100.0, 0, 18),
        (STEPS, 79.0, 0, None),
        (STEPS, 85.0, 1, None),  # the one that warms up is the one that is asked for
        (STEPS, 95.0, 1, 12),  # nine that are warm, and three
        (DOWN, 79.0, 0, 9),
        (DOWN, 70.0, 0, 8),
        (DOWN, 60.0, 0, 8),
        (DOWN, 60.0, 1, None),
    ],
)
def test_a_step_rule(rule: Stepped, metric: float, warming: int, wanted: int | None) -> None:
    assert stepped(rule, 10, warming=warming, threshold=80.0, metric=metric) == wanted


def test_a_cooldown_holds_back_only_what_alarms_trigger() -> None:
    assert cooling(until=100.0, now=99.0, triggered=True)
    assert not cooling(until=100.0, now=99.0, triggered=False)
    assert not cooling(until=100.0, now=100.0, triggered=True)


RULE = Tracking(target=50.0)


@pytest.mark.parametrize(
    ("values", "fleet", "wanted"),
    [
        ([75.0, 75.0, 75.0], Fleet(3), 5),  # 4.5 is rounded up
        ([10.0, 60.0, 75.0], Fleet(3), None),  # twice is not enough
        ([75.0, None, 75.0], Fleet(3), None),
        ([75.0, 75.0], Fleet(3), None),
        ([100.0, 90.0, 60.0], Fleet(5), 6),  # the newest counts
        ([75.0, 75.0, 75.0], Fleet(2, 1), None),  # three are needed, three are on their way
        ([100.0, 100.0, 100.0], Fleet(2, 1), 4),
        ([50.0, 50.0, 50.0], Fleet(3), None),
        ([20.0] * 15, Fleet(5), 2),
        ([25.0] * 15, Fleet(5), 3),  # 2.5 may go, two do
        ([20.0] * 14, Fleet(5), None),
        ([20.0] * 14 + [40.0], Fleet(5), 4),  # the highest counts
        ([20.0] * 15, Fleet(4, 1), None),
        ([49.0] * 15, Fleet(5), None),  # not one may go
        ([0.0] * 15, Fleet(5), 1),
        ([90.0] * 3, Fleet(0, 3), None),
    ],
)
def test_target_tracking(values: list[float | None], fleet: Fleet, wanted: int | None) -> None:
    assert track(RULE, fleet, Bounds(1, 100), values) == wanted


def test_target_tracking_keeps_bounds_and_what_is_switched_off() -> None:
    assert track(RULE, Fleet(8), Bounds(1, 10), [100.0] * 3) == 10
    assert track(RULE, Fleet(8), Bounds(6, 10), [1.0] * 15) == 6
    keeping = Tracking(target=50.0, disable_scale_in=True)
    assert track(keeping, Fleet(8), Bounds(1, 10), [1.0] * 15) is None
    quick = Tracking(target=50.0, scale_out_evaluations=1, scale_in_evaluations=2)
    assert track(quick, Fleet(2), Bounds(1, 10), [100.0]) == 4
    assert track(quick, Fleet(4), Bounds(1, 10), [10.0, 10.0]) == 1


values = st.lists(st.none() | st.floats(0.0, 1000.0), max_size=20)


@given(values, st.integers(0, 1500), st.integers(0, 100), st.floats(0.1, 200.0), st.integers(0, 50))
def test_target_tracking_stays_in_bounds(
    seen: list[float | None], warm: int, warming: int, target: float, least: int
) -> None:
    bounds = Bounds(least, 1200)
    fleet = Fleet(warm, warming)
    wanted = track(Tracking(target=target), fleet, bounds, seen)
    if wanted is not None:
        grows = wanted > fleet.capacity
        assert wanted != fleet.capacity and abs(wanted - fleet.capacity) <= MOST_AT_ONCE
        assert wanted <= bounds.maximum if grows else wanted >= bounds.minimum
        # What comes is enough and not one too many; what goes leaves enough.
        newest = [each for each in seen if each is not None][-1]
        if grows and wanted < bounds.maximum and wanted < fleet.capacity + MOST_AT_ONCE:
            assert warm * newest <= target * wanted * (1 + 1e-6)
            assert warm * newest > target * (wanted - 1) * (1 - 1e-6)


@given(
    st.sampled_from([PERCENT, QUANTITY, TOTAL]),
    st.integers(-100, 1000),
    st.integers(0, 9),
    st.integers(0, 2000),
)
def test_a_simple_rule_never_goes_below_nothing(kind: str, value: int, least: int, capacity: int) -> None:
    wanted = adjusted(Simple(kind, value, least), capacity)  # type: ignore[arg-type]
    assert wanted >= 0 and abs(wanted - capacity) <= max(MOST_AT_ONCE, 0)
