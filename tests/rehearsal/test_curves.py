"""Load curves: they ask for what they say, and arrivals follow them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.rehearsal.curves import Curve, curve, double11
from yunbox.rehearsal.plan import Constant, Csv, Double11, Level, Load, Ramp, Spike, Step
from yunbox.rehearsal.plan_file import PlanError

rates = st.floats(0, 500)
lengths = st.floats(0.01, 30)


@pytest.mark.parametrize(
    ("load", "total", "length", "peak_at"),
    [
        (Constant(rate=50, length=4), 200, 4, 0),
        (Ramp(base=0, peak=100, length=10, hold=5), 1000, 15, 10),
        (
            Step(levels=(Level(rate=10, length=2), Level(rate=30, length=1), Level(rate=0, length=1))),
            50,
            4,
            2,
        ),
        (Spike(base=10, peak=110, before=5, rise=1, hold=2, fall=4, after=1), 580, 13, 6),
    ],
)
def test_a_curve_asks_for_what_it_says(load: Load, total: float, length: float, peak_at: float) -> None:
    found = curve(load)
    assert found.total == pytest.approx(total)
    assert (found.length, found.peak_at) == pytest.approx((length, peak_at), abs=0.01)


@given(st.lists(st.tuples(lengths, rates, rates), min_size=1, max_size=6), st.floats(0, 1))
def test_when_is_the_inverse_of_until(pieces: list[tuple[float, float, float]], share: float) -> None:
    points, at = [], 0.0
    for length, rate, later in pieces:
        points += [(at, rate), (at + length, later)]
        at += length
    found = Curve(points)
    count = found.total * share
    assert found.until(found.when(count)) == pytest.approx(count, rel=1e-6, abs=1e-3)


@given(st.integers(0, 2**32), st.sampled_from(["poisson", "uniform"]))
def test_arrivals_are_in_order_and_the_same_for_a_seed(seed: int, kind: str) -> None:
    found = curve(Spike(base=5, peak=100, before=1, rise=1, hold=1, fall=1, after=1))
    times = list(found.arrivals(kind, seed))
    assert times == sorted(times) == list(found.arrivals(kind, seed))
    assert all(0 <= at <= found.length for at in times)
    if kind == "uniform":
        assert len(times) == round(found.total)
    else:
        assert abs(len(times) - found.total) < 6 * found.total**0.5


def test_uniform_arrivals_follow_the_curve_second_by_second() -> None:
    found = curve(Double11(base=20, peak=320, length=60, rise=3))
    times = list(found.arrivals("uniform", 0))
    for second in range(60):
        sent = sum(second <= at < second + 1 for at in times)
        assert sent == pytest.approx(found.until(second + 1) - found.until(second), abs=1)


def test_double11_is_the_recorded_shape() -> None:
    known = {-600: 0.0602, -100: 0.0995, -10: 0.1674, 0: 0.18, 2: 0.4518, 10: 0.893, 26: 1.0}
    known |= {40: 0.9262, 100: 0.7073, 200: 0.5367, 1000: 0.3217, 3000: 0.231}
    for second, rate in known.items():
        assert double11(second) == pytest.approx(rate, abs=0.0006), second


def test_double11_squeezed_is_ten_times_the_base_within_its_rise() -> None:
    found = curve(Double11(base=30, peak=480, length=120, rise=3, anticipation=0))
    assert found.rate(29.9) == pytest.approx(30, abs=0.5)
    assert found.rate(33) == pytest.approx(480, rel=0.01)
    assert found.peak == pytest.approx(480)
    assert found.length == 120


def test_a_csv_column_is_scaled_to_the_peak(tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    file.write_text("at,value\n0,99\n1,10\n2,20\n3,5\n")
    found = curve(Csv(file=str(file), column="value", peak=100, row=2, first=1))
    assert found.length == 6
    assert (found.rate(0), found.rate(2), found.rate(4)) == (50, 100, 25)


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("at,value\n", "value", "no positive number"),
        ("at,value\n0,x\n", "value", "not all numbers"),
        ("at,value\n0,-1\n", "value", "no rates"),
        ("at,value\n0,1\n", "rate", "has at, value"),
    ],
)
def test_a_csv_that_cannot_be_used_says_why(tmp_path: Path, text: str, column: str, says: str) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(text)
    with pytest.raises(PlanError, match=says):
        curve(Csv(file=str(file), column=column, peak=10))


def test_a_load_of_nothing_is_refused() -> None:
    with pytest.raises(PlanError, match="less than one request"):
        curve(Constant(rate=0, length=1))
