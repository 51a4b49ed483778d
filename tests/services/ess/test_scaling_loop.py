"""The whole loop on virtual time: measured load, rules, activities, and the calm after it."""

from __future__ import annotations

import msgspec
from ess_in_memory import ACCOUNT, GROUP, REGION, ScalingCloud, run

from yunbox.engines.metrics.interface import Series, dimensions, one
from yunbox.services.ess.alarms.model import AlarmTask, Condition
from yunbox.services.ess.decisions.forecast import HOUR
from yunbox.services.ess.measured import LOADS
from yunbox.services.ess.rules.model import ScalingRule, Step
from yunbox.services.ess.rules.predicting import PredictingController
from yunbox.services.ess.schedules.model import ScheduledTask

OWN = {"account": ACCOUNT, "region": REGION, "parent": GROUP}


def test_a_group_follows_its_target_out_and_in() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.store_all(
            ScalingRule(
                id="asr-1",
                type="TargetTrackingScalingRule",
                metric_name="CpuUtilization",
                target=50.0,
                warmup=60,
                scale_in_evaluations=4,
                **OWN,
            )
        )
        cloud.group(min_size=2)
        cloud.load = 80.0
        await cloud.pass_time(180, step=5)
        assert cloud.in_service() == 2 and len(cloud.activities()) == 1
        cloud.load = 180.0
        await cloud.pass_time(250, step=5)
        # 2 x 90 / 50 is 3.6; while the two new ones warmed up nothing more was asked for.
        assert cloud.in_service() == 4 and len(cloud.activities()) == 2
        out = cloud.activities()[-1]
        assert "asr-1" in out.cause and out.cause.endswith('from "2" to "4".') and out.triggered
        breach = msgspec.json.decode(out.metadata)
        assert breach["MetricValue"] == 90.0 and breach["BreachedAt"] < breach["EvaluatedAt"]
        cloud.load = 80.0
        await cloud.pass_time(400, step=5)
        assert cloud.in_service() == 2 and len(cloud.instances()) == 2
        cause = cloud.activities()[-1].cause
        assert cause.endswith('from "4" to "2".')

    run(work)


def test_an_alarm_executes_its_rule_and_a_cooldown_holds_it_back() -> None:
    async def work(cloud: ScalingCloud) -> None:
        more = ScalingRule(
            id="asr-more",
            adjustment_type="QuantityChangeInCapacity",
            adjustment_value=1,
            cooldown=120,
            **OWN,
        )
        cloud.store_all(
            more,
            AlarmTask(
                id="asg-alarm",
                name="busy",
                condition=Condition(metric_name="CpuUtilization", period=60, threshold=80.0),
                evaluations=2,
                actions=(more.ari,),
                **OWN,
            ),
        )
        cloud.group(min_size=1)
        cloud.cpu = 95.0
        await cloud.pass_time(200, step=5)
        assert cloud.in_service() == 2
        assert '"busy"' in cloud.activities()[-1].cause
        # A manual activity passes while the group cools down, the alarm's does not.
        cloud.ask(3)
        await cloud.pass_time(20, step=5)
        assert cloud.in_service() == 3
        await cloud.pass_time(180, step=5)
        assert cloud.in_service() == 4
        cloud.cpu = 10.0
        await cloud.pass_time(300, step=5)
        assert cloud.in_service() == 4
        with cloud.store.read() as view:
            [alarm] = view.find(AlarmTask)
        assert alarm.state == "OK"

    run(work)


def test_a_step_rule_goes_by_how_far_the_metric_is_beyond() -> None:
    async def work(cloud: ScalingCloud) -> None:
        steps = (Step(lower=0.0, upper=10.0, adjustment=1), Step(lower=10.0, adjustment=3))
        rule = ScalingRule(
            id="asr-step",
            type="StepScalingRule",
            adjustment_type="QuantityChangeInCapacity",
            steps=steps,
            warmup=120,
            **OWN,
        )
        cloud.store_all(
            rule,
            AlarmTask(
                id="asg-alarm",
                condition=Condition(metric_name="CpuUtilization", period=60, threshold=80.0),
                evaluations=1,
                actions=(rule.ari,),
                **OWN,
            ),
        )
        cloud.group(min_size=1)
        await cloud.pass_time(200, step=5)
        cloud.cpu = 95.0
        await cloud.pass_time(125, step=5)
        assert cloud.in_service() == 4

    run(work)


