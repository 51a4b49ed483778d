"""PutCustomMetric, DescribeCustomMetricList and DeleteCustomMetric. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Request, Shape
from yunbox.engines.metrics.interface import MAX_SERIES, Sample, Series, SeriesLimitError
from yunbox.services.cms.answers import Coded
from yunbox.services.cms.errors import not_found, quota_exceeded, shown
from yunbox.services.cms.metrics.catalogue import custom
from yunbox.services.cms.metrics.reading import dimensions_of, moment, texts
from yunbox.services.cms.product import cms

MOST_SAMPLES = 100
MOST_NAMES = 10
OLDEST_SECONDS = 7 * 86_400.0
NEWEST_SECONDS = 300.0
"""What is measured may be so old, or so new by a clock that goes wrong."""

Name = Annotated[str, Meta(min_length=1, max_length=64)]


class CustomSample(Shape):
    """What was measured: one value (`type` 0), or what several amount to (1)."""

    group_id: str
    metric_name: Name
    dimensions: Annotated[str, Meta(max_length=2000)]
    type: Literal["0", "1"]
    values: Annotated[str, Meta(max_length=2000)]
    period: Literal["", "15", "60", "300", "900"] = ""
    time: str = ""


class PutCustomMetric(Request):
    """Keep values that the caller measured."""

    metric_list: Annotated[list[CustomSample], Meta(min_length=1, max_length=MOST_SAMPLES)]


class _Measured(msgspec.Struct, forbid_unknown_fields=True, rename={"single": "value"}):
    single: float | None = None
    Average: float | None = None
    Minimum: float | None = None
    Maximum: float | None = None
    Sum: float | None = None
    SampleCount: float | None = None
    LastValue: float | None = None
    CountPerSecond: float | None = None
    SumPerMinute: float | None = None


@cms.action(PutCustomMetric, on="*", access="own", partial="Percentiles are refused.")
def put_custom_metric(request: PutCustomMetric, call: Call) -> Coded:
    """Keep the values. Raises CloudError: InvalidParameter, ExceedingQuota."""
    samples = [
        _sample(each, f"MetricList.{number}", call) for number, each in enumerate(request.metric_list, 1)
    ]
    try:
        call.cloud.metrics().put(samples)
    except SeriesLimitError:
        raise quota_exceeded("series of values", MAX_SERIES) from None
    return Coded()


def _sample(given: CustomSample, parameter: str, call: Call) -> Sample:
    if not given.group_id.isdecimal() or len(given.group_id) > 18:
        raise invalid_parameter(f"{parameter}.GroupId", "a number is expected; 0 is no group")
    among = dimensions_of(given.dimensions, f"{parameter}.Dimensions")
    if len(among) != 1 or not 1 <= len(among[0]) <= MOST_NAMES:
        raise invalid_parameter(
            f"{parameter}.Dimensions", f"one object with 1 to {MOST_NAMES} names is expected"
        )
    if any(len(name) > 64 or len(value) > 64 for name, value in among[0].items()):
        raise invalid_parameter(f"{parameter}.Dimensions", "names and values have at most 64 characters")
    named = tuple(sorted({**among[0], "groupId": given.group_id}.items()))
    series = Series(call.account, custom(call.account), given.metric_name, named)
    at = _time(given.time, f"{parameter}.Time", call.time)
    least, most, total, count = _amount(given, f"{parameter}.Values")
    return Sample(series, at, least, most, total, count)


def _amount(given: CustomSample, parameter: str) -> tuple[float, float, float, float]:
    """Return minimum, maximum, sum and count. Raises CloudError."""
    try:
        values = msgspec.json.decode(given.values, type=_Measured)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise invalid_parameter(parameter, f"JSON of numbers is expected ({shown(str(error))})") from None
    if given.type == "0":
        if values.single is None:
            raise invalid_parameter(parameter, 'a single value is expected: {"value":1.5}')
        return values.single, values.single, values.single, 1.0
    count = values.SampleCount if values.SampleCount is not None else 1.0
    total = values.Sum
    if total is None and values.Average is not None:
        total = values.Average * count
    if total is None or not 0 < count < math.inf:
        raise invalid_parameter(parameter, "Sum or Average is expected, and a SampleCount above 0")
    mean = total / count
    least = values.Minimum if values.Minimum is not None else mean
    most = values.Maximum if values.Maximum is not None else mean
    return least, most, total, count


def _time(text: str, parameter: str, now: float) -> float:
    if not text:
        return now
    at = _compact(text)
    at = moment(text, parameter) if at is None else at
    if not now - OLDEST_SECONDS <= at <= now + NEWEST_SECONDS:
        raise invalid_parameter(parameter, "a time of the last seven days is expected")
    return at


def _compact(text: str) -> float | None:
    """Return a time such as `20171012T132456.888+0800`, or None for another form."""
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S.%f%z").timestamp()
    except ValueError:
        return None


class DescribeCustomMetricList(Request):
    """List the series of values that the caller measured."""

    group_id: str = ""
    metric_name: str = ""
    dimension: Annotated[str, Meta(max_length=2000)] = ""
    md5: str = msgspec.field(default="", name="Md5")
    page_number: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,5}$")] = "1"
    page_size: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,3}$")] = "10"


class CustomMetricsDescribed(Coded, kw_only=True):
    """A page of series, as a JSON text."""

    result: str


class _Kept(msgspec.Struct):
    """A series as the caller knows it."""

    metric: str
    group: str
    dimension: str

    @property
    def md5(self) -> str:
        """What names it."""
        text = f"{self.group}\n{self.metric}\n{self.dimension}"
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def _kept(call: Call) -> list[_Kept]:
    found = []
    for _, metric, dimensions in call.cloud.metrics().metrics(call.account, custom(call.account)):
        named = dict(dimensions)
        found.append(_Kept(metric, named.pop("groupId", "0"), texts(named)))
    return found


@cms.action(DescribeCustomMetricList, on="*", access="own")
def describe_custom_metric_list(request: DescribeCustomMetricList, call: Call) -> CustomMetricsDescribed:
    """Answer with a page of series."""
    found = [
        each
        for each in _kept(call)
        if request.group_id in ("", each.group)
        and request.metric_name in ("", each.metric)
        and request.dimension in each.dimension
        and request.md5 in ("", each.md5)
    ]
    size = int(request.page_size)
    first = (int(request.page_number) - 1) * size
    listed = [
        {"metricName": each.metric, "groupId": each.group, "dimension": each.dimension, "md5": each.md5}
        for each in found[first : first + size]
    ]
    result = {"result": listed, "size": len(found)}
    return CustomMetricsDescribed(result=msgspec.json.encode(result).decode())


class DeleteCustomMetric(Request):
    """Forget series of values that the caller measured."""

    group_id: Annotated[str, Meta(min_length=1)]
    metric_name: Annotated[str, Meta(min_length=1)]
    md5: str = msgspec.field(default="", name="Md5")


@cms.action(DeleteCustomMetric, on="*", access="own")
def delete_custom_metric(request: DeleteCustomMetric, call: Call) -> Coded:
    """Forget them. Raises CloudError: ResourceNotFound."""
    found = [
        each
        for each in _kept(call)
        if (each.group, each.metric) == (request.group_id, request.metric_name)
        and request.md5 in ("", each.md5)
    ]
    if not found:
        raise not_found(f"the custom metric {shown(request.metric_name)}")
    for each in found:
        named = {"groupId": each.group, "dimension": each.dimension}
        among = dimensions_of(msgspec.json.encode(named).decode())
        call.cloud.metrics().forget(call.account, custom(call.account), each.metric, among)
    return Coded()
