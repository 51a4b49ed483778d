"""What happens to a load balancer loses no request: servers that leave, controllers and balancers that are killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from running import RunningCloud
from services.ecs.ecs_clients import Network, exposes, launch, make_network, wait_for, wait_status
from services.sdk import configured
from services.slb.slb_clients import Slbs, servers_of
from services.slb.steady_load import SteadyLoad
from services.slb.web_servers import own_block, user_data

from yunbox.config import PROCESSES_FILE

pytestmark = pytest.mark.skipif(not exposes(), reason="this machine allows no network namespaces")

Serving = Callable[..., list[str]]


def balanced(slbs: Slbs, network: Network, ids: list[str]) -> tuple[str, str]:
    """Put instances behind a balancer; return its id and address, once all of them are healthy."""
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch)
    slbs.add(made.load_balancer_id, *ids)
    slbs.listen(made.load_balancer_id, health_check="on", health_check_interval=1, healthy_threshold=2)
    slbs.start(made.load_balancer_id)
    wait_for(lambda: set(slbs.health(made.load_balancer_id).values()) == {"normal"})
    return made.load_balancer_id, made.address


def wait_served(load: SteadyLoad, more: int) -> None:
    """Return when so many more requests were served."""
    wanted = load.served + more
    wait_for(lambda: load.served >= wanted)


def test_servers_come_and_go_under_load(slbs: Slbs, network: Network, serving: Serving) -> None:
    ids = serving(3)
    balancer, address = balanced(slbs, network, ids[:2])
    with SteadyLoad(address) as load:
        wait_served(load, 40)
        slbs.add(balancer, ids[2])
        wait_for(lambda: slbs.health(balancer).get(ids[2]) == "normal")
        slbs.do("RemoveBackendServers", load_balancer_id=balancer, backend_servers=servers_of(ids[0]))
        wait_served(load, 40)
        slbs.do("SetBackendServers", load_balancer_id=balancer, backend_servers=servers_of(ids[1], Weight=0))
        wait_served(load, 40)
    assert set(load.outcomes) == {"200"}, load.outcomes
    assert len(load.servers) == 3


def test_settings_change_under_load(slbs: Slbs, network: Network, serving: Serving) -> None:
    ids = serving(2)
    balancer, address = balanced(slbs, network, ids)
    changes: list[dict[str, object]] = [
        {"gzip": "off"},
        {"scheduler": "wlc", "request_timeout": 30},
        {"health_check": "on", "health_check_interval": 1, "health_check_uri": "/up"},
        {"sticky_session": "on", "sticky_session_type": "insert", "cookie_timeout": 60},
    ]
    with SteadyLoad(address) as load:
        wait_served(load, 20)
        for number, change in enumerate(changes):
            at = {"load_balancer_id": balancer, "listener_port": 80}
            slbs.do("SetLoadBalancerHTTPListenerAttribute", **at, **change)
            slbs.listen(balancer, 8001 + number)
            slbs.start(balancer, 8001 + number)
            wait_served(load, 30)
    assert set(load.outcomes) == {"200"}, load.outcomes


def controllers_of(cloud: RunningCloud) -> int:
    """Return the number of the process that runs the controllers."""
    found: dict[str, int] = json.loads((cloud.data / "run" / PROCESSES_FILE).read_bytes())
    return found["controllers"]


def test_a_kill_of_the_controllers_loses_no_request(own_cloud: RunningCloud) -> None:
    config = configured(own_cloud)
    ecs, slbs = EcsClient(config), Slbs(config)
    network = make_network(ecs, VpcClient(config), own_block(21))
    ids = launch(ecs, network, amount=2, user_data=user_data())
    for each in ids:
        wait_status(ecs, each, "Running")
    balancer, address = balanced(slbs, network, ids)
    with SteadyLoad(address) as load:
        wait_served(load, 40)
        killed = controllers_of(own_cloud)
        os.kill(killed, signal.SIGKILL)
        slbs.do("RemoveBackendServers", load_balancer_id=balancer, backend_servers=servers_of(ids[0]))
        wait_for(lambda: controllers_of(own_cloud) != killed)
        wait_for(lambda: set(slbs.health(balancer)) == {ids[1]})
        wait_served(load, 40)
    assert set(load.outcomes) == {"200"}, load.outcomes


def test_a_balancer_that_is_killed_serves_again_at_once(own_cloud: RunningCloud) -> None:
    config = configured(own_cloud)
    ecs, slbs = EcsClient(config), Slbs(config)
    network = make_network(ecs, VpcClient(config), own_block(22))
    ids = launch(ecs, network, user_data=user_data())
    wait_status(ecs, ids[0], "Running")
    _, address = balanced(slbs, network, ids)
    with SteadyLoad(address) as load:
        wait_served(load, 20)
        for each in haproxies(own_cloud.data):
            os.kill(each, signal.SIGKILL)
        wait_served(load, 40)
        wait_served(load, 40)
    failed = sum(load.outcomes.values()) - load.served
    assert failed <= 2 * 6, load.outcomes


def haproxies(data: Path) -> list[int]:
    """Return the processes that run balancers of a data directory."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (each / "cmdline").read_bytes()
            if b"haproxy" in line.partition(b"\0")[0] and str(data).encode() in line:
                found.append(int(each.name))
    return found


def test_a_balancer_serves_while_the_cloud_is_dead_and_after_a_restart(own_cloud: RunningCloud) -> None:
    config = configured(own_cloud)
    ecs, slbs = EcsClient(config), Slbs(config)
    network = make_network(ecs, VpcClient(config), own_block(24))
    ids = launch(ecs, network, amount=2, user_data=user_data())
    for each in ids:
        wait_status(ecs, each, "Running")
    balancer, address = balanced(slbs, network, ids)
    with SteadyLoad(address) as load:
        own_cloud.kill()
        wait_served(load, 40)
        own_cloud.start()
        slbs.do("RemoveBackendServers", load_balancer_id=balancer, backend_servers=servers_of(ids[0]))
        wait_for(lambda: set(slbs.health(balancer)) == {ids[1]})
        wait_served(load, 40)
    assert set(load.outcomes) == {"200"}, load.outcomes
    own_cloud.stop()
    own_cloud.start()
    # User data runs once: the instance is back, its server is not.
    with SteadyLoad(address, clients=1) as load:
        wait_for(lambda: load.outcomes["503"])
