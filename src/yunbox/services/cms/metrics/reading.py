"""What requests for values say, read: times, dimensions, periods, pages. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from yunbox.api.errors import invalid_parameter
from yunbox.engines.metrics.interface import Point
from yunbox.services.cms.errors import not_found, shown
from yunbox.services.cms.metrics.catalogue import METRICS, NAMESPACES, SAMPLED_SECONDS, custom, statistics_of
from yunbox.services.cms.statistics import statistic

MOST_DIMENSIONS = 50
MOST_POINTS = 1440
LONGEST_PERIOD = 86_400
MOST_PASSED = 1_000_000

_LATEST = 1e12
"""No time is later."""

_BEIJING = timezone(timedelta(hours=8))
"""What times without a zone are meant in."""

_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def moment(text: str, parameter: str) -> float:
    """Return a time in seconds since the epoch, given in milliseconds or as a date. Raises CloudError."""
    text = text.strip()
    if text.isdigit() and len(text) <= 15:
        return int(text) / 1000
    for zoned in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"):
        try:
            return datetime.strptime(text, zoned).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    for plain in _FORMATS:
        try:
            return datetime.strptime(text, plain).replace(tzinfo=_BEIJING).timestamp()
        except ValueError:
            continue
    raise invalid_parameter(
        parameter, "milliseconds since 1970, or a time such as 2026-11-11T00:00:00Z, is expected"
    )


def period_of(text: str) -> int:
    """Return a period in seconds; empty is the one in which everything is measured. Raises CloudError."""
    if not text:
        return SAMPLED_SECONDS
    period = int(text) if text.isdigit() and len(text) < 9 else 0
    if not 0 < period <= LONGEST_PERIOD or period % SAMPLED_SECONDS:
        raise invalid_parameter(
            "Period", f"a multiple of {SAMPLED_SECONDS} seconds, up to a day, is expected"
        )
    return period


def range_of(start: str, end: str, period: int, now: float) -> tuple[float, float]:
    """Return the time to look at, without its start and with its end, so that it may end now. Raises CloudError."""
    last = moment(end, "EndTime") if end else now
    first = moment(start, "StartTime") if start else last - _span(period)
    if first >= last:
        raise invalid_parameter("StartTime", "a time before EndTime is expected")
    return first, last


def _span(period: int) -> float:
    """Return how far back the vendor looks when no time is given."""
    if period < 60:
        return 1200.0
    return 7200.0 if period < 900 else 172_800.0


def length_of(text: str, default: int) -> int:
    """Return how many points to answer with. Raises CloudError."""
    if not text:
        return default
    length = int(text) if text.isdigit() and len(text) < 9 else 0
    if not 1 <= length <= MOST_POINTS:
        raise invalid_parameter("Length", f"1 to {MOST_POINTS} is expected")
    return length


def check_metric(namespace: str, name: str, account: str) -> None:
    """Return when there may be values of a metric. Raises CloudError."""
    if namespace == custom(account) or (namespace, name) in METRICS:
        return
    if namespace in NAMESPACES:
        raise not_found(f"the metric {shown(name)} of the namespace {shown(namespace)}")
    raise not_found(f"the namespace {shown(namespace)}")


def dimensions_of(text: str, parameter: str = "Dimensions") -> list[dict[str, str]]:
    """Return the dimensions that a JSON text holds, of which a series must bear all of one. Raises CloudError."""
    if not text.strip():
        return []
    try:
        given = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise _malformed(parameter) from None
    each = [given] if isinstance(given, dict) else given
    if not isinstance(each, list) or not all(isinstance(one, dict) for one in each):
        raise _malformed(parameter)
    if len(each) > MOST_DIMENSIONS:
        raise invalid_parameter(parameter, f"at most {MOST_DIMENSIONS} resources are expected")
    return [_texts(one, parameter) for one in each]


def without_owner(among: Iterable[Mapping[str, str]], account: str) -> list[dict[str, str]]:
    """Return dimensions without the account's own id: not all series bear it, and all that are looked at are its."""
    return [
        {name: text for name, text in each.items() if (name, text) != ("userId", account)} for each in among
    ]


def _texts(given: dict[str, Any], parameter: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _malformed(parameter)
        if name == "dimension":
            # As the vendor names those of custom metrics: `a=1&b=2`.
            pairs = (pair.partition("=") for pair in str(value).split("&") if pair)
            found |= {key: worth for key, _, worth in pairs}
        elif value != "":
            found[name] = str(value)
    return found


def _malformed(parameter: str) -> Exception:
    return invalid_parameter(parameter, 'JSON such as [{"instanceId":"i-1"}] is expected')


def grouping_of(text: str) -> tuple[str, ...]:
    """Return the dimensions by which points are to be put together; empty for not at all. Raises CloudError."""
    if not text.strip():
        return ()
    try:
        given = msgspec.json.decode(text, type=dict[str, Any])
        return msgspec.convert(given, _Express).groupby
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeEncodeError):
        raise invalid_parameter("Express", 'only {"groupby":["a","b"]} is implemented') from None


class _Express(msgspec.Struct, forbid_unknown_fields=True):
    groupby: tuple[str, ...]


def grouped(points: Sequence[Point], names: tuple[str, ...]) -> list[Point]:
    """Return points put together where they agree in time and in those dimensions."""
    if not names:
        return list(points)
    found: dict[tuple[float, tuple[tuple[str, str], ...]], Point] = {}
    for each in points:
        kept = tuple(pair for pair in each.series.dimensions if pair[0] in names)
        before = found.get((each.at, kept))
        found[each.at, kept] = Point(
            msgspec.structs.replace(each.series, dimensions=kept),
            each.at,
            min(each.minimum, before.minimum) if before else each.minimum,
            max(each.maximum, before.maximum) if before else each.maximum,
            each.sum + (before.sum if before else 0.0),
            each.count + (before.count if before else 0.0),
        )
    return list(found.values())


class Page(msgspec.Struct, array_like=True):
    """Where a listing goes on: from a time, past so many points of it, up to an end."""

    at: float
    passed: int
    end: float


def token_of(page: Page) -> str:
    """Return a page as a text to hand out."""
    return base64.urlsafe_b64encode(msgspec.json.encode(page)).decode()


def page_of(token: str) -> Page:
    """Return the page that a text stands for. Raises CloudError."""
    try:
        page = msgspec.json.decode(base64.urlsafe_b64decode(token.encode()), type=Page)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        page = Page(-1.0, 0, 0.0)
    if not (0 <= page.at <= _LATEST and 0 <= page.end <= _LATEST and 0 <= page.passed <= MOST_PASSED):
        raise invalid_parameter("NextToken", "it is not one that an answer gave")
    return page


def shown_points(points: Iterable[Point], namespace: str, name: str) -> list[dict[str, Any]]:
    """Return points as the vendor's JSON has them: time in milliseconds, dimensions, statistics."""
    statistics = statistics_of(namespace, name)
    return [
        {
            "timestamp": int(each.at * 1000),
            **(
                {}
                if any(key == "userId" for key, _ in each.series.dimensions)
                else {"userId": each.series.account}
            ),
            **dict(each.series.dimensions),
            **{name: _rounded(statistic(each, name)) for name in statistics},
        }
        for each in points
    ]


def _rounded(value: float) -> float:
    return round(value, 4)


def texts(dimensions: Mapping[str, str]) -> str:
    """Return dimensions as the vendor writes those of custom metrics: `a=1&b=2`."""
    return "&".join(f"{name}={value}" for name, value in sorted(dimensions.items()))
