"""What a rule does to its group: from what is stored to a decision, and from the decision to an activity."""

from __future__ import annotations

from collections.abc import Iterable

from yunbox.control.ids import Ids
from yunbox.control.store import Change, View
from yunbox.services.ess.activities.capacity import (
    ask_capacity,
    expected,
    open_activities,
    to_create,
)
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.decisions.capacity import Simple, Step, Stepped, adjusted, stepped
from yunbox.services.ess.decisions.tracking import Fleet, Tracking
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.rules.model import ScalingRule

WARMUP_SECONDS = 300.0

_SERVING = frozenset({"InService", "Protected"})
_COMING = frozenset({"Pending", "Pending:Wait"})


def warmup_of(rule: ScalingRule) -> float:
    """Return how long instances warm up by a rule, in seconds: those of simple rules do not."""
    if rule.type == "SimpleScalingRule":
        return 0.0
    if rule.warmup is None:
        return 0.0 if rule.type == "StepScalingRule" else WARMUP_SECONDS
    return float(rule.warmup)


def longest_warmup(rules: Iterable[ScalingRule]) -> float:
    """Return how long instances warm up by any of a group's rules."""
    return max((warmup_of(each) for each in rules), default=0.0)


def warm_since(members: Iterable[Member], warmup: float) -> dict[str, float]:
    """Return from when on instances in service count, by their ids."""
    return {each.id: each.in_service_at + warmup for each in members if each.lifecycle in _SERVING}


def fleet_of(members: list[Member], activities: list[ScalingActivity], warmup: float, now: float) -> Fleet:
    """Return how many instances serve and count, and how many are on their way there."""
    since = warm_since(members, warmup)
    warm = sum(each <= now for each in since.values())
    coming = sum(each.lifecycle in _COMING for each in members) + sum(to_create(each) for each in activities)
    return Fleet(warm, len(since) - warm + coming)


def tracking_of(rule: ScalingRule) -> Tracking:
    """Return a target tracking rule as the decision wants it."""
    return Tracking(
        target=rule.target or 0.0,
        scale_out_evaluations=rule.scale_out_evaluations,
        scale_in_evaluations=rule.scale_in_evaluations,
        warmup=warmup_of(rule),
        disable_scale_in=rule.disable_scale_in,
    )


def wanted_by(
    view: View,
    group: ScalingGroup,
    rule: ScalingRule,
    *,
    now: float,
    breach: tuple[float, float] | None = None,
) -> int | None:
    """Return the capacity that a simple or step rule asks for, not yet bounded; None where it asks for nothing.

    `breach` are the threshold and the metric's value, which step rules go by.
    """
    members = view.find(Member, parent=group.id)
    activities = open_activities(view, group.id)
    have = expected(members, activities)
    kind = rule.adjustment_type or "QuantityChangeInCapacity"
    least = rule.min_adjustment_magnitude or 0
    if rule.type == "SimpleScalingRule":
        return adjusted(Simple(kind, rule.adjustment_value or 0, least), have)
    if rule.type != "StepScalingRule" or breach is None:
        return None
    steps = tuple(Step(each.lower, each.upper, each.adjustment) for each in rule.steps)
    fleet = fleet_of(members, activities, warmup_of(rule), now)
    threshold, metric = breach
    return stepped(
        Stepped(kind, steps, least), have, warming=fleet.warming, threshold=threshold, metric=metric
    )


def execute(  # noqa: PLR0913 - an activity has this many sides
    change: Change,
    ids: Ids,
    group: ScalingGroup,
    rule: ScalingRule,
    *,
    now: float,
    cause: str,
    source_type: str,
    source: str,
    triggered: bool = False,
    breach: tuple[float, float] | None = None,
    metadata: str = "",
) -> ScalingActivity | None:
    """Do what a simple or step rule says; return the activity, None where there is nothing to do.

    Whether it may be done now is the caller's to ask.
    """
    wanted = wanted_by(change, group, rule, now=now, breach=breach)
    if wanted is None:
        return None
    return ask_capacity(
        change,
        ids,
        group.id,
        wanted,
        cause=cause,
        now=now,
        source_type=source_type,
        source=source,
        triggered=triggered,
        cooldown=rule.cooldown if rule.type == "SimpleScalingRule" else 0,
        metadata=metadata,
    )
