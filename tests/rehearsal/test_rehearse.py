"""`yunbox rehearse`, whole: against servers on loopback, in its own processes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from loopback import Head, Loopback, answer

from yunbox.rehearsal.plan import Constant, Generator, Plan, Request, Target
from yunbox.rehearsal.rehearse import run
from yunbox.rehearsal.report import Report


def rehearse(tmp_path: Path, plan: str, *options: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "plan.yaml").write_text(plan)
    command = [sys.executable, "-m", "yunbox", "rehearse", str(tmp_path / "plan.yaml"), *options]
    return subprocess.run(
        [*command, "--data", str(tmp_path / "data")], capture_output=True, text=True, timeout=60, check=False
    )


def plan_for(url: str, more: str = "") -> str:
    return f"""
name: A shop's evening
target: {{url: "{url}"}}
load: {{shape: spike, base: 20, peak: 200, before: 500ms, rise: 250ms, hold: 500ms, fall: 0, after: 250ms}}
generator: {{processes: 2, lag_p99: 5s, lag_max: 10s}}
requests:
  - {{name: catalogue, path: "/catalogue?page=${{random:1,9}}", weight: 3}}
  - {{name: checkout, method: POST, path: /checkout, body: "${{id}}", idempotency_key: true}}
{more}
"""


def shop(server: Loopback, *, forget: bool = False) -> None:
    """Let the server keep its orders, and tell them at /executed."""

    async def answering(head: Head, writer: asyncio.StreamWriter) -> None:
        if head[1] == "/executed":
            keys = list(server.keys.elements())[1 if forget else 0 :]
            await answer(writer, body=json.dumps(keys).encode())
        else:
            await answer(writer)

    server.answering = answering


def test_a_rehearsal_that_holds(tmp_path: Path) -> None:
    with Loopback() as server:
        shop(server)
        more = (
            f"slo: {{p99: 5s, served: 100%, shed: 0}}\nwarm_up: {{rate: 20, length: 200ms}}\n"
            f"reconcile: {{url: '{server.url}/executed', wait: 0}}\n"
            "faults: [{at: peak+100ms, kind: command, argv: [/bin/true]}]"
        )
        done = rehearse(
            tmp_path, plan_for(server.url, more), "--report", str(tmp_path / "out"), "--seed", "7"
        )
        sent = sum(server.seen.values()) - 1
    assert done.returncode == 0, done.stderr
    found = msgspec.json.decode((tmp_path / "out" / "report.json").read_bytes(), type=Report)
    last = done.stdout.splitlines()[-1]
    assert last == found.last_line
    assert last.startswith(f"sent {sent - 4}: served {sent - 4}, queued then served 0, shed 0, failed 0, ")
    assert last.endswith("lost 0, executed twice 0")
    assert found.seed == 7
    assert found.generator.processes == 2
    assert [event.what for event in found.events] == ["command"]
    assert "report.html" in done.stdout
    assert (tmp_path / "out" / "report.html").stat().st_size > 5000
    assert "fault: command /bin/true: status 0" in done.stderr


def test_a_lost_order_is_found_and_the_status_says_so(tmp_path: Path) -> None:
    with Loopback() as server:
        shop(server, forget=True)
        more = f"reconcile: {{url: '{server.url}/executed', wait: 0}}"
        done = rehearse(tmp_path, plan_for(server.url, more))
    assert done.returncode == 1
    assert "NOT held  accepted and lost: 1 (at most 0)" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("lost 1, executed twice 0")


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("name: x", "the plan: it lacks `target`"),
        (plan_for("http://192.0.2.1"), "--allow 192.0.2.1"),
        (plan_for("http://127.0.0.1", "reconcile: {bucket: b}"), "none is up"),
        (plan_for("http://127.0.0.1").replace("${id}", "${order}"), "requests[1]: ${order}"),
    ],
)
def test_a_bad_plan_sends_nothing(tmp_path: Path, plan: str, says: str) -> None:
    done = rehearse(tmp_path, plan)
    assert done.returncode == 2
    assert done.stderr.startswith("yunbox rehearse: ")
    assert says in done.stderr
    assert done.stdout == ""


def test_a_generator_that_fell_behind_voids_its_run() -> None:
    async def slow(head: Head, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await answer(writer)

    plan = Plan(
        name="a",
        target=Target(url=""),
        load=Constant(rate=50, length=0.4),
        requests=(Request(name="home", path="/"),),
        # One connection to a server that takes 200 ms: the twentieth request leaves four seconds late.
        generator=Generator(connections=1, arrivals="uniform"),
    )
    with Loopback(slow) as server:
        found = run(msgspec.structs.replace(plan, target=Target(url=server.url)))
    assert found.void
    assert found.exit_status == 3
    assert "the generator fell behind" in found.void_reasons[0]
    assert found.requests.outcomes.total == found.requests.sent == 20


def test_the_same_seed_sends_the_same_requests() -> None:
    sent = []
    for processes in (1, 2):
        plan = Plan(
            name="a",
            target=Target(url="http://127.0.0.1"),
            load=Constant(rate=100, length=0.5),
            requests=(
                Request(name="a", path="/a/${random:0,1000000}"),
                Request(name="b", path="/b/${seq}"),
            ),
            generator=Generator(processes=processes),
        )
        with Loopback() as server:
            run(msgspec.structs.replace(plan, target=Target(url=server.url)))
            sent.append(server.seen)
    assert sent[0] == sent[1]
    assert sum(sent[0].values()) > 30
