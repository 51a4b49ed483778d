"""Cron expressions of scheduled and event-triggered tasks. Pure.

Source: ESS documentation, "Cron expression": `*`, `?`, `,`, `-`, `/`, names of months and days, and of days `L`, `W`
and `#`. Days of the week are 1 (Sunday) to 7. A scheduled task's has five fields (minute, hour, day, month, week) in
UTC; an event-triggered task's six (seconds first, the week `?`), in UTC+8 or the time zone that `TZ=+00` names.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import msgspec

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEK = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_PART = re.compile(r"(?P<first>\*|[A-Z0-9]+)(?:-(?P<last>[A-Z0-9]+))?(?:/(?P<step>\d{1,2}))?", re.ASCII)
_ZONE = re.compile(r"TZ=([+-]\d{1,2})\s+(.*)", re.ASCII | re.DOTALL)
_DAY = re.compile(r"L|LW|\d{1,2}W", re.ASCII)
_WEEKDAY = re.compile(r"([1-7])?L|([1-7])#([1-5])", re.ASCII)
_LIMIT_DAYS = 366 * 9
_EIGHT = timezone(timedelta(hours=8))


class Cron(msgspec.Struct, frozen=True):
    """Moments whose parts are all among these. `days` and `week` may name days as `15W`, `L`, `2#1` or `6L`."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    special_days: tuple[str, ...]
    months: frozenset[int]
    week: frozenset[int]
    special_week: tuple[str, ...]
    offset: int = 0

    @property
    def zone(self) -> tzinfo:
        """The time zone that it is meant in."""
        return timezone(timedelta(hours=self.offset)) if self.offset else UTC


def read_cron(text: str) -> Cron:
    """Return what five fields of a scheduled task say. Raises ValueError with a sentence."""
    fields = text.split()
    if len(fields) != 5:
        raise ValueError("five fields are expected: minute, hour, day, month and week")
    return _cron(["0", *fields], 0)


def read_effective(text: str) -> Cron:
    """Return what six fields of an event-triggered task say. Raises ValueError with a sentence."""
    match = _ZONE.fullmatch(text.strip())
    offset = int(match[1]) if match else 8
    fields = (match[2] if match else text).split()
    if len(fields) != 6 or not -12 <= offset <= 14:
        raise ValueError("six fields are expected: seconds, minutes, hours, days, months and ?")
    return _cron(fields, offset)


def _cron(fields: list[str], offset: int) -> Cron:
    days, special_days = _split(fields[3], _DAY)
    week, special_week = _split(fields[5], _WEEKDAY)
    return Cron(
        seconds=_values(fields[0], 0, 59),
        minutes=_values(fields[1], 0, 59),
        hours=_values(fields[2], 0, 23),
        days=_values(days, 1, 31) if days else frozenset(),
        special_days=special_days,
        months=_values(fields[4], 1, 12, _MONTHS),
        week=_values(week, 1, 7, _WEEK) if week else frozenset(),
        special_week=special_week,
        offset=offset,
    )


def _split(field: str, special: re.Pattern[str]) -> tuple[str, tuple[str, ...]]:
    parts = field.upper().split(",")
    return (
        ",".join(each for each in parts if not special.fullmatch(each)),
        tuple(each for each in parts if special.fullmatch(each)),
    )


def _values(field: str, least: int, most: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    if field == "?":
        return frozenset(range(least, most + 1))
    found: set[int] = set()
    for part in field.upper().split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{field[:32]!a} is not understood")
        step = int(match["step"] or 1)
        if match["first"] == "*":
            first, last = least, most
        else:
            first = _number(match["first"], names, least)
            last = (
                _number(match["last"], names, least) if match["last"] else (most if match["step"] else first)
            )
        if not (least <= first <= last <= most) or step < 1:
            raise ValueError(f"{field[:32]!a} is out of range")
        found |= set(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, names: tuple[str, ...], least: int) -> int:
    if text in names:
        return names.index(text) + least
    if not text.isdecimal() or len(text) > 2:
        raise ValueError(f"{text[:32]!a} is not understood")
    return int(text)


def matches(cron: Cron, moment: float) -> bool:
    """Return whether a moment (seconds since the epoch) is one of its own."""
    at = datetime.fromtimestamp(moment, cron.zone)
    return (
        at.second in cron.seconds
        and at.minute in cron.minutes
        and at.hour in cron.hours
        and _is_day(cron, at)
    )


def following(cron: Cron, moment: float) -> float | None:
    """Return its first moment after another one, by the minute; None if there is none within nine years."""
    at = datetime.fromtimestamp(moment, cron.zone).replace(second=0, microsecond=0) + timedelta(minutes=1)
    day = at.replace(hour=0, minute=0)
    for _ in range(_LIMIT_DAYS):
        if _is_day(cron, day):
            for hour in sorted(cron.hours):
                for minute in sorted(cron.minutes):
                    found = day.replace(hour=hour, minute=minute)
                    if found >= at:
                        return found.timestamp()
        day += timedelta(days=1)
    return None


def _is_day(cron: Cron, day: datetime) -> bool:
    if day.month not in cron.months:
        return False
    in_month = day.day in cron.days or any(_is_special_day(each, day) for each in cron.special_days)
    weekday = day.isoweekday() % 7 + 1
    in_week = weekday in cron.week or any(_is_special_weekday(each, day) for each in cron.special_week)
    return in_month and in_week


def _is_special_day(text: str, day: datetime) -> bool:
    last = monthrange(day.year, day.month)[1]
    if text == "L":
        return day.day == last
    wanted = last if text == "LW" else min(int(text[:-1]), last)
    shift = datetime(day.year, day.month, wanted, tzinfo=day.tzinfo).isoweekday()
    if shift == 6:
        wanted += -1 if wanted > 1 else 2
    elif shift == 7:
        wanted += 1 if wanted < last else -2
    return day.day == wanted


def _is_special_weekday(text: str, day: datetime) -> bool:
    weekday = day.isoweekday() % 7 + 1
    if "#" in text:
        return weekday == int(text[0]) and (day.day - 1) // 7 + 1 == int(text[2])
    wanted = int(text[0]) if text != "L" else 7
    return weekday == wanted and day.day + 7 > monthrange(day.year, day.month)[1]
