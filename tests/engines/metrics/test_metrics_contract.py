"""What every store of measured values does."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunbox.engines.metrics.interface import (
    MetricStore,
    Point,
    Sample,
    Series,
    SeriesLimitError,
    dimensions,
    one,
)
from yunbox.engines.metrics.memory import MemoryMetricStore

Made = Callable[..., MetricStore]

T = 1_800_000_000
CPU = Series("a", "acs_ecs_dashboard", "CPUUtilization", dimensions(instanceId="i-1", userId="a"))
OTHER = Series("a", "acs_ecs_dashboard", "CPUUtilization", dimensions(instanceId="i-2", userId="a"))


def points(store: MetricStore, period: int = 60, **named: object) -> list[Point]:
    asked = {"start": T, "end": T + 3600, **named}
    return store.read("a", "acs_ecs_dashboard", "CPUUtilization", period=period, **asked)  # type: ignore[arg-type]


def test_a_period_is_made_of_its_samples(store: MetricStore) -> None:
    store.put([one(CPU, T + at, value) for at, value in ((0, 1.0), (15, 5.0), (59.9, 3.0), (60, 7.0))])
    assert points(store) == [Point(CPU, T, 1.0, 5.0, 9.0, 3.0), Point(CPU, T + 60, 7.0, 7.0, 7.0, 1.0)]
    assert points(store)[0].average == 3.0


def test_samples_of_one_second_are_added_up(store: MetricStore) -> None:
    store.put([one(CPU, T + 0.1, 1.0)])
    store.put([one(CPU, T + 0.9, 3.0), Sample(CPU, T, 2.0, 9.0, 11.0, 2.0)])
    assert points(store, 1) == [Point(CPU, T, 1.0, 9.0, 15.0, 4.0)]


def test_bounds_of_time_are_those_of_whole_periods(store: MetricStore) -> None:
    store.put([one(CPU, T + at, 1.0) for at in (0, 60, 120)])
    assert [p.at - T for p in points(store, start=T + 1, end=T + 120)] == [60]
    assert [p.at - T for p in points(store, start=T, end=T + 120.5)] == [0, 60, 120]


def test_series_are_chosen_by_some_of_their_dimensions(store: MetricStore) -> None:
    store.put([one(OTHER, T, 2.0), one(CPU, T, 1.0), one(CPU, T + 60, 1.5)])
    assert [(p.at - T, p.series) for p in points(store)] == [(0, CPU), (0, OTHER), (60, CPU)]
    assert {p.series for p in points(store, among=[{"instanceId": "i-2"}])} == {OTHER}
    assert {p.series for p in points(store, among=[{"instanceId": "i-2"}, {"instanceId": "i-1"}])} == {
        CPU,
        OTHER,
    }
    assert points(store, among=[{"instanceId": "i-1", "device": "eth0"}]) == []
    assert len(points(store, limit=2)) == 2


def test_accounts_namespaces_and_metrics_are_apart(store: MetricStore) -> None:
    strange = Series("b", "acs_ecs_dashboard", "CPUUtilization", CPU.dimensions)
    store.put([one(CPU, T, 1.0), one(strange, T, 2.0)])
    assert [p.series for p in points(store)] == [CPU]
    assert store.metrics("a") == [("acs_ecs_dashboard", "CPUUtilization", CPU.dimensions)]
    assert store.metrics("a", "acs_slb_dashboard") == []
    assert store.metrics("b", "acs_ecs_dashboard") == store.metrics("b")


def test_the_newest_of_each_series(store: MetricStore) -> None:
    store.put([one(CPU, T, 1.0), one(CPU, T + 15, 2.0), one(OTHER, T, 3.0)])

    def latest(since: float, **among: str) -> list[tuple[Series, float, float]]:
        asked = [among] if among else []
        found = store.latest("a", "acs_ecs_dashboard", "CPUUtilization", since=since, among=asked)
        return [(each.series, each.at - T, each.sum) for each in found]

    assert latest(T - 1) == [(CPU, 15, 2.0), (OTHER, 0, 3.0)]
    assert latest(T) == [(CPU, 15, 2.0)]
    assert latest(T - 1, instanceId="i-2") == [(OTHER, 0, 3.0)]


def test_what_is_old_is_forgotten_with_its_series(store: MetricStore) -> None:
    store.put([one(CPU, T, 1.0), one(OTHER, T, 1.0), one(OTHER, T + 60, 1.0)])
    store.expire(T + 60)
    assert [(p.series, p.at - T) for p in points(store)] == [(OTHER, 60)]
    assert [each[2] for each in store.metrics("a")] == [OTHER.dimensions]
    store.put([one(CPU, T + 60, 2.0)])
    assert [p.series for p in points(store)] == [CPU, OTHER]


def test_a_series_is_forgotten_when_asked_to(store: MetricStore) -> None:
    store.put([one(CPU, T, 1.0), one(OTHER, T, 1.0)])
    store.forget("a", "acs_ecs_dashboard", "CPUUtilization", [{"instanceId": "i-1"}])
    assert [p.series for p in points(store)] == [OTHER]
    store.forget("a", "acs_ecs_dashboard", "CPUUtilization")
    assert store.metrics("a") == []


def test_no_more_series_than_there_may_be(make: Made) -> None:
    store = make(max_series=1)
    store.put([one(CPU, T, 1.0)])
    with pytest.raises(SeriesLimitError):
        store.put([one(CPU, T + 1, 1.0), one(OTHER, T, 1.0)])
    assert len(points(store, 1)) == 1


def test_no_more_samples_than_there_may_be(make: Made) -> None:
    store = make(max_samples=10)
    store.put([one(CPU, T + at, 1.0) for at in range(100)])
    store.expire(T)
    left = points(store, 1)
    assert 1 <= len(left) <= 10
    assert left[-1].at == T + 99


def test_condensing_keeps_the_points_of_longer_periods(store: MetricStore) -> None:
    store.put([one(CPU, T + at, float(at % 7)) for at in range(0, 600, 15)])
    before, fine = points(store), points(store, 15)
    store.condense(T + 330, 60)
    store.condense(T + 330, 60)
    assert points(store) == before
    assert len(points(store, 15)) == 5 + len([p for p in fine if p.at >= T + 300])


_values = st.floats(-1e6, 1e6, allow_nan=False, width=32)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    measured=st.lists(st.tuples(st.integers(0, 400), _values), max_size=40),
    period=st.sampled_from([1, 15, 60, 300]),
    condensed=st.integers(0, 400),
)
def test_points_are_the_aggregate_of_their_samples(
    make: Made, measured: list[tuple[int, float]], period: int, condensed: int
) -> None:
    store = make()
    store.put([one(CPU, T + at, value) for at, value in measured])
    if period % 60 == 0:
        store.condense(T + condensed, 60)
    found = {p.at: p for p in points(store, period)}
    wanted: dict[float, list[float]] = {}
    for at, value in measured:
        wanted.setdefault((T + at) // period * period, []).append(value)
    assert found.keys() == wanted.keys()
    for at, values in wanted.items():
        point = found[at]
        assert (point.minimum, point.maximum, point.count) == (min(values), max(values), len(values))
        assert isclose(point.sum, sum(values), rel_tol=1e-9, abs_tol=1e-3)


def test_a_memory_store_is_a_metric_store() -> None:
    store: MetricStore = MemoryMetricStore()
    store.close()
