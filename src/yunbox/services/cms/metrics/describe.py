"""DescribeMetricList, DescribeMetricLast, DescribeMetricData and DescribeMetricTop. Shapes: the SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Request, Text
from yunbox.engines.metrics.interface import MetricStore, Point, dimensions_text
from yunbox.services.cms.answers import Coded
from yunbox.services.cms.metrics.reading import (
    Page,
    check_metric,
    dimensions_of,
    grouped,
    grouping_of,
    length_of,
    page_of,
    period_of,
    range_of,
    shown_points,
    token_of,
    without_owner,
)
from yunbox.services.cms.product import cms
from yunbox.services.cms.statistics import statistic

R = TypeVar("R", bound=Request)
A = TypeVar("A", bound=Coded)

_JUST_AFTER = 0.001
"""The vendor's ranges are without their start and with their end."""

MOST_READ = 100_000
"""So many points are looked at for one answer."""


class _Asked(Request, kw_only=True):
    namespace: Annotated[str, Meta(min_length=1, max_length=200)]
    metric_name: Annotated[str, Meta(min_length=1, max_length=200)]
    dimensions: Annotated[str, Meta(max_length=50_000)] = ""
    start_time: str = ""
    end_time: str = ""
    period: str = ""
    express: Annotated[str, Meta(max_length=2000)] = ""
    length: str = ""


class DescribeMetricList(_Asked):
    """Values of a metric over a time."""

    next_token: Annotated[str, Meta(max_length=500)] = ""


class DescribeMetricLast(_Asked):
    """The newest value of each series of a metric."""

    next_token: Annotated[str, Meta(max_length=500)] = ""


class DescribeMetricData(_Asked):
    """The newest value of each series of a metric."""


class DescribeMetricTop(_Asked):
    """The newest value of each series of a metric, by size."""

    orderby: Literal["Average", "Minimum", "Maximum"]
    order_desc: str = "False"


class Values(Coded, kw_only=True):
    """Points, as a JSON text."""

    datapoints: str
    period: str


class ValuesListed(Values, kw_only=True):
    """A page of points."""

    success: bool = True
    next_token: Text = UNSET


class _Read(msgspec.Struct):
    """What a request asks for."""

    store: MetricStore
    account: str
    namespace: str
    metric: str
    period: int
    among: list[dict[str, str]]
    groupby: tuple[str, ...]
    start: float
    end: float

    def points(self, start: float, end: float, limit: int = MOST_READ) -> list[Point]:
        """Return the points that begin after `start`, up to `end`."""
        found = self.store.read(
            self.account,
            self.namespace,
            self.metric,
            start=start,
            end=end,
            period=self.period,
            among=self.among,
            limit=limit,
        )
        if len(found) >= MOST_READ:
            raise invalid_parameter(
                "StartTime", f"at most {MOST_READ} points are looked at: ask for a shorter time"
            )
        return grouped(found, self.groupby)

    def last(self) -> list[Point]:
        """Return the newest point of each series."""
        newest = self.store.latest(
            self.account, self.namespace, self.metric, since=self.start, among=self.among
        )
        if not newest or any(each.at > self.end for each in newest):
            found = self.points(self.start + _JUST_AFTER, self.end + _JUST_AFTER)
        else:
            begun = sorted({each.at // self.period * self.period for each in newest})
            found = [point for at in begun for point in self.points(at, at + _JUST_AFTER)]
        last = {each.series: each for each in found}
        return sorted(last.values(), key=lambda each: dimensions_text(each.series.dimensions))

    def shown(self, points: Sequence[Point]) -> str:
        """Return points as the JSON text that an answer holds."""
        return msgspec.json.encode(shown_points(points, self.namespace, self.metric)).decode()


def _read(request: _Asked, call: Call) -> _Read:
    check_metric(request.namespace, request.metric_name, call.account)
    period = period_of(request.period)
    start, end = range_of(request.start_time, request.end_time, period, call.time)
    return _Read(
        call.cloud.metrics(),
        call.account,
        request.namespace,
        request.metric_name,
        period,
        without_owner(dimensions_of(request.dimensions), call.account),
        grouping_of(request.express),
        start,
        end,
    )


async def _beside(work: Callable[[R, Call], A], request: R, call: Call) -> A:
    """Do what may take some tenths of a second beside the event loop."""
    # Opened here, by one thread alone.
    call.cloud.metrics()
    return await asyncio.to_thread(work, request, call)


@cms.action(DescribeMetricList, on="*", access="own")
async def describe_metric_list(request: DescribeMetricList, call: Call) -> ValuesListed:
    """Answer with points in the order of time. Raises CloudError: ResourceNotFound, InvalidParameter."""
    return await _beside(_list, request, call)


def _list(request: DescribeMetricList, call: Call) -> ValuesListed:
    read, length = _read(request, call), length_of(request.length, 1000)
    page = page_of(request.next_token) if request.next_token else Page(read.start + _JUST_AFTER, 0, read.end)
    # Points that are put together are fewer than those read.
    limit = MOST_READ if read.groupby else page.passed + length + 1
    points = read.points(page.at, page.end + _JUST_AFTER, limit)[page.passed :]
    token: Text = UNSET
    if len(points) > length:
        last = points[length].at
        before = sum(each.at == last for each in points[:length])
        passed = before + (page.passed if last == page.at else 0)
        points, token = points[:length], token_of(Page(last, passed, page.end))
    return ValuesListed(datapoints=read.shown(points), period=str(read.period), next_token=token)


@cms.action(DescribeMetricLast, on="*", access="own")
async def describe_metric_last(request: DescribeMetricLast, call: Call) -> ValuesListed:
    """Answer with the newest point of each series. Raises CloudError: ResourceNotFound, InvalidParameter."""
    return await _beside(_last, request, call)


def _last(request: DescribeMetricLast, call: Call) -> ValuesListed:
    read, length = _read(request, call), length_of(request.length, 1000)
    passed = page_of(request.next_token).passed if request.next_token else 0
    points = read.last()
    more = len(points) > passed + length
    return ValuesListed(
        datapoints=read.shown(points[passed : passed + length]),
        period=str(read.period),
        next_token=token_of(Page(0.0, passed + length, 0.0)) if more else UNSET,
    )


@cms.action(DescribeMetricData, on="*", access="own")
async def describe_metric_data(request: DescribeMetricData, call: Call) -> Values:
    """Answer with the newest point of each series. Raises CloudError: ResourceNotFound, InvalidParameter."""
    return await _beside(_data, request, call)


def _data(request: DescribeMetricData, call: Call) -> Values:
    read, length = _read(request, call), length_of(request.length, 1000)
    return Values(datapoints=read.shown(read.last()[:length]), period=str(read.period))


@cms.action(DescribeMetricTop, on="*", access="own")
async def describe_metric_top(request: DescribeMetricTop, call: Call) -> Values:
    """Answer with the newest point of each series, the largest first.

    `OrderDesc` says the opposite of its name: with True, the smallest stands first, as the vendor documents it.
    """
    return await _beside(_top, request, call)


def _top(request: DescribeMetricTop, call: Call) -> Values:
    read, length = _read(request, call), length_of(request.length, 10)
    ascending = request.order_desc.lower() == "true"
    points = sorted(read.last(), key=lambda each: statistic(each, request.orderby), reverse=not ascending)
    shown = shown_points(points[:length], read.namespace, read.metric)
    ordered = [{"order": place, **each} for place, each in enumerate(shown, 1)]
    return Values(datapoints=msgspec.json.encode(ordered).decode(), period=str(read.period))
