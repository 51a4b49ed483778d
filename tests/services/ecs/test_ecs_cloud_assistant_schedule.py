"""When repeated commands run: against the vendor's examples, and against a plain search."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.errors import CloudError
from yunbox.services.ecs.cloud_assistant.schedule import At, Rate, next_after, read_schedule


def at(text: str, zone: str = "UTC") -> float:
    """Return the seconds since the epoch of a local time."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo(zone)).timestamp()


def runs(frequency: str, after: float, count: int) -> list[float]:
    """Return the first moments of a schedule."""
    schedule = read_schedule(frequency, timeout=10)
    found: list[float] = []
    while len(found) < count:
        moment = next_after(schedule, found[-1] if found else after, after)
        if moment is None:
            break
        found.append(moment)
    return found


def test_a_rate_counts_from_the_beginning() -> None:
    start = at("2024-03-01 00:00:00")
    assert read_schedule("rate(5m)", timeout=60) == Rate(300.0)
    assert runs("rate( 5m )", start, 3) == [start + 300, start + 600, start + 900]
    assert next_after(Rate(300.0), start + 1234.5, start) == start + 1500
    assert next_after(Rate(300.0), start + 300, start) == start + 600


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("at(2022-06-06 13:15:30 Asia/Shanghai)", at("2022-06-06 13:15:30", "Asia/Shanghai")),
        ("at(2022-06-06 13:15:30 GMT-7:00)", at("2022-06-06 20:15:30")),
        ("at(2022-06-06 13:15:30)", at("2022-06-06 13:15:30")),
    ],
)
def test_a_moment_comes_once(text: str, moment: float) -> None:
    assert read_schedule(text, timeout=60) == At(moment)
    assert runs(text, moment - 1, 3) == [moment]
    assert runs(text, moment, 3) == []


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        (
            "0 15 10 ? * * 2022 Asia/Shanghai",
            at("2022-12-30 10:15:00", "Asia/Shanghai"),
            [at("2022-12-31 10:15:00", "Asia/Shanghai")],
        ),
        (
            "0 0/30 10-11 * * ? 2022 GMT+8:00",
            at("2022-05-05 11:00:00", "Asia/Shanghai"),
            [at("2022-05-05 11:30:00", "Asia/Shanghai"), at("2022-05-06 10:00:00", "Asia/Shanghai")],
        ),
        (
            "0 0/5 14 * 10 ? 2022/2 UTC",
            at("2022-10-31 14:50:00"),
            [at("2022-10-31 14:55:00"), at("2024-10-01 14:00:00")],
        ),
        ("0 0 12 ? * MON-FRI", at("2024-03-01 12:00:00"), [at("2024-03-04 12:00:00")]),
        ("0 0 0 29 FEB ?", at("2021-01-01 00:00:00"), [at("2024-02-29 00:00:00")]),
        ("*/20 * * * * ?", at("2024-01-01 00:00:05"), [at("2024-01-01 00:00:20"), at("2024-01-01 00:00:40")]),
        ("0 0 1 ? * 1,7", at("2024-03-01 00:00:00"), [at("2024-03-02 01:00:00"), at("2024-03-03 01:00:00")]),
    ],
)
def test_cron_runs_at_the_moments_it_names(text: str, after: float, expected: list[float]) -> None:
    assert runs(text, after, len(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "often",
        "rate(59s)",
        "rate(8d)",
        "rate(0m)",
        "rate(5)",
        "at(2022-02-30 00:00:00)",
        "at(2022-06-06 13:15:30 Nowhere/City)",
        "at(2022-06-06 13:15:30 GMT+08:00)",
        "at(2022-06-06 13:15:30 ../../etc/passwd)",
        "* * * * *",
        "* * * * * ?",
        "0/5 * * * * ?",
        "0 0 0 1 1 1",
        "0 0 0 ? * ?",
        "0 60 0 * * ?",
        "0 0 24 * * ?",
        "0 0 0 0 * ?",
        "0 0 0 * 13 ?",
        "0 0 0 ? * 8",
        "0 0 0 L * ?",
        "0 0 0 * * ? 1969",
        "0 5-1 0 * * ?",
        "0 */0 0 * * ?",
        "0 0 0 * * ? 2022 Nowhere/City",
        "0 0 0 * * ? 2022 UTC more",
        "0 " * 200,
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(CloudError) as caught:
        read_schedule(text, timeout=10)
    assert caught.value.code == "InvalidParam.Frequency"


def test_runs_do_not_overlap_themselves() -> None:
    with pytest.raises(CloudError):
        read_schedule("rate(60s)", timeout=60)
    with pytest.raises(CloudError):
        read_schedule("0 * * * * ?", timeout=61)
    assert read_schedule("0 * * * * ?", timeout=60)


minutes = st.sets(st.integers(0, 59), min_size=1, max_size=4)
hours = st.sets(st.integers(0, 23), min_size=1, max_size=4)
days = st.sets(st.integers(1, 28), min_size=1, max_size=10)


@given(minutes, hours, days, st.integers(0, 400 * 86400))
def test_cron_against_a_plain_search(minute: set[int], hour: set[int], day: set[int], offset: int) -> None:
    def field(values: set[int]) -> str:
        return ",".join(str(each) for each in values)

    start = 1_700_000_000 + offset
    moment = next_after(
        read_schedule(f"0 {field(minute)} {field(hour)} {field(day)} * ?", timeout=10), start, start
    )
    expected = start - start % 60 + 60
    while True:
        local = datetime.fromtimestamp(expected, UTC)
        if local.day not in day or local.hour not in hour:
            expected += 3600 - expected % 3600
        elif local.minute not in minute:
            expected += 60
        else:
            break
    assert moment == expected


@given(st.text(alphabet="0123456789*/,-? LWUTCGM+:rateat()msh#", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        schedule = read_schedule(text, timeout=10)
    except CloudError:
        return
    moment = next_after(schedule, 1_700_000_000.0, 1_700_000_000.0)
    assert moment is None or moment > 1_700_000_000.0
