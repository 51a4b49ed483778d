"""Instances of a group on their way in and out: hooks, health, standby, protection; in memory, on virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from ess_in_memory import ACCOUNT, GROUP, IMAGE, REGION, ScalingCloud, run

from yunbox.engines.compute.interface import SandboxSpec
from yunbox.services.ecs.instances.lifecycle import (
    DeleteInstance,
    RebootInstance,
    delete_instance,
    reboot_instance,
)
from yunbox.services.ecs.launch_templates.templates import CreateLaunchTemplate, create_launch_template
from yunbox.services.ecs.launch_templates.versions import (
    CreateLaunchTemplateVersion,
    create_launch_template_version,
)
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.model import Asked
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.hooks.model import LifecycleAction, LifecycleHook, Result
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.notifications.controller import NotificationController
from yunbox.services.ess.notifications.model import NotificationConfiguration
from yunbox.services.ess.notifications.notice import Notice

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


def test_hooks_hold_up_no_deletion() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.store_all(HOOK)
        cloud.group(max_size=100)
        cloud.ask(60)
        await cloud.until(lambda: bool(tokens(cloud)))
        cloud.change_group(lifecycle="Deleting", force_delete=True)
        await cloud.until(lambda: cloud.stored() is None and not cloud.instances())

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


def test_an_instance_that_ends_by_itself_is_replaced_at_once() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(min_size=1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        [only] = cloud.members()
        cloud.compute.crash(only)
        cloud.controllers[0].look_for_drift_soon()
        await cloud.until(lambda: only not in cloud.instances() and cloud.in_service() == 1)

    run(work)


def test_an_instance_that_is_restarted_stays_unless_what_it_served_is_lost() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(min_size=1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        [only] = cloud.members()
        cloud.clock.advance(30.0)
        cloud.do(reboot_instance, RebootInstance(instance_id=only))
        await cloud.until(lambda: cloud.status(only) == "Running")
        await cloud.pass_time(60)
        assert list(cloud.members()) == [only] and cloud.in_service() == 1
        cloud.do(reboot_instance, RebootInstance(instance_id=only))
        cloud.balancers.sick.add(only)
        await cloud.until(lambda: cloud.status(only) == "Running")
        await cloud.pass_time(15)
        assert list(cloud.members()) == [only]
        await cloud.pass_time(10)
        assert cloud.in_service() == 1 and only not in cloud.instances()

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


def test_instances_are_made_as_their_configuration_says() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group(tags={"team": "shop", "own": "group"}, propagated=("team",))
        with cloud.store.write() as change:
            found = change.get(ScalingConfiguration, "asc-1")
            assert found is not None
            launch = {**found.launch, "InstanceName": "web", "UserData": "IyEvYmluL3NoCg=="}
            change.replace(
                msgspec.structs.replace(found, launch=launch, tags={"tier": "front"}, password="$6$hash")
            )
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        [only] = cloud.members()
        instance = cloud.instance(only)
        assert instance is not None
        assert (instance.name, instance.password, instance.user_data) == ("web", "$6$hash", b"#!/bin/sh\n")
        assert instance.tags == {"team": "shop", "tier": "front"}

    run(work)


def test_instances_are_made_of_the_latest_version_of_a_template() -> None:
    async def work(cloud: ScalingCloud) -> None:
        data = {"image_id": IMAGE, "security_group_id": cloud.security_group}
        made = CreateLaunchTemplate(launch_template_name="web", instance_type="ecs.g6.large", **data)
        template = cloud.do(create_launch_template, made).launch_template_id
        second = CreateLaunchTemplateVersion(
            launch_template_id=template, instance_type="ecs.g6.xlarge", **data
        )
        cloud.do(create_launch_template_version, second)
        cloud.group(configuration="", launch_template=template, launch_template_version="Default")
        cloud.ask(1)
        await cloud.until(lambda: cloud.in_service() == 1)
        await cloud.settled()
        cloud.change_group(launch_template_version="Latest")
        cloud.ask(2)
        await cloud.until(lambda: cloud.in_service() == 2)
        await cloud.settled()
        with cloud.store.read() as view:
            members = {each.launch_template_version: each for each in view.find(Member, parent=GROUP)}
        assert {key: each.instance_type for key, each in members.items()} == {
            "1": "ecs.g6.large",
            "2": "ecs.g6.xlarge",
        }
        # The instance of the older version goes first.
        cloud.change_group(removal_policies=("OldestScalingConfiguration",))
        cloud.ask(1)
        await cloud.settled()
        assert list(cloud.members()) == [members["2"].id]

    run(work)
