"""What every compute engine promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from compute_running import Run, at, booted, ended, floating, interface, programs, spec

from yunbox.engines.compute.errors import (
    BadImageError,
    InUseError,
    NoImageError,
    NoSandboxError,
    NoSnapshotError,
    NotRunningError,
    NoVolumeError,
    PathTakenError,
    RunningError,
)
from yunbox.engines.compute.interface import Command, Compute, File, Known, Mount, Rule

TRUE = Command(argv=("/bin/true",), cwd="/")


def test_a_sandbox_starts_stops_and_is_removed(compute: Compute, run: Run) -> None:
    async def story() -> None:
        assert await compute.find("one") is None
        await compute.start(spec(interfaces=(interface(),)))
        found = await booted(compute)
        assert found.running
        assert found.pid > 0
        assert found.boot_status == 0
        assert found.started_at is not None
        assert found.booted_at is not None
        assert found.booted_at >= found.started_at
        assert [each.address for each in found.addresses] == [at("1.5")]
        assert await compute.sandboxes() == [found]
        await compute.stop("one")
        stopped = await compute.find("one")
        assert stopped is not None
        assert not stopped.running
        assert stopped.pid == 0
        assert stopped.addresses == ()
        await compute.start(spec(interfaces=(interface(),)))
        assert (await booted(compute)).running
        await compute.remove("one")
        assert await compute.find("one") is None
        assert await compute.sandboxes() == []

    run(story())


def test_every_call_may_be_repeated(compute: Compute, run: Run) -> None:
    async def story() -> None:
        wanted = spec(interfaces=(interface(),))
        await compute.start(wanted)
        first = await booted(compute)
        await compute.start(wanted)
        again = await compute.find("one")
        assert again is not None
        assert again.pid == first.pid
        for _ in range(2):
            await compute.stop("one", force=True)
        for _ in range(2):
            await compute.remove("one")
        await compute.stop("one")
        await compute.unexpose(floating(7))
        await compute.remove_network("net-a")
        await compute.detach_volume("one", "vol")
        await compute.remove_volume("vol")
        await compute.remove_snapshot("snap")
        await compute.remove_image("img")
        await compute.cancel("one", "x")
        await compute.forget_execution("one", "x")
        assert await compute.console("one") == b""

    run(story())


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a" * 65, "a\n", "ö"])
def test_no_id_is_a_path(compute: Compute, run: Run, name: str) -> None:
    async def story() -> None:
        with pytest.raises(ValueError, match="not an id"):
            await compute.start(spec(name))
        for call in (
            compute.find,
            compute.remove,
            compute.stop,
            compute.remove_volume,
            compute.remove_snapshot,
        ):
            with pytest.raises(ValueError, match="not an id"):
                await call(name)
        with pytest.raises(ValueError, match="not an id"):
            await compute.create_volume(name, 1)

    run(story())


def test_what_needs_a_running_sandbox_says_so(compute: Compute, run: Run) -> None:
    async def story() -> None:
        with pytest.raises(NoSandboxError):
            await compute.execute("one", "x", TRUE)
        with pytest.raises(NoSandboxError):
            await compute.write_file("one", File(path="/a", data=b""))
        with pytest.raises(NoSandboxError):
            await compute.firewall("one", "eni", ())
        with pytest.raises(NoSandboxError):
            await compute.attach_volume("one", Mount(volume="vol", target="/mnt/vol"))
        await compute.start(spec())
        await compute.stop("one", force=True)
        with pytest.raises(NotRunningError):
            await compute.execute("one", "x", TRUE)
        with pytest.raises(NotRunningError):
            await compute.write_file("one", File(path="/a", data=b""))

    run(story())


def test_an_execution_is_begun_once_and_found_again(compute: Compute, run: Run) -> None:
    async def story() -> None:
        await compute.start(spec())
        assert await compute.find_execution("one", "x") is None
        await compute.execute("one", "x", TRUE)
        done = await ended(compute, "x")
        assert (done.end, done.exit_code, done.output) == ("exited", 0, b"")
        assert done.finished_at is not None
        assert done.finished_at >= done.started_at
        await compute.execute("one", "x", TRUE)
        assert await compute.find_execution("one", "x") == done
        assert await compute.executions("one") == [done]
        await compute.forget_execution("one", "x")
        assert await compute.executions("one") == []

    run(story())


def test_a_file_is_not_overwritten_unasked(compute: Compute, run: Run) -> None:
    async def story() -> None:
        await compute.start(spec())
        file = File(path="/opt/deep/file", data=b"1")
        await compute.write_file("one", file, overwrite=False)
        with pytest.raises(PathTakenError):
            await compute.write_file("one", file, overwrite=False)
        await compute.write_file("one", file)

    run(story())


def test_rules_of_an_interface_are_replaced(compute: Compute, run: Run) -> None:
    async def story() -> None:
        await compute.start(spec(interfaces=(interface(),)))
        rules = (Rule(direction="in", action="drop", peer=frozenset({"10.0.0.1"})),)
        await compute.firewall("one", interface().id, rules)
        with pytest.raises(NoSandboxError):
            await compute.firewall("one", "another", rules)

    run(story())


def test_a_volume_is_in_one_sandbox_at_a_time(compute: Compute, run: Run) -> None:
    async def story() -> None:
        mount = Mount(volume="vol", target="/mnt/vol")
        with pytest.raises(NoVolumeError):
            await compute.start(spec(mounts=(mount,)))
        await compute.create_volume("vol", 1 << 30)
        await compute.create_volume("vol", 1 << 30)
        await compute.start(spec(mounts=(mount,)))
        assert [(each.id, each.size, each.sandbox) for each in await compute.volumes()] == [
            ("vol", 1 << 30, "one")
        ]
        found = await compute.find("one")
        assert found is not None
        assert found.volumes == ("vol",)
        with pytest.raises(InUseError):
            await compute.start(spec("two", mounts=(mount,)))
        with pytest.raises(InUseError):
            await compute.remove_volume("vol")
        await compute.remove("one")
        await compute.start(spec("two", mounts=(mount,)))
        await compute.stop("two")
        await compute.detach_volume("two", "vol")
        await compute.resize_volume("vol", 2 << 30)
        with pytest.raises(ValueError, match="shrink"):
            await compute.resize_volume("vol", 1 << 30)
        await compute.remove_volume("vol")
        assert await compute.volumes() == []
        found = await compute.find("two")
        assert found is not None
        assert found.volumes == ()

    run(story())


def test_a_volume_can_be_attached_and_detached(compute: Compute, run: Run) -> None:
    async def story() -> None:
        await compute.create_volume("vol", 1 << 20)
        await compute.start(spec())
        await compute.stop("one")
        for _ in range(2):
            await compute.attach_volume("one", Mount(volume="vol", target="/mnt/vol"))
        assert [each.sandbox for each in await compute.volumes()] == ["one"]
        for _ in range(2):
            await compute.detach_volume("one", "vol")
        assert [each.sandbox for each in await compute.volumes()] == [""]

    run(story())


def test_snapshots_of_volumes(compute: Compute, run: Run) -> None:
    async def story() -> None:
        with pytest.raises(NoVolumeError):
            await compute.snapshot_volume("vol", "snap")
        with pytest.raises(NoSnapshotError):
            await compute.create_volume("vol", 1, snapshot="snap")
        await compute.create_volume("vol", 1 << 20)
        for _ in range(2):
            await compute.snapshot_volume("vol", "snap")
        kept = await compute.snapshots()
        assert [(each.id, each.kind, each.source) for each in kept] == [("snap", "volume", "vol")]
        await compute.create_volume("other", 2 << 20, snapshot="snap")
        await compute.restore_volume("vol", "snap")
        with pytest.raises(NoSnapshotError):
            await compute.create_image("img", "snap")
        await compute.remove_snapshot("snap")
        assert await compute.snapshots() == []
        assert [each.id for each in await compute.volumes()] == ["other", "vol"]

    run(story())


def test_layers_are_kept_restored_and_made_images(compute: Compute, run: Run) -> None:
    async def story() -> None:
        await compute.start(spec())
        await compute.snapshot_layer("one", "snap")
        with pytest.raises(RunningError):
            await compute.restore_layer("one", "snap")
        with pytest.raises(RunningError):
            await compute.reset_layer("one", "host")
        await compute.create_image("img", "snap")
        await compute.stop("one", force=True)
        await compute.restore_layer("one", "snap")
        await compute.reset_layer("one", "img")
        found = await compute.find("one")
        assert found is not None
        assert found.image == "img"
        with pytest.raises(InUseError):
            await compute.remove_image("img")
        with pytest.raises(NoImageError):
            await compute.reset_layer("one", "none")
        with pytest.raises(NoImageError):
            await compute.start(spec("two", image="none"))
        assert await compute.find("two") is None
        await compute.remove("one")
        await compute.remove_image("img")
        assert await compute.images() == []

    run(story())


def test_an_image_is_imported_from_a_file_or_a_stream(compute: Compute, run: Run, tmp_path: Path) -> None:
    path = programs(tmp_path / "image.tar.gz")

    async def stream() -> AsyncIterator[bytes]:
        data = path.read_bytes()
        for start in range(0, len(data), 100_000):
            yield data[start : start + 100_000]

    async def nothing() -> AsyncIterator[bytes]:
        yield b""

    async def story() -> None:
        await compute.import_image("img-a", path)
        await compute.import_image("img-b", stream())
        with pytest.raises(BadImageError):
            await compute.import_image("img-c", nothing())
        with pytest.raises(ValueError, match="host"):
            await compute.import_image("host", path)
        assert [each.id for each in await compute.images()] == ["img-a", "img-b"]
        assert all(each.size > 0 for each in await compute.images())
        await compute.start(spec(image="img-a"))
        assert (await booted(compute)).image == "img-a"
        with pytest.raises(InUseError):
            await compute.remove_image("img-a")

    run(story())


def test_a_sweep_leaves_what_is_known(compute: Compute, run: Run) -> None:
    async def story() -> None:
        for name in ("one", "two"):
            await compute.start(spec(name))
        await compute.expose(floating(1), "net-a", at("1.5"))
        await compute.expose(floating(2), "net-a", at("1.6"))
        known = Known(
            sandboxes=frozenset({"two"}), networks=frozenset({"net-a"}), exposed=frozenset({floating(2)})
        )
        await compute.sweep(known)
        assert [(each.id, each.running) for each in await compute.sandboxes()] == [("two", True)]

    run(story())


def test_a_started_spec_is_remembered_but_for_what_waits(compute: Compute, run: Run) -> None:
    async def story() -> None:
        await compute.create_volume("vol", 1 << 20)
        wanted = spec(interfaces=(interface(),))
        await compute.start(wanted)
        changed = msgspec.structs.replace(wanted, mounts=(Mount(volume="vol", target="/mnt/vol"),))
        await compute.start(changed)
        found = await compute.find("one")
        assert found is not None
        assert found.volumes == ()
        await compute.stop("one")
        await compute.start(changed)
        found = await compute.find("one")
        assert found is not None
        assert found.volumes == ("vol",)

    run(story())


def test_facts_are_sentences(compute: Compute, run: Run) -> None:
    facts = run(compute.facts())
    assert facts[0].name == "sandboxes"
    assert all(each.detail for each in facts)
    assert len({each.name for each in facts}) == len(facts)
