"""What a scaling group checks by itself: health, bounds, lifetime, zones, and that it is to be deleted."""

from __future__ import annotations

import msgspec

from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.activities import causes
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.capacity import (
    ask_capacity,
    bounds_of,
    claimed,
    expected,
    open_activities,
)
from yunbox.services.ess.activities.choosing import choose_members
from yunbox.services.ess.activities.model import Asked, ScalingActivity
from yunbox.services.ess.decisions.placing import Place, moves, policy_of
from yunbox.services.ess.groups.forget import forget
from yunbox.services.ess.hooks.model import LifecycleAction
from yunbox.services.ess.members import backends
from yunbox.services.ess.members.model import Leaving, Member
from yunbox.services.ess.members.progress import leaving_of
from yunbox.services.ess.turn import Turn

FIRST_RETRY_SECONDS = 5.0
LAST_RETRY_SECONDS = 300.0
"""After failures in a row the group waits so long (cloud's time) before it tries again by itself."""

RESTART_SECONDS = 60.0
"""So long (machine's time) an instance that was restarted, or ended with the cloud, may take to run again before it
is unhealthy."""

SILENT_SECONDS = 20.0
"""An instance that was restarted and that a balancer finds down for so long (machine's time) is unhealthy: what
served on it has not come back."""

DOWN_SECONDS = 3.0
"""So long (machine's time) a balancer finds an instance down before it is unhealthy, besides its own threshold."""

MOST_ACTIVITIES = 2000
"""So many activities a group remembers."""

_SERVING = ("InService", "Protected")
_CHECKS = "SystemCheck"


def check_health(turn: Turn) -> None:
    """Say of members whether they are healthy, and have those that are not replaced."""
    group = turn.group
    if "HealthCheck" in group.suspended or group.lifecycle != "Active":
        return
    members = turn.change.find(Member, parent=group.id)
    busy = claimed(members, open_activities(turn.change, group.id))
    unhealthy = []
    for each in members:
        if each.lifecycle != "InService":
            continue
        seen = each if each.health_asked else _seen(turn, each)
        if seen.health == "Unhealthy" and seen.id not in busy:
            unhealthy.append(seen.id)
    if unhealthy:
        begin(
            turn.change,
            turn.ids,
            group,
            Asked(work="Replace", instances=tuple(unhealthy)),
            now=turn.now,
            cause=causes.health_cause(unhealthy) + ".",
            source_type="HealthCheck",
            cooldown=0,
        )


def _seen(turn: Turn, member: Member) -> Member:
    """Return a member as it is found now, and store it if that changed."""
    instance = turn.instance(member.id)
    lost = 0.0
    if instance is not None and instance.status in ("Pending", "Starting"):
        lost = member.lost_at or turn.now
    health = "Healthy" if _is_healthy(turn, member, instance, lost) else "Unhealthy"
    if health == member.health and lost == member.lost_at:
        return member
    since = member.health_since if health == member.health else turn.now
    return turn.change.replace(
        msgspec.structs.replace(member, health=health, health_since=since, lost_at=lost)
    )


def _is_healthy(turn: Turn, member: Member, instance: Instance | None, lost: float) -> bool:
    types = turn.group.health_check_types
    if "ECS" in types:
        if instance is None or instance.status in ("Stopping", "Stopped"):
            return False
        if lost:
            waited = turn.elapsed(lost)
            turn.look_again(RESTART_SECONDS - waited)
            # One that ended by itself, or does not start, says why.
            return waited < RESTART_SECONDS and not instance.failure
        entered = turn.machine - turn.elapsed(member.in_service_at)
        if instance.started > entered + 1.0:
            turn.look_again(SILENT_SECONDS)
            if backends.is_down(turn.change, member, now=turn.machine, seconds=SILENT_SECONDS):
                return False
    if "LOAD_BALANCER" in types:
        turn.look_again(DOWN_SECONDS)
        return not backends.is_down(turn.change, member, now=turn.machine, seconds=DOWN_SECONDS)
    return True


def check_vanished(turn: Turn) -> None:
    """Forget members whose instances are gone and that no health check looks after."""
    members = turn.change.find(Member, parent=turn.group.id)
    busy = claimed(members, open_activities(turn.change, turn.group.id))
    for each in members:
        idle = each.lifecycle in ("Standby", "Protected", "Stopped") and each.id not in busy
        if idle and turn.instance(each.id) is None:
            backends.leave(turn, each)
            turn.change.delete(Member, each.id)


def check_capacity(turn: Turn) -> None:
    """Bring the group within its bounds, and to its expected capacity, unless it has just failed to."""
    group = turn.group
    if group.lifecycle != "Active":
        return
    activities = open_activities(turn.change, group.id)
    have = expected(turn.change.find(Member, parent=group.id), activities)
    bounds = bounds_of(group)
    wanted = bounds.clamp(have if group.desired is None else group.desired)
    if wanted == have or ("ScaleOut" if wanted > have else "ScaleIn") in group.suspended:
        return
    if wanted < have and any(each.asked.remove for each in activities):
        return
    until = _retry_at(turn)
    if until > turn.now:
        turn.look_again_at(until)
        return
    if wanted < have:
        # What is protected or busy stays for now, and no activity is begun in vain.
        wanted = have - len(choose_members(turn, have - wanted))
        if wanted == have:
            turn.look_again(FIRST_RETRY_SECONDS)
            return
    kind = "MinSize" if have < bounds.minimum else "MaxSize" if have > bounds.maximum else "DesiredCapacity"
    ask_capacity(
        turn.change,
        turn.ids,
        group.id,
        wanted,
        cause=causes.bound_cause(kind),
        now=turn.now,
        source_type=_CHECKS,
        source=kind,
    )


