"""When scheduled tasks are due, and which moments cron expressions mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.ess.decisions.cron import following, matches, read_cron, read_effective
from yunbox.services.ess.decisions.recurrence import due_after, read_recurrence


def at(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()


def shown(moment: float | None) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M") if moment is not None else ""


@pytest.mark.parametrize(
    ("kind", "value", "after", "due"),
    [
        ("", "", "2026-11-01 00:00", "2026-11-11 00:00"),
        ("", "", "2026-11-11 00:00", ""),
        ("Daily", "1", "2026-11-01 00:00", "2026-11-11 00:00"),
        ("Daily", "3", "2026-11-11 00:00", "2026-11-14 00:00"),
        ("Daily", "3", "2026-11-15 12:00", "2026-11-17 00:00"),
        ("Weekly", "0,6", "2026-11-11 00:00", "2026-11-14 00:00"),
        ("Weekly", "3", "2026-11-11 00:00", "2026-11-18 00:00"),
        ("Monthly", "1-2", "2026-11-11 00:00", "2026-12-01 00:00"),
        ("Monthly", "1-2", "2026-12-01 00:00", "2026-12-02 00:00"),
        ("Monthly", "31-31", "2026-11-11 00:00", "2026-12-31 00:00"),
        ("Cron", "30 8 ? * *", "2026-11-11 08:30", "2026-11-12 08:30"),
        ("Cron", "0 0 L * ?", "2026-11-11 00:00", "2026-11-30 00:00"),
        ("Cron", "0 0 ? * 6#4", "2026-11-11 00:00", "2026-11-27 00:00"),
        ("Cron", "0 0 ? * MON-FRI", "2026-11-13 00:00", "2026-11-16 00:00"),
        ("Cron", "0 0 15W * ?", "2026-11-11 00:00", "2026-11-16 00:00"),
        ("Cron", "0 0 ? * 6L", "2026-11-11 00:00", "2026-11-27 00:00"),
        ("Cron", "*/20 9-10 11 11 ?", "2026-11-11 09:20", "2026-11-11 09:40"),
        ("Cron", "0 0 30 2 ?", "2026-11-11 00:00", ""),
    ],
)
def test_a_task_is_due(kind: str, value: str, after: str, due: str) -> None:
    recurrence = read_recurrence(kind, value)
    found = due_after(recurrence, launch=at("2026-11-11 00:00"), end=0.0, after=at(after))
    assert shown(found) == due


def test_a_task_ends() -> None:
    daily = read_recurrence("Daily", "1")
    launch, end = at("2026-11-11 00:00"), at("2026-11-12 00:00")
    assert due_after(daily, launch=launch, end=end, after=launch) == end
    assert due_after(daily, launch=launch, end=end, after=end) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Daily", "0"),
        ("Daily", "32"),
        ("Weekly", "7"),
        ("Weekly", ""),
        ("Monthly", "3"),
        ("Monthly", "5-4"),
        ("Cron", "* * * *"),
        ("Cron", "60 * * * *"),
        ("Cron", "x * * * *"),
        ("Hourly", "1"),
    ],
)
def test_what_is_no_recurrence_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValueError):
        read_recurrence(kind, value)


def test_an_effective_period_is_of_its_time_zone() -> None:
    evening = read_effective("* * 17-18 * * ?")
    assert matches(evening, at("2026-11-11 09:30")) and not matches(evening, at("2026-11-11 17:30"))
    early = read_effective("TZ=+00 * * 1-2 * * ?")
    assert matches(early, at("2026-11-11 02:59")) and not matches(early, at("2026-11-11 03:00"))


moments = st.floats(at("2026-01-01 00:00"), at("2030-01-01 00:00"))


@given(
    moments,
    st.sampled_from(["0 0 * * ?", "*/7 3 * * ?", "0 12 L * ?", "5 4 ? * 2,4", "0 0 LW * ?", "1 1 1 1-6 ?"]),
)
def test_the_following_moment_is_one_of_its_own(moment: float, text: str) -> None:
    cron = read_cron(text)
    found = following(cron, moment)
    assert found is not None and found > moment and matches(cron, found)


@given(moments, moments, st.sampled_from([("Daily", "2"), ("Weekly", "1,5"), ("Monthly", "3-9")]))
def test_due_moments_come_later_at_the_same_time_of_day(
    launch: float, after: float, kind: tuple[str, str]
) -> None:
    launch = launch // 60 * 60
    found = due_after(read_recurrence(*kind), launch=launch, end=0.0, after=after)
    assert found is not None and found > after and found >= launch
    assert found % 86_400 == launch % 86_400
