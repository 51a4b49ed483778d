"""Alarm rules on a clock that stands still until it is moved: what they say, write and tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

import msgspec
import pytest

from yunbox.control.clock import ManualClock, Turn, TurnedClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.engines.metrics.interface import Series, dimensions, one
from yunbox.engines.metrics.memory import MemoryMetricStore
from yunbox.services.cms.alarms import controller as controller_module
from yunbox.services.cms.alarms.controller import AlarmController
from yunbox.services.cms.alarms.deliveries import Deliveries
from yunbox.services.cms.alarms.evaluate import Condition, Escalation
from yunbox.services.cms.alarms.model import Alert, Delivery, Rule, RuleState, Target, rule_id
from yunbox.services.cms.contacts.model import Contact, ContactGroup, contact_id
from yunbox.services.cms.groups.model import GroupInstance

START = 1_800_000_000.0
ACCOUNT = "1000000000000001"
Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def run() -> Iterator[Run]:
    with asyncio.Runner() as runner:
        yield runner.run


class Watched:
    """A rule about the processors of instances, and the controller that judges it."""

    def __init__(self, speed: float = 1.0, **rule: Any) -> None:
        self.clock = ManualClock(START)
        self.time = TurnedClock(Turn(speed, START, START), self.clock)
        self.store = Store(":memory:")
        self.metrics = MemoryMetricStore()
        self.log: list[str] = []
        self.begin()
        condition = Condition(metric="CPUUtilization", threshold=80.0)
        given = {
            "escalations": (Escalation(level="WARN", conditions=(condition,), times=2),),
            "period": 60,
            "silence": 600,
            "webhook": "http://127.0.0.1:9/x",
        }
        self.rule = Rule(
            id=rule_id(ACCOUNT, "r-1"),
            rule_id="r-1",
            name="busy",
            account=ACCOUNT,
            namespace="acs_ecs_dashboard",
            metric="CPUUtilization",
            **{**given, **rule},
        )
        with self.store.write() as change:
            change.create(self.rule)

    def begin(self) -> None:
        """Have a new controller, as a cloud that was killed and started again has."""
        self.controller = AlarmController(self.store, self.metrics, self.time, Ids(), self.log.append)

    async def minute(self, *values: float, ids: tuple[str, ...] = ("i-1", "i-2")) -> None:
        """Let a minute pass in which instances measured so much; judge right after its end."""
        begun = self.time.now() // 60 * 60
        for id_, value in zip(ids, values, strict=False):
            series = Series(
                ACCOUNT, "acs_ecs_dashboard", "CPUUtilization", dimensions(instanceId=id_, userId=ACCOUNT)
            )
            self.metrics.put([one(series, begun + at, value) for at in (0, 15, 30, 45)])
        self.clock.advance((begun + 61 - self.time.now()) / self.time.speed)
        await self.controller.turn()

    def states(self) -> dict[str, str]:
        """Return what the rule says, by instance."""
        with self.store.read() as view:
            return {each.dimensions["instanceId"]: each.state for each in view.find(RuleState)}

    def kept(self, type_: type[Any]) -> list[Any]:
        """Return all that is stored of a kind."""
        with self.store.read() as view:
            return view.find(type_)


def test_an_alarm_fires_after_its_times_and_recovers(run: Run) -> None:
    async def story() -> None:
        cloud = Watched()
        await cloud.minute(90.0, 10.0)
        assert cloud.states() == {"i-1": "OK", "i-2": "OK"}
        assert cloud.kept(Alert) == []
        await cloud.minute(90.0, 10.0)
        assert cloud.states() == {"i-1": "ALARM", "i-2": "OK"}
        (alert,) = cloud.kept(Alert)
        assert (alert.state, alert.level, alert.value, alert.expression) == (
            "ALARM",
            "WARN",
            90.0,
            "$Average>=80",
        )
        (notice,) = cloud.kept(Delivery)
        assert notice.form["alertState"] == "ALERT"
        assert notice.form["dimensions"] == "{instanceId=i-1, userId=" + ACCOUNT + "}"
        await cloud.minute(70.0, 10.0)
        assert cloud.states()["i-1"] == "OK"
        assert [each.form["alertState"] for each in cloud.kept(Delivery)] == ["ALERT", "OK"]
        assert cloud.kept(Alert)[-1].before == "WARN"

    run(story())


def test_an_alarm_that_goes_on_is_told_again_after_its_silence(run: Run) -> None:
    async def story() -> None:
        cloud = Watched()
        for _ in range(12):
            await cloud.minute(90.0)
        assert len(cloud.kept(Alert)) == 2
        first, second = cloud.kept(Alert)
        assert second.at - first.at == 600.0

    run(story())


def test_a_killed_controller_tells_nobody_twice(run: Run) -> None:
    async def story() -> None:
        cloud = Watched()
        await cloud.minute(90.0)
        await cloud.minute(90.0)
        generation = cloud.store.generation()
        for _ in range(3):
            cloud.begin()
            await cloud.controller.turn()
        assert len(cloud.kept(Delivery)) == 1
        # Nothing is written, and nobody woken, when there is no news.
        assert cloud.store.generation() == generation

    run(story())


def test_a_rule_that_was_changed_meanwhile_says_nothing(run: Run) -> None:
    async def story() -> None:
        cloud = Watched()
        await cloud.minute(90.0)
        await cloud.minute(90.0)
        assert cloud.states() == {"i-1": "ALARM"}
        read = cloud.metrics.read

        def switched_off(*asked: Any, **more: Any) -> Any:
            with cloud.store.write() as change:
                rule = change.get(Rule, cloud.rule.id)
                assert rule is not None
                change.replace(msgspec.structs.replace(rule, enabled=False))
                for state in change.find(RuleState):
                    change.delete(RuleState, state.id)
            return read(*asked, **more)

        cloud.metrics.read = switched_off  # type: ignore[method-assign]
        await cloud.minute(10.0)
        assert cloud.states() == {}

    run(story())


def test_a_period_is_judged_once_it_has_settled(run: Run) -> None:
    async def story() -> None:
        cloud = Watched(speed=60.0)
        await cloud.controller.turn()
        begun = cloud.time.now()
        cloud.clock.advance(1.0)
        assert cloud.time.now() - begun == 60.0
        wait = await cloud.controller.turn()
        # Half a second of the machine's time lets what was measured be written.
        assert wait == pytest.approx(0.5)

    run(story())


def test_a_rule_with_an_interval_is_judged_so_often(run: Run) -> None:
    async def story() -> None:
        cloud = Watched(interval=250)
        assert cloud.rule.step == 300
        await cloud.controller.turn()
        seen = []
        for _ in range(10):
            await cloud.minute(90.0)
            seen.append(cloud.states().get("i-1", ""))
        # The clock began at a whole five minutes; the period before had no values.
        assert seen == [""] * 4 + ["ALARM"] * 6
        for value in (90.0, 90.0, 10.0):
            await cloud.minute(value)
        assert cloud.states() == {"i-1": "ALARM"}
        for _ in range(2):
            await cloud.minute(10.0)
        assert cloud.states() == {"i-1": "OK"}

    run(story())


def test_nothing_is_judged_outside_of_its_hours_or_when_disabled(run: Run) -> None:
    async def story() -> None:
        # 08:00 UTC is 16:00 in China.
        cloud = Watched(effective="01:00-02:00")
        await cloud.minute(90.0)
        await cloud.minute(90.0)
        assert cloud.states() == {}
        off = Watched(enabled=False)
        await off.minute(90.0)
        assert off.states() == {}

    run(story())


def test_a_silent_resource_keeps_its_state_and_is_forgotten_in_the_end(run: Run) -> None:
    async def story() -> None:
        cloud = Watched()
        await cloud.minute(90.0)
        await cloud.minute(90.0)
        await cloud.minute()
        assert cloud.states() == {"i-1": "ALARM"}
        cloud.clock.advance(3600)
        await cloud.minute()
        assert cloud.states() == {}
        told = Watched(no_data="INSUFFICIENT_DATA")
        await told.minute(90.0)
        await told.minute(90.0)
        await told.minute()
        assert told.states() == {"i-1": "INSUFFICIENT_DATA"}
        assert told.kept(Delivery)[-1].form["alertState"] == "INSUFFICIENT_DATA"

    run(story())


def test_only_resources_of_the_rule_count(run: Run) -> None:
    async def story() -> None:
        cloud = Watched(among=({"instanceId": "i-2", "userId": ACCOUNT},))
        await cloud.minute(90.0, 90.0)
        assert cloud.states() == {"i-2": "OK"}

    run(story())


def test_the_instances_of_a_group_count(run: Run) -> None:
    async def story() -> None:
        cloud = Watched(parent=f"{ACCOUNT}/7", category="ecs")
        await cloud.minute(90.0, 90.0)
        assert cloud.states() == {}
        with cloud.store.write() as change:
            change.create(
                GroupInstance(id="g", account=ACCOUNT, parent=f"{ACCOUNT}/7", name="i-1", category="ECS")
            )
        await cloud.minute(90.0, 90.0)
        assert cloud.states() == {"i-1": "ALARM"}

    run(story())


def test_targets_are_set_off_by_their_level(run: Run) -> None:
    async def story() -> None:
        arn = f"acs:ess:cn-hangzhou:{ACCOUNT}:scalingrule/asr-"
        targets = (
            Target(id="1", arn=arn + "1", level="Warn"),
            Target(id="2", arn=arn + "2", level="Critical"),
        )
        cloud = Watched(targets=targets, webhook="")
        for value in (90.0, 90.0, 10.0):
            await cloud.minute(value)
        assert [each.url for each in cloud.kept(Delivery)] == [arn + "1"]

    run(story())


def test_robots_of_contacts_are_told(run: Run) -> None:
    async def story() -> None:
        cloud = Watched(webhook="", contact_groups="ops,nobody")
        async with Receiver() as receiver:
            with cloud.store.write() as change:
                for name, ding in (("a", receiver.url), ("b", receiver.url), ("c", "")):
                    change.create(
                        Contact(id=contact_id(ACCOUNT, name), account=ACCOUNT, name=name, ding=ding)
                    )
                change.create(
                    ContactGroup(
                        id=contact_id(ACCOUNT, "ops"),
                        account=ACCOUNT,
                        name="ops",
                        contacts=("a", "b", "c", "d"),
                    )
                )
            await cloud.minute(90.0)
            await cloud.minute(90.0)
            await _deliver(cloud, lambda: not cloud.kept(Delivery))
            (heard,) = receiver.heard
            head, _, body = heard.partition(b"\r\n\r\n")
            assert b"application/json" in head
            told = msgspec.json.decode(body)
            assert told["msgtype"] == "text"
            assert told["text"]["content"].startswith("[CloudMonitor] busy: ALERT (WARN)\n")

    run(story())


def test_history_is_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller_module, "MOST_ALERTS", 3)

    async def story() -> None:
        cloud = Watched()
        for _ in range(3):
            for value in (90.0, 90.0, 10.0):
                await cloud.minute(value)
        alerts = cloud.kept(Alert)
        assert len(alerts) == 3
        assert [each.state for each in alerts] == ["OK", "ALARM", "OK"]

    run(story())


class Receiver:
    """A web server that takes forms, after refusing some."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.heard: list[bytes] = []
        self.url = ""

    async def __aenter__(self) -> Receiver:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook?key=1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        self.heard.append(head + await reader.readexactly(length))
        refused = len(self.heard) <= self.refusals
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n" if refused else b"HTTP/1.1 204 Fine\r\n\r\n"
        )
        writer.close()


