"""When an alarm fires: the pure part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.engines.metrics.interface import Point, Series
from yunbox.services.cms.alarms.evaluate import (
    DAY,
    WEEK,
    Condition,
    Escalation,
    Level,
    NoData,
    Verdict,
    compares,
    effective,
    holds,
    judge,
    last_period,
    must_tell,
    needed_since,
    spans,
)

T = 1_800_000_000.0
SERIES = Series("a", "n", "cpu", ())
OVER_80 = Condition(metric="cpu", threshold=80.0)


def points(*values: float | None, end: float = T, period: float = 60.0) -> dict[float, Point]:
    """Points of periods, the last of which began at `end`; None leaves one out."""
    first = end - (len(values) - 1) * period
    return {
        first + number * period: Point(SERIES, first + number * period, value, value, value, 1.0)
        for number, value in enumerate(values)
        if value is not None
    }


def level(name: Level, threshold: float, times: int) -> Escalation:
    condition = Condition(metric="cpu", threshold=threshold)
    return Escalation(level=name, conditions=(condition,), times=times)


RULE = (level("CRITICAL", 90.0, 2), level("WARN", 80.0, 3), level("INFO", 50.0, 1))


@pytest.mark.parametrize(
    ("values", "state", "decided"),
    [
        ((95, 95), "ALARM", "CRITICAL"),
        ((95, 85), "ALARM", "INFO"),
        ((85, 95, 85), "ALARM", "WARN"),
        ((95, 95, 95), "ALARM", "CRITICAL"),
        ((95, 40), "OK", ""),
        ((95, None, 95), "ALARM", "INFO"),
        ((40, 60), "ALARM", "INFO"),
        ((90, 90), "ALARM", "CRITICAL"),
        ((49.9,), "OK", ""),
    ],
)
def test_the_most_severe_level_that_lasts_decides(
    values: tuple[float | None, ...], state: str, decided: str
) -> None:
    verdict = judge(RULE, {"cpu": points(*values)}, at=T, period=60)
    assert (verdict.state, verdict.level, verdict.value) == (state, decided, values[-1])


@pytest.mark.parametrize(
    ("policy", "before", "state"),
    [
        ("KEEP_LAST_STATE", None, "INSUFFICIENT_DATA"),
        ("KEEP_LAST_STATE", Verdict(state="ALARM", level="WARN", value=1.0), "ALARM"),
        ("INSUFFICIENT_DATA", Verdict(state="ALARM", level="WARN"), "INSUFFICIENT_DATA"),
        ("OK", Verdict(state="ALARM", level="WARN"), "OK"),
    ],
)
def test_a_period_without_values_decides_by_its_policy(
    policy: NoData, before: Verdict | None, state: str
) -> None:
    verdict = judge(RULE, {"cpu": points(95, None)}, at=T, period=60, before=before, no_data=policy)
    assert verdict.state == state


def test_statistics_are_of_the_period() -> None:
    point = {T: Point(SERIES, T, 1.0, 9.0, 12.0, 4.0)}
    for name, value in (
        ("Average", 3.0),
        ("Minimum", 1.0),
        ("Maximum", 9.0),
        ("Sum", 12.0),
        ("SampleCount", 4.0),
    ):
        condition = Condition(metric="cpu", statistic=name, operator="EqualToThreshold", threshold=value)
        assert holds(condition, point, T, 60) is True
    with pytest.raises(ValueError, match="no statistic"):
        holds(Condition(metric="cpu", statistic="P99", threshold=1), point, T, 60)


def test_operators() -> None:
    assert compares(1.0, "GreaterThanOrEqualToThreshold", 1.0)
    assert not compares(1.0, "GreaterThanThreshold", 1.0)
    assert compares(1.0, "LessThanOrEqualToThreshold", 1.0)
    assert not compares(1.0, "LessThanThreshold", 1.0)
    assert compares(2.0, "NotEqualToThreshold", 1.0)
    assert compares(1.0, "EqualToThreshold", 1.0)
    assert compares(111.0, "GreaterThanYesterday", 10.0, 100.0) is True
    assert compares(110.0, "GreaterThanYesterday", 10.0, 100.0) is False
    assert compares(89.0, "LessThanLastWeek", 10.0, 100.0) is True
    assert compares(1.0, "GreaterThanLastPeriod", 10.0, None) is None


@pytest.mark.parametrize(
    ("operator", "back"),
    [("GreaterThanYesterday", DAY), ("GreaterThanLastWeek", WEEK), ("GreaterThanLastPeriod", 60.0)],
)
def test_values_are_compared_with_earlier_ones(operator: str, back: float) -> None:
    condition = Condition(metric="cpu", operator=operator, threshold=50.0)  # type: ignore[arg-type]
    now = points(200)
    assert holds(condition, now, T, 60) is None
    assert holds(condition, now | points(100, end=T - back), T, 60) is True
    assert holds(condition, now | points(150, end=T - back), T, 60) is False


def test_several_metrics_together() -> None:
    memory = Condition(metric="memory", threshold=50.0)
    both = Escalation(level="WARN", conditions=(OVER_80, memory), times=1)
    either = Escalation(level="WARN", conditions=(OVER_80, memory), times=1, every=False)

    def states(cpu: float, used: float | None) -> tuple[str, str]:
        history = {"cpu": points(cpu), "memory": points(used)}
        return tuple(judge((each,), history, at=T, period=60).state for each in (both, either))  # type: ignore[return-value]

    assert states(90, 60) == ("ALARM", "ALARM")
    assert states(90, 40) == ("OK", "ALARM")
    assert states(70, 40) == ("OK", "OK")
    assert states(90, None) == ("INSUFFICIENT_DATA", "ALARM")
    assert states(70, None) == ("OK", "INSUFFICIENT_DATA")


def test_periods_end_before_they_are_judged() -> None:
    assert last_period(T + 60, 60) == T
    assert last_period(T + 60, 60, settle=1.0) == T - 60
    assert last_period(T + 61, 60, settle=1.0) == T
    assert needed_since(RULE, T, 60) == T - 120


@pytest.mark.parametrize(
    ("clock", "interval", "counts"),
    [
        ("12:00", "", True),
        ("12:00", "00:00-23:59", True),
        ("12:00", "09:00-11:59", False),
        ("12:00", "09:00-12:00", True),
        ("23:30", "22:00-06:00", True),
        ("05:59", "22:00-06:00", True),
        ("12:00", "22:00-06:00", False),
        ("12:00", "01:00-02:00,11:00-13:00", True),
    ],
)
def test_rules_count_at_some_hours(clock: str, interval: str, counts: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    # The hours of a rule are China's.
    now = T // DAY * DAY + (hour - 8) * 3600 + minute * 60
    assert effective(now, interval) is counts
    if interval:
        assert effective(now, "", interval) is not counts


def test_intervals_that_are_none() -> None:
    for text in ("noon", "12-13", "25:00-26:00", "00:00-23:60", "00:00-23:59;"):
        with pytest.raises(ValueError, match="no interval"):
            spans(text)


def test_who_is_told_when() -> None:
    fine, warn = Verdict(state="OK"), Verdict(state="ALARM", level="WARN")
    critical = Verdict(state="ALARM", level="CRITICAL")
    assert not must_tell(fine, None, 0, T, 300)
    assert must_tell(warn, None, 0, T, 300)
    assert not must_tell(warn, warn, T - 299, T, 300)
    assert must_tell(warn, warn, T - 300, T, 300)
    assert must_tell(critical, warn, T, T, 300)
    assert must_tell(fine, warn, T, T, 300)
    assert not must_tell(fine, fine, 0, T, 300)


_values = st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=1, max_size=12)


@given(values=_values, times=st.integers(1, 6), threshold=st.floats(0, 100))
def test_an_alarm_means_that_so_many_periods_in_a_row_were_over(
    values: list[float | None], times: int, threshold: float
) -> None:
    verdict = judge((level("WARN", threshold, times),), {"cpu": points(*values)}, at=T, period=60)
    last = values[-times:]
    over = len(last) == times and all(each is not None and each >= threshold for each in last)
    assert (verdict.state == "ALARM") == over
    assert (verdict.state == "INSUFFICIENT_DATA") == (values[-1] is None)


@given(values=_values, times=st.integers(1, 6), low=st.floats(0, 100), high=st.floats(0, 100))
def test_a_lower_threshold_or_fewer_times_never_silence_an_alarm(
    values: list[float | None], times: int, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    history = {"cpu": points(*values)}
    strict = judge((level("WARN", high, times),), history, at=T, period=60)
    for easier in (level("WARN", low, times), level("WARN", high, max(1, times - 1))):
        if strict.state == "ALARM":
            assert judge((easier,), history, at=T, period=60).state == "ALARM"


@given(now=st.floats(1e9, 2e9), period=st.sampled_from([15, 60, 300]), settle=st.floats(0, 30))
def test_a_judged_period_has_ended(now: float, period: int, settle: float) -> None:
    at = last_period(now, period, settle)
    assert at % period == 0
    assert at + period <= now - settle < at + 2 * period
