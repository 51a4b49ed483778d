"""Target tracking rules: each minute of the cloud's time, what was measured against the target."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from yunbox.api.call import Cloud
from yunbox.api.resource import seconds
from yunbox.control.store import Change
from yunbox.services.ess.activities.capacity import ask_capacity, bounds_of, open_activities
from yunbox.services.ess.activities.causes import tracking_cause
from yunbox.services.ess.decisions.capacity import Bounds, cooling
from yunbox.services.ess.decisions.tracking import PERIOD_SECONDS, track
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.measured import Asked, last_end, until_next, values
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.rules.effect import fleet_of, tracking_of, warm_since, warmup_of
from yunbox.services.ess.rules.model import ScalingRule

LEAST_WAIT_SECONDS = 0.1
MOST_WAIT_SECONDS = 2.0


class TrackingController:
    """Evaluates all target tracking rules when a minute's values are there. A rule remembers its last minute, so
    that no minute counts twice, whatever is killed.
    """

    name = "ess-tracking"

    def __init__(self, cloud: Cloud, log: Callable[[str], None]) -> None:
        self._cloud = cloud
        self._log = log

    async def turn(self) -> float:
        """Evaluate what is due; return when the next minute's values are there."""
        time = self._cloud.time
        now = time.now()
        end = last_end(now, PERIOD_SECONDS, time.speed)
        with self._cloud.store.read() as view:
            rules = [each for each in view.find(ScalingRule) if each.type == "TargetTrackingScalingRule"]
        for each in rules:
            if float(each.state.get("evaluated_at", 0.0)) < end:
                await asyncio.to_thread(self._evaluate, each, end)
        wait = time.wait(until_next(time.now(), PERIOD_SECONDS, time.speed))
        return min(MOST_WAIT_SECONDS, max(LEAST_WAIT_SECONDS, wait))

    def _evaluate(self, rule: ScalingRule, end: float) -> None:
        with self._cloud.store.read() as view:
            members = view.find(Member, parent=rule.parent)
        seen = values(
            self._cloud.metrics(),
            Asked(
                account=rule.account,
                metric=rule.metric_name,
                metric_type=rule.metric_type,
                dimensions=rule.dimensions,
                period=PERIOD_SECONDS,
                count=tracking_of(rule).evaluations,
                end=end,
                warm_since=warm_since(members, warmup_of(rule)),
            ),
        )
        with self._cloud.store.write() as change:
            self._decide(change, rule.id, seen, end)

    def _decide(self, change: Change, id_: str, seen: list[float | None], end: float) -> None:
        rule = change.get(ScalingRule, id_)
        group = change.get(ScalingGroup, rule.parent) if rule is not None else None
        if rule is None or group is None:
            return
        now = self._cloud.time.now()
        state = {**rule.state, "evaluated_at": end}
        change.replace(msgspec.structs.replace(rule, state=state))
        if group.lifecycle != "Active" or "AlarmNotification" in group.suspended:
            return
        if cooling(until=group.cooldown_until, now=now, triggered=True):
            return
        activities = open_activities(change, group.id)
        if activities and group.desired is None:
            return
        members = change.find(Member, parent=group.id)
        standby = sum(each.lifecycle == "Standby" for each in members)
        bounds = bounds_of(group)
        wanted = track(
            tracking_of(rule),
            fleet_of(members, activities, warmup_of(rule), now),
            Bounds(max(0, bounds.minimum - standby), max(0, bounds.maximum - standby)),
            seen,
        )
        if wanted is None:
            return
        ask_capacity(
            change,
            self._cloud.ids,
            group.id,
            wanted + standby,
            cause=tracking_cause(rule.id),
            now=now,
            source_type="ScalingRule",
            source=rule.id,
            triggered=True,
            metadata=_breach(rule, seen, end),
        )


def _breach(rule: ScalingRule, seen: list[float | None], end: float) -> str:
    """Return since when the metric was on one side of its target, and its value, as JSON."""
    newest = seen[-1] or 0.0
    above = newest > (rule.target or 0.0)
    row = 0
    for each in reversed(seen):
        if each is None or (each > (rule.target or 0.0)) != above:
            break
        row += 1
    told = {
        "MetricName": rule.metric_name,
        "MetricValue": round(newest, 3),
        "TargetValue": rule.target,
        "BreachedAt": seconds(end - row * PERIOD_SECONDS),
        "EvaluatedAt": seconds(end),
    }
    return msgspec.json.encode(told).decode()
