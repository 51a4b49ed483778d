"""When a repeated command runs next: `rate(5m)`, `at(2022-06-06 13:15:30 Asia/Shanghai)` and cron. Pure.

Source: ECS API documentation, RunCommand, Frequency; and "Cron expressions": seconds, minutes, hours, day of the
month, month, day of the week (1 is Sunday) and a year that may be left out, then a time zone that may be too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from yunbox.errors import CloudError

MIN_RATE = 60.0
MAX_RATE = 7 * 86400.0
MIN_CRON = 10.0
MAX_TEXT = 256

_RATE = re.compile(r"rate\(\s*(\d{1,7})\s*([smhd])\s*\)", re.ASCII)
_AT = re.compile(r"at\(\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: +([^)\s]+))?\s*\)", re.ASCII)
_ZONE = re.compile(r"UTC$|GMT|[A-Z][A-Za-z_]+/[A-Z]", re.ASCII)
_GMT = re.compile(r"GMT([+-])(\d{1,2}):(\d\d)", re.ASCII)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIRST_YEAR, _LAST_YEAR = 1970, 2099
_PART = re.compile(r"(?P<from>\*|[A-Z0-9]+)(?:-(?P<to>[A-Z0-9]+))?(?:/(?P<step>\d{1,4}))?", re.ASCII)


class Rate(msgspec.Struct, frozen=True):
    """Every so many seconds."""

    every: float


class At(msgspec.Struct, frozen=True):
    """Once."""

    moment: float


class Cron(msgspec.Struct, frozen=True):
    """At the moments whose parts are all among these, in a time zone (UTC where none is named)."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    zone: str = "UTC"


Schedule = Rate | At | Cron


def _invalid(why: str) -> CloudError:
    return CloudError("InvalidParam.Frequency", 400, f"The specified frequency is invalid: {why}.")


def read_schedule(text: str, *, timeout: float) -> Schedule:
    """Return what a Frequency says, for runs of at most `timeout` seconds.

    Raises CloudError: InvalidParam.Frequency.
    """
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise _invalid("it is too long")
    if match := _RATE.fullmatch(text):
        every = int(match[1]) * _UNITS[match[2]]
        if not MIN_RATE <= every <= MAX_RATE or every <= timeout:
            raise _invalid("an interval is 60 seconds to 7 days, and longer than the timeout")
        return Rate(every)
    if match := _AT.fullmatch(text):
        try:
            moment = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").replace(
                tzinfo=zone_of(match[2] or "UTC")
            )
        except ValueError:
            raise _invalid("there is no such moment") from None
        return At(moment.timestamp())
    return _read_cron(text, timeout)


def zone_of(name: str) -> tzinfo:
    """Return the time zone of a name such as `Asia/Shanghai`, `GMT+8:00` or `UTC`. Raises CloudError."""
    if name == "UTC":
        return UTC
    if match := _GMT.fullmatch(name):
        hours, minutes = int(match[2]), int(match[3])
        if hours > 14 or minutes > 59 or (len(match[2]) == 2 and match[2][0] == "0"):
            raise _invalid("there is no such time zone")
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(offset if match[1] == "+" else -offset)
    if not re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Za-z_+-]+){1,2}", name, re.ASCII):
        raise _invalid("a time zone is Area/City, GMT+H:MM or UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _invalid("there is no such time zone") from None


def _read_cron(text: str, timeout: float) -> Cron:
    fields = text.split()
    zone = "UTC"
    if fields and _ZONE.match(fields[-1]):
        zone = fields.pop()
    if len(fields) not in (6, 7):
        raise _invalid("rate(...), at(...) or six or seven fields of a cron expression are expected")
    zone_of(zone)
    day, weekday = fields[3], fields[5]
    if (day == "?") == (weekday == "?") and not (day == weekday == "*"):
        raise _invalid("one of the day of the month and the day of the week is ?")
    found = Cron(
        seconds=_values(fields[0], 0, 59),
        minutes=_values(fields[1], 0, 59),
        hours=_values(fields[2], 0, 23),
        days=frozenset(_values(day, 1, 31)),
        months=frozenset(_values(fields[4], 1, 12, _MONTHS)),
        weekdays=frozenset(_values(weekday, 1, 7, _DAYS)),
        years=frozenset(_values(fields[6] if len(fields) == 7 else "*", _FIRST_YEAR, _LAST_YEAR)),
        zone=zone,
    )
    apart = _least_apart(found)
    if apart < max(MIN_CRON, timeout):
        raise _invalid("two runs are at least 10 seconds and the timeout apart")
    return found


def _values(field: str, least: int, most: int, names: tuple[str, ...] = ()) -> tuple[int, ...]:
    if field == "?":
        return tuple(range(least, most + 1))
    found: set[int] = set()
    for part in field.upper().split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise _invalid(f"{field[:32]!a} is not understood")
        step = int(match["step"] or 1)
        if match["from"] == "*":
            first, last = least, most
        else:
            first = _number(match["from"], names)
            last = _number(match["to"], names) if match["to"] else (most if match["step"] else first)
        if not (least <= first <= last <= most) or step < 1:
            raise _invalid(f"{field[:32]!a} is out of range")
        found.update(range(first, last + 1, step))
    return tuple(sorted(found))


def _number(text: str, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + 1
    if not text.isdigit() or len(text) > 4:
        raise _invalid(f"{text[:32]!a} is not understood")
    return int(text)


def _least_apart(cron: Cron) -> float:
    """Return how many seconds lie between two of its moments of a day at least."""
    moments = [h * 3600 + m * 60 + s for h in cron.hours for m in cron.minutes for s in cron.seconds]
    if len(moments) > 86400 // MIN_CRON:
        return 0.0
    moments.append(moments[0] + 86400)
    return float(min(later - sooner for sooner, later in pairwise(moments)))


def next_after(schedule: Schedule, moment: float, start: float) -> float | None:
    """Return when a command that was invoked at `start` runs next after `moment`, or None for never again."""
    if isinstance(schedule, Rate):
        gone = max(0, int((moment - start) // schedule.every))
        return start + (gone + 1) * schedule.every
    if isinstance(schedule, At):
        return schedule.moment if schedule.moment > moment else None
    return _next_of_cron(schedule, moment)


def _next_of_cron(cron: Cron, moment: float) -> float | None:
    zone = zone_of(cron.zone)
    now = datetime.fromtimestamp(int(moment) + 1, zone)
    day = now.date()
    while day.year <= _LAST_YEAR:
        if day.year not in cron.years or day.month not in cron.months:
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            continue
        # Python counts Monday as 1, cron Sunday.
        if day.day in cron.days and day.isoweekday() % 7 + 1 in cron.weekdays:
            for hour in cron.hours:
                for minute in cron.minutes:
                    for second in cron.seconds:
                        at = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
                        if at.timestamp() > moment:
                            return at.timestamp()
        day += timedelta(days=1)
    return None
