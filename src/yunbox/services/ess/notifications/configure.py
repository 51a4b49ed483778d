"""Notification configurations: create, modify, delete, describe. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.errors import CloudError
from yunbox.services.ess.checks import living_group
from yunbox.services.ess.errors import notification_not_found, quota_exceeded
from yunbox.services.ess.notifications.model import TYPES, NotificationConfiguration, notification_id
from yunbox.services.ess.product import ess

MAX_NOTIFICATIONS = 6
NOT_SENT = (
    "Notifications go to the file logs/scaling-notifications.log of the data directory: there are no queues and "
    "topics of MNS yet."
)

Arn = Annotated[str, Meta(max_length=300)]
Types = Annotated[list[str], Meta(min_length=1, max_length=8)]

_ARN = re.compile(
    r"acs:(ess:[a-z0-9-]+:\d+:cloudmonitor|mns:[a-z0-9-]+:\d+:(queue|topic)/[A-Za-z0-9_-]+)", re.ASCII
)
_ZONE = re.compile(r"UTC[+-](0?\d|1[0-4])")


class CreateNotificationConfiguration(Request):
    """Have somebody told of what happens to a group."""

    scaling_group_id: str
    notification_arn: Arn
    notification_types: Types
    time_zone: str = ""
    message_encoding: Literal["", "BASE64", "NONE"] = ""


class ModifyNotificationConfiguration(Request):
    """Have somebody told of something else."""

    scaling_group_id: str
    notification_arn: Arn
    notification_types: Types
    time_zone: Text = UNSET
    message_encoding: Literal["", "BASE64", "NONE"] | UnsetType = UNSET


class DeleteNotificationConfiguration(Request):
    """Have somebody told no longer."""

    scaling_group_id: str
    notification_arn: Arn


class DescribeNotificationConfigurations(Request):
    """List who is told of what."""

    scaling_group_id: str = ""


class DescribeNotificationTypes(Request):
    """List what one can be told of."""


class NotificationShown(Shape):
    """Who is told of what."""

    scaling_group_id: str
    notification_arn: str
    notification_types: list[str]
    time_zone: Text
    message_encoding: Text


class NotificationsDescribed(Answer):
    """Who is told of what."""

    notification_configuration_models: list[NotificationShown]


class TypesDescribed(Answer):
    """What one can be told of."""

    notification_types: list[str]


@ess.action(CreateNotificationConfiguration, on="scalinggroup/{scaling_group_id}", partial=NOT_SENT)
def create_notification_configuration(request: CreateNotificationConfiguration, call: Call) -> Empty:
    """Store it. Raises CloudError: InvalidScalingGroupId.NotFound, NotificationConfigurationExist ..."""
    group = living_group(call, request.scaling_group_id)
    if not _ARN.fullmatch(request.notification_arn):
        raise CloudError(
            "InvalidNotificationArn", 400, "CloudMonitor, or a queue or a topic of MNS, is expected."
        )
    id_ = notification_id(group.id, request.notification_arn)
    if call.get(NotificationConfiguration, id_) is not None:
        raise CloudError(
            "NotificationConfigurationExist", 400, f"{request.notification_arn} is told of the group already."
        )
    if call.change.count(NotificationConfiguration, parent=group.id) >= MAX_NOTIFICATIONS:
        raise quota_exceeded("NotificationConfiguration", MAX_NOTIFICATIONS)
    call.change.create(
        NotificationConfiguration(
            id=id_,
            account=call.account,
            region=call.region,
            parent=group.id,
            arn=request.notification_arn,
            types=_types(request.notification_types),
            time_zone=_zone(request.time_zone),
            encoding=request.message_encoding,
        )
    )
    return Empty()


@ess.action(ModifyNotificationConfiguration, on="scalinggroup/{scaling_group_id}", partial=NOT_SENT)
def modify_notification_configuration(request: ModifyNotificationConfiguration, call: Call) -> Empty:
    """Store what changes. Raises CloudError: NotificationConfigurationNotExist."""
    found = _find(call, request.scaling_group_id, request.notification_arn)
    zone, encoding = request.time_zone, request.message_encoding
    call.change.replace(
        msgspec.structs.replace(
            found,
            types=_types(request.notification_types),
            time_zone=found.time_zone if zone is UNSET else _zone(zone),
            encoding=found.encoding if encoding is UNSET else encoding,
        )
    )
    return Empty()


@ess.action(DeleteNotificationConfiguration, on="scalinggroup/{scaling_group_id}")
def delete_notification_configuration(request: DeleteNotificationConfiguration, call: Call) -> Empty:
    """Delete it. Raises CloudError: NotificationConfigurationNotExist."""
    found = _find(call, request.scaling_group_id, request.notification_arn)
    call.change.delete(NotificationConfiguration, found.id)
    return Empty()


@ess.action(DescribeNotificationConfigurations, on="scalinggroup/{scaling_group_id}")
def describe_notification_configurations(
    request: DescribeNotificationConfigurations, call: Call
) -> NotificationsDescribed:
    """Answer who is told of what."""
    group = request.scaling_group_id
    found = (
        call.find(NotificationConfiguration, parent=group) if group else call.find(NotificationConfiguration)
    )
    return NotificationsDescribed(
        notification_configuration_models=[
            NotificationShown(
                scaling_group_id=each.parent,
                notification_arn=each.arn,
                notification_types=list(each.types),
                time_zone=each.time_zone or UNSET,
                message_encoding=each.encoding or UNSET,
            )
            for each in found
        ]
    )


@ess.action(DescribeNotificationTypes, on="*")
def describe_notification_types(request: DescribeNotificationTypes, call: Call) -> TypesDescribed:
    """Answer what one can be told of."""
    return TypesDescribed(notification_types=list(TYPES))


def _find(call: Call, group: str, arn: str) -> NotificationConfiguration:
    living_group(call, group)
    return call.require(
        NotificationConfiguration, notification_id(group, arn), lambda _: notification_not_found(arn)
    )


def _types(asked: list[str]) -> tuple[str, ...]:
    for each in asked:
        if each not in TYPES:
            raise CloudError("InvalidNotificationTypes", 400, f"One of {', '.join(TYPES)} is expected.")
    return tuple(dict.fromkeys(asked))


def _zone(text: str) -> str:
    if text and not _ZONE.fullmatch(text):
        raise invalid_parameter("TimeZone", "UTC+8 or the like is expected")
    return text
