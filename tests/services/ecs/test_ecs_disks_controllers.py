"""The controllers of disks, snapshots and images on the engine's twin in memory: races, repeats, failures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from yunbox.control.clock import SystemClock
from yunbox.control.store import Store
from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.interface import Mount, SandboxSpec
from yunbox.engines.compute.memory import MemoryCompute
from yunbox.services.ecs.disks.controller import DiskController
from yunbox.services.ecs.disks.model import ANEW, Disk, stated
from yunbox.services.ecs.images.controller import ImageController
from yunbox.services.ecs.images.model import DiskMapping, Image
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.keeper import Keeper
from yunbox.services.ecs.snapshots.controller import SnapshotController
from yunbox.services.ecs.snapshots.model import Snapshot

END_SECONDS = 10.0
COMMON: dict[str, Any] = {"account": "1", "region": "cn-hangzhou"}
MOUNT = Mount(volume="d-1", target="/mnt/xvdb")


class House:
    """A store, an engine, and controllers that are turned until something is true."""

    def __init__(self, compute: MemoryCompute | None = None) -> None:
        self.store = Store(":memory:")
        self.compute = compute or MemoryCompute(SystemClock())
        self.logged: list[str] = []

    def add(self, *resources: Any) -> None:
        with self.store.write() as change:
            for each in resources:
                change.create(each)

    def change(self, type_: type[Any], id_: str, **fields: Any) -> None:
        with self.store.write() as change:
            changed = msgspec.structs.replace(change.get(type_, id_), **fields)
            change.replace(stated(changed) if isinstance(changed, Disk) else changed)

    def get(self, type_: type[Any], id_: str) -> Any:
        with self.store.read() as view:
            return view.get(type_, id_)

    def keepers(self) -> tuple[Keeper, ...]:
        common = (SystemClock(), self.logged.append)
        return (
            DiskController(self.store, self.compute, *common),
            SnapshotController(self.store, self.compute, *common),
            ImageController(self.store, self.compute, None, *common),  # type: ignore[arg-type]
        )

    async def until(self, true: Callable[[], Awaitable[object]], keepers: tuple[Keeper, ...] = ()) -> None:
        """Turn the controllers, new ones unless they are given, until something is true."""
        working = keepers or self.keepers()
        async with asyncio.timeout(END_SECONDS):
            while not await true():
                for each in working:
                    await each.turn()
                await asyncio.sleep(0.005)
        if not keepers:
            for each in working:
                await each.close()

    async def volume(self, id_: str = "d-1") -> Any:
        return next((each for each in await self.compute.volumes() if each.id == id_), None)

    async def held_by(self, sandbox: str) -> bool:
        found = await self.volume()
        return found is not None and found.sandbox == sandbox


def disk(id_: str = "d-1", **fields: Any) -> Disk:
    return Disk(id=id_, zone_id="z", size=20, device="/dev/xvdb", **COMMON, **fields)


def instance(id_: str = "i-1", **fields: Any) -> Instance:
    return Instance(id=id_, instance_type="t", image_id="i", **COMMON, **fields)


def run(story: Callable[[House], Awaitable[None]], house: House | None = None) -> None:
    async def whole() -> None:
        await story(house or House())

    asyncio.run(whole())


def is_(house: House, type_: type[Any], id_: str, status: str) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        found = house.get(type_, id_)
        return found is not None and found.status == status

    return ask


def test_a_disk_is_in_use_at_an_instance_that_never_ran() -> None:
    async def story(house: House) -> None:
        house.add(instance(), disk(parent="i-1"))
        await house.until(is_(house, Disk, "d-1", "In_use"))
        assert (await house.volume()).size == 20 << 30

    run(story)


def test_a_start_that_missed_a_disk_gets_it() -> None:
    async def story(house: House) -> None:
        house.add(instance(), disk(parent="i-1"))
        keepers = house.keepers()
        await house.until(is_(house, Disk, "d-1", "In_use"), keepers)
        await house.compute.start(SandboxSpec(id="i-1"))
        house.change(Instance, "i-1", status="Running")
        await house.until(lambda: house.held_by("i-1"), keepers)

    run(story)


def test_a_start_that_took_a_detached_disk_loses_it() -> None:
    async def story(house: House) -> None:
        house.add(instance(), disk())
        keepers = house.keepers()
        await house.until(is_(house, Disk, "d-1", "Available"), keepers)
        await house.compute.start(SandboxSpec(id="i-1", mounts=(MOUNT,)))
        house.change(Instance, "i-1", status="Running")
        for each in keepers:
            each.look_for_drift_soon()
        await house.until(lambda: house.held_by(""), keepers)
        assert house.get(Disk, "d-1").status == "Available"

    run(story)


def test_a_deleted_disk_goes_wherever_its_volume_is() -> None:
    async def story(house: House) -> None:
        house.add(disk(desired="Deleted", real_size=20))
        await house.compute.create_volume("d-1", 20 << 30)
        await house.compute.start(SandboxSpec(id="i-9", mounts=(MOUNT,)))

        async def gone() -> bool:
            return house.get(Disk, "d-1") is None and await house.volume() is None

        await house.until(gone)

    run(story)


def test_a_volume_that_no_disk_knows_stays() -> None:
    async def story(house: House) -> None:
        await house.compute.create_volume("d-stranger", 1)
        house.add(disk())
        await house.until(is_(house, Disk, "d-1", "Available"))
        assert await house.volume("d-stranger") is not None

    run(story)


def test_a_disk_that_is_deleted_waits_for_its_snapshot() -> None:
    async def story(house: House) -> None:
        await house.compute.create_volume("d-1", 20 << 30)
        house.add(
            disk(desired="Deleted", real_size=20),
            Snapshot(id="s-1", parent="d-1", **COMMON),
        )
        await house.until(is_(house, Snapshot, "s-1", "accomplished"))

        async def gone() -> bool:
            return house.get(Disk, "d-1") is None

        await house.until(gone)
        assert [each.id for each in await house.compute.snapshots()] == ["s-1"]

    run(story)


def test_a_snapshot_of_nothing_fails() -> None:
    async def story(house: House) -> None:
        house.add(
            Snapshot(id="s-1", parent="d-gone", **COMMON),
            Snapshot(id="s-2", parent="d-gone", disk_type="system", instance_id="i-gone", **COMMON),
        )
        await house.until(is_(house, Snapshot, "s-1", "failed"))
        await house.until(is_(house, Snapshot, "s-2", "failed"))
        assert house.get(Snapshot, "s-1").failure

    run(story)


def test_a_snapshot_goes_when_its_time_has_come_unless_an_image_needs_it() -> None:
    async def story(house: House) -> None:
        house.add(
            Snapshot(id="s-old", created=1.0, retention=1, status="accomplished", **COMMON),
            Snapshot(
                id="s-kept", created=1.0, retention=1, status="accomplished", made_images=True, **COMMON
            ),
            Snapshot(id="s-ever", created=1.0, status="accomplished", **COMMON),
            Image(id="m-1", status="Available", mappings=(DiskMapping(snapshot_id="s-kept"),), **COMMON),
        )

        async def gone() -> bool:
            return house.get(Snapshot, "s-old") is None

        await house.until(gone)
        assert house.get(Snapshot, "s-kept").desired == "Available"
        assert house.get(Snapshot, "s-ever").desired == "Available"

    run(story)


async def engine_image(house: House) -> None:
    """Make an image `m-1` in the engine, of a sandbox that is gone."""
    await house.compute.start(SandboxSpec(id="i-0"))
    await house.compute.stop("i-0")
    await house.compute.snapshot_layer("i-0", "s-0")
    await house.compute.create_image("m-1", "s-0")
    await house.compute.remove("i-0")
    await house.compute.remove_snapshot("s-0")


def test_copies_of_an_image_that_are_deleted_together_leave_nothing() -> None:
    async def story(house: House) -> None:
        await engine_image(house)
        house.add(*(Image(id=f"m-{n}", engine_image="m-1", desired="Deleted") for n in (1, 2, 3)))

        async def gone() -> bool:
            with house.store.read() as view:
                return not view.find(Image) and not await house.compute.images()

        await house.until(gone)

    run(story)


def test_an_image_that_an_instance_needs_is_kept_unseen() -> None:
    async def story(house: House) -> None:
        await engine_image(house)
        house.add(
            Image(id="m-1", engine_image="m-1", desired="Deleted"),
            Image(id="m-9", desired="Deleted"),
            instance(engine_image="m-1"),
        )

        async def looked() -> bool:
            return house.get(Image, "m-9") is None

        await house.until(looked)
        assert house.get(Image, "m-1") is not None
        assert [each.id for each in await house.compute.images()] == ["m-1"]
        with house.store.write() as change:
            change.delete(Instance, "i-1")

        async def gone() -> bool:
            return house.get(Image, "m-1") is None and not await house.compute.images()

        await house.until(gone)

    run(story)


class Failing(MemoryCompute):
    """An engine whose call number `at` of those that change something fails: before it is done, or after."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__(SystemClock())
        self.calls = 0
        self._at = at
        self._after = after

    async def _count(self, call: Callable[[], Awaitable[None]]) -> None:
        self.calls += 1
        fails = self.calls == self._at
        if fails and not self._after:
            raise ComputeError("it fails before")
        await call()
        if fails:
            raise ComputeError("it fails after")

    async def create_volume(self, volume: str, size: int, *, snapshot: str = "") -> None:
        await self._count(lambda: super(Failing, self).create_volume(volume, size, snapshot=snapshot))

    async def remove_volume(self, volume: str) -> None:
        await self._count(lambda: super(Failing, self).remove_volume(volume))

    async def attach_volume(self, sandbox: str, mount: Mount) -> None:
        await self._count(lambda: super(Failing, self).attach_volume(sandbox, mount))

    async def detach_volume(self, sandbox: str, volume: str) -> None:
        await self._count(lambda: super(Failing, self).detach_volume(sandbox, volume))

    async def snapshot_volume(self, volume: str, snapshot: str) -> None:
        await self._count(lambda: super(Failing, self).snapshot_volume(volume, snapshot))

    async def resize_volume(self, volume: str, size: int) -> None:
        await self._count(lambda: super(Failing, self).resize_volume(volume, size))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 12))
