"""Evaluates alarm rules at the end of their periods, on the cloud's clock, and writes what they say.

Who is to be told is written with it, in the same transaction: a controller that is killed tells everybody, once.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence

import msgspec

from yunbox.control.clock import TurnedClock
from yunbox.control.ids import Ids
from yunbox.control.store import Change, Store, View
from yunbox.engines.metrics.interface import Dimensions, MetricStore, Point
from yunbox.services.cms.alarms.evaluate import (
    Verdict,
    effective,
    judge,
    last_period,
    must_tell,
    needed_since,
)
from yunbox.services.cms.alarms.model import Alert, Delivery, Rule, RuleState, state_id
from yunbox.services.cms.alarms.notice import form_of, text_of
from yunbox.services.cms.contacts.model import Contact, ContactGroup, contact_id
from yunbox.services.cms.groups.model import GroupInstance
from yunbox.services.cms.metrics.reading import without_owner

SETTLE_SECONDS = 0.5
"""So long after the end of a period (by the machine's clock) its last values have been written."""

LOOK_SECONDS = 0.5
"""So often the controller looks for rules that were made or changed."""

FORGET_SECONDS = 3600.0
"""What a rule said of a resource of which no values came for so long is forgotten (at least ten periods)."""

MOST_ALERTS = 1000
"""So many lines of history an account has, the newest."""

History = dict[str, dict[float, Point]]


class _Due(msgspec.Struct, frozen=True):
    """A rule, the period to judge, and about which resources: those of a group, or the rule's own."""

    rule: Rule
    at: float
    among: Sequence[dict[str, str]]
    nobody: bool = False


class AlarmController:
    """Judges every rule once a period; what it keeps in memory may be lost at any moment."""

    name = "alarms"

    def __init__(
        self, store: Store, metrics: MetricStore, time: TurnedClock, ids: Ids, log: Callable[[str], None]
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._time = time
        self._ids = ids
        self._log = log
        self._revision = -1
        self._rules: list[Rule] = []
        self._members: dict[str, list[GroupInstance]] = {}
        self._judged: dict[str, tuple[int, float]] = {}

    async def turn(self) -> float:
        """Judge the rules whose periods have ended; return when to look again."""
        self._watch()
        now = self._time.now()
        due = [each for each in map(self._due, self._rules) if each is not None]
        if due:
            await asyncio.to_thread(self._judge_all, due, now)
        return self._wait()

    def _settle(self) -> float:
        return SETTLE_SECONDS * self._time.speed

    def _wait(self) -> float:
        """Return how many of the machine's seconds to wait for the next period that ends."""
        now = self._time.now() - self._settle()
        ends = (math.floor(now / each.step + 1) * each.step - now for each in self._rules if each.enabled)
        return max(0.05, min(LOOK_SECONDS, self._time.wait(min(ends, default=math.inf))))

    def _watch(self) -> None:
        """Read the rules again when one of them has changed."""
        with self._store.read() as view:
            changes = view.changes_since(self._revision, Rule, GroupInstance, limit=1)
            if self._revision >= 0 and changes.complete and not changes.refs:
                self._revision = changes.upto
                return
            self._rules = view.find(Rule)
            self._members = {}
            for each in view.find(GroupInstance):
                self._members.setdefault(each.parent, []).append(each)
            self._revision = view.revision
        known = {each.id for each in self._rules}
        self._judged = {id_: done for id_, done in self._judged.items() if id_ in known}

    def _due(self, rule: Rule) -> _Due | None:
        now = self._time.now()
        at = last_period(now, rule.step, self._settle()) + rule.step - rule.period
        if not rule.enabled or self._judged.get(rule.id) == (rule.revision, at):
            return None
        if not effective(now, rule.effective, rule.no_effective):
            return None
        own = without_owner(rule.among, rule.account)
        if not rule.parent:
            return _Due(rule, at, own)
        members = [
            each
            for each in self._members.get(rule.parent, ())
            if rule.category in ("", each.category) or rule.category.lower() == each.category.lower()
        ]
        among = [
            {name: each.name, **more}
            for each in members
            for more in own or ({},)
            for name in ("instanceId", "loadBalancerId")
        ]
        return _Due(rule, at, among, nobody=not among)

    def _judge_all(self, due: list[_Due], now: float) -> None:
        found = [(each, self._verdicts(each)) for each in due]
        with self._store.read() as view:
            news = any(True for each, verdicts in found for _ in self._news(view, each, verdicts, now))
        if news:
            with self._store.write() as change:
                for each, verdicts in found:
                    for news_ in list(self._news(change, each, verdicts, now)):
                        self._write(change, each, news_, now)
        for each in due:
            self._judged[each.rule.id] = (each.rule.revision, each.at)

    def _verdicts(self, due: _Due) -> dict[Dimensions, History]:
        """Return what was measured of each resource that a rule is about."""
        rule, at = due.rule, due.at
        found: dict[Dimensions, History] = {}
        if due.nobody:
            return found
        since = needed_since(rule.escalations, at, rule.period)
        backs = {c.looks_back or 0.0 for each in rule.escalations for c in each.conditions}
        for metric in rule.metrics:
            for back in {0.0, *backs}:
                points = self._metrics.read(
                    rule.account,
                    rule.namespace,
                    metric,
                    start=since - back,
                    end=at - back + rule.period,
                    period=rule.period,
                    among=due.among,
                )
                for point in points:
                    found.setdefault(point.series.dimensions, {}).setdefault(metric, {})[point.at] = point
        return found

    def _news(
        self, view: View, due: _Due, histories: dict[Dimensions, History], now: float
    ) -> Iterable[_News]:
        """Yield what is different from what is stored, or to be told again."""
        stored = {each.id: each for each in view.find(RuleState, parent=due.rule.id)}
        named = {state_id(due.rule.id, each): dict(each) for each in histories}
        by_id = {state_id(due.rule.id, each): history for each, history in histories.items()}
        for id_ in sorted(named.keys() | stored.keys()):
            before = stored.get(id_)
            verdict = judge(
                due.rule.escalations,
                by_id.get(id_, {}),
                at=due.at,
                period=due.rule.period,
                before=before.verdict if before is not None else None,
                no_data=due.rule.no_data,
            )
            silent = id_ not in by_id
            if silent and before is not None and _is_old(before, due.rule, now):
                yield _News(id_, before.dimensions, before, verdict, forget=True, tell=False)
                continue
            told = before.told if before is not None else None
            tell = must_tell(verdict, told, before.told_at if before else 0.0, now, due.rule.silence)
            changed = before is None or (before.state, before.level) != (verdict.state, verdict.level)
            if changed or tell:
                dimensions = before.dimensions if before is not None else named[id_]
                yield _News(id_, dimensions, before, verdict, tell=tell)

    def _write(self, change: Change, due: _Due, news: _News, now: float) -> None:
        rule, verdict, before = due.rule, news.verdict, news.before
        if news.forget:
            change.delete(RuleState, news.id)
            return
        stored = change.get(Rule, rule.id)
        if stored is None or stored.revision != rule.revision:
            # It was changed meanwhile, and is judged anew.
            return
        same = before is not None and (before.state, before.level) == (verdict.state, verdict.level)
        since = before.since if before is not None and same else now
        told = before.told if before is not None else None
        state = RuleState(
            id=news.id,
            account=rule.account,
            parent=rule.id,
            dimensions=news.dimensions,
            state=verdict.state,
            level=verdict.level,
            value=verdict.value,
            since=since,
            told=verdict if news.tell else told,
            told_at=now if news.tell else before.told_at if before is not None else 0.0,
        )
        if before is None:
            change.create(state)
        else:
            change.replace(state)
        if news.tell:
            lasted = now - (before.since if before is not None else now)
            self._tell(change, rule, news, now, lasted)
            self._log(f"alarm {rule.rule_id} of {rule.metric}: {verdict.state} {verdict.level}".rstrip())

    def _tell(self, change: Change, rule: Rule, news: _News, now: float, lasted: float) -> None:
        verdict = news.verdict
        told = news.before.told if news.before is not None else None
        level = told.level if told is not None else ""
        escalation = next((e for e in rule.escalations if e.level == verdict.level), rule.escalations[0])
        change.create(
            Alert(
                id=self._ids.resource("alert", now),
                account=rule.account,
                parent=rule.id,
                rule_id=rule.rule_id,
                rule_name=rule.name,
                namespace=rule.namespace,
                metric=rule.metric,
                dimensions=news.dimensions,
                state=verdict.state,
                level=verdict.level,
                before=level,
                value=verdict.value,
                expression=escalation.expression,
                times=escalation.times,
                at=now,
                lasted=lasted,
                group=rule.parent,
                contact_groups=rule.contact_groups,
                webhook=rule.webhook,
            )
        )
        _forget_oldest(change, rule.account)
        form = form_of(rule, news.dimensions, verdict, level, at=now, lasted=lasted)
        targets = [
            each.arn
            for each in rule.targets
            if verdict.state == "ALARM" and each.level.upper() in ("", verdict.level)
        ]
        sent: list[tuple[str, dict[str, str], str]] = [
            (url, form, "") for url in (rule.webhook, *targets) if url
        ]
        sent += [(url, {}, text_of(form)) for url in _robots(change, rule)]
        for url, fields, text in sent:
            change.create(
                Delivery(
                    id=self._ids.resource("delivery", now),
                    account=rule.account,
                    parent=rule.id,
                    url=url,
                    form=fields,
                    text=text,
                )
            )


class _News(msgspec.Struct, frozen=True):
    """What a rule says of a resource, where that is different from `before`, or to be told."""

    id: str
    dimensions: dict[str, str]
    before: RuleState | None
    verdict: Verdict
    tell: bool
    forget: bool = False


def _is_old(state: RuleState, rule: Rule, now: float) -> bool:
    """Return whether nothing came of a resource for so long that it may be gone; what is told is told first."""
    return now - max(state.since, state.told_at) > max(FORGET_SECONDS, 10.0 * rule.period)


def _robots(view: View, rule: Rule) -> list[str]:
    """Return the chat robots of those whom a rule tells, each once."""
    found: dict[str, None] = {}
    for name in filter(None, rule.contact_groups.split(",")):
        group = view.get(ContactGroup, contact_id(rule.account, name.strip()))
        for each in group.contacts if group is not None else ():
            contact = view.get(Contact, contact_id(rule.account, each))
            if contact is not None and contact.ding:
                found[contact.ding] = None
    return list(found)


def _forget_oldest(change: Change, account: str) -> None:
    surplus = change.count(Alert, account=account) - MOST_ALERTS
    if surplus > 0:
        for each in change.find(Alert, account=account, limit=surplus):
            change.delete(Alert, each.id)
