"""Scaling activities from wish to end, in memory: real controllers, virtual time, balancers that obey the test."""

from __future__ import annotations

from collections import Counter

import msgspec
from ess_in_memory import GROUP, ScalingCloud, run

from yunbox.services.balancing.model import Member as Server
from yunbox.services.ess.configurations.model import InstanceTypeChoice, ScalingConfiguration
from yunbox.services.ess.groups.model import LoadBalancer
from yunbox.services.ess.members.model import Member
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
