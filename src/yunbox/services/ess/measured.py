"""What CloudMonitor measured of a scaling group's instances, as rules and event-triggered tasks ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from yunbox.engines.metrics.interface import MetricStore, Point, dimensions
from yunbox.services.cms.metrics.catalogue import BACKENDS, ECS, custom
from yunbox.services.ess.rules.model import Dimension

Statistics = Literal["Average", "Minimum", "Maximum"]

LATE_SECONDS = 1.0
LATE_MACHINE_SECONDS = 0.3
"""Values of a period are there so long after its end: in the cloud's time, and by the machine's besides."""

QPS = "LoadBalancerRealServerAverageQps"
LOADS = "yunbox_scaling_group"
"""The namespace in which a group's load is kept: what its instances bore together, which no metric of theirs says
once they are gone. Its dimension is the group; its metrics are named as the rules' are."""

_MOST_POINTS = 1_000_000
"""Of a thousand instances, each several servers, in as many minutes as a rule looks at."""

_KB_A_MINUTE = 60 / 8 / 1024


class Source(msgspec.Struct, frozen=True):
    """Where a metric of the rules is measured, and what its values are to be multiplied with."""

    namespace: str
    metric: str
    name: str = "instanceId"
    factor: float = 1.0


_SOURCES = {
    "CpuUtilization": Source(ECS, "CPUUtilization"),
    "CpuUtilizationAgent": Source(ECS, "cpu_total"),
    "MemoryUtilization": Source(ECS, "memory_usedutilization"),
    "LoadAverage": Source(ECS, "load_1m"),
    "TcpConnection": Source(ECS, "concurrentConnections"),
    "IntranetRx": Source(ECS, "IntranetInRate", factor=_KB_A_MINUTE),
    "IntranetTx": Source(ECS, "IntranetOutRate", factor=_KB_A_MINUTE),
    "PackagesNetIn": Source(ECS, "networkin_packages"),
    "PackagesNetOut": Source(ECS, "networkout_packages"),
    QPS: Source(BACKENDS, "Qps", name="serverId"),
}
"""The metrics that are measured here. Others, such as traffic over the Internet, are known and never have values."""

_OF_THE_GROUP = frozenset({"user_id", "userId", "scaling_group", "scalingGroup", "rulePool"})
"""Dimensions that say which group is meant."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which values: `count` periods of `period` seconds up to `end`, of the instances that were warm then.

    `warm_since` says of each instance from when on it counts. Custom metrics are of no instance, but of a monitor
    group, `cms_group`, and of what their `dimensions` say.
    """

    account: str
    metric: str
    metric_type: Literal["system", "custom"] = "system"
    dimensions: tuple[Dimension, ...] = ()
    cms_group: int = 0
    statistics: Statistics = "Average"
    period: int = 60
    count: int = 1
    end: float
    warm_since: Mapping[str, float]


def last_end(now: float, period: int, speed: float) -> float:
    """Return the end of the newest period whose values are there."""
    return (now - LATE_SECONDS - LATE_MACHINE_SECONDS * speed) // period * period


def until_next(now: float, period: int, speed: float) -> float:
    """Return in how many of the cloud's seconds the next period's values are there."""
    late = LATE_SECONDS + LATE_MACHINE_SECONDS * speed
    return ((now - late) // period + 1) * period + late - now


def values(store: MetricStore, asked: Asked) -> list[float | None]:
    """Return one value a period, over all instances, oldest first; None where nothing was measured."""
    if asked.metric_type == "custom":
        named = {each.key: each.value for each in asked.dimensions if each.key not in _OF_THE_GROUP}
        if asked.cms_group:
            named["groupId"] = str(asked.cms_group)
        points = _read(store, asked, custom(asked.account), asked.metric, [named] if named else [])
        return [_over(each, asked.statistics) for each in points]
    source = _SOURCES.get(asked.metric)
    if source is None or not asked.warm_since:
        return [None] * asked.count
    narrowed = _narrowed(asked)
    among = [{source.name: each, **narrowed} for each in asked.warm_since]
    found = []
    for period in _read(store, asked, source.namespace, source.metric, among):
        counted = [each for each in period if _counts(each, source.name, asked.warm_since)]
        if asked.metric == QPS:
            # One value a balancer's server: an instance that is several servers bears all of it.
            counted = _summed(counted, source.name)
        value = _over(counted, asked.statistics)
        found.append(None if value is None else value * source.factor)
    return found


def load(store: MetricStore, asked: Asked) -> float | None:
    """Return what the instances bore together in the last period asked for: the metric's mean times their number."""
    found = values(store, asked)
    return None if not found or found[-1] is None else found[-1] * len(asked.warm_since)


def loads(
    store: MetricStore, account: str, group: str, metric: str, start: float, end: float
) -> dict[int, float]:
    """Return what a group bore in each hour, by the hour's beginning."""
    points = store.read(
        account,
        LOADS,
        metric,
        start=start,
        end=end,
        period=3600,
        among=[dict(dimensions(scalingGroupId=group))],
    )
    return {int(each.at): each.average for each in points}


def _narrowed(asked: Asked) -> dict[str, str]:
    """Return the dimensions that narrow what is measured of an instance: its device, or the server group."""
    found = {}
    for each in asked.dimensions:
        if each.key == "rulePool":
            found["serverGroupId"] = each.value
        elif each.key not in _OF_THE_GROUP:
            found[each.key] = each.value
    return found


def _read(
    store: MetricStore, asked: Asked, namespace: str, metric: str, among: Sequence[Mapping[str, str]]
) -> list[list[Point]]:
    start = asked.end - asked.count * asked.period
    points = store.read(
        asked.account,
        namespace,
        metric,
        start=start,
        end=asked.end,
        period=asked.period,
        among=among,
        limit=_MOST_POINTS,
    )
    periods: list[list[Point]] = [[] for _ in range(asked.count)]
    for each in points:
        periods[min(int((each.at - start) // asked.period), asked.count - 1)].append(each)
    return periods


def _counts(point: Point, name: str, warm_since: Mapping[str, float]) -> bool:
    since = warm_since.get(dict(point.series.dimensions).get(name, ""))
    return since is not None and point.at >= since


def _summed(points: Iterable[Point], name: str) -> list[Point]:
    by: dict[str, Point] = {}
    for each in points:
        instance = dict(each.series.dimensions)[name]
        had = by.get(instance)
        total = each.average + (had.average if had is not None else 0.0)
        by[instance] = msgspec.structs.replace(each, minimum=total, maximum=total, sum=total, count=1.0)
    return list(by.values())


def _over(points: Sequence[Point], statistics: Statistics) -> float | None:
    if not points:
        return None
    match statistics:
        case "Minimum":
            return min(each.minimum for each in points)
        case "Maximum":
            return max(each.maximum for each in points)
    return sum(each.average for each in points) / len(points)
