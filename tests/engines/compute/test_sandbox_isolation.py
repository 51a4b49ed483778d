"""What a sandbox sees of its host, what it may do, and what it keeps."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from compute_running import Run, booted, programs, sh, spec, until

from yunbox.engines.compute.errors import ComputeError, StartError
from yunbox.engines.compute.interface import File, Known, Mount
from yunbox.engines.compute.sandbox import cgroups, processes
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.engines.compute.sandbox.processes import Process
from yunbox.engines.compute.sandbox.roots import Part, Roots


def test_the_system_is_the_hosts_and_changes_are_its_own(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec())
        done = await sh(
            real,
            "set -e\nhostname\nid -u\npython3 -c 'print(6*7)'\n"
            "echo mine >/usr/local/mine\necho mine >/etc/mine\nrm /etc/passwd\nmkdir /srv/data\n",
        )
        assert (done.exit_code, done.output.decode().split()) == (0, ["host-one", "0", "42"])
        assert Path("/etc/passwd").exists()
        assert not Path("/usr/local/mine").exists()
        await real.stop("one")
        await real.start(spec())
        done = await sh(real, "cat /usr/local/mine /etc/mine; ls /etc/passwd; ls -d /srv/data")
        assert done.output.decode().split()[:2] == ["mine", "mine"]
        assert b"/srv/data" in done.output
        assert b"/etc/passwd\n" not in done.output

    run(story())


def test_secrets_and_data_of_the_host_are_absent(
    real: SandboxCompute, run: Run, place: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")

    async def story() -> None:
        await real.start(spec())
        script = f"""
        ls -A /home /tmp /mnt /media /srv /opt
        ls {place} {tmp_path}/secret
        cat /etc/shadow | grep -v ':\\*:'
        ls /etc/ssh/ssh_host_* /etc/ssl/private
        ls -A /root | grep -v -x .pyenv
        """
        done = await sh(real, script)
        lines = [line for line in done.output.decode().splitlines() if "No such file" not in line]
        named = {f"/{each}:" for each in ("home", "tmp", "mnt", "media", "srv", "opt")}
        assert [line for line in lines if line and line not in named] == []

    run(story())


def test_it_has_processes_and_few_rights_of_its_own(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec())
        done = await sh(
            real,
            """
            tries() { "$@" >/dev/null 2>&1 && echo "ALLOWED $*"; }
            tries mount -t tmpfs none /mnt
            tries umount /proc
            tries mknod /tmp/disk b 8 0
            tries unshare --user true
            tries unshare --mount true
            tries chroot / sh -c 'exit 1'
            tries sh -c 'echo 1 >/proc/sys/kernel/panic'
            tries sh -c 'echo b >/proc/sysrq-trigger'
            tries python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'
            tries python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
            tries python3 -c 'import socket; socket.socket(40, socket.SOCK_STREAM)'
            grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status /proc/1/status
            echo processes $(ls -d /proc/[0-9]* | wc -l)
            """,
        )
        text = done.output.decode()
        assert "ALLOWED" not in text
        assert text.count("CapEff:\t00000000000405fb") == 2
        assert text.count("NoNewPrivs:\t1") == 2
        assert text.count("Seccomp:\t2") == 2
        assert int(text.rpartition("processes")[2]) < 12

    run(story())


def test_files_are_written_before_every_boot(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        files = (
            File(path="/etc/app/settings", data=b"first\n", mode=0o640, owner="daemon:daemon"),
            File(path="/opt/run", data=b"#!/bin/sh\necho ran\n", mode=0o755),
        )
        await real.start(
            spec(files=files, boot="cat /etc/app/settings; /opt/run; stat -c '%U:%G %a' /etc/app/settings")
        )
        assert (await booted(real)).boot_status == 0

        async def printed() -> bool:
            return b"640" in await real.console("one")

        await until(printed)
        assert (await real.console("one")).split() == [b"first", b"ran", b"daemon:daemon", b"640"]
        await real.stop("one", force=True)
        changed = (File(path="/etc/app/settings", data=b"second\n"),)
        await real.start(spec(files=changed, boot="cat /etc/app/settings; exit 7"))
        assert (await booted(real)).boot_status == 7

        async def again() -> bool:
            return b"second" in await real.console("one")

        await until(again)
        assert b"first" in await real.console("one")
        assert await real.console("one", 4) == b"ond\n"

    run(story())


def test_a_hostile_layer_does_not_lead_files_out(real: SandboxCompute, run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()

    async def story() -> None:
        await real.start(spec())
        await sh(
            real,
            f"rm -rf /opt; ln -s {outside} /opt; ln -s {outside} /srv/way; rm -rf /run/yunbox/*; "
            f"ln -s {outside}/console /run/yunbox/console; ln -s {outside}/booted /run/yunbox/booted",
        )
        assert await real.console("one") == b""
        with pytest.raises(ComputeError):
            await real.write_file("one", File(path="/srv/way/file", data=b"x"))
        await real.stop("one")
        with pytest.raises(StartError):
            await real.start(spec(files=(File(path="/opt/file", data=b"x"),)))
        await real.start(spec(boot="mkdir -p $(readlink /opt); echo hello"))
        await booted(real)
        await real.write_file("one", File(path="/opt/file", data=b"x"))
        assert (await sh(real, "cat /opt/file")).output == b"x"
        assert list(outside.iterdir()) == []

    run(story())


def test_a_graceful_stop_lets_processes_end_and_a_forced_one_does_not(real: SandboxCompute, run: Run) -> None:
    boot = """
    cat >/srv/server <<'EOF'
    trap 'sleep 0.2; echo said goodbye; echo bye >/srv/bye; exit 0' TERM
    while :; do sleep 0.05; done
