"""When a scheduled task is due. Pure; in UTC, as the vendor's times are.

Source: ESS API, CreateScheduledTask (LaunchTime, RecurrenceType, RecurrenceValue, RecurrenceEndTime).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec

from yunbox.services.ess.decisions.cron import Cron, following, read_cron

_MONTHLY = re.compile(r"(\d{1,2})-(\d{1,2})", re.ASCII)
_DAY = 86_400.0
_LIMIT_DAYS = 400


class Daily(msgspec.Struct, frozen=True):
    """Once every so many days."""

    days: int


class Weekly(msgspec.Struct, frozen=True):
    """On these days of the week; 0 is Sunday."""

    days: frozenset[int]


class Monthly(msgspec.Struct, frozen=True):
    """On each day of the month from the first to the last."""

    first: int
    last: int


Recurrence = Daily | Weekly | Monthly | Cron | None


def read_recurrence(kind: str, value: str) -> Recurrence:
    """Return what RecurrenceType and RecurrenceValue say, None for none. Raises ValueError with a sentence."""
    match kind:
        case "":
            return None
        case "Daily":
            if not value.isdecimal() or not 1 <= int(value) <= 31:
                raise ValueError("1 to 31 days are expected")
            return Daily(int(value))
        case "Weekly":
            days = [each.strip() for each in value.split(",")]
            if any(each not in ("0", "1", "2", "3", "4", "5", "6") for each in days):
                raise ValueError("days of the week, 0 (Sunday) to 6, are expected, separated by commas")
            return Weekly(frozenset(int(each) for each in days))
        case "Monthly":
            found = _MONTHLY.fullmatch(value)
            if found is None or not 1 <= int(found[1]) <= int(found[2]) <= 31:
                raise ValueError("two days of the month, A-B, are expected")
            return Monthly(int(found[1]), int(found[2]))
        case "Cron":
            return read_cron(value)
    raise ValueError("Daily, Weekly, Monthly or Cron is expected")


def due_after(recurrence: Recurrence, *, launch: float, end: float, after: float) -> float | None:
    """Return the first moment after another at which a task is due, or None. `end` 0: it recurs for ever.

    The first time is `launch` or later; one that does not recur is due at `launch` alone.
    """
    found = _next(recurrence, launch, after)
    return None if found is None or (recurrence is not None and end and found > end) else found


def _next(recurrence: Recurrence, launch: float, after: float) -> float | None:
    match recurrence:
        case None:
            return launch if launch > after else None
        case Daily(days):
            if launch > after:
                return launch
            step = days * _DAY
            return launch + ((after - launch) // step + 1) * step
        case Cron():
            return following(recurrence, max(after, launch - 1.0))
    start = datetime.fromtimestamp(launch, UTC)
    day = datetime.fromtimestamp(max(launch, after), UTC)
    at = day.replace(hour=start.hour, minute=start.minute, second=start.second, microsecond=0)
    for _ in range(_LIMIT_DAYS):
        moment = at.timestamp()
        if moment > after and moment >= launch and _is_day(recurrence, at):
            return moment
        at += timedelta(days=1)
    return None


def _is_day(recurrence: Weekly | Monthly, day: datetime) -> bool:
    if isinstance(recurrence, Weekly):
        return day.isoweekday() % 7 in recurrence.days
    return recurrence.first <= day.day <= recurrence.last
