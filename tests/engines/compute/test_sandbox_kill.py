"""Callers are killed at random moments; who comes next removes whatever they left."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from compute_running import OPEN, OWN, Run, at, interface, spec

from yunbox.engines.compute.interface import Known
from yunbox.engines.compute.sandbox import links, namespaces, processes
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.engines.compute.sandbox.wiring import namespaces_refused

KILLS = 20

_CALLER = """
import asyncio, sys
from pathlib import Path
import msgspec
from compute_running import at, floating, interface, spec
from yunbox.engines.compute.interface import Command, Known, Mount
from yunbox.engines.compute.sandbox.engine import SandboxCompute

def say():
    print("step", flush=True)

async def life(compute, name, number):
    volume = f"vol-{name}"
    for _ in range(1000):
        say(); await compute.create_volume(volume, 1 << 20)
        wanted = spec(name, interfaces=(interface(at(f"{number}.5"), f"net-{name}"),), boot="sleep 100 & echo up",
                      mounts=(Mount(volume=volume, target="/mnt/vol"),))
        say(); await compute.start(wanted)
        say(); await compute.expose(floating(number), f"net-{name}", at(f"{number}.5"))
        say(); await compute.execute(name, "x", Command(argv=("sleep", "50"), timeout=50))
        say(); await compute.snapshot_layer(name, f"snap-{name}")
        say(); await compute.stop(name, timeout=0.1)
        say(); await compute.start(wanted)
        say(); await compute.remove_snapshot(f"snap-{name}")
        say(); await compute.remove(name)
        say(); await compute.unexpose(floating(number))
        say(); await compute.remove_network(f"net-{name}")
        say(); await compute.remove_volume(volume)

async def main():
    compute = SandboxCompute(Path(sys.argv[1]))
    await asyncio.gather(life(compute, "one", 1), life(compute, "two", 2))

asyncio.run(main())
"""


def left(place: Path, prefix: str) -> dict[str, list[str]]:
    """Return everything of an engine that exists."""
    groups = [str(each) for each in Path("/sys/fs/cgroup").rglob(f"yunbox-{prefix}*")]
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(place) in line]
    routes = [line for line in Path("/proc/net/route").read_text().splitlines() if line.startswith(prefix)]
    return {
        "processes": [str(each) for each in processes.marked("YUNBOX_SANDBOX", prefix)],
        "inside": _naming(str(place)),
        "mounts": mounts,
        "namespaces": [str(each) for each in namespaces.mounted_below(place)],
        "groups": groups,
        "links": [name for name in links.names() if name.startswith(prefix)],
        "routes": routes,
        "aside": [str(each) for each in (place / "aside").iterdir()],
        "sandboxes": [str(each) for each in (place / "sandboxes").iterdir()],
        "networks": [str(each) for each in (place / "networks").iterdir()],
    }


def _naming(text: str) -> list[str]:
    """Return the processes whose mounts or arguments name a directory, but for this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                named = (entry / "mountinfo").read_text() + (entry / "cmdline").read_text()
            except OSError:
                continue
            if f"{text}/" in named:
                found.append(f"{entry.name} {named[:200]}")
    return found


def start_and_kill(place: Path, source: random.Random) -> None:
    """Let a caller work for a random number of steps and a moment, and kill it."""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "YUNBOX_TEST_OCTET": str(OWN)}
    caller = subprocess.Popen(
        [sys.executable, "-c", _CALLER, str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert caller.stdout is not None
    assert caller.stderr is not None
    with caller.stdout as out, caller.stderr as errors:
        for _ in range(source.randrange(1, 20)):
            assert out.readline() == b"step\n", errors.read().decode()
        time.sleep(source.uniform(0.0, 0.1))
        caller.kill()
        caller.wait()


def test_twenty_kills_leave_nothing(real: SandboxCompute, run: Run, place: Path) -> None:
    source = random.Random(1111)
    ran = 0
    for _ in range(KILLS):
        start_and_kill(place, source)
        fresh = SandboxCompute(place)
        ran += sum(each.running for each in run(fresh.sandboxes()))
        run(fresh.sweep(Known()))
        remains = {kind: found for kind, found in left(place, real._places.prefix).items() if found}
        assert remains == {}
    assert ran > 0, "no kill came while a sandbox ran"


def test_what_a_killed_caller_left_is_adopted(real: SandboxCompute, run: Run, place: Path) -> None:
    source = random.Random(7)
    for _ in range(5):
        start_and_kill(place, source)
        fresh = SandboxCompute(place)
        wanted = spec(interfaces=(interface(at("1.5"), "net-one", OPEN),))
        run(fresh.start(wanted))
        found = run(fresh.find("one"))
        assert found.running
        if not namespaces_refused():
            assert found.addresses[0].host == at("1.5"), found


def test_a_sandbox_whose_record_is_lost_is_swept(real: SandboxCompute, run: Run, place: Path) -> None:
    run(real.start(spec(interfaces=(interface(),))))
    assert left(place, real._places.prefix)["processes"]
    (place / "sandboxes/one/run.json").unlink()
    run(SandboxCompute(place).sweep(Known()))
    assert not any(left(place, real._places.prefix).values())
