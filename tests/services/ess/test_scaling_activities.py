"""Scaling activities from wish to end, in memory: real controllers, virtual time, balancers that obey the test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ess_in_memory import ACCOUNT, GROUP, REGION, ScalingCloud, run

from yunbox.engines.compute.interface import SandboxSpec
from yunbox.services.balancing.model import Member as Server
from yunbox.services.ecs.instances.lifecycle import DeleteInstance, delete_instance
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.model import Asked
from yunbox.services.ess.configurations.model import InstanceTypeChoice, ScalingConfiguration
from yunbox.services.ess.groups.model import LoadBalancer, ScalingGroup
from yunbox.services.ess.hooks.model import LifecycleAction, LifecycleHook, Result
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.notifications.controller import NotificationController
from yunbox.services.ess.notifications.model import NotificationConfiguration
from yunbox.services.ess.notifications.notice import Notice
from yunbox.services.slb.load_balancers.model import LoadBalancer as Balancer
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vswitches.create import CreateVSwitch, create_vswitch
from yunbox.services.vpc.vswitches.model import VSwitch


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


HOOK = LifecycleHook(
    id="ash-1", account=ACCOUNT, region=REGION, parent=GROUP, transition="SCALE_OUT", heartbeat=600
)


def tokens(cloud: ScalingCloud) -> list[LifecycleAction]:
    with cloud.store.read() as view:
        return [each for each in view.find(LifecycleAction) if each.status == "Waiting"]


def complete(cloud: ScalingCloud, result: Result) -> None:
    with cloud.store.write() as change:
        for each in change.find(LifecycleAction):
            change.replace(msgspec.structs.replace(each, result=result))


def test_a_hook_holds_instances_until_it_is_completed() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.store_all(HOOK)
        cloud.group()
        cloud.ask(2)
        await cloud.until(lambda: set(cloud.members().values()) == {"Pending:Wait"})
        assert not cloud.balancers.servers()
        complete(cloud, "CONTINUE")
        await cloud.until(lambda: cloud.in_service() == 2)
        await cloud.settled()
        assert cloud.activities()[0].status == "Successful" and not tokens(cloud)

    run(work)


def test_a_hook_that_nobody_completes_ends_by_itself() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.store_all(msgspec.structs.replace(HOOK, default_result="ABANDON"))
        cloud.group()
        cloud.ask(1)
        await cloud.until(lambda: bool(tokens(cloud)))
        await cloud.pass_time(570, step=30)
        assert set(cloud.members().values()) == {"Pending:Wait"}
        await cloud.pass_time(60, step=30)
        await cloud.settled()
        assert not cloud.members() and not cloud.instances()
        [activity] = cloud.activities()
        assert activity.status == "Failed" and activity.errors[0].code == "LifecycleHookAbandoned"

    run(work)


@pytest.mark.parametrize(("result", "left"), [("CONTINUE", 0), ("ABANDON", 0), ("ROLLBACK", 1)])
def test_a_hook_on_the_way_out_holds_what_is_drained(result: Result, left: int) -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.store_all(msgspec.structs.replace(HOOK, transition="SCALE_IN"))
        cloud.group()
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        cloud.ask(0)
        await cloud.until(lambda: set(cloud.members().values()) == {"Removing:Wait"})
        assert not cloud.balancers.servers() and list(cloud.instances().values()) == ["Running"]
        complete(cloud, result)
        await cloud.until(lambda: cloud.in_service() == left and len(cloud.instances()) == left)
        await cloud.settled()
        assert len(cloud.balancers.servers()) == left

    run(work)


def test_types_are_tried_in_their_order_and_a_failure_has_its_cause() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        types = (
            InstanceTypeChoice(instance_type="ecs.none"),
            InstanceTypeChoice(instance_type="ecs.g6.large"),
        )
        with cloud.store.write() as change:
            configuration = change.get(ScalingConfiguration, "asc-1")
            assert configuration is not None
            change.replace(msgspec.structs.replace(configuration, types=types))
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        with cloud.store.write() as change:
            change.replace(msgspec.structs.replace(configuration, types=types[:1]))
        cloud.ask(3)
        await cloud.settled()
        failed = cloud.activities()[-1]
        assert failed.status == "Failed" and failed.errors[0].code
        assert "ecs.none" in failed.status_message and len(cloud.instances()) == 1
        # What a group promises by itself is tried again, later each time.
        cloud.change_group(min_size=2)
        await cloud.pass_time(30)
        tried = [each for each in cloud.activities() if "MinSize" in each.cause]
        assert 2 <= len(tried) <= 4
        with cloud.store.write() as change:
            change.replace(msgspec.structs.replace(configuration, types=types))
        await cloud.pass_time(60)
        assert cloud.in_service() == 2

    run(work)


def test_unhealthy_and_vanished_instances_are_replaced() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(min_size=2, health_check_types=("ECS", "LOAD_BALANCER"))
        await cloud.until(lambda: cloud.in_service() == 2)
        await cloud.settled()
        first, second = cloud.members()
        cloud.do(delete_instance, DeleteInstance(instance_id=first, force=True))
        await cloud.until(lambda: cloud.in_service() == 2 and first not in cloud.members())
        cloud.balancers.sick.add(second)
        await cloud.pass_time(10)
        await cloud.until(lambda: cloud.in_service() == 2 and second not in cloud.instances())
        assert "health check" in cloud.activities()[-1].cause
        third = next(iter(cloud.members()))
        cloud.change_member(third, health="Unhealthy", health_asked=True)
        await cloud.until(lambda: cloud.in_service() == 2 and third not in cloud.instances())
        await cloud.settled()
        assert len(cloud.instances()) == 2

    run(work)


def test_an_instance_that_restarts_quickly_is_not_replaced() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(min_size=1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        [only] = cloud.members()
        cloud.compute.crash(only)
        cloud.controllers[0].look_for_drift_soon()
        await cloud.pass_time(20)
        assert list(cloud.members()) == [only] and cloud.in_service() == 1

    run(work)


def test_an_instance_that_never_starts_is_given_up() -> None:
    async def work(cloud: ScalingCloud) -> None:
        start = cloud.compute.start

        async def fail(spec: SandboxSpec) -> None:
            raise OSError("no such image")

        cloud.compute.start = fail  # type: ignore[method-assign]
        cloud.group()
        cloud.ask(1)
        await cloud.pass_time(60)
        await cloud.settled()
        assert cloud.activities()[0].status == "Failed"
        assert "no such image" in cloud.activities()[0].status_message
        cloud.compute.start = start  # type: ignore[method-assign]
        assert not cloud.members()

    run(work)


def test_protected_instances_stay_and_suspended_processes_rest() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        cloud.ask(2)
        await cloud.until(lambda: cloud.in_service() == 2)
        await cloud.settled()
        first = next(iter(cloud.members()))
        cloud.change_member(first, lifecycle="Protected", protected=True)
        cloud.ask(0)
        await cloud.settled()
        assert list(cloud.members()) == [first]
        assert len(cloud.activities()[-1].destroyed_instances) == 1
        cloud.change_group(suspended=("ScaleOut",))
        cloud.ask(3)
        await cloud.settled()
        assert cloud.activities()[-1].status == "Rejected" and len(cloud.members()) == 1
        cloud.change_group(suspended=("ScaleOut",), min_size=2)
        await cloud.idle()
        assert len(cloud.members()) == 1

    run(work)


def test_what_may_not_be_removed_is_not_removed_in_vain() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        cloud.ask(2)
        await cloud.until(lambda: cloud.in_service() == 2)
        await cloud.settled()
        for each in cloud.members():
            cloud.change_member(each, lifecycle="Protected", protected=True)
        cloud.change_group(max_size=1)
        await cloud.pass_time(60)
        assert len(cloud.activities()) == 1
        cloud.ask(0)
        await cloud.settled()
        assert cloud.activities()[-1].errors[0].code == "NoRemovableInstance"
        assert cloud.in_service() == 2

    run(work)


def test_balancers_that_are_deleted_are_passed_over() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        with cloud.store.write() as change:
            change.delete(Balancer, "lb-1")
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        assert not cloud.balancers.servers()

    run(work)


def test_members_that_vanished_are_forgotten() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        [only] = cloud.members()
        cloud.change_member(only, lifecycle="Protected", protected=True)
        cloud.do(delete_instance, DeleteInstance(instance_id=only, force=True))
        await cloud.until(lambda: not cloud.members() and not cloud.instances())
        assert not cloud.balancers.servers()

    run(work)


def test_what_somebody_set_at_the_balancer_stays_and_is_drained_too() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        [only] = cloud.members()
        with cloud.store.write() as change:
            [server] = change.find(Server)
            change.replace(msgspec.structs.replace(server, weight=7))
            other = msgspec.structs.replace(server, id=f"rsp-1/{only}/80", parent="rsp-1", added_by="")
            change.create(other)
        await cloud.idle()
        with cloud.store.read() as view:
            assert {each.weight for each in view.find(Server)} == {7, 50}
        cloud.balancers.busy.add(only)
        cloud.ask(0)
        await cloud.until(lambda: not cloud.balancers.servers())
        await cloud.idle()
        assert cloud.instances() == {only: "Running"}
        cloud.balancers.busy.clear()
        await cloud.until(lambda: not cloud.instances())

    run(work)


def begin_in(cloud: ScalingCloud, asked: Asked, **changes: Any) -> None:
    """Begin an activity as an action does, and claim the members that it names."""
    with cloud.store.write() as change:
        group = change.get(ScalingGroup, GROUP)
        assert group is not None
        activity = begin(
            change, cloud.premises.ids, group, asked, now=cloud.time.now(), cause="x", source_type="Api"
        )
        for id_ in asked.instances:
            member = change.get(Member, id_)
            if member is not None:
                change.replace(msgspec.structs.replace(member, activity_id=activity.id, **changes))


def test_standby_gets_no_requests_and_comes_back() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        [only] = cloud.members()
        begin_in(cloud, Asked(work="EnterStandby", instances=(only,)), lifecycle="Standby")
        await cloud.settled()
        assert cloud.balancers.servers() == {only: 0}
        begin_in(cloud, Asked(work="ExitStandby", instances=(only,)), lifecycle="Pending")
        await cloud.settled()
        assert cloud.balancers.servers() == {only: 50} and cloud.in_service() == 1

    run(work)


def test_attached_instances_are_detached_again() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        [own] = cloud.run(cloud.vswitch, cloud.security_group)
        await cloud.until(lambda: cloud.status(own) == "Running")
        made = Member(id=own, account=ACCOUNT, region=REGION, parent=GROUP, creation_type="Attached")
        cloud.store_all(made)
        begin_in(cloud, Asked(work="Attach", instances=(own,), hooks=False))
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        cloud.ask(0)
        await cloud.settled()
        assert not cloud.members() and cloud.status(own) == "Running" and not cloud.balancers.servers()

    run(work)


def test_economical_mode_stops_instances_and_starts_them_again() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(scaling_policy="recycle")
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        [only] = cloud.members()
        cloud.ask(0)
        await cloud.until(lambda: cloud.instances() == {only: "Stopped"})
        await cloud.settled()
        assert cloud.members() == {only: "Stopped"}
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        assert cloud.activities()[-1].started_instances == (only,) and len(cloud.instances()) == 1

    run(work)


def test_more_may_be_asked_for_while_instances_are_on_their_way() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        for wanted in (1, 3, 7):
            cloud.ask(wanted)
        assert cloud.ask(7) == ""
        await cloud.until(lambda: cloud.in_service() == 7)
        await cloud.settled()
        assert len(cloud.instances()) == 7
        assert [each.asked.create for each in cloud.activities()] == [1, 2, 4]

    run(work)


def test_a_balancer_that_is_attached_later_gets_all_instances() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(load_balancers=())
        cloud.ask(2)
        await cloud.until(lambda: cloud.in_service() == 2)
        assert not cloud.balancers.servers()
        cloud.change_group(load_balancers=(LoadBalancer(id="lb-2", weight=70),))
        await cloud.until(lambda: set(cloud.balancers.servers().values()) == {70})
        cloud.change_group(load_balancers=())
        await cloud.until(lambda: not cloud.balancers.servers())
        assert cloud.in_service() == 2

    run(work)


def test_a_group_that_is_deleted_by_force_leaves_nothing() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        cloud.ask(2)
        await cloud.until(lambda: len(cloud.members()) == 2)
        cloud.change_group(lifecycle="Deleting", force_delete=True)
        await cloud.until(lambda: cloud.stored() is None)
        await cloud.until(lambda: not cloud.instances())
        assert not cloud.members() and not cloud.activities() and not cloud.balancers.servers()

    run(work)


def test_instances_at_the_end_of_their_life_are_replaced_one_for_one() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(min_size=2, max_instance_lifetime=86_400)
        await cloud.until(lambda: cloud.in_service() == 2)
        await cloud.settled()
        before = set(cloud.members())
        fewest = 9
        for _ in range(30):
            await cloud.pass_time(2890, step=2890)
            fewest = min(fewest, cloud.in_service())
        await cloud.settled()
        assert not before & set(cloud.members()) and cloud.in_service() == 2
        assert fewest == 2

    run(work)


def test_fifty_instances_come_at_once_and_more_in_turns() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(max_size=200)
        cloud.ask(120)
        await cloud.until(lambda: cloud.in_service() == 120)
        await cloud.settled()
        [activity] = cloud.activities()
        assert len(activity.created_instances) == len(cloud.instances()) == 120

    run(work)


def test_zones_are_made_even_again() -> None:
    async def work(cloud: ScalingCloud) -> None:
        with cloud.store.read() as view:
            first = view.get(VSwitch, cloud.vswitch)
        assert first is not None
        asked = CreateVSwitch(vpc_id=first.parent, zone_id="cn-hangzhou-j", cidr_block="10.2.0.0/16")
        second = cloud.do(create_vswitch, asked, vpc).v_switch_id
        cloud.group(vswitches=(cloud.vswitch, second), multi_az_policy="BALANCE")
        cloud.ask(4)
        await cloud.until(lambda: cloud.in_service() == 4)
        await cloud.settled()
        assert zones(cloud) == {"cn-hangzhou-i": 2, "cn-hangzhou-j": 2}
        cloud.change_group(vswitches=(cloud.vswitch,))
        cloud.ask(8)
        await cloud.until(lambda: cloud.in_service() == 8)
        await cloud.settled()
        assert zones(cloud)["cn-hangzhou-i"] == 6
        cloud.change_group(vswitches=(cloud.vswitch, second), auto_rebalance=True)
        await cloud.until(lambda: zones(cloud) == {"cn-hangzhou-i": 4, "cn-hangzhou-j": 4})
        await cloud.settled()
        assert cloud.in_service() == 8
        cloud.ask(3)
        await cloud.settled()
        assert max(zones(cloud).values()) == 2

    run(work)


def zones(cloud: ScalingCloud) -> dict[str, int]:
    with cloud.store.read() as view:
        return dict(Counter(each.zone_id for each in view.find(Member, parent=GROUP)))


def test_whoever_wants_to_is_told(tmp_path: Path) -> None:
    async def work(cloud: ScalingCloud) -> None:
        arn = "acs:ess:cn-hangzhou:1:cloudmonitor"
        types = ("AUTOSCALING:SCALE_OUT_START", "AUTOSCALING:SCALE_OUT_SUCCESS")
        own = {"account": ACCOUNT, "region": REGION, "parent": GROUP}
        cloud.store_all(NotificationConfiguration(id=f"{GROUP}/{arn}", arn=arn, types=types, **own))
        cloud.store_all(msgspec.structs.replace(HOOK, notification_arn="acs:mns:cn-hangzhou:1:queue/q"))
        cloud.group()
        cloud.ask(1)
        await cloud.until(lambda: bool(tokens(cloud)))
        complete(cloud, "CONTINUE")
        await cloud.settled()
        file = tmp_path / "told.log"
        await NotificationController(cloud.store, file, cloud.log.append).turn()
        told = [msgspec.json.decode(each) for each in file.read_bytes().splitlines()]
        events = [each["event"].removeprefix("AUTOSCALING:") for each in told]
        assert sorted(events) == ["LIFECYCLE_HOOK", "SCALE_OUT_START", "SCALE_OUT_SUCCESS"]
        held = next(each for each in told if each["event"].endswith("HOOK"))
        assert held["lifecycleActionToken"] and held["instanceIds"] == list(cloud.members())
        with cloud.store.read() as view:
            assert not view.find(Notice)

    run(work)