def _retry_at(turn: Turn) -> float:
    """Return when the group may try again by itself: later after each failure in a row."""
    recent = turn.change.find(ScalingActivity, parent=turn.group.id, descending=True, limit=10)
    failures = 0
    for each in recent:
        if each.status not in ("Failed", "Warning", "Rejected") or each.source_type not in (
            _CHECKS,
            "HealthCheck",
        ):
            break
        failures += 1
    if not failures or recent[0].is_open:
        return 0.0
    return recent[0].ended + min(FIRST_RETRY_SECONDS * 2.0 ** (failures - 1), LAST_RETRY_SECONDS)


def check_lifetime(turn: Turn) -> None:
    """Replace the instances that have lived for longer than MaxInstanceLifetime."""
    group = turn.group
    if not group.max_instance_lifetime or group.lifecycle != "Active":
        return
    members = turn.change.find(Member, parent=group.id)
    busy = claimed(members, open_activities(turn.change, group.id))
    old = []
    for each in members:
        if each.lifecycle != "InService" or each.creation_type != "AutoCreated" or each.id in busy:
            continue
        ends = each.created + group.max_instance_lifetime
        if ends > turn.now:
            turn.look_again_at(ends)
        else:
            old.append(each.id)
    if old:
        begin(
            turn.change,
            turn.ids,
            group,
            Asked(work="Replace", instances=tuple(old)),
            now=turn.now,
            cause=causes.lifetime_cause(old) + ".",
            source_type="MaxInstanceLifetime",
            cooldown=0,
        )


def check_balancers(turn: Turn) -> None:
    """Have instances in service be servers of what is attached to the group now, and of nothing it let go."""
    busy = {each.id: each for each in open_activities(turn.change, turn.group.id)}
    for each in turn.change.find(Member, parent=turn.group.id):
        if each.lifecycle in _SERVING and each.activity_id not in busy:
            backends.join(turn, each)
        if each.lifecycle in (*_SERVING, "Standby"):
            backends.leave_others(turn, each)


def check_zones(turn: Turn) -> None:
    """Keep the zones even by itself, where the group is to (AutoRebalance) and has nothing else to do."""
    group = turn.group
    if not group.auto_rebalance or group.lifecycle != "Active" or open_activities(turn.change, group.id):
        return
    if not (chosen := to_rebalance(turn)):
        return
    until = _retry_at(turn)
    if until > turn.now:
        turn.look_again_at(until)
        return
    begin(
        turn.change,
        turn.ids,
        group,
        Asked(work="Rebalance", instances=tuple(chosen)),
        now=turn.now,
        cause=causes.rebalance_cause() + ".",
        source_type=_CHECKS,
        source="Rebalance",
        cooldown=0,
    )


def prune(turn: Turn) -> None:
    """Forget the oldest activities that are over, once there are very many."""
    if turn.change.count(ScalingActivity, parent=turn.group.id) <= MOST_ACTIVITIES:
        return
    for each in turn.change.find(ScalingActivity, parent=turn.group.id, limit=MOST_ACTIVITIES // 4):
        if not each.is_open:
            for action in turn.change.find(LifecycleAction, parent=each.id):
                turn.change.delete(LifecycleAction, action.id)
            turn.change.delete(ScalingActivity, each.id)


def to_rebalance(turn: Turn) -> list[str]:
    """Return the instances that are to move for the group's zones to be even, the newest of the fullest zones."""
    group = turn.group
    policy = policy_of(group.multi_az_policy, az_balance=group.az_balance)
    if not policy.balanced:
        return []
    members = [each for each in turn.change.find(Member, parent=group.id) if each.lifecycle == "InService"]
    zones: dict[str, list[Member]] = {}
    for each in sorted(members, key=lambda one: -one.created):
        zones.setdefault(each.zone_id, []).append(each)
    places = [Place("", zone, len(found)) for zone, found in zones.items()]
    chosen: list[str] = []
    for _ in range(moves(places)):
        fullest = max(zones.values(), key=len)
        chosen.append(fullest.pop(0).id)
    return chosen


def empty(turn: Turn) -> None:
    """Empty a group that is to be deleted, once its activities are over; then forget it, with all that is its."""
    group = turn.group
    if group.lifecycle != "Deleting" or open_activities(turn.change, group.id):
        return
    members = turn.change.find(Member, parent=group.id)
    if members and group.force_delete:
        for each in members:
            leaving = leaving_of(group, each)
            _leave(turn, each, "Release" if leaving == "Stop" else leaving)
        _begin_last(turn, members)
        return
    for each in members:
        turn.change.delete(Member, each.id)
    forget(turn.change, group)


def _leave(turn: Turn, member: Member, leaving: Leaving) -> None:
    turn.change.replace(
        msgspec.structs.replace(member, lifecycle="Removing", leaving=leaving, since=turn.now)
    )


def _begin_last(turn: Turn, members: list[Member]) -> None:
    activity = begin(
        turn.change,
        turn.ids,
        turn.group,
        Asked(work="Remove", instances=tuple(each.id for each in members), hooks=False),
        now=turn.now,
        cause="A user requests to forcibly delete the scaling group and to remove its instances.",
        source_type="Api",
        source="DeleteScalingGroup",
        cooldown=0,
    )
    for each in members:
        member = turn.change.get(Member, each.id)
        if member is not None:
            turn.change.replace(msgspec.structs.replace(member, activity_id=activity.id))
