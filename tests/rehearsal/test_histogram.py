"""Histograms: bounded error, and adding up is as counting together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yunbox.rehearsal.histogram import Histogram, bucket, upper
from yunbox.rehearsal.tally import Cell, Server, Tally

latencies = st.lists(st.floats(1e-6, 3600), min_size=1, max_size=200)


@given(st.floats(1e-6, 86_400))
def test_a_bucket_holds_its_value_to_two_percent(seconds: float) -> None:
    index = bucket(seconds)
    assert seconds <= upper(index) + 1e-9
    assert upper(index) <= seconds * 1.0157 + 2e-6


@given(latencies)
def test_percentiles_are_bounds_of_the_values(values: list[float]) -> None:
    found = Histogram()
    for each in values:
        found.record(each)
    ordered = sorted(values)
    shares = [0.0, 0.5, 0.9, 0.99, 1.0]
    for share, told in zip(shares, found.quantiles(shares), strict=True):
        exact = ordered[max(0, -int(-share * len(values) // 1) - 1)]
        assert exact - 1e-9 <= told <= exact * 1.0157 + 2e-6


@given(latencies, latencies)
def test_adding_is_as_counting_together(first: list[float], second: list[float]) -> None:
    one, other, both = Histogram(), Histogram(), Histogram()
    for each in first:
        one.record(each)
        both.record(each)
    for each in second:
        other.record(each)
        both.record(each)
    one.add(other.counts)
    assert one.counts == both.counts
    assert one.total == len(first) + len(second)


def test_nothing_has_no_percentiles() -> None:
    assert Histogram().quantiles([0.5, 0.99]) == [0.0, 0.0]


def test_tallies_add_up() -> None:
    pieces = [
        Tally(
            seconds={1: Cell(intended=3, sent=2, completed=1, outcomes=[1, 0, 1, 0, 0], latency={5: 1})},
            accepted=[1],
            servers={"a": Server(first=2.0, count=1)},
        ),
        Tally(
            seconds={1: Cell(sent=1, outcomes=[0, 1, 0, 0, 0], lag_max=0.5), 2: Cell(sent=4)},
            accepted=[2],
            servers={"a": Server(first=1.0, count=4), "b": Server(first=3.0, count=1)},
        ),
    ]
    whole = Tally()
    for each in pieces:
        whole.merge(each)
    assert (whole.intended, whole.sent, whole.outcomes) == (3, 7, [1, 1, 1, 0, 0])
    assert whole.servers == {"a": Server(first=1.0, count=5), "b": Server(first=3.0, count=1)}
    assert whole.accepted == [1, 2]
