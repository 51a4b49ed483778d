"""Commands inside running sandboxes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from compute_running import Run, ended, sh, spec, until

from yunbox.engines.compute.errors import ComputeError, PathTakenError
from yunbox.engines.compute.interface import Command, File
from yunbox.engines.compute.sandbox.engine import SandboxCompute


def test_a_command_has_input_place_user_and_environment(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec(environment={"COLOUR": "red", "SHAPE": "round"}))
        done = await sh(
            real,
            'echo "$COLOUR $SHAPE $HOME"; pwd; echo problem >&2; exit 3',
            cwd="/var/tmp",
            environment={"SHAPE": "square"},
        )
        assert (done.end, done.exit_code) == ("exited", 3)
        assert done.output == b"red square /root\n/var/tmp\nproblem\n"
        done = await sh(real, "kill -9 $$")
        assert done.exit_code == 137

    run(story())


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (Command(argv=("/no/such",)), "No such file"),
        (Command(argv=("true",), cwd="/no/such"), "No such file"),
        (Command(argv=("true",), user="nobody-knows"), "no user"),
    ],
)
def test_what_cannot_begin_says_why(real: SandboxCompute, run: Run, command: Command, why: str) -> None:
    async def story() -> None:
        await real.start(spec())
        await real.execute("one", "x", command)
        done = await ended(real, "x")
        assert done.end == "failed"
        assert why in done.error
        assert done.exit_code is None

    run(story())


def test_a_command_that_takes_too_long_or_is_cancelled_ends(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec())
        script = b"echo begun; sleep 1000 & sleep 1000"
        await real.execute("one", "slow", Command(argv=("/bin/sh",), stdin=script, timeout=0.3))
        done = await ended(real, "slow")
        assert (done.end, done.exit_code, done.output) == ("timeout", None, b"begun\n")
        await real.execute("one", "long", Command(argv=("/bin/sh",), stdin=script, timeout=1000))

        async def begun() -> bool:
            found = await real.find_execution("one", "long")
            return found is not None and found.output == b"begun\n"

        await until(begun)
        await real.cancel("one", "long")
        done = await ended(real, "long")
        assert (done.end, done.output) == ("cancelled", b"begun\n")
        assert b"sleep" not in (await sh(real, "cat /proc/*/comm")).output

    run(story())


def test_only_the_end_of_much_output_is_kept(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec())
        done = await sh(real, "head -c 300000 /dev/zero | tr '\\0' x; echo end", output_limit=1000)
        assert len(done.output) == 1000
        assert done.output.endswith(b"xend\n")
        assert done.dropped == 300004 - 1000
        done = await sh(real, "head -c 100000 /dev/zero")
        assert len(done.output) == 24 * 1024

    run(story())


def test_a_command_outlives_its_sandbox_only_as_a_record(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec())
        await real.execute("one", "x", Command(argv=("sleep", "1000"), timeout=1000))
        await real.stop("one", force=True)
        found = await real.find_execution("one", "x")
        assert found is not None
        assert (found.end, found.exit_code) == ("exited", 137)
        await real.remove("one")
        assert await real.find_execution("one", "x") is None

    run(story())


_CALLER = """
import asyncio, sys
from pathlib import Path
from yunbox.engines.compute.interface import Command
from yunbox.engines.compute.sandbox.engine import SandboxCompute
async def main():
    compute = SandboxCompute(Path(sys.argv[1]))
    script = b"echo one; sleep 0.5; echo two; exit 5"
    await compute.execute("one", "x", Command(argv=("/bin/sh",), stdin=script))
    print("begun", flush=True)
    await asyncio.sleep(1000)
asyncio.run(main())
"""


def test_a_command_survives_who_began_it(real: SandboxCompute, run: Run, place: Path) -> None:
    async def story() -> None:
        await real.start(spec())
        caller = subprocess.Popen([sys.executable, "-c", _CALLER, str(place)], stdout=subprocess.PIPE)
        assert caller.stdout is not None
        with caller.stdout as out:
            assert await asyncio.to_thread(out.readline) == b"begun\n"
        caller.kill()
        caller.wait()
        found = await real.find_execution("one", "x")
        assert found is not None
        assert not found.finished
        done = await ended(real, "x")
        assert (done.end, done.exit_code, done.output) == ("exited", 5, b"one\ntwo\n")

    run(story())


def test_files_are_written_inside(real: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await real.start(spec())
        data = bytes(range(256)) * 4000
        await real.write_file("one", File(path="/srv/a/b/data", data=data, mode=0o600, owner="daemon"))
        done = await sh(real, "stat -c '%s %a %U' /srv/a/b/data; sha256sum </srv/a/b/data; ls -A /srv/a/b")
        import hashlib

        words = done.output.decode().split()
        assert words == ["1024000", "600", "daemon", hashlib.sha256(data).hexdigest(), "-", "data"]
        with pytest.raises(PathTakenError):
            await real.write_file("one", File(path="/srv/a/b/data", data=b""), overwrite=False)
        for bad in (
            File(path="relative", data=b""),
            File(path="/srv/a/", data=b""),
            File(path="/srv/a", data=b""),
            File(path="/etc/hostname/x", data=b""),
            File(path="/proc/sys/kernel/panic", data=b"1"),
            File(path="/srv/x", data=b"", owner="nobody-knows"),
        ):
            with pytest.raises(ComputeError):
                await real.write_file("one", bad)
        assert (await sh(real, "ls /srv; ls -A /srv/a")).output == b"a\nb\n"

    run(story())