async def _deliver(cloud: Watched, until: Callable[[], bool]) -> Deliveries:
    deliveries = Deliveries(cloud.store, cast(Any, None), cloud.clock, cloud.log.append)
    for _ in range(200):
        await deliveries.turn()
        await asyncio.sleep(0.01)
        if until():
            break
        cloud.clock.advance(1.0)
    await deliveries.close()
    return deliveries


def _notice(url: str) -> Delivery:
    return Delivery(
        id="d-1", account=ACCOUNT, parent="r", url=url, form={"alertName": "a b", "curValue": "1"}
    )


def test_a_webhook_is_tried_again_until_it_takes_the_notice(run: Run) -> None:
    async def story() -> None:
        cloud = Watched()
        async with Receiver(refusals=2) as receiver:
            with cloud.store.write() as change:
                change.create(_notice(receiver.url))
            await _deliver(cloud, lambda: not cloud.kept(Delivery))
            assert cloud.kept(Delivery) == []
            assert len(receiver.heard) == 3
            head, _, body = receiver.heard[0].partition(b"\r\n\r\n")
            assert head.startswith(b"POST /hook?key=1 HTTP/1.1\r\n")
            assert body == b"alertName=a+b&curValue=1"

    run(story())


def test_a_webhook_that_is_not_there_is_given_up(run: Run) -> None:
    async def story() -> None:
        cloud = Watched()
        with cloud.store.write() as change:
            change.create(_notice("http://127.0.0.1:1/"))
        await _deliver(cloud, lambda: not cloud.kept(Delivery))
        assert cloud.kept(Delivery) == []
        assert "given up" in cloud.log[-1]

    run(story())


def test_what_a_rule_was_is_read_again(run: Run) -> None:
    async def story() -> None:
        cloud = Watched()
        await cloud.minute(70.0)
        with cloud.store.write() as change:
            condition = Condition(metric="CPUUtilization", threshold=60.0)
            lower = (Escalation(level="INFO", conditions=(condition,), times=1),)
            change.replace(msgspec.structs.replace(cloud.rule, escalations=lower))
        await cloud.controller.turn()
        assert cloud.states() == {"i-1": "ALARM"}

    run(story())
