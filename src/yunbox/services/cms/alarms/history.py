"""DescribeAlertHistoryList, DescribeAlertLogList, DescribeAlertLogCount. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import PageNumber, Request, Shape
from yunbox.services.cms.alarms.model import Alert
from yunbox.services.cms.answers import Done
from yunbox.services.cms.groups.model import group_key
from yunbox.services.cms.metrics.catalogue import PROJECTS
from yunbox.services.cms.metrics.reading import moment
from yunbox.services.cms.product import cms

GRADES = {"CRITICAL": "P2", "WARN": "P3", "INFO": "P4", "": "OK"}
"""How histories write levels."""

DEFAULT_SPAN = 900.0
"""The log goes back so many seconds when no time is given."""


class DescribeAlertHistoryList(Request):
    """List what rules said."""

    ascending: bool = False
    start_time: str = ""
    end_time: str = ""
    group_id: str = ""
    metric_name: str = ""
    namespace: str = ""
    rule_id: str = ""
    rule_name: str = ""
    state: Literal["", "ALARM", "OK", "INSUFFICIENT_DATA"] = ""
    status: str = ""
    page: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class NameList(Shape):
    """The wrapping of names of contact groups."""

    contact_group: list[str]


class HistoryShown(Shape, kw_only=True):
    """What a rule said of a resource."""

    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    dimensions: str
    expression: str
    evaluation_count: int
    level: str
    state: str
    status: int
    value: str
    alert_time: int
    last_time: int
    group_id: str
    instance_name: str
    webhooks: str
    contact_groups: NameList


class HistoryList(Shape):
    """The wrapping of histories."""

    alarm_history: list[HistoryShown]


class HistoryDescribed(Done, kw_only=True):
    """A page of history."""

    alarm_history_list: HistoryList
    total: str


class _Log(Request, kw_only=True):
    """Which lines of the log are meant."""

    start_time: int | UnsetType = UNSET
    end_time: int | UnsetType = UNSET
    last_min: Annotated[str, Meta(pattern=r"^[0-9]{0,6}$")] = ""
    event_type: Literal["", "TRIGGERED", "RESOLVED"] = ""
    contact_group: str = ""
    group_id: str = ""
    level: str = ""
    metric_name: str = ""
    namespace: str = ""
    product: str = ""
    rule_id: str = ""
    rule_name: str = ""
    search_key: str = ""
    send_status: str = ""
    source_type: Literal["", "METRIC"] = ""


class DescribeAlertLogList(_Log):
    """List what rules said, and to whom."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class DescribeAlertLogCount(_Log):
    """Count what rules said, by something."""

    group_by: Literal["product", "level", "groupId", "contactGroup", "product,metricName"]
    accepted = {"PageNumber": "all counts are on one page", "PageSize": "all counts are on one page"}


class DimensionShown(Shape):
    """A dimension of a resource."""

    key: str
    value: str


class EscalationShown(Shape):
    """What decided."""

    expression: str
    level: str
    times: int


class Webhook(Shape, rename=None):
    """An address that was told."""

    url: str
    code: str = ""
    message: str = ""


class LogShown(Shape, kw_only=True):
    """What a rule said of a resource, and to whom."""

    log_id: str
    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    product: str
    alert_time: str
    level: str
    level_change: str
    event_name: str
    message: str
    group_id: str
    instance_id: str
    instance_name: str
    send_status: str
    contact_groups: list[str]
    dimensions: list[DimensionShown]
    escalation: EscalationShown
    webhook_list: list[Webhook]


class LogDescribed(Done, kw_only=True):
    """A page of the log."""

    alert_log_list: list[LogShown] = field(name="AlertLogList")
    page_number: int
    page_size: int


@cms.action(DescribeAlertHistoryList, on="*")
def describe_alert_history_list(request: DescribeAlertHistoryList, call: Call) -> HistoryDescribed:
    """Answer with a page of history, the newest first unless it is to be `Ascending`."""
    first = moment(request.start_time, "StartTime") if request.start_time else 0.0
    last = moment(request.end_time, "EndTime") if request.end_time else call.time + 1.0
    found = [
        each
        for each in call.find(Alert, descending=not request.ascending)
        if first <= each.at <= last
        and request.state in ("", each.state)
        and request.status in ("", each.send_status)
        and (not request.group_id or each.group == group_key(call.account, request.group_id))
        and _named(each, request)
    ]
    at = (request.page - 1) * request.page_size
    shown = [_history(each) for each in found[at : at + request.page_size]]
    return HistoryDescribed(alarm_history_list=HistoryList(alarm_history=shown), total=str(len(found)))


def _named(alert: Alert, request: DescribeAlertHistoryList | _Log) -> bool:
    return (
        request.rule_id in ("", alert.rule_id)
        and request.rule_name in alert.rule_name
        and request.namespace in ("", alert.namespace)
        and request.metric_name in ("", alert.metric)
    )


