"""Faults: processes that are really killed and slowed, instances chosen by chance, a cloud that survives."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from running import RunningCloud

from yunbox.config import RunState
from yunbox.control.store import Store
from yunbox.engines.balancer.haproxy.records import Folder, Run
from yunbox.engines.compute.sandbox.processes import identify
from yunbox.identity.root_key import RootKey
from yunbox.rehearsal import processes
from yunbox.rehearsal.cloud import CloudAt
from yunbox.rehearsal.curves import curve
from yunbox.rehearsal.faults import Faults, moments
from yunbox.rehearsal.plan import (
    Constant,
    Fault,
    Generator,
    KillBalancer,
    KillControllers,
    KillInstance,
    Plan,
    Request,
    RunCommand,
    SlowInstance,
    Target,
    Watch,
)
from yunbox.rehearsal.rehearse import run
from yunbox.rehearsal.report import Event
from yunbox.services.ess.members.model import Member

BUSY = "import time\nwhile True: sum(range(1000))"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    made = subprocess.Popen(["/bin/sh", "-c", "sleep 60 & sleep 60 & wait"], start_new_session=True)
    yield made
    processes.kill(processes.family(made.pid))
    made.wait()


def test_a_family_is_found_and_ended(child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 5
    while len(found := processes.family(child.pid)) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(found) == 3
    assert found[0] == child.pid
    assert processes.kill(found) == 3
    assert child.wait(5) == -signal.SIGKILL


def test_a_slowed_process_runs_on_afterwards() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY]) as busy:
        asyncio.run(processes.slow(busy.pid, 0.1, 0.25))
        state = Path(f"/proc/{busy.pid}/stat").read_text().rpartition(")")[2].split()[0]
        busy.kill()
    assert state in "RS"


def test_a_balancers_process_is_the_one_that_its_engine_keeps(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as made:
        folder = Folder(tmp_path, "lb-1")
        folder.make()
        folder.keep(Run(id="lb-1", process=identify(made.pid)))
        assert processes.balancer_processes(tmp_path, "lb-1") == [made.pid]
        assert processes.balancer_processes(tmp_path, "lb-2") == []
        made.kill()
    assert processes.balancer_processes(tmp_path, "lb-1") == []


def cloud_at(folder: Path, members: int) -> CloudAt:
    """A cloud that does not run, with members of a scaling group."""
    store = Store(folder / "control.db")
    with store.write() as change:
        for number in range(members):
            lifecycle = "InService" if number else "Pending"
            change.create(
                Member(id=f"i-{number}", account="1", region="r", parent="asg-1", lifecycle=lifecycle)  # type: ignore[arg-type]
            )
    store.close()
    state = RunState(
        pid=0,
        host="127.0.0.1",
        port=1,
        https_port=1,
        region="r",
        version="",
        started=0.0,
        workers=1,
        account="1",
    )
    return CloudAt(folder, state, RootKey("a", "b"))


def plan(*faults: Fault, url: str = "http://127.0.0.1", length: float = 0.2) -> Plan:
    return Plan(
        name="a",
        target=Target(url=url),
        load=Constant(rate=50, length=length),
        requests=(Request(name="home", path="/_yunbox/health"),),
        faults=faults,
        watch=Watch(scaling_group="asg-1"),
        generator=Generator(processes=1, lag_p99=5, lag_max=10),
    )


def done(cloud: CloudAt | None, *faults: Fault) -> list[Event]:
    asked = plan(*faults)

    async def do() -> list[Event]:
        found = Faults(asked, curve(asked.load), cloud, time.monotonic())
        await found.run()
        return found.events

    return asyncio.run(do())


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (KillInstance(at="start", count=9), "NOT done: 3 instances are in service"),
        (KillInstance(at="start", instance="i-7"), "NOT done: i-7 does not run"),
        (SlowInstance(at="start", instance="i-7"), "NOT done: i-7 does not run"),
        (KillBalancer(at="start", balancer="lb-1"), "NOT done: lb-1 has no process"),
        (KillControllers(at="start"), "NOT done: the cloud has no controllers"),
        (RunCommand(at="start", argv=("/no/such/program",)), "NOT done: "),
        (RunCommand(at="start", argv=("/bin/sh", "-c", "exit 3")), "/bin/sh: status 3"),
        (RunCommand(at="start", argv=("/bin/sleep", "9"), timeout=0.05), "/bin/sleep: no end within 0.05 s"),
    ],
)
def test_a_fault_that_cannot_be_done_says_so(tmp_path: Path, fault: Fault, detail: str) -> None:
    (event,) = done(cloud_at(tmp_path, 4), fault)
    assert event.kind == "fault"
    assert event.detail.startswith(detail)


def test_instances_are_chosen_by_chance_among_those_in_service(tmp_path: Path) -> None:
    cloud, asked = cloud_at(tmp_path, 20), plan(KillInstance(at="start"))
    chosen = set()
    for seed in range(12):
        faults = Faults(msgspec.structs.replace(asked, seed=seed), curve(asked.load), cloud, 0.0)
        once = faults._choose(0, 3)
        assert once == Faults(
            msgspec.structs.replace(asked, seed=seed), curve(asked.load), cloud, 0.0
        )._choose(0, 3)
        assert not set(once) & set(faults._choose(1, 3))
        chosen |= {*once}
    assert "i-0" not in chosen
    assert len(chosen) > 8


def test_faults_come_in_order_at_their_moments() -> None:
    asked = plan(KillControllers(at="end-50ms"), RunCommand(at="peak+100ms", argv=("x",)))
    assert [at for at, _ in moments(asked, curve(asked.load))] == pytest.approx([0.1, 0.15])


def test_a_cloud_whose_controllers_are_killed_goes_on_answering(own_cloud: RunningCloud) -> None:
    cloud_processes = own_cloud.data / "run" / "processes.json"
    before = msgspec.json.decode(cloud_processes.read_bytes())
    asked = plan(KillControllers(at="start+100ms"), url=own_cloud.endpoint, length=1.0)
    found = run(asked, data=own_cloud.data)
    assert (found.held, found.requests.outcomes.served) == (True, found.requests.sent)
    (event,) = found.events
    assert event.detail == f"process {before['controllers']}"
    end = time.monotonic() + 10
    while time.monotonic() < end:
        after = msgspec.json.decode(cloud_processes.read_bytes())
        if after.get("controllers") not in (None, before["controllers"]):
            break
        time.sleep(0.02)
    assert after["controllers"] != before["controllers"]
    assert after["worker-1"] == before["worker-1"]