def test_scheduled_tasks_are_done_at_their_time() -> None:
    async def work(cloud: ScalingCloud) -> None:
        start = cloud.time.now()
        rule = ScalingRule(id="asr-1", adjustment_type="TotalCapacity", adjustment_value=3, **OWN)
        cloud.store_all(
            rule,
            ScheduledTask(
                id="t-1", name="evening", action=rule.ari, launch=start + 60, account=ACCOUNT, region=REGION
            ),
            ScheduledTask(
                id="t-2",
                launch=start + 120,
                recurrence="Daily",
                recurrence_value="1",
                min_value=5,
                max_value=6,
                **OWN,
            ),
        )
        cloud.group()
        await cloud.pass_time(55, step=5)
        assert cloud.in_service() == 0
        await cloud.pass_time(15, step=5)
        assert cloud.in_service() == 3
        assert '"evening"' in cloud.activities()[-1].cause
        await cloud.pass_time(60, step=5)
        assert cloud.in_service() == 5
        with cloud.store.read() as view:
            once, daily = view.find(ScheduledTask)
        assert (once.last_done, once.next_at) == (start + 60, 0.0)
        assert daily.next_at == start + 120 + 86_400

    run(work)


def test_a_scheduled_task_is_tried_again_for_a_while() -> None:
    async def work(cloud: ScalingCloud) -> None:
        start = cloud.time.now()
        own = {"account": ACCOUNT, "region": REGION}
        rule = ScalingRule(id="asr-1", adjustment_type="TotalCapacity", adjustment_value=1, **OWN)
        cloud.store_all(
            rule,
            ScheduledTask(id="t-1", action=rule.ari, launch=start + 10, expiration=60, **own),
            ScheduledTask(id="t-2", action="ari:gone", launch=start + 10, expiration=30, **own),
        )
        cloud.group(lifecycle="Inactive")
        await cloud.pass_time(40, step=5)
        assert not cloud.activities()
        cloud.change_group(lifecycle="Active")
        await cloud.pass_time(10, step=5)
        assert cloud.in_service() == 1
        with cloud.store.read() as view:
            done, expired = view.find(ScheduledTask)
        assert (done.due, expired.due, expired.next_at) == (0.0, 0.0, 0.0)

    run(work)


def test_what_recurs_moves_the_bounds_before_its_hour() -> None:
    async def work(cloud: ScalingCloud) -> None:
        start = cloud.time.now()
        hour = start // HOUR * HOUR
        busy = hour + 2 * HOUR
        series = Series(ACCOUNT, LOADS, "CpuUtilization", dimensions(scalingGroupId=GROUP))
        loads = {hour - back * HOUR: 20.0 for back in range(1, 72)}
        loads |= {busy - day * 24 * HOUR: 200.0 for day in (1, 2)}
        cloud.metrics.put([one(series, at, value) for at, value in loads.items()])
        rule = ScalingRule(
            id="asr-1",
            type="PredictiveScalingRule",
            metric_name="CpuUtilization",
            target=50.0,
            initial_max=10,
            predictive_buffer_minutes=10,
            **OWN,
        )
        cloud.store_all(rule)
        cloud.group(min_size=1)
        cloud.load = 20.0
        predicting = PredictingController(cloud.premises, cloud.log.append)
        cloud.keepers.append(predicting)
        await cloud.pass_time(busy - start - 750, step=100)
        assert cloud.in_service() == 1
        await cloud.pass_time(260, step=20)
        assert cloud.in_service() == 4
        # Once the hour is over the group may shrink again.
        await cloud.pass_time(HOUR, step=100)
        group = cloud.stored()
        assert group is not None and (group.min_size, group.max_size) == (1, 10)

    run(work)
