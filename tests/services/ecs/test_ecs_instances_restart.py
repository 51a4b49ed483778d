"""What becomes of instances when the cloud ends: asked to, killed, or reset."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from cli.commands import yunbox
from crash_instances.traces import traces
from ecs_clients import launch, make_network, wait_for, wait_status
from running import RunningCloud
from services.sdk import REGION

from yunbox.engines.compute.interface import Known, Sandbox
from yunbox.engines.compute.sandbox.engine import SandboxCompute

COUNTING = base64.b64encode(
    b"#!/bin/sh\nmkdir -p /var/lib/cloud/scripts/per-boot\n"
    b"cd /var/lib/cloud/scripts/per-boot\n"
    b"printf '#!/bin/sh\\necho x >> /srv/boots; echo boots: $(wc -l < /srv/boots)\\n' > count\n"
    b"chmod 755 count\n"
).decode()


@pytest.fixture
def served(
    own_cloud: RunningCloud, own_ecs: Client, own_vpc: object
) -> Iterator[tuple[RunningCloud, Client, str]]:
    """A cloud of one's own with an instance that counts its boots; nothing of it is left behind."""
    network = make_network(own_ecs, own_vpc)  # type: ignore[arg-type]
    (id_,) = launch(own_ecs, network, user_data=COUNTING)
    wait_status(own_ecs, id_, "Running")
    wait_for(lambda: "boots: 1\n" in console(own_ecs, id_))
    yield own_cloud, own_ecs, id_
    own_cloud.stop()
    if own_cloud.data.exists():
        asyncio.run(SandboxCompute(own_cloud.data / "compute").sweep(Known()))


def console(ecs: Client, id_: str) -> str:
    asked = models.GetInstanceConsoleOutputRequest(region_id=REGION, instance_id=id_)
    return base64.b64decode(ecs.get_instance_console_output(asked).body.console_output).decode()


def sandbox(data: Path, id_: str) -> Sandbox | None:
    return asyncio.run(SandboxCompute(data / "compute").find(id_))


def test_asked_to_end_it_leaves_nothing_running_and_starts_again(
    served: tuple[RunningCloud, Client, str],
) -> None:
    cloud, ecs, id_ = served
    assert traces(cloud.data)
    assert cloud.stop() == 0
    assert traces(cloud.data) == []
    cloud.start()
    wait_for(lambda: "boots: 2\n" in console(ecs, id_))
    wait_status(ecs, id_, "Running")


def test_killed_it_leaves_instances_running_and_its_successor_adopts_them(
    served: tuple[RunningCloud, Client, str],
) -> None:
    cloud, ecs, id_ = served
    before = sandbox(cloud.data, id_)
    cloud.kill()
    between = sandbox(cloud.data, id_)
    assert before is not None
    assert between is not None
    assert (between.running, between.pid) == (True, before.pid)
    cloud.start()
    wait_status(ecs, id_, "Running")
    assert sandbox(cloud.data, id_) == between
    assert "boots: 2\n" not in console(ecs, id_)
    ecs.delete_instance(models.DeleteInstanceRequest(instance_id=id_, force=True))
    wait_for(lambda: sandbox(cloud.data, id_) is None)


def test_reset_ends_what_a_killed_cloud_left_running(served: tuple[RunningCloud, Client, str]) -> None:
    cloud, _, _ = served
    cloud.kill()
    assert traces(cloud.data)
    done = yunbox("reset", "--data", cloud.data, "--yes")
    assert done.returncode == 0, done.stderr
    assert traces(cloud.data) == []
    assert not cloud.data.exists()
