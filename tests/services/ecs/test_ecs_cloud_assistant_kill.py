"""Commands outlive the cloud: killed while they run, it finds their results, and has run none twice."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import launch, make_network, wait_for, wait_status
from running import RunningCloud
from services.sdk import REGION

ROUNDS = 4
COMMANDS = 8
FINAL = ("Success", "Failed", "Error", "Timeout", "Aborted", "Invalid", "Cancelled", "Terminated")


def run(ecs: EcsClient, instance: str, content: str) -> str:
    """Call RunCommand and return the invocation's id."""
    request = models.RunCommandRequest(
        region_id=REGION, type="RunShellScript", command_content=content, instance_id=[instance]
    )
    return str(ecs.run_command(request).body.invoke_id)


def result(ecs: EcsClient, invoke_id: str) -> Any:
    """Return the result of an invocation on one instance."""
    request = models.DescribeInvocationResultsRequest(
        region_id=REGION, invoke_id=invoke_id, content_encoding="PlainText"
    )
    (found,) = ecs.describe_invocation_results(request).body.invocation.invocation_results.invocation_result
    return found


def ended(ecs: EcsClient, invoke_id: str) -> Any:
    """Return the result of an invocation once it has ended."""
    return wait_for(
        lambda: (found := result(ecs, invoke_id)).invocation_status in FINAL and found, seconds=60.0
    )


@pytest.fixture
def instance(own_ecs: EcsClient, own_vpc: VpcClient) -> str:
    """An instance that runs in a cloud of one's own."""
    (id_,) = launch(own_ecs, make_network(own_ecs, own_vpc))
    wait_status(own_ecs, id_, "Running")
    return id_


def test_what_ran_on_while_the_cloud_was_dead_is_told(
    own_cloud: RunningCloud, own_ecs: EcsClient, instance: str
) -> None:
    content = "echo begun; until [ -e /srv/go ]; do sleep 0.05; done; echo ended; exit 3"
    invoke_id = run(own_ecs, instance, content)
    wait_for(lambda: result(own_ecs, invoke_id).output == "begun\n")
    own_cloud.kill()
    own_cloud.start()
    assert result(own_ecs, invoke_id).invocation_status == "Running"
    assert ended(own_ecs, run(own_ecs, instance, "touch /srv/go")).invocation_status == "Success"
    found = ended(own_ecs, invoke_id)
    assert (found.invocation_status, found.exit_code, found.output) == ("Failed", 3, "begun\nended\n")
    assert found.repeats == 1


def test_no_kill_loses_a_command_or_runs_it_twice(
    own_cloud: RunningCloud, own_ecs: EcsClient, instance: str
) -> None:
    chance = random.Random(7)
    made: list[str] = []
    for _ in range(ROUNDS):
        for _ in range(COMMANDS):
            made.append(run(own_ecs, instance, f"echo {len(made)} >>/srv/runs; sleep 0.2; echo {len(made)}"))
        time.sleep(chance.uniform(0.0, 0.6))
        own_cloud.kill()
        own_cloud.start()
    done = []
    for number, invoke_id in enumerate(made):
        found = ended(own_ecs, invoke_id)
        if found.invocation_status == "Success":
            assert found.output == f"{number}\n"
            done.append(number)
        else:
            # Killed in the very moment of its beginning: nobody can tell, so it is not begun again.
            assert (found.invocation_status, found.error_code) == ("Error", "ExecutionInterrupted")
    assert len(done) >= len(made) - ROUNDS
    lines = list(map(int, ended(own_ecs, run(own_ecs, instance, "cat /srv/runs")).output.split()))
    assert len(lines) == len(set(lines))
    assert set(done) <= set(lines) <= set(range(len(made)))


def test_a_cloud_that_is_ended_interrupts_its_commands(
    own_cloud: RunningCloud, own_ecs: EcsClient, instance: str
) -> None:
    invoke_id = run(own_ecs, instance, "sleep 300")
    wait_for(lambda: result(own_ecs, invoke_id).invocation_status == "Running")
    own_cloud.stop()
    own_cloud.start()
    found = ended(own_ecs, invoke_id)
    assert (found.invocation_status, found.error_code) == ("Error", "ExecutionInterrupted")
