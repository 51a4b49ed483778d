"""Predictive rules: what groups bore is kept by the minute, foreseen by the hour, and met by their bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from yunbox.api.call import Cloud
from yunbox.control.store import Change
from yunbox.engines.metrics.interface import Series, dimensions, one
from yunbox.services.ess.decisions.forecast import HOUR, Predictive, Task, tasks
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.measured import LOADS, Asked, last_end, load, loads, until_next
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.rules.effect import warm_since
from yunbox.services.ess.rules.model import ScalingRule

MINUTE = 60
HISTORY_SECONDS = 15 * 24 * HOUR
LEAST_WAIT_SECONDS = 0.1
MOST_WAIT_SECONDS = 2.0


class PredictingController:
    """Looks at every predictive rule each minute. What a rule foresees stands in its state: `forecast` is JSON."""

    name = "ess-predictions"

    def __init__(self, cloud: Cloud, log: Callable[[str], None]) -> None:
        self._cloud = cloud
        self._log = log

    async def turn(self) -> float:
        """Keep what was borne, foresee, and move the bounds whose time has come; return when to look again."""
        time = self._cloud.time
        end = last_end(time.now(), MINUTE, time.speed)
        with self._cloud.store.read() as view:
            rules = [each for each in view.find(ScalingRule) if each.type == "PredictiveScalingRule"]
        for each in rules:
            if float(each.state.get("evaluated_at", 0.0)) < end:
                await asyncio.to_thread(self._look, each, end)
        wait = time.wait(until_next(time.now(), MINUTE, time.speed))
        return min(MOST_WAIT_SECONDS, max(LEAST_WAIT_SECONDS, wait))

    def _look(self, rule: ScalingRule, end: float) -> None:
        now = self._cloud.time.now()
        with self._cloud.store.read() as view:
            group = view.get(ScalingGroup, rule.parent)
            members = view.find(Member, parent=rule.parent)
        if group is None:
            return
        self._keep(rule, members, end)
        foreseen = self._foresee(rule, group, now)
        with self._cloud.store.write() as change:
            self._settle(change, rule.id, foreseen, end, now)

    def _keep(self, rule: ScalingRule, members: list[Member], end: float) -> None:
        """Keep what the group bore in the last minute."""
        store = self._cloud.metrics()
        asked = Asked(
            account=rule.account,
            metric=rule.metric_name,
            period=MINUTE,
            end=end,
            warm_since=warm_since(members, 0.0),
        )
        borne = load(store, asked)
        if borne is not None:
            named = dimensions(scalingGroupId=rule.parent)
            store.put([one(Series(rule.account, LOADS, rule.metric_name, named), end - MINUTE, borne)])

    def _foresee(self, rule: ScalingRule, group: ScalingGroup, now: float) -> list[Task] | None:
        """Return the hourly tasks, None where this hour's were made already."""
        hour = now // HOUR * HOUR
        if rule.state.get("foreseen_at") == hour:
            return None
        history = loads(
            self._cloud.metrics(), rule.account, group.id, rule.metric_name, hour - HISTORY_SECONDS, hour
        )
        predictive = Predictive(
            target=rule.target or 1.0,
            initial_max=rule.initial_max if rule.initial_max is not None else group.max_size,
            behavior=rule.predictive_behavior,
            buffer=rule.predictive_buffer,
            ahead=rule.predictive_buffer_minutes * 60.0,
        )
        return tasks(predictive, history, int(rule.state.get("minimum", group.min_size)), now)

    def _settle(self, change: Change, id_: str, foreseen: list[Task] | None, end: float, now: float) -> None:
        rule = change.get(ScalingRule, id_)
        group = change.get(ScalingGroup, rule.parent) if rule is not None else None
        if rule is None or group is None:
            return
        state = {**rule.state, "evaluated_at": end}
        state.setdefault("minimum", group.min_size)
        if foreseen is not None:
            state["foreseen_at"] = now // HOUR * HOUR
            state["forecast"] = msgspec.json.encode(foreseen).decode()
        if rule.predictive_mode == "PredictAndScale" and group.lifecycle == "Active":
            _move_bounds(change, group, state, now)
        change.replace(msgspec.structs.replace(rule, state=state))


def _move_bounds(
    change: Change, group: ScalingGroup, state: dict[str, str | int | float], now: float
) -> None:
    """Give the group the bounds of the newest task whose time has come, once a task."""
    found = msgspec.json.decode(str(state.get("forecast", "[]")), type=list[Task])
    due = [each for each in found if each.at <= now]
    if not due or state.get("applied_at") == due[-1].at:
        return
    state["applied_at"] = due[-1].at
    least, most = due[-1].minimum, max(due[-1].minimum, due[-1].maximum)
    desired = None if group.desired is None else max(least, min(most, group.desired))
    changed = msgspec.structs.replace(group, min_size=least, max_size=most, desired=desired)
    if changed != group:
        change.replace(changed)
