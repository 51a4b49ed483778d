"""Volumes, snapshots, layers and images of the driver hold the bytes they should."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from compute_running import Run, booted, programs, sh, spec

from yunbox.engines.compute.interface import Known, Mount
from yunbox.engines.compute.sandbox import bubblewrap
from yunbox.engines.compute.sandbox.engine import SandboxCompute

MOUNT = Mount(volume="vol", target="/mnt/vol")


def test_a_volume_moves_with_its_bytes(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.create_volume("vol", 1 << 30)
        await real.start(spec(mounts=(MOUNT,), boot="echo kept >/mnt/vol/file"))
        await booted(real)
        await real.remove("one")
        again = Mount(volume="vol", target="/srv/data", read_only=True)
        await real.start(spec("two", mounts=(again,)))
        done = await sh(real, "cat /srv/data/file; touch /srv/data/more", "two")
        assert done.output.startswith(b"kept\n")
        assert b"Read-only" in done.output

    run(story())


@pytest.mark.skipif(bubblewrap.in_own_users(), reason="attaching at run time needs root")
def test_a_volume_appears_and_disappears_while_it_runs(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.create_volume("vol", 1 << 30)
        await real.start(spec())
        for _ in range(2):
            await real.attach_volume("one", MOUNT)
        done = await sh(real, "echo x >/mnt/vol/file && grep -c ' /mnt/vol ' /proc/mounts")
        assert done.output == b"1\n"
        busy = await sh(real, "cd /mnt/vol && (sleep 100 >/dev/null 2>&1 &)")
        assert busy.exit_code == 0
        for _ in range(2):
            await real.detach_volume("one", "vol")
        done = await sh(real, "ls /mnt/vol; grep -c ' /mnt/vol ' /proc/mounts")
        assert done.output == b"0\n"
        await real.attach_volume("one", msgspec.structs.replace(MOUNT, read_only=True))
        done = await sh(real, "cat /mnt/vol/file; touch /mnt/vol/file")
        assert done.output.startswith(b"x\n")
        assert b"Read-only" in done.output
        await real.stop("one")
        await real.start(spec(mounts=(MOUNT,)))
        assert (await sh(real, "cat /mnt/vol/file")).output == b"x\n"

    run(story())


def test_a_volume_snapshot_holds_what_was_there(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.create_volume("vol", 1 << 30)
        await real.start(spec(mounts=(MOUNT,)))
        await sh(
            real,
            "cd /mnt/vol; echo old >file; mkfifo pipe; ln -s /etc/shadow link; ln file hard; chown 5:6 file",
        )
        await real.snapshot_volume("vol", "snap")
        await sh(real, "echo new >/mnt/vol/file; rm /mnt/vol/link")
        await real.create_volume("copy", 1 << 30, snapshot="snap")
        await real.start(spec("two", mounts=(Mount(volume="copy", target="/mnt/copy"),)))
        done = await sh(
            real,
            "cd /mnt/copy; cat file hard; readlink link; stat -c %u:%g file; test -p pipe && echo pipe",
            "two",
        )
        owner = b"5:6" if not bubblewrap.in_own_users() else b"0:0"
        assert done.output.split() == [b"old", b"old", b"/etc/shadow", owner, b"pipe"]
        await real.stop("one", force=True)
        await real.restore_volume("vol", "snap")
        await real.start(spec(mounts=(MOUNT,)))
        assert (await sh(real, "cat /mnt/vol/file")).output == b"old\n"

    run(story())


def test_layers_are_restored_reset_and_made_images(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec())
        await sh(real, "echo one >/srv/file; echo one >/etc/made; rm -rf /usr/share/doc; echo one >/usr/made")
        await real.snapshot_layer("one", "snap")
        await sh(real, "echo two >/srv/file; rm /etc/made")
        await real.stop("one", force=True)
        await real.restore_layer("one", "snap")
        await real.start(spec())
        look = "cat /srv/file /etc/made /usr/made; ls /usr/share/doc 2>&1 | head -1; hostname"
        done = await sh(real, look)
        assert done.output.split()[:3] == [b"one"] * 3
        assert b"No such file" in done.output
        await real.create_image("img", "snap")
        await real.start(spec("two", image="img"))
        done = await sh(real, look + "; cat /etc/hostname", "two")
        assert done.output.split()[:3] == [b"one"] * 3
        assert done.output.split()[-2:] == [b"host-two"] * 2
        await sh(real, "echo three >/srv/file; rm /usr/made", "two")
        await real.snapshot_layer("two", "snap-2")
        await real.create_image("img-2", "snap-2")
        await real.start(spec("three", image="img-2"))
        done = await sh(real, look, "three")
        assert done.output.startswith(b"three\none\ncat: /usr/made: No such file")
        await real.stop("three", force=True)
        await real.reset_layer("three", "host")
        await real.start(spec("three"))
        assert b"one" not in (await sh(real, look, "three")).output

    run(story())


def test_an_imported_image_runs(real: SandboxCompute, run: Run, tmp_path: Path) -> None:
    path = programs(tmp_path / "image.tar.gz")

    async def story() -> None:
        await real.import_image("img", path)
        await real.start(spec(image="img", boot="cat /etc/image; echo more >/etc/image; ls /usr"))
        assert (await booted(real)).boot_status == 0
        done = await sh(real, "cat /etc/image /etc/hostname; id -u")
        assert done.output == b"more\nhost-one\n0\n"
        await real.start(spec("two", image="img"))
        assert (await sh(real, "cat /etc/image", "two")).output == b"imported\n"
        await real.stop("one")
        await real.snapshot_layer("one", "snap")
        await real.create_image("img-2", "snap")
        await real.start(spec("three", image="img-2"))
        assert (await sh(real, "cat /etc/image", "three")).output == b"more\n"

    run(story())


def test_what_a_killed_copy_left_is_swept(real: SandboxCompute, run: Run, place: Path) -> None:
    async def story() -> None:
        await real.create_volume("vol", 1 << 20)
        for name in (
            "volume.vol.new",
            "sandbox.one.gone",
            "image.img.new",
            "probe.999999999-1.usr",
            "import.999999999-1.img",
        ):
            (place / "aside" / name / "deep").mkdir(parents=True)
        # A restoring that was killed when the old bytes were gone and the new ones not in place.
        (place / "volumes/vol/data").rmdir()
        restored = place / "aside" / "volume.vol.restored"
        restored.mkdir()
        (restored / "file").write_text("whole")
        await real.sweep(Known())
        assert list((place / "aside").iterdir()) == []
        assert (place / "volumes/vol/data/file").read_text() == "whole"

    run(story())
