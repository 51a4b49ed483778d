"""An alarm that executes a scaling rule, in memory."""

from __future__ import annotations

from services.ecs.ecs_in_memory import ACCOUNT, REGION
from services.ess.ess_in_memory import GROUP, ScalingCloud, run

from yunbox.services.cms.alarms.deliveries import Deliveries
from yunbox.services.cms.alarms.model import Delivery
from yunbox.services.ess.rules.model import ScalingRule


def _notice(id_: str, rule: str) -> Delivery:
    url = f"acs:ess:{REGION}:{ACCOUNT}:scalingGroupId/{GROUP}:scalingRuleId/{rule}"
    return Delivery(id=id_, account=ACCOUNT, parent="r", url=url, form={})


async def _deliver(cloud: ScalingCloud) -> None:
    deliveries = Deliveries(cloud.store, cloud.premises, cloud.clock, cloud.log.append)

    def left() -> bool:
        with cloud.store.read() as view:
            return bool(view.find(Delivery))

    while left():
        await deliveries.turn()
        await cloud.turn()
    await deliveries.close()


def test_an_alarm_executes_a_scaling_rule_once() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        rule = ScalingRule(
            id="asr-1",
            account=ACCOUNT,
            region=REGION,
            parent=GROUP,
            adjustment_type="QuantityChangeInCapacity",
            adjustment_value=2,
        )
        cloud.store_all(rule, _notice("d-1", "asr-1"))
        await _deliver(cloud)
        await cloud.settled()
        assert cloud.in_service() == 2
        assert len(cloud.activities()) == 1

    run(work)


def test_a_rule_that_is_gone_is_passed_over() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        cloud.store_all(_notice("d-1", "asr-9"))
        await _deliver(cloud)
        assert cloud.activities() == []
        assert "was not executed" in cloud.log[-1]

    run(work)
