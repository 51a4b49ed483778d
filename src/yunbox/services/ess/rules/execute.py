"""ExecuteScalingRule and ScaleWithAdjustment: a user changes the number of instances. Shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape, Text
from yunbox.errors import CloudError
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.capacity import bounds_of, expected, open_activities
from yunbox.services.ess.activities.causes import user_cause
from yunbox.services.ess.activities.model import Asked, ScalingActivity
from yunbox.services.ess.checks import idle_group
from yunbox.services.ess.decisions.capacity import Simple, Step, Stepped, adjusted, step_of
from yunbox.services.ess.errors import ari_not_found, invalid_steps, no_change, rule_type_not_executed
from yunbox.services.ess.groups.create import replaced
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.attach import ActivityBegun
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.model import AdjustmentType, ScalingRule, rule_id_of
from yunbox.services.ess.rules.parameters import check_adjustment


class ExecuteScalingRule(Request):
    """Execute a simple rule, or a step rule for a metric beyond a threshold."""

    scaling_rule_ari: str
    breach_threshold: float | None = None
    metric_value: float | None = None


class LifecycleHookContext(Shape):
    """Which hooks hold the instances of an activity."""

    disable_lifecycle_hook: bool = False
    ignored_lifecycle_hook_ids: list[str] = []


class Overrides(Shape):
    """What is different for the instances of this activity alone."""

    user_data: str = ""


class ScaleWithAdjustment(Request):
    """Change the number of instances without a rule."""

    scaling_group_id: str
    adjustment_type: AdjustmentType
    adjustment_value: int
    min_adjustment_magnitude: int = 0
    activity_metadata: str = ""
    sync_activity: bool = False
    execution_mode: Literal["", "None"] = ""
    lifecycle_hook_context: LifecycleHookContext = LifecycleHookContext()
    overrides: Overrides = Overrides()


class Scaled(Answer):
    """Which activity does what was asked; none where it is left to the check of the expected capacity."""

    scaling_activity_id: Text
    activity_type: str = "CapacityChange"


@ess.action(ExecuteScalingRule, on="")
def execute_scaling_rule(request: ExecuteScalingRule, call: Call) -> ActivityBegun:
    """Begin an activity that does what a rule says; a cooldown does not hold it back.

    Raises CloudError: InvalidScalingRuleAri.NotFound, IncorrectScalingGroupStatus, ScalingActivityInProgress,
    IncorrectCapacity.NoChange.
    """
    id_ = rule_id_of(request.scaling_rule_ari)
    call.authorise(f"scalingrule/{id_ or '*'}")
    rule = call.require(ScalingRule, id_, ari_not_found)
    group = idle_group(call, rule.parent)
    simple = _simple_of(rule, request)
    activity = scale(
        call,
        group,
        simple,
        what=f'to execute scaling rule "{rule.id}"',
        source=("ScalingRule", rule.id),
        cooldown=rule.cooldown,
    )
    return ActivityBegun(scaling_activity_id=UNSET if activity is None else activity.id)


@ess.action(ScaleWithAdjustment, on="scalinggroup/{scaling_group_id}")
def scale_with_adjustment(request: ScaleWithAdjustment, call: Call) -> Scaled:
    """Begin an activity that does what is asked, or change the expected capacity.

    Raises CloudError: IncorrectScalingGroupStatus, ScalingActivityInProgress, IncorrectCapacity.NoChange.
    """
    check_adjustment(request.adjustment_type, request.adjustment_value)
    group = idle_group(call, request.scaling_group_id)
    hooks = request.lifecycle_hook_context
    simple = Simple(request.adjustment_type, request.adjustment_value, request.min_adjustment_magnitude)
    if group.desired is not None and not request.sync_activity:
        wanted = bounds_of(group).clamp(adjusted(simple, group.desired))
        if wanted == group.desired:
            raise no_change()
        replaced(group, call, desired=wanted)
        return Scaled(scaling_activity_id=UNSET)
    activity = scale(
        call,
        group,
        simple,
        what="to change the capacity of the scaling group",
        source=("Api", call.action),
        metadata=request.activity_metadata,
        like=Asked(
            work="Scale",
            hooks=not hooks.disable_lifecycle_hook,
            ignored_hooks=tuple(hooks.ignored_lifecycle_hook_ids),
            overrides={"UserData": request.overrides.user_data} if request.overrides.user_data else {},
        ),
    )
    return Scaled(scaling_activity_id=UNSET if activity is None else activity.id)


def _simple_of(rule: ScalingRule, request: ExecuteScalingRule) -> Simple:
    """Return what a rule says to do now. Raises CloudError for a rule that nobody executes by hand."""
    if rule.adjustment_type is None or rule.type not in ("SimpleScalingRule", "StepScalingRule"):
        raise rule_type_not_executed(rule.type)
    least = rule.min_adjustment_magnitude or 0
    if rule.type == "SimpleScalingRule":
        return Simple(rule.adjustment_type, rule.adjustment_value or 0, least)
    if request.breach_threshold is None:
        raise _unspecified("BreachThreshold")
    if request.metric_value is None:
        raise _unspecified("MetricValue")
    steps = tuple(Step(each.lower, each.upper, each.adjustment) for each in rule.steps)
    step = step_of(
        Stepped(rule.adjustment_type, steps, least), request.breach_threshold, request.metric_value
    )
    if step is None:
        raise invalid_steps(
            "NoStepFound", f"No adjustment step found for a metric value of: {request.metric_value:g}."
        )
    return Simple(rule.adjustment_type, step.value, least)


def _unspecified(name: str) -> CloudError:
    return CloudError(f"MissingParameter.{name}", 400, f"{name} must be specified for StepScalingRule.")


_PLAIN = Asked(work="Scale")


def scale(
    call: Call,
    group: ScalingGroup,
    simple: Simple,
    *,
    what: str,
    source: tuple[str, str],
    cooldown: int | None = None,
    metadata: str = "",
    like: Asked = _PLAIN,
) -> ScalingActivity | None:
    """Begin an activity, `like` one but for its numbers, that changes a group's capacity within its bounds.

    What changes is the expected capacity, where the group has one; returns None where that many are there, or on
    their way. Raises CloudError: IncorrectCapacity.NoChange.
    """
    members = call.change.find(Member, parent=group.id)
    have = expected(members, open_activities(call.change, group.id))
    base = have if group.desired is None else group.desired
    wanted = bounds_of(group).clamp(adjusted(simple, base))
    if wanted == base:
        raise no_change()
    if group.desired is not None:
        group = replaced(group, call, desired=wanted)
    more = wanted - have
    if not more:
        return None
    return begin(
        call.change,
        call.cloud.ids,
        group,
        msgspec.structs.replace(like, create=max(0, more), remove=max(0, -more)),
        now=call.time,
        cause=user_cause(what, have, wanted),
        source_type=source[0],
        source=source[1],
        request_id=call.request_id,
        metadata=metadata,
        cooldown=cooldown,
        target=wanted,
    )
