"""Instance refreshes: in memory on virtual time, and once through the official SDKs of both versions."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from ess_clients import Classic, Scaling
from ess_in_memory import GROUP, ScalingCloud, run

from yunbox.api.product import Product
from yunbox.errors import CloudError
from yunbox.services.ess.configurations.model import InstanceTypeChoice, ScalingConfiguration
from yunbox.services.ess.decisions.refresh import at_a_time, next_checkpoint
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.product import ess
from yunbox.services.ess.refreshes.actions import (
    Checkpoint,
    DesiredConfiguration,
    ResumeInstanceRefresh,
    RollbackInstanceRefresh,
    StartInstanceRefresh,
    resume_instance_refresh,
    rollback_instance_refresh,
    start_instance_refresh,
)
from yunbox.services.ess.refreshes.model import InstanceRefresh

PRODUCT: Product = ess.new


@pytest.mark.parametrize(
    ("capacity", "least", "most", "count"),
    [
        (10, 80, 120, 2),
        (10, 100, 100, 1),
        (10, 50, 100, 5),
        (2, 80, 120, 1),
        (10, 0, 200, 10),
        (1, 100, 200, 1),
    ],
)
def test_so_many_are_replaced_at_a_time(capacity: int, least: int, most: int, count: int) -> None:
    assert at_a_time(capacity, min_healthy=least, max_healthy=most) == count


def test_checkpoints_are_passed_once() -> None:
    assert next_checkpoint((20, 50, 100), passed=0, percentage=10) is None
    assert next_checkpoint((20, 50, 100), passed=0, percentage=60) == 50
    assert next_checkpoint((20, 50, 100), passed=50, percentage=60) is None
    assert next_checkpoint((20, 50, 100), passed=50, percentage=100) is None


def second(cloud: ScalingCloud) -> str:
    """Store a second configuration of the group and return its id."""
    with cloud.store.read() as view:
        first = view.get(ScalingConfiguration, "asc-1")
    assert first is not None
    types = (InstanceTypeChoice(instance_type="ecs.g6.xlarge"),)
    cloud.store_all(
        ScalingConfiguration(
            id="asc-2",
            account=first.account,
            region=first.region,
            parent=GROUP,
            types=types,
            launch=first.launch,
        )
    )
    return "asc-2"


def start(cloud: ScalingCloud, configuration: str = "", **more: object) -> str:
    """Start a refresh and return the task's id."""
    request = StartInstanceRefresh(
        scaling_group_id=GROUP,
        desired_configuration=DesiredConfiguration(scaling_configuration_id=configuration),
        **more,  # type: ignore[arg-type]
    )
    return str(cloud.do(start_instance_refresh, request, PRODUCT).instance_refresh_task_id)


def task(cloud: ScalingCloud, id_: str) -> InstanceRefresh:
    """Return a task."""
    with cloud.store.read() as view:
        found = view.get(InstanceRefresh, id_)
    assert found is not None
    return found


def made_by(cloud: ScalingCloud) -> list[str]:
    """Return the configurations of the instances in service."""
    with cloud.store.read() as view:
        found = view.find(Member, parent=GROUP)
    return sorted(each.configuration for each in found if each.lifecycle == "InService")


def test_every_instance_is_replaced_and_none_is_missing_meanwhile() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(desired=4, default_cooldown=0)
        await cloud.until(lambda: cloud.in_service() == 4)
        await cloud.settled()
        id_ = start(cloud, second(cloud))
        least = 4

        def done() -> bool:
            nonlocal least
            least = min(least, cloud.in_service())
            assert len(cloud.balancers.servers()) >= 4
            return task(cloud, id_).status == "Successful"

        await cloud.until(done)
        await cloud.settled()
        assert least == 4
        assert made_by(cloud) == ["asc-2"] * 4
        found = task(cloud, id_)
        assert (len(found.replaced), found.waiting) == (4, ())
        # Nothing else was begun: the group's capacity was what it is to be all along.
        works = [each.asked.work for each in cloud.activities()]
        assert works == ["Scale", *["Refresh"] * 4]
        with pytest.raises(CloudError) as caught:
            start(cloud)
        assert caught.value.code == "InvalidInstance.NoInstanceNeedBeRefreshed"

    run(work)


def test_a_refresh_pauses_at_a_checkpoint_and_rolls_back() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(desired=4)
        await cloud.until(lambda: cloud.in_service() == 4)
        await cloud.settled()
        marks = [Checkpoint(percentage=50), Checkpoint(percentage=75), Checkpoint(percentage=100)]
        id_ = start(cloud, second(cloud), checkpoints=marks, checkpoint_pause_time=10)
        await cloud.until(lambda: task(cloud, id_).status == "Paused")
        assert made_by(cloud) == ["asc-1", "asc-1", "asc-2", "asc-2"]
        cloud.clock.advance(601)
        await cloud.until(lambda: task(cloud, id_).passed == 75)
        named = {"scaling_group_id": GROUP, "instance_refresh_task_id": id_}
        cloud.do(resume_instance_refresh, ResumeInstanceRefresh(**named), PRODUCT)
        cloud.do(rollback_instance_refresh, RollbackInstanceRefresh(**named), PRODUCT)
        await cloud.until(lambda: task(cloud, id_).status == "RollbackSuccessful")
        await cloud.settled()
        assert made_by(cloud) == ["asc-1"] * 4
        group = cloud.stored()
        assert group is not None and group.configuration == "asc-1"

    run(work)


def test_a_refresh_through_the_sdks(scaling: Scaling, classic: Classic, refused: Callable[..., str]) -> None:
    group = scaling.enabled_group(min_size=1)
    _until(lambda: scaling.find(group).active_capacity == 1)
    new = scaling.configuration(group)
    [before] = scaling.do("DescribeScalingInstances", scaling_group_id=group).scaling_instances
    started = classic.do(
        "StartInstanceRefresh",
        ScalingGroupId=group,
        RegionId="cn-hangzhou",
        DesiredConfiguration_ScalingConfigurationId=new,
    )["InstanceRefreshTaskId"]

    def status() -> str:
        found = scaling.do("DescribeInstanceRefreshes", scaling_group_id=group).instance_refresh_tasks
        return str(found[0].status)

    _until(lambda: status() == "Successful")
    [after] = scaling.do("DescribeScalingInstances", scaling_group_id=group).scaling_instances
    assert after.instance_id != before.instance_id
    assert after.scaling_configuration_id == new
    own = {"scaling_group_id": group, "instance_refresh_task_id": started}
    [activity] = scaling.do("DescribeScalingActivities", **own).scaling_activities
    assert activity.destroyed_instances == [before.instance_id]
    code = refused(
        scaling.do, "CancelInstanceRefresh", scaling_group_id=group, instance_refresh_task_id=started
    )
    assert code == "IncorrectInstanceRefreshTaskStatus"
    scaling.delete(group)


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_killed_controllers_go_on_where_they_were() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(desired=3)
        await cloud.until(lambda: cloud.in_service() == 3)
        await cloud.settled()
        id_ = start(cloud, second(cloud), max_healthy_percentage=200)
        turns = 0

        def done() -> bool:
            nonlocal turns
            turns += 1
            if turns % 3 == 0:
                cloud.open()
            return task(cloud, id_).status == "Successful"

        await cloud.until(done)
        await cloud.settled()
        assert made_by(cloud) == ["asc-2"] * 3
        assert len(task(cloud, id_).replaced) == 3

    run(work)