def _history(alert: Alert) -> HistoryShown:
    return HistoryShown(
        rule_id=alert.rule_id,
        rule_name=alert.rule_name,
        namespace=alert.namespace,
        metric_name=alert.metric,
        dimensions=msgspec.json.encode(alert.dimensions).decode(),
        expression=alert.expression,
        evaluation_count=alert.times,
        level=GRADES[alert.level],
        state=alert.state,
        status=int(alert.send_status),
        value=_value(alert),
        alert_time=int(alert.at * 1000),
        last_time=int(alert.lasted * 1000),
        group_id=alert.group.partition("/")[2],
        instance_name=alert.dimensions.get("instanceId", ""),
        webhooks=alert.webhook,
        contact_groups=NameList(contact_group=_groups(alert)),
    )


def _value(alert: Alert) -> str:
    return "" if alert.value is None else f"{alert.value:.12g}"


def _groups(alert: Alert) -> list[str]:
    return [each for each in alert.contact_groups.split(",") if each]


@cms.action(
    DescribeAlertLogList, on="*", partial="Whether a webhook took a notice stands in the log of yunbox alone."
)
def describe_alert_log_list(request: DescribeAlertLogList, call: Call) -> LogDescribed:
    """Answer with a page of the log, the newest first. Raises CloudError: InvalidParameter."""
    found = _lines(request, call)
    at = (request.page_number - 1) * request.page_size
    shown = [_log(each) for each in found[at : at + request.page_size]]
    return LogDescribed(alert_log_list=shown, page_number=request.page_number, page_size=request.page_size)


def _lines(request: _Log, call: Call) -> list[Alert]:
    """Return the lines of the log that are meant, the newest first. Raises CloudError."""
    first, last = _range(request, call.time)
    return [
        each
        for each in call.find(Alert, descending=True)
        if first <= each.at <= last
        and request.level in ("", GRADES[each.level])
        and request.send_status in ("", each.send_status)
        and request.event_type in ("", "TRIGGERED" if each.state == "ALARM" else "RESOLVED")
        and request.product.lower() in ("", _product(each).lower())
        and (not request.contact_group or request.contact_group in _groups(each))
        and (not request.group_id or each.group == group_key(call.account, request.group_id))
        and (not request.search_key or _mentions(each, request.search_key))
        and _named(each, request)
    ]


class CountedBy(Shape):
    """By what lines were counted."""

    name: str
    value: str


class LinesCounted(Shape):
    """How many lines there are of something."""

    count: int
    logs: list[CountedBy]


class LogCounted(Done, kw_only=True):
    """The counts."""

    alert_log_count: list[LinesCounted]


@cms.action(DescribeAlertLogCount, on="*")
def describe_alert_log_count(request: DescribeAlertLogCount, call: Call) -> LogCounted:
    """Answer with the counts, the largest first. Raises CloudError: InvalidParameter."""
    names = request.group_by.split(",")
    counts: Counter[tuple[str, ...]] = Counter()
    for each in _lines(request, call):
        keys = {
            "product": [_product(each)],
            "metricName": [each.metric],
            "level": [GRADES[each.level]],
            "groupId": [each.group.partition("/")[2]],
            "contactGroup": _groups(each),
        }
        counts.update(itertools.product(*(keys[name] for name in names)))
    return LogCounted(
        alert_log_count=[
            LinesCounted(
                count=count,
                logs=[CountedBy(name=name, value=text) for name, text in zip(names, values, strict=True)],
            )
            for values, count in counts.most_common()
        ]
    )


def _range(request: _Log, now: float) -> tuple[float, float]:
    if isinstance(request.start_time, int) != isinstance(request.end_time, int):
        raise invalid_parameter("StartTime", "it goes together with EndTime")
    if isinstance(request.start_time, int) and isinstance(request.end_time, int):
        return request.start_time / 1000, request.end_time / 1000
    span = int(request.last_min) * 60.0 if request.last_min else DEFAULT_SPAN
    return now - span, now + 1.0


def _mentions(alert: Alert, text: str) -> bool:
    named = (alert.rule_name, alert.rule_id, alert.metric, *alert.dimensions.values())
    return any(text in each for each in named)


def _product(alert: Alert) -> str:
    known = {each.namespace: each.product for each in PROJECTS}
    return known.get(alert.namespace, alert.namespace)


def _log(alert: Alert) -> LogShown:
    grade = GRADES[alert.level]
    return LogShown(
        log_id=alert.id,
        rule_id=alert.rule_id,
        rule_name=alert.rule_name,
        namespace=alert.namespace,
        metric_name=alert.metric,
        product=_product(alert),
        alert_time=str(int(alert.at * 1000)),
        level=grade,
        level_change=f"{GRADES[alert.before]}->{grade}",
        event_name="TRIGGERED" if alert.state == "ALARM" else "RESOLVED",
        message=f"{alert.metric} {alert.state}: {alert.expression}, {_value(alert)}",
        group_id=alert.group.partition("/")[2],
        instance_id=alert.dimensions.get("instanceId", ""),
        instance_name=alert.dimensions.get("instanceId", ""),
        send_status=alert.send_status,
        contact_groups=_groups(alert),
        dimensions=[DimensionShown(key=key, value=text) for key, text in alert.dimensions.items()],
        escalation=EscalationShown(expression=alert.expression, level=grade, times=alert.times),
        webhook_list=[Webhook(url=alert.webhook)] if alert.webhook else [],
    )
