"""Moments and periods as instances have them: pure."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta

from yunbox.errors import CloudError

NEVER = "2099-12-31T15:59Z"
"""The expiry that the vendor shows for what is paid as it goes."""

RELEASE_EARLIEST_SECONDS = 30 * 60.0
RELEASE_LATEST_SECONDS = 3 * 366 * 86400.0

_FORMS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ")
_LONGEST = 20


def read_moment(text: str) -> float | None:
    """Return the seconds since the epoch of `2017-12-10T04:04:00Z` or `2017-12-10T04:04Z`, else None."""
    if not text.isascii() or len(text) > _LONGEST:
        return None
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


def release_at(text: str, now: float) -> float:
    """Return when an instance is to be released, to the minute; 0 for never.

    Raises CloudError: InvalidAutoReleaseTime.Malformed, also when it is not 30 minutes to three years away.
    """
    if not text:
        return 0.0
    found = read_moment(text)
    if found is None:
        raise CloudError(
            "InvalidAutoReleaseTime.Malformed",
            400,
            "The specified AutoReleaseTime is not of the form yyyy-MM-ddTHH:mm:ssZ.",
        )
    found -= found % 60
    if not now + RELEASE_EARLIEST_SECONDS - 60 <= found <= now + RELEASE_LATEST_SECONDS:
        raise CloudError(
            "InvalidAutoReleaseTime.Malformed",
            400,
            "The specified AutoReleaseTime is not between 30 minutes and three years from now.",
        )
    return found


def later(moment: float, amount: int, unit: str) -> float:
    """Return a moment `amount` weeks, months or years after another; a month's missing days are left out."""
    start = datetime.fromtimestamp(moment, UTC)
    if unit == "Week":
        return (start + timedelta(weeks=amount)).timestamp()
    months = start.month - 1 + amount * (12 if unit == "Year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day).timestamp()