EOF
    (setsid sh /srv/server &) """

    async def story() -> None:
        await real.start(spec(boot=boot))
        await booted(real)
        await real.stop("one", timeout=10)
        assert b"said goodbye" in await real.console("one")
        await real.start(spec(boot="cat /srv/bye; rm /srv/bye;" + boot))
        await booted(real)
        await real.stop("one", force=True)
        await real.start(spec(boot="ls /srv"))
        assert await booted(real)

        async def listed() -> bool:
            return (await real.console("one")).endswith(b"server\n")

        await until(listed)

    run(story())


def test_a_sandbox_that_will_not_end_is_killed(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec(boot="trap '' TERM; sleep 1000 & wait"))
        async with asyncio.timeout(8):
            await real.stop("one", timeout=0.3)
        found = await real.find("one")
        assert found is not None
        assert not found.running

    run(story())


def test_the_console_is_bounded(real: SandboxCompute, run: Run, place: Path) -> None:
    async def story() -> None:
        await real.start(spec(boot="head -c 6000000 /dev/zero | tr '\\0' x; echo; echo end"))
        await booted(real)

        async def printed() -> bool:
            return (await real.console("one")).endswith(b"end\n")

        await until(printed)
        kept = sum(each.stat().st_size for each in (place / "sandboxes/one/share").glob("console*"))
        assert kept <= 2 << 20
        assert len(await real.console("one", 10 << 20)) <= 1 << 20

    run(story())


def test_limits_hold_where_the_machine_has_them(real: SandboxCompute, run: Run) -> None:
    enforced = tuple(kind for kind, missing in cgroups.enforced().items() if not missing)

    async def story() -> None:
        await real.start(spec(cpus=0.5, memory=64 << 20))
        found = await booted(real)
        assert found.limits == enforced
        facts = {each.name: each.works for each in await real.facts()}
        assert {kind for kind in ("cpu", "memory", "pids") if facts[kind]} == set(enforced)
        if "memory" in enforced:
            done = await sh(real, "python3 -c 'b = bytearray(200 << 20); print(len(b))'")
            assert done.exit_code != 0
            assert b"209715200" not in done.output
        if "pids" in enforced:
            done = await sh(real, "cat /proc/self/cgroup")
            assert b"/one" in done.output

    run(story())


def test_another_object_finds_what_runs(real: SandboxCompute, run: Run, place: Path) -> None:
    async def story() -> None:
        await real.start(spec())
        before = await booted(real)
        other = SandboxCompute(place)
        assert await other.find("one") == before
        await other.stop("one")
        found = await real.find("one")
        assert found is not None
        assert not found.running
        await other.remove("one")
        assert await real.sandboxes() == []

    run(story())


def test_a_recycled_process_number_is_not_touched(real: SandboxCompute, run: Run) -> None:
    me = processes.identify(os.getpid())
    assert me is not None
    assert processes.alive(me)
    other = Process(pid=me.pid, ticks=me.ticks + 1, machine=me.machine)
    assert not processes.alive(other)
    assert not processes.alive(Process(pid=me.pid, ticks=me.ticks, machine="another start"))
    processes.send(other, processes.signal.SIGKILL)
    assert processes.wait(other, 0)


def test_what_cannot_come_up_says_why_and_leaves_nothing(
    real: SandboxCompute, run: Run, tmp_path: Path
) -> None:
    from compute_running import archive, entry

    async def story() -> None:
        path = archive(tmp_path / "empty.tar", [entry("etc/only", data=b"x")], "w")
        await real.import_image("bare", path)
        with pytest.raises(StartError, match="/bin/sh"):
            await real.start(spec(image="bare"))
        found = await real.find("one")
        assert found is not None
        assert not found.running
        await real.remove("one")
        await real.sweep(Known())
        assert not processes.marked("YUNBOX_SANDBOX", f"{real._places.prefix}/")

    run(story())


def test_the_interface_is_light() -> None:
    script = "import sys, yunbox.engines.compute.interface; print(*sorted(sys.modules))"
    import subprocess

    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"ctypes", "tarfile", "asyncio", "subprocess"} & set(loaded)


@pytest.mark.parametrize(
    "more",
    [
        {"environment": {"A": "x\0--bind\0/\0/mnt"}},
        {"environment": {"A\0": "x"}},
        {"environment": {"A=B": "x"}},
        {"hostname": "x\0--bind\0/\0/mnt"},
        {"mounts": (Mount(volume="vol", target="/mnt/../../etc"),)},
        {"mounts": (Mount(volume="vol", target="/"),)},
        {"mounts": (Mount(volume="vol", target="/proc/sys"),)},
        {"mounts": (Mount(volume="vol", target="relative"),)},
    ],
)
def test_no_text_becomes_an_argument_of_its_own(
    real: SandboxCompute, run: Run, more: dict[str, object]
) -> None:
    async def story() -> None:
        await real.create_volume("vol", 1 << 20)
        with pytest.raises(StartError):
            await real.start(spec(**more))
        found = await real.find("one")
        assert found is None or not found.running

    run(story())


def test_where_layers_cannot_be_laid_over_each_other_parts_are_copied(
    real: SandboxCompute, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def no_overlay(_: Roots, part: Part) -> str:
        return "fixed" if part.large else "copy"

    monkeypatch.setattr(Roots, "_find_way", no_overlay)

    async def story() -> None:
        facts = {each.name: each for each in await real.facts()}
        assert not facts["layers"].works
        assert "/usr" in facts["layers"].detail
        look = "cat /etc/mine; ls /etc/ssh/ssh_host_* /etc/ssl/private; grep -v ':\\*:' /etc/shadow; touch /usr/x"
        await real.start(spec())
        await sh(real, "echo mine >/etc/mine; echo mine >/srv/mine")
        await real.snapshot_layer("one", "snap")
        await real.stop("one", force=True)
        await real.start(spec())
        done = await sh(real, look)
        lines = [line for line in done.output.decode().splitlines() if "No such file" not in line]
        assert lines[0] == "mine"
        assert len(lines) == 2
        assert "Read-only" in lines[1]
        await real.create_image("img", "snap")
        await real.start(spec("two", image="img"))
        assert (
            await sh(real, "cat /etc/mine /srv/mine; hostname", "two")
        ).output == b"mine\nmine\nhost-two\n"
        await real.import_image("tree", programs(tmp_path / "tree.tar"))
        await real.start(spec("three", image="tree"))
        assert (await sh(real, "cat /etc/image", "three")).output == b"imported\n"

    run(story())
