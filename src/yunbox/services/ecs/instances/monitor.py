"""DescribeInstanceMonitorData. Shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

import math
from typing import Literal

from msgspec import field

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.cms.metrics.catalogue import ECS
from yunbox.services.ecs.errors import instance_not_found
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.moments import read_moment
from yunbox.services.ecs.product import ecs

MOST_POINTS = 400


class DescribeInstanceMonitorData(Request):
    """What an instance used over a time."""

    instance_id: str
    start_time: str
    end_time: str
    period: Literal[60, 600, 3600] = 60


class Measured(Shape, kw_only=True):
    """What an instance used in a period: percent of all its processors, kbit in all, kbit/s."""

    instance_id: str
    time_stamp: str
    cpu: int = field(name="CPU")
    intranet_rx: int = field(name="IntranetRX")
    intranet_tx: int = field(name="IntranetTX")
    intranet_bandwidth: int


class MeasuredList(Shape):
    """The wrapping of periods."""

    instance_monitor_data: list[Measured]


class MonitorData(Answer):
    """The periods of which something is known."""

    monitor_data: MeasuredList


@ecs.action(
    DescribeInstanceMonitorData,
    on="instance/{instance_id}",
    partial="Disks, traffic over the Internet and CPU credits are not measured, and left out.",
)
def describe_instance_monitor_data(request: DescribeInstanceMonitorData, call: Call) -> MonitorData:
    """Answer with each period between the two times.

    Raises CloudError: InvalidInstanceId.NotFound, InvalidStartTime.Malformed, InvalidEndTime.Malformed,
    InvalidParameter.TooManyDataQueried.
    """
    instance = call.require(Instance, request.instance_id, instance_not_found)
    start, end = _minute(request.start_time, "StartTime"), _minute(request.end_time, "EndTime")
    if end < start:
        raise CloudError("InvalidEndTime.Mismatch", 400, "The specified EndTime is before the StartTime.")
    if (end - start) / request.period > MOST_POINTS:
        raise CloudError(
            "InvalidParameter.TooManyDataQueried", 400, f"At most {MOST_POINTS} periods are shown at a time."
        )

    def means(metric: str) -> dict[float, float]:
        points = call.cloud.metrics().read(
            call.account,
            ECS,
            metric,
            start=start,
            end=end + 1,
            period=request.period,
            among=[{"instanceId": instance.id}],
        )
        return {each.at: each.average for each in points}

    cpu, received, sent = (means(each) for each in ("CPUUtilization", "IntranetInRate", "IntranetOutRate"))
    found = [
        Measured(
            instance_id=instance.id,
            time_stamp=seconds(at),
            cpu=round(share),
            intranet_rx=round(received.get(at, 0.0) * request.period / 1000),
            intranet_tx=round(sent.get(at, 0.0) * request.period / 1000),
            intranet_bandwidth=round((received.get(at, 0.0) + sent.get(at, 0.0)) / 1000),
        )
        for at, share in cpu.items()
    ]
    return MonitorData(monitor_data=MeasuredList(instance_monitor_data=found))


def _minute(text: str, parameter: str) -> float:
    """Return a time, rounded up to the minute. Raises CloudError."""
    moment = read_moment(text)
    if moment is None:
        raise CloudError(
            f"Invalid{parameter}.Malformed",
            400,
            f"The specified {parameter} is not of the form yyyy-MM-ddTHH:mm:ssZ.",
        )
    return math.ceil(moment / 60) * 60.0