def test_a_step_that_fails_is_done_again(at: int, after: bool) -> None:
    async def story(house: House) -> None:
        keepers = house.keepers()
        house.add(instance(status="Stopped", desired="Stopped", started=1.0), disk(parent="i-1"))
        await house.compute.start(SandboxSpec(id="i-1"))
        await house.until(is_(house, Disk, "d-1", "In_use"), keepers)
        house.add(Snapshot(id="s-1", parent="d-1", instance_id="i-1", **COMMON))
        await house.until(is_(house, Snapshot, "s-1", "accomplished"), keepers)
        house.change(Disk, "d-1", size=30)
        await house.until(lambda: _sized(house, 30), keepers)
        house.change(Disk, "d-1", restore=ANEW)
        await house.until(is_(house, Disk, "d-1", "In_use"), keepers)
        assert await house.held_by("i-1")
        house.change(Disk, "d-1", parent="")
        await house.until(is_(house, Disk, "d-1", "Available"), keepers)
        assert await house.held_by("")
        house.change(Disk, "d-1", desired="Deleted", account="")

        async def gone() -> bool:
            return house.get(Disk, "d-1") is None

        await house.until(gone, keepers)
        assert await house.compute.volumes() == []
        assert [each.id for each in await house.compute.snapshots()] == ["s-1"]

    compute = Failing(at, after=after)
    run(story, House(compute))
    assert compute.calls >= at, "the failure never came: lower the range"


async def _sized(house: House, size: int) -> bool:
    found = await house.volume()
    return found is not None and found.size == size << 30
