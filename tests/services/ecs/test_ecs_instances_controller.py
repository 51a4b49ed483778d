from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from ecs_in_memory import MemoryCloud

from yunbox.engines.compute.errors import StartError
from yunbox.engines.compute.interface import SandboxSpec
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.instances.agreements import (
    ModifyInstanceAutoReleaseTime,
    modify_instance_auto_release_time,
)
from yunbox.services.ecs.instances.lifecycle import (
    DeleteInstance,
    RebootInstance,
    StartInstance,
    StopInstance,
    delete_instance,
    reboot_instance,
    start_instance,
    stop_instance,
)
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.parameters import FurtherDataDisk
from yunbox.services.ecs.instances.relocation import ReplaceSystemDisk, replace_system_disk
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.security_groups.rules import AuthorizeSecurityGroup, authorize_security_group
from yunbox.services.vpc.eips.pool import PublicLease
from yunbox.services.vpc.vswitches.addresses import AddressLease

Test = Callable[[MemoryCloud], Awaitable[None]]


def in_memory(test: Test) -> None:
    """Run a test on a cloud in memory, and end its controllers."""

    async def body() -> None:
        cloud = MemoryCloud()
        try:
            await test(cloud)
        finally:
            await cloud.kill()

    asyncio.run(body())


async def running(cloud: MemoryCloud, **parameters: object) -> str:
    """Run one instance and wait for it."""
    (id_,) = cloud.run(*cloud.network(), **parameters)
    await cloud.until(lambda: cloud.status(id_) == "Running")
    return id_


def stop(cloud: MemoryCloud, id_: str) -> None:
    cloud.do(stop_instance, StopInstance(instance_id=id_))


async def started_at(cloud: MemoryCloud, id_: str) -> float | None:
    sandbox = await cloud.compute.find(id_)
    return sandbox.started_at if sandbox is not None else None


def count(cloud: MemoryCloud, type_: type[msgspec.Struct]) -> int:
    with cloud.store.read() as view:
        return view.count(type_)  # type: ignore[arg-type]


def test_what_is_asked_for_runs_and_ends() -> None:
    async def test(cloud: MemoryCloud) -> None:
        id_ = await running(cloud, user_data="IyEvYmluL3NoCg==")
        spec = cloud.compute.spec(id_)
        assert (spec.cpus, spec.memory, spec.image) == (2.0, 8 << 30, "host")
        assert spec.interfaces[0].address == cloud.instance(id_).private_ip  # type: ignore[union-attr]
        assert spec.files[0].data == b"#!/bin/sh\n"
        stop(cloud, id_)
        assert cloud.status(id_) == "Stopping"
        await cloud.until(lambda: cloud.status(id_) == "Stopped")
        assert await started_at(cloud, id_) is None
        cloud.do(start_instance, StartInstance(instance_id=id_))
        await cloud.until(lambda: cloud.status(id_) == "Running")
        cloud.do(delete_instance, DeleteInstance(instance_id=id_, force=True))
        await cloud.until(lambda: cloud.instance(id_) is None)
        assert await cloud.compute.sandboxes() == []
        assert {count(cloud, each) for each in (NetworkInterface, AddressLease, Disk)} == {0}

    in_memory(test)


def test_a_restart_is_one_restart() -> None:
    async def test(cloud: MemoryCloud) -> None:
        id_ = await running(cloud)
        before = await started_at(cloud, id_)
        cloud.clock.advance(1.0)
        cloud.do(reboot_instance, RebootInstance(instance_id=id_))
        assert cloud.status(id_) == "Starting"
        await cloud.until(lambda: cloud.status(id_) == "Running")
        after = await started_at(cloud, id_)
        assert after != before
        cloud.clock.advance(60.0)
        await cloud.idle()
        assert await started_at(cloud, id_) == after

    in_memory(test)


