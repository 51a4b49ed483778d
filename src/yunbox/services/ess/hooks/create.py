"""CreateLifecycleHook, ModifyLifecycleHook and DeleteLifecycleHook. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.services.ess.checks import check_name, living_group
from yunbox.services.ess.errors import conflict, hook_name_not_found, hook_not_found, quota_exceeded
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.hooks.model import LifecycleHook, Result, Transition
from yunbox.services.ess.product import ess

MAX_HOOKS = 6
Heartbeat = Annotated[int, Meta(ge=30, le=21600)]
Metadata = Annotated[str, Meta(max_length=4096)]


class HookParameters(Shape, kw_only=True):
    """What a new hook is to be."""

    lifecycle_hook_name: str = ""
    lifecycle_transition: Transition
    default_result: Result = "CONTINUE"
    heartbeat_timeout: Heartbeat = 600
    notification_arn: Annotated[str, Meta(max_length=300)] = ""
    notification_metadata: Metadata = ""


class CreateLifecycleHook(HookParameters, Request, kw_only=True):
    """Hold instances on their way into a group, or out of it."""

    scaling_group_id: str


class HookCreated(Answer):
    """Which hook was made."""

    lifecycle_hook_id: str


class ModifyLifecycleHook(Request):
    """Change a hook, found by its id, or by its group and name."""

    lifecycle_hook_id: str = ""
    scaling_group_id: str = ""
    lifecycle_hook_name: str = ""
    lifecycle_transition: Transition | UnsetType = UNSET
    default_result: Result | UnsetType = UNSET
    heartbeat_timeout: Heartbeat | UnsetType = UNSET
    lifecycle_hook_status: Literal["Active", "InActive"] | UnsetType = UNSET
    notification_arn: Text = UNSET
    notification_metadata: Metadata | UnsetType = UNSET


class DeleteLifecycleHook(Request):
    """Delete a hook, found by its id, or by its group and name."""

    lifecycle_hook_id: str = ""
    scaling_group_id: str = ""
    lifecycle_hook_name: str = ""


@ess.action(CreateLifecycleHook, on="scalinggroup/{scaling_group_id}")
def create_lifecycle_hook(request: CreateLifecycleHook, call: Call) -> HookCreated:
    """Store a hook. Raises CloudError: InvalidScalingGroupId.NotFound, QuotaExceeded.LifecycleHook ..."""
    return HookCreated(
        lifecycle_hook_id=create_hook(call, living_group(call, request.scaling_group_id), request).id
    )


def create_hook(call: Call, group: ScalingGroup, asked: HookParameters) -> LifecycleHook:
    """Store a hook of a group, and return it. Raises CloudError."""
    if call.change.count(LifecycleHook, parent=group.id) >= MAX_HOOKS:
        raise quota_exceeded("LifecycleHook", MAX_HOOKS)
    _check_result(asked.lifecycle_transition, asked.default_result)
    id_ = call.new_id("ash")
    name = asked.lifecycle_hook_name or id_
    return call.change.create(
        LifecycleHook(
            id=id_,
            account=group.account,
            region=group.region,
            parent=group.id,
            name=check_name(call, LifecycleHook, name, "LifecycleHookName", id_=id_, parent=group.id),
            transition=asked.lifecycle_transition,
            default_result=asked.default_result,
            heartbeat=asked.heartbeat_timeout,
            notification_arn=asked.notification_arn,
            notification_metadata=asked.notification_metadata,
            created=call.time,
        )
    )


def _check_result(transition: Transition, result: Result) -> None:
    if transition == "SCALE_OUT" and result == "ROLLBACK":
        raise conflict("The DefaultResult ROLLBACK is for the LifecycleTransition SCALE_IN.")


_KEPT = {
    "lifecycle_transition": "transition",
    "default_result": "default_result",
    "heartbeat_timeout": "heartbeat",
    "notification_arn": "notification_arn",
    "notification_metadata": "notification_metadata",
}


@ess.action(ModifyLifecycleHook, on="lifecyclehook/{lifecycle_hook_id}")
def modify_lifecycle_hook(request: ModifyLifecycleHook, call: Call) -> Empty:
    """Store what changes. Raises CloudError: InvalidLifecycleHookId.NotExist and others."""
    hook = _find(call, request.lifecycle_hook_id, request.scaling_group_id, request.lifecycle_hook_name)
    changes: dict[str, Any] = {
        kept: getattr(request, name) for name, kept in _KEPT.items() if getattr(request, name) is not UNSET
    }
    if request.lifecycle_hook_status is not UNSET:
        changes["enabled"] = request.lifecycle_hook_status == "Active"
    if request.lifecycle_hook_id and request.lifecycle_hook_name:
        name = request.lifecycle_hook_name
        changes["name"] = check_name(
            call, LifecycleHook, name, "LifecycleHookName", id_=hook.id, parent=hook.parent
        )
    changed = msgspec.structs.replace(hook, **changes)
    _check_result(changed.transition, changed.default_result)
    call.change.replace(changed)
    return Empty()


@ess.action(DeleteLifecycleHook, on="lifecyclehook/{lifecycle_hook_id}")
def delete_lifecycle_hook(request: DeleteLifecycleHook, call: Call) -> Empty:
    """Delete a hook; what it holds goes on with its default result. Raises CloudError."""
    hook = _find(call, request.lifecycle_hook_id, request.scaling_group_id, request.lifecycle_hook_name)
    call.change.delete(LifecycleHook, hook.id)
    return Empty()


def _find(call: Call, id_: str, group_id: str, name: str) -> LifecycleHook:
    if id_:
        return call.require(LifecycleHook, id_, hook_not_found)
    if not group_id or not name:
        raise missing_parameter("LifecycleHookId")
    found = call.find(LifecycleHook, parent=group_id, name=name, limit=1)
    if not found:
        raise hook_name_not_found(name)
    return found[0]
