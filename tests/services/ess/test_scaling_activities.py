"""Scaling activities from wish to end, in memory: real controllers, virtual time, balancers that obey the test."""

from __future__ import annotations

from ess_in_memory import GROUP, ScalingCloud, run


def test_instances_come_into_service_and_go_when_they_are_drained() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        cloud.ask(2)
        await cloud.until(lambda: cloud.in_service() == 2)
        await cloud.settled()
        [activity] = cloud.activities()
        assert activity.status == "Successful" and len(activity.created_instances) == 2
        assert activity.cause == 'A test requests, changing the Total Capacity from "0" to "2".'
        assert set(cloud.balancers.servers()) == set(cloud.members())
        first, second = activity.created_instances
        cloud.balancers.busy = {first, second}
        cloud.ask(1)
        await cloud.until(lambda: len(cloud.balancers.servers()) == 1)
        [going] = set(cloud.members()) - set(cloud.balancers.servers())
        await cloud.idle()
        # It has requests left: it is neither stopped nor released.
        assert cloud.members()[going] == "Removing" and cloud.instances()[going] == "Running"
        cloud.balancers.busy.clear()
        await cloud.until(lambda: going not in cloud.instances())
        await cloud.settled()
        assert cloud.activities()[-1].destroyed_instances == (going,)
        assert cloud.in_service() == 1

    run(work)


def test_a_group_keeps_its_bounds_and_its_expected_capacity() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(min_size=1, max_size=3)
        await cloud.until(lambda: cloud.in_service() == 1)
        assert "MinSize" in cloud.activities()[0].cause
        cloud.change_group(desired=3)
        await cloud.until(lambda: cloud.in_service() == 3)
        await cloud.settled()
        cloud.change_group(max_size=2, desired=2)
        await cloud.until(lambda: len(cloud.members()) == 2)
        await cloud.settled()
        assert GROUP in {each.parent for each in cloud.activities()}
        assert len(cloud.instances()) == 2

    run(work)
