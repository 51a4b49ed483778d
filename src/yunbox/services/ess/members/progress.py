"""An instance's way into a scaling group and out of it, one step a turn.

In: it runs, lifecycle hooks let it go, the balancers take it and find it healthy, it is in service. Out: the
balancers drain it, lifecycle hooks let it go, and only then it is released, stopped or detached.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.errors import CloudError
from yunbox.services.ecs.instances import status
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.activities.model import ActivityError, ScalingActivity
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.hooks.holding import held, verdict
from yunbox.services.ess.members import backends
from yunbox.services.ess.members.model import Leaving, Member, MemberLifecycle
from yunbox.services.ess.rules.effect import longest_warmup
from yunbox.services.ess.rules.model import ScalingRule
from yunbox.services.ess.turn import Turn

FAILED_STARTS = 3
"""An instance that could not be started so many times in a row is given up."""

FAILED_START = "The instance could not be started"

Went = Literal["", "InService", "Destroyed", "Detached", "Stopped"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a step. `at_hook`: hooks may hold the instance now. `went`: it has arrived, or is gone."""

    went: Went = ""
    at_hook: bool = False
    error: ActivityError | None = None


MOVING = Step()


def become(turn: Turn, member: Member, lifecycle: MemberLifecycle, **fields: object) -> Member:
    """Store that a member is in another state of its life."""
    changed = msgspec.structs.replace(member, lifecycle=lifecycle, since=turn.now, **fields)
    return turn.change.replace(changed)


def leaving_of(group: ScalingGroup, member: Member) -> Leaving:
    """Return what becomes of an instance that its group removes."""
    if member.creation_type != "AutoCreated" and not member.entrusted:
        return "Detach"
    return "Stop" if group.scaling_policy in ("recycle", "forceRecycle") else "Release"


def come(turn: Turn, activity: ScalingActivity, member: Member) -> Step:
    """Take one that is "Pending" or "Pending:Wait" a step further."""
    instance = turn.instance(member.id)
    if instance is None:
        backends.leave(turn, member)
        turn.change.delete(Member, member.id)
        return Step(went="Detached", error=_error("InstanceReleased", "The instance was released.", member))
    if member.lifecycle == "Pending:Wait":
        return _at_hook_out(turn, activity, member)
    if instance.status != "Running":
        return _boot(turn, member, instance)
    out = held(turn, activity.id, member.id, "SCALE_OUT")
    if not out and not held(turn, activity.id, member.id, "SCALE_IN") and activity.asked.hooks:
        return Step(at_hook=True)
    return enter(turn, member)


def enter(turn: Turn, member: Member) -> Step:
    """Put an instance that runs before the balancers; it is in service when they say so."""
    backends.join(turn, member, restore=True)
    if not backends.is_serving(turn, member):
        return MOVING
    lifecycle: MemberLifecycle = "Protected" if member.protected else "InService"
    warm_at = turn.now + longest_warmup(turn.change.find(ScalingRule, parent=turn.group.id))
    become(turn, member, lifecycle, in_service_at=turn.now, warm_at=warm_at, health="Healthy")
    return Step(went="InService")


def _boot(turn: Turn, member: Member, instance: Instance) -> Step:
    if (
        instance.status == "Stopped"
        and member.creation_type == "AutoCreated"
        and instance.desired == "Stopped"
    ):
        return _give_up(turn, member, "It was stopped")
    if instance.attempts < FAILED_STARTS:
        return MOVING
    return _give_up(turn, member, instance.failure)


def _give_up(turn: Turn, member: Member, why: str) -> Step:
    become(turn, member, "Removing", leaving=leaving_of(turn.group, member))
    return Step(error=_error("InstanceStartFailed", f"{FAILED_START}: {why}", member))


def _at_hook_out(turn: Turn, activity: ScalingActivity, member: Member) -> Step:
    match verdict(turn, activity.id, member.id, "SCALE_OUT"):
        case "Wait":
            return MOVING
        case "CONTINUE":
            return enter(turn, become(turn, member, "Pending"))
    become(turn, member, "Removing", leaving=leaving_of(turn.group, member))
    text = "A lifecycle hook ended with ABANDON or ROLLBACK."
    return Step(error=_error("LifecycleHookAbandoned", text, member))


def go(turn: Turn, activity: ScalingActivity, member: Member) -> Step:
    """Take one that is "Removing" or "Removing:Wait" a step further."""
    if member.lifecycle == "Removing:Wait":
        return _at_hook_in(turn, activity, member)
    if not activity.asked.keep_backends:
        backends.leave(turn, member)
        if not backends.is_drained(turn.change, turn.group, member):
            return MOVING
    was_in_service = member.in_service_at > 0.0
    if was_in_service and activity.asked.hooks and not held(turn, activity.id, member.id, "SCALE_IN"):
        return Step(at_hook=True)
    return let_go(turn, activity, member)


def _at_hook_in(turn: Turn, activity: ScalingActivity, member: Member) -> Step:
    match verdict(turn, activity.id, member.id, "SCALE_IN"):
        case "Wait":
            return MOVING
        case "ROLLBACK":
            become(turn, member, "Pending", leaving="")
            text = "A lifecycle hook ended with ROLLBACK: the instance stays."
            return Step(error=_error("LifecycleHookRollback", text, member))
    return let_go(turn, activity, member)


def let_go(turn: Turn, activity: ScalingActivity, member: Member) -> Step:
    """Release, stop or detach an instance that serves nothing any more."""
    instance = turn.instance(member.id)
    leaving = member.leaving if instance is not None else "Detach"
    try:
        if leaving == "Stop" and instance is not None:
            if instance.status == "Running":
                status.stop(turn.call(), instance, force=False, mode="StopCharging")
            become(turn, member, "Stopped", leaving="", activity_id="", in_service_at=0.0)
            return Step(went="Stopped")
        if leaving == "Release" and instance is not None:
            if _is_stopping(turn, activity, member, instance):
                return MOVING
            status.delete(turn.call(), instance, force=True)
    except CloudError as error:
        turn.change.delete(Member, member.id)
        return Step(went="Detached", error=_error(error.code, error.message, member))
    turn.change.delete(Member, member.id)
    return Step(went="Destroyed" if leaving == "Release" or instance is None else "Detached")


def _is_stopping(turn: Turn, activity: ScalingActivity, member: Member, instance: Instance) -> bool:
    """Stop an instance that has time to end before it is released; return whether it is still at it."""
    timeout = activity.asked.stop_timeout or turn.group.stop_instance_timeout or 0
    waited = turn.elapsed(member.since)
    if not timeout or instance.status not in ("Running", "Stopping") or waited >= timeout:
        return False
    if instance.status == "Running":
        status.stop(turn.call(), instance, force=False)
    turn.look_again(timeout - waited)
    return True


def _error(code: str, message: str, member: Member) -> ActivityError:
    return ActivityError(code=code, message=message, instances=(member.id,))
