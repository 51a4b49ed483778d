"""Event-triggered tasks: their conditions against what was measured, and the rules that they execute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from yunbox.api.call import Cloud
from yunbox.api.resource import seconds
from yunbox.control.store import Change
from yunbox.services.ess.activities.capacity import open_activities
from yunbox.services.ess.activities.causes import alarm_cause
from yunbox.services.ess.alarms.model import AlarmTask, Condition
from yunbox.services.ess.decisions.alarms import State, Watched, evaluate
from yunbox.services.ess.decisions.capacity import cooling
from yunbox.services.ess.decisions.cron import matches, read_effective
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.measured import Asked, last_end, until_next, values
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.rules.effect import execute, longest_warmup, warm_since
from yunbox.services.ess.rules.model import ScalingRule, rule_id_of

LEAST_WAIT_SECONDS = 0.1
MOST_WAIT_SECONDS = 2.0
_SHORTEST_PERIOD = 15


class AlarmController:
    """Evaluates every enabled task once a period. In "ALARM" it executes its rules again each period, unless the
    group cools down; so the group goes on growing while the metric stays where it is.
    """

    name = "ess-alarms"

    def __init__(self, cloud: Cloud, log: Callable[[str], None]) -> None:
        self._cloud = cloud
        self._log = log

    async def turn(self) -> float:
        """Evaluate what is due; return when the next period's values are there."""
        time = self._cloud.time
        with self._cloud.store.read() as view:
            tasks = [each for each in view.find(AlarmTask) if each.enabled and each.conditions]
        shortest = 60
        for each in tasks:
            period = _period(each)
            shortest = min(shortest, period)
            end = last_end(time.now(), period, time.speed)
            if each.evaluated_at < end:
                await asyncio.to_thread(self._evaluate, each, end)
        wait = time.wait(until_next(time.now(), max(shortest, _SHORTEST_PERIOD), time.speed))
        return min(MOST_WAIT_SECONDS, max(LEAST_WAIT_SECONDS, wait))

    def _evaluate(self, task: AlarmTask, end: float) -> None:
        with self._cloud.store.read() as view:
            members = view.find(Member, parent=task.parent)
            rules = [view.get(ScalingRule, rule_id_of(each)) for each in task.actions]
        warmup = longest_warmup(each for each in rules if each is not None)
        since = warm_since(members, warmup)
        watched = [self._watch(task, each, end, since) for each in task.conditions]
        state = evaluate(watched, task.evaluations, task.logic)
        if task.effective and not matches(read_effective(task.effective), end):
            state = "OK" if state == "ALARM" else state
        with self._cloud.store.write() as change:
            self._settle(change, task.id, state, watched, end)

    def _watch(self, task: AlarmTask, condition: Condition, end: float, since: dict[str, float]) -> Watched:
        asked = Asked(
            account=task.account,
            metric=condition.metric_name,
            metric_type=task.metric_type,
            dimensions=task.dimensions,
            cms_group=task.cms_group,
            statistics=condition.statistics,
            period=condition.period,
            count=task.evaluations,
            end=end // condition.period * condition.period,
            warm_since=since,
        )
        seen = values(self._cloud.metrics(), asked)
        return Watched(condition.operator, condition.threshold, tuple(seen))

    def _settle(self, change: Change, id_: str, state: State, watched: list[Watched], end: float) -> None:
        task = change.get(AlarmTask, id_)
        if task is None or task.evaluated_at >= end or not task.enabled:
            return
        since = task.state_since if task.state == state else end
        task = change.replace(msgspec.structs.replace(task, state=state, state_since=since, evaluated_at=end))
        group = change.get(ScalingGroup, task.parent)
        if state == "ALARM" and group is not None:
            self._execute(change, task, group, watched, end)

    def _execute(
        self, change: Change, task: AlarmTask, group: ScalingGroup, watched: list[Watched], end: float
    ) -> None:
        now = self._cloud.time.now()
        if group.lifecycle != "Active" or "AlarmNotification" in group.suspended:
            return
        if cooling(until=group.cooldown_until, now=now, triggered=True):
            return
        first = watched[0]
        breach = (first.threshold, first.values[-1] or 0.0)
        told = {
            "MetricName": task.conditions[0].metric_name,
            "MetricValue": round(breach[1], 3),
            "Threshold": breach[0],
            "BreachedAt": seconds(task.state_since - task.evaluations * _period(task)),
            "EvaluatedAt": seconds(end),
        }
        for ari in task.actions:
            rule = change.get(ScalingRule, rule_id_of(ari))
            if rule is None or (group.desired is None and open_activities(change, group.id)):
                continue
            execute(
                change,
                self._cloud.ids,
                group,
                rule,
                now=now,
                cause=alarm_cause(task.name or task.id, rule.id),
                source_type="Alarm",
                source=task.id,
                triggered=True,
                breach=breach,
                metadata=msgspec.json.encode(told).decode(),
            )


def _period(task: AlarmTask) -> int:
    return min(each.period for each in task.conditions)
