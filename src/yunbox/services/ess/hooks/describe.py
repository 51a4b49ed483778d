"""DescribeLifecycleHooks. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta

from yunbox.api.call import Call
from yunbox.api.shapes import PageNumber, Shape, Text
from yunbox.services.ess.hooks.model import LifecycleHook
from yunbox.services.ess.pages import Listed, Listing, page_of
from yunbox.services.ess.product import ess


class DescribeLifecycleHooks(Listing):
    """List hooks."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 50
    scaling_group_id: str = ""
    lifecycle_hook_ids: Annotated[list[str], Meta(max_length=50)] = []
    lifecycle_hook_name: str = ""


class HookShown(Shape):
    """A hook."""

    lifecycle_hook_id: str
    lifecycle_hook_name: str
    lifecycle_hook_status: str
    lifecycle_transition: str
    scaling_group_id: str
    default_result: str
    heartbeat_timeout: int
    notification_arn: Text
    notification_metadata: Text


class HooksDescribed(Listed):
    """A page of hooks."""

    lifecycle_hooks: list[HookShown]


@ess.action(DescribeLifecycleHooks, on="lifecyclehook/*")
def describe_lifecycle_hooks(request: DescribeLifecycleHooks, call: Call) -> HooksDescribed:
    """Answer a page of hooks."""
    page = page_of(
        call,
        LifecycleHook,
        request,
        lambda each: request.lifecycle_hook_name in ("", each.name),
        ids=request.lifecycle_hook_ids,
        parent=request.scaling_group_id,
    )
    return HooksDescribed(
        total_count=page.total,
        page_number=page.number,
        page_size=page.size,
        lifecycle_hooks=[
            HookShown(
                lifecycle_hook_id=each.id,
                lifecycle_hook_name=each.name,
                lifecycle_hook_status="Active" if each.enabled else "InActive",
                lifecycle_transition=each.transition,
                scaling_group_id=each.parent,
                default_result=each.default_result,
                heartbeat_timeout=each.heartbeat,
                notification_arn=each.notification_arn or UNSET,
                notification_metadata=each.notification_metadata or UNSET,
            )
            for each in page.items
        ],
    )
