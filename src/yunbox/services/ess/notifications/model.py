"""Whom to tell of what, as it is stored. Wire shapes: ESS API 2022-02-22 (and 2014-08-28)."""

from __future__ import annotations

from yunbox.control.store_resource import Resource

TYPES = (
    "AUTOSCALING:SCALE_OUT_SUCCESS",
    "AUTOSCALING:SCALE_IN_SUCCESS",
    "AUTOSCALING:SCALE_OUT_ERROR",
    "AUTOSCALING:SCALE_IN_ERROR",
    "AUTOSCALING:SCALE_REJECT",
    "AUTOSCALING:SCALE_OUT_START",
    "AUTOSCALING:SCALE_IN_START",
    "AUTOSCALING:SCHEDULE_TASK_EXPIRING",
)


class NotificationConfiguration(Resource, kind="ess.notification", kw_only=True):
    """Who (`arn`) is told of what (`types`) of a group (`parent`); the id is `notification_id(...)`.

    `time_zone` is empty for the vendor's own, UTC+8.
    """

    arn: str
    types: tuple[str, ...]
    time_zone: str = ""
    encoding: str = ""


def notification_id(group: str, arn: str) -> str:
    """Return the id of a configuration: a group has one an address."""
    return f"{group}/{arn}"
