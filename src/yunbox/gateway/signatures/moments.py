"""The two ways a signed request writes its date, read strictly and cheaply."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_MONTHS = {
    "Jan": 1,
    "Feb": 2,
    "Mar": 3,
    "Apr": 4,
    "May": 5,
    "Jun": 6,
    "Jul": 7,
    "Aug": 8,
    "Sep": 9,
    "Oct": 10,
    "Nov": 11,
    "Dec": 12,
}
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)
_HTTP = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r" (?:GMT|UTC|\+0000)",
    re.ASCII,
)


@lru_cache(maxsize=256)
def parse_moment(text: str) -> float | None:
    """Return the seconds since the epoch of `20221220T084818Z` or `Tue, 20 Dec 2022 08:48:18 GMT`, else None.

    These are the formats of `x-oss-date`/`x-amz-date` and of `Date` (OSS documentation, EC 0002-00000502).
    The name of the weekday is not compared with the date. Cached: a busy client repeats a second many times.
    """
    if len(text) > 64:
        return None
    if match := _BASIC.fullmatch(text):
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
    elif match := _HTTP.fullmatch(text):
        if match[2] not in _MONTHS:
            return None
        year, month, day = int(match[3]), _MONTHS[match[2]], int(match[1])
        hour, minute, second = int(match[4]), int(match[5]), int(match[6])
    else:
        return None
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


@lru_cache(maxsize=256)
def day_of(moment: float) -> str:
    """Return the UTC day, such as `20221220`, as the scope of a V4 signature names it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%d")


def iso(moment: float) -> str:
    """Return `2012-12-25T09:47:52.000Z`, as OSS's error documents write times."""
    try:
        return (
            datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
            + "Z"
        )
    except (OverflowError, ValueError, OSError):
        return str(int(moment))


@lru_cache(maxsize=256)
def basic(moment: float) -> str:
    """Return `20221220T084818Z`, as a V4 string to sign writes the time."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")