def test_a_successor_adopts_what_runs() -> None:
    async def test(cloud: MemoryCloud) -> None:
        id_ = await running(cloud)
        before = await started_at(cloud, id_)
        await cloud.kill()
        cloud.clock.advance(30.0)
        cloud.begin()
        await cloud.idle()
        assert (cloud.status(id_), await started_at(cloud, id_)) == ("Running", before)

    in_memory(test)


def test_a_restart_that_was_done_but_not_written_is_not_done_again() -> None:
    async def test(cloud: MemoryCloud) -> None:
        id_ = await running(cloud)
        await cloud.kill()
        cloud.clock.advance(1.0)
        cloud.do(reboot_instance, RebootInstance(instance_id=id_))
        cloud.clock.advance(1.0)
        await cloud.compute.stop(id_)
        await cloud.compute.start(cloud.compute.spec(id_))
        done = await started_at(cloud, id_)
        cloud.clock.advance(1.0)
        cloud.begin()
        await cloud.until(lambda: cloud.status(id_) == "Running")
        assert await started_at(cloud, id_) == done

    in_memory(test)


def test_a_successor_starts_what_fell_and_removes_what_nobody_knows() -> None:
    async def test(cloud: MemoryCloud) -> None:
        id_ = await running(cloud)
        await cloud.kill()
        cloud.compute.crash(id_)
        await cloud.compute.start(SandboxSpec(id="i-orphan"))
        await cloud.compute.expose("198.19.9.9", "vpc-none", "10.9.9.9")
        cloud.begin()
        await cloud.idle()
        assert cloud.status(id_) == "Running"
        assert await started_at(cloud, id_) is not None
        assert [each.id for each in await cloud.compute.sandboxes()] == [id_]
        assert cloud.log == []
        assert cloud.compute.exposed() == {}

    in_memory(test)


def test_a_clean_end_powers_off_and_the_next_cloud_starts_again() -> None:
    async def test(cloud: MemoryCloud) -> None:
        vswitch, group = cloud.network()
        one, two = cloud.run(vswitch, group, amount=2)
        await cloud.until(lambda: cloud.status(one) == cloud.status(two) == "Running")
        stop(cloud, two)
        await cloud.until(lambda: cloud.status(two) == "Stopped")
        await cloud.kill()
        await cloud.instances.power_off()
        assert [each.running for each in await cloud.compute.sandboxes()] == [False, False]
        cloud.begin()
        await cloud.idle()
        assert (cloud.status(one), cloud.status(two)) == ("Running", "Stopped")
        assert [each.id for each in await cloud.compute.sandboxes() if each.running] == [one]

    in_memory(test)


def test_a_failing_start_is_tried_again_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(cloud: MemoryCloud) -> None:
        begun = cloud.compute.start
        tries: list[float] = []

        async def fail(spec: SandboxSpec) -> None:
            tries.append(cloud.clock.now())
            if len(tries) < 4:
                raise StartError("no room")
            await begun(spec)

        monkeypatch.setattr(cloud.compute, "start", fail)
        (id_,) = cloud.run(*cloud.network())
        for _ in range(40):
            await cloud.idle()
            cloud.clock.advance(0.5)
            if cloud.status(id_) == "Running":
                break
            found = cloud.instance(id_)
            assert found is not None
            assert (found.status, found.failure) == ("Pending", "no room")
        waits = [round(after - before) for before, after in itertools.pairwise(tries)]
        assert waits == [1, 2, 4]
        assert cloud.status(id_) == "Running"
        assert cloud.instance(id_).failure == ""  # type: ignore[union-attr]
        assert sum("no room" in line for line in cloud.log) == 3

    in_memory(test)


def test_an_instance_that_cannot_start_can_be_released(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(cloud: MemoryCloud) -> None:
        async def fail(spec: SandboxSpec) -> None:
            raise StartError(f"no room for {spec.id}")

        monkeypatch.setattr(cloud.compute, "start", fail)
        (id_,) = cloud.run(*cloud.network())
        await cloud.until(lambda: bool(cloud.instance(id_).failure))  # type: ignore[union-attr]
        cloud.do(delete_instance, DeleteInstance(instance_id=id_, force=True))
        await cloud.until(lambda: cloud.instance(id_) is None)

    in_memory(test)


def test_what_ends_by_itself_is_started_again() -> None:
    async def test(cloud: MemoryCloud) -> None:
        id_ = await running(cloud)
        cloud.compute.crash(id_)
        cloud.clock.advance(6.0)
        await cloud.until(lambda: cloud.status(id_) == "Starting")
        assert await started_at(cloud, id_) is None
        cloud.clock.advance(1.1)
        await cloud.until(lambda: cloud.status(id_) == "Running")
        assert any("ended by itself" in line for line in cloud.log)

    in_memory(test)


def test_a_wish_during_a_start_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(cloud: MemoryCloud) -> None:
        begun = cloud.compute.start

        async def start(spec: SandboxSpec) -> None:
            await begun(spec)
            cloud.do(stop_instance, StopInstance(instance_id=spec.id, force_stop=True))

        (id_,) = cloud.run(*cloud.network())
        await cloud.until(lambda: cloud.status(id_) == "Running")
        stop(cloud, id_)
        await cloud.until(lambda: cloud.status(id_) == "Stopped")
        cloud.do(start_instance, StartInstance(instance_id=id_))
        monkeypatch.setattr(cloud.compute, "start", start)
        await cloud.until(lambda: cloud.status(id_) == "Stopped")
        assert await started_at(cloud, id_) is None

    in_memory(test)


def test_released_when_its_time_has_come() -> None:
    async def test(cloud: MemoryCloud) -> None:
        id_ = await running(cloud, deletion_protection=True)
        asked = ModifyInstanceAutoReleaseTime(instance_id=id_, auto_release_time="2027-01-15T09:00:00Z")
        cloud.do(modify_instance_auto_release_time, asked)
        await cloud.idle()
        when = cloud.instance(id_).auto_release  # type: ignore[union-attr]
        cloud.clock.advance(when - cloud.clock.now() - 1.0)
        await cloud.idle()
        assert cloud.status(id_) == "Running"
        await cloud.kill()
        cloud.begin()
        await cloud.idle()
        cloud.clock.advance(2.0)
        await cloud.until(lambda: cloud.instance(id_) is None)
        with pytest.raises(CloudError, match="InvalidInstanceId"):
            stop(cloud, id_)

    in_memory(test)


def test_a_subscription_that_ends_is_renewed_or_its_instance_stopped() -> None:
    async def test(cloud: MemoryCloud) -> None:
        vswitch, group = cloud.network()
        paid = {"instance_charge_type": "PrePaid", "period": 1}
        (renewed,) = cloud.run(vswitch, group, **paid, auto_renew=True, auto_renew_period=2)
        (ended,) = cloud.run(vswitch, group, **paid)
        await cloud.until(lambda: cloud.status(renewed) == cloud.status(ended) == "Running")
        expires = cloud.instance(ended).expires  # type: ignore[union-attr]
        cloud.clock.advance(expires - cloud.clock.now() + 1.0)
        await cloud.until(lambda: cloud.status(ended) == "Stopped")
        await cloud.idle()
        assert cloud.status(renewed) == "Running"
        days = (cloud.instance(renewed).expires - expires) / 86400  # type: ignore[union-attr]
        assert 58 <= days <= 62
        with pytest.raises(CloudError, match="InstanceExpired"):
            cloud.do(start_instance, StartInstance(instance_id=ended))

    in_memory(test)


def test_firewalls_follow_rules_and_members() -> None:
    async def test(cloud: MemoryCloud) -> None:
        vswitch, group = cloud.network()
        (one,) = cloud.run(vswitch, group)
        await cloud.until(lambda: cloud.status(one) == "Running")
        (two,) = cloud.run(vswitch, group)
        await cloud.until(lambda: cloud.status(two) == "Running")
        addresses = {cloud.instance(each).private_ip for each in (one, two)}  # type: ignore[union-attr]

        def peers() -> list[object]:
            return [
                rule.peer for rule in cloud.compute.spec(one).interfaces[0].rules if rule.direction == "in"
            ]

        await cloud.until(lambda: peers() == [frozenset(addresses)])
        rule = AuthorizeSecurityGroup(
            security_group_id=group, ip_protocol="tcp", port_range="80/80", source_cidr_ip="0.0.0.0/0"
        )
        cloud.do(authorize_security_group, rule)
        await cloud.until(lambda: peers() == ["0.0.0.0/0", frozenset(addresses)])
        cloud.do(delete_instance, DeleteInstance(instance_id=two, force=True))
        await cloud.until(lambda: peers()[-1] == frozenset({cloud.instance(one).private_ip}))  # type: ignore[union-attr]

    in_memory(test)


def test_a_public_address_leads_to_its_instance_and_is_given_back() -> None:
    async def test(cloud: MemoryCloud) -> None:
        id_ = await running(cloud, internet_max_bandwidth_out=5)
        found = cloud.instance(id_)
        assert found is not None
        assert cloud.compute.exposed() == {found.public_ip: (found.vpc_id, found.private_ip)}
        await cloud.kill()
        cloud.begin()
        await cloud.idle()
        assert set(cloud.compute.exposed()) == {found.public_ip}
        cloud.do(delete_instance, DeleteInstance(instance_id=id_, force=True))
        await cloud.until(lambda: cloud.instance(id_) is None)
        assert (cloud.compute.exposed(), count(cloud, PublicLease)) == ({}, 0)

    in_memory(test)


def test_a_start_waits_for_its_disks_and_leaves_those_that_stay() -> None:
    async def test(cloud: MemoryCloud) -> None:
        disks = [FurtherDataDisk(size=20), FurtherDataDisk(size=30, delete_with_instance=False)]
        id_ = await running(cloud, data_disk=disks)
        mounts = cloud.compute.spec(id_).mounts
        assert {each.target for each in mounts} == {"/mnt/xvdb", "/mnt/xvdc"}
        cloud.do(delete_instance, DeleteInstance(instance_id=id_, force=True))
        await cloud.until(lambda: cloud.instance(id_) is None and count(cloud, Disk) == 1)
        await cloud.idle()
        with cloud.store.read() as view:
            (left,) = view.find(Disk)
        assert (left.size, left.parent, left.status) == (30, "", "Available")
        assert [each.id for each in await cloud.compute.volumes()] == [left.id]

    in_memory(test)


def test_a_new_system_disk_is_a_new_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(cloud: MemoryCloud) -> None:
        resets: list[str] = []
        reset = cloud.compute.reset_layer

        async def note(sandbox: str, image: str) -> None:
            resets.append(image)
            await reset(sandbox, image)

        monkeypatch.setattr(cloud.compute, "reset_layer", note)
        id_ = await running(cloud)
        stop(cloud, id_)
        await cloud.until(lambda: cloud.status(id_) == "Stopped")
        asked = ReplaceSystemDisk(instance_id=id_, image_id="debian_12_6_x64_20G_alibase_20240819.vhd")
        new = cloud.do(replace_system_disk, asked).disk_id
        cloud.do(start_instance, StartInstance(instance_id=id_))
        await cloud.until(lambda: cloud.status(id_) == "Running")
        found = cloud.instance(id_)
        assert found is not None
        assert (resets, found.layer, found.system_disk) == (["host"], new, new)
        with cloud.store.read() as view:
            assert [each.id for each in view.find(Disk)] == [new]

    in_memory(test)


def test_many_instances_at_once() -> None:
    async def test(cloud: MemoryCloud) -> None:
        vswitch, group = cloud.network()
        ids = cloud.run(vswitch, group, amount=50)

        def all_running() -> bool:
            with cloud.store.read() as view:
                return all(each.status == "Running" for each in view.find(Instance))

        await cloud.until(all_running)
        assert {each.id for each in await cloud.compute.sandboxes()} == set(ids)

    in_memory(test)
