"""Security groups hold real traffic back: instances that serve, and who reaches them."""

from __future__ import annotations

import asyncio
import base64
import http.client
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import Network, launch, make_network, release, wait_for, wait_status
from group_calls import authorize, authorize_egress, create, modify, revoke, rules
from running import RunningCloud
from services.sdk import REGION

from yunbox.engines.compute.sandbox.engine import SandboxCompute

PORT = 8080
SERVE = """
import http.server, socket, urllib.parse

class Asked(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host = self.path.strip("/")
        answer = b"here"
        if host:
            try:
                socket.create_connection((host, 8080), 1).close()
                answer = b"yes"
            except OSError:
                answer = b"no"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Asked).serve_forever()
"""
USER_DATA = f"#!/bin/sh\ncat > /root/serve.py <<'END'\n{SERVE}\nEND\nexec setsid python3 /root/serve.py &\n"
OPEN = {"ip_protocol": "tcp", "port_range": f"{PORT}/{PORT}", "source_cidr_ip": "0.0.0.0/0"}


def enforced() -> bool:
    """Return whether this machine allows firewalls between instances."""
    with tempfile.TemporaryDirectory() as place:
        facts = asyncio.run(SandboxCompute(Path(place)).facts())
    return any(fact.name == "firewall" and fact.works for fact in facts)


@pytest.fixture(scope="module")
def servers(ecs: EcsClient, vpc: VpcClient, cloud: RunningCloud) -> Iterator[dict[str, Any]]:
    """Two instances that serve, each in a group of its own: `/ADDRESS` asks one whether it reaches the other."""
    if not enforced():
        pytest.skip("this machine allows no network namespaces: security groups are not enforced")
    own = make_network(ecs, vpc)
    made = {}
    for side in ("left", "right"):
        group = create(ecs, own, security_group_name=f"{side}-side")
        network = Network(own.vpc, own.vswitch, group)
        (instance,) = launch(ecs, network, user_data=base64.b64encode(USER_DATA.encode()).decode())
        made[side] = (instance, group)
    found = {}
    for side, (instance, group) in made.items():
        shown = wait_status(ecs, instance, "Running")
        found[side] = Server(ecs, instance, group, shown.vpc_attributes.private_ip_address.ip_address[0])
    yield found
    release(ecs, [instance for instance, _ in made.values()])


class Server:
    """An instance that serves, as the host sees it."""

    def __init__(self, ecs: EcsClient, instance: str, group: str, address: str) -> None:
        self.ecs = ecs
        self.instance = instance
        self.group = group
        self.address = address

    def ask(self, path: str = "/") -> str | None:
        """Return what it answers, or None when it is not reached."""
        connection = http.client.HTTPConnection(self.address, PORT, timeout=1)
        try:
            connection.request("GET", path)
            connection.sock.settimeout(5)
            return connection.getresponse().read().decode()
        except OSError:
            return None
        finally:
            connection.close()

    def host(self) -> str:
        """Return the address that the host has when it talks to it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talking:
            talking.connect((self.address, PORT))
            return str(talking.getsockname()[0])

    def reached(self) -> bool:
        return self.ask() == "here"

    def reaches(self, other: Server) -> bool:
        return self.ask(f"/{other.address}") == "yes"


@pytest.fixture
def left(servers: dict[str, Server]) -> Iterator[Server]:
    """The instance that tests open to the host; shut again afterwards."""
    yield from fresh(servers["left"])


@pytest.fixture
def right(servers: dict[str, Server]) -> Iterator[Server]:
    """The other one."""
    yield from fresh(servers["right"])


def fresh(server: Server) -> Iterator[Server]:
    """Give a server whose group has no rules, and take away those that the test made."""
    yield server
    left_over = rules(server.ecs, server.group)
    for way, call, shape in (
        ("ingress", server.ecs.revoke_security_group, models.RevokeSecurityGroupRequest),
        ("egress", server.ecs.revoke_security_group_egress, models.RevokeSecurityGroupEgressRequest),
    ):
        ids = [rule.security_group_rule_id for rule in left_over if rule.direction == way]
        if ids:
            call(shape(region_id=REGION, security_group_id=server.group, security_group_rule_id=ids))
    wait_for(lambda: not server.reached())


def test_a_group_blocks_what_it_does_not_allow(ecs: EcsClient, left: Server) -> None:
    authorize(ecs, left.group, **OPEN)
    wait_for(left.reached)
    revoke(ecs, left.group, **OPEN)
    wait_for(lambda: not left.reached())
    with pytest.raises(TimeoutError):
        socket.create_connection((left.address, PORT), 1).close()
    authorize(ecs, left.group, **OPEN)
    wait_for(left.reached)


def test_drop_wins_at_the_same_priority_and_a_lower_number_before_it(ecs: EcsClient, left: Server) -> None:
    authorize(ecs, left.group, OPEN | {"priority": "5"})
    wait_for(left.reached)
    authorize(ecs, left.group, OPEN | {"priority": "5", "policy": "drop"})
    wait_for(lambda: not left.reached())
    authorize(ecs, left.group, OPEN | {"priority": "4"})
    wait_for(left.reached)


def test_a_rule_opens_its_ports_alone(ecs: EcsClient, left: Server) -> None:
    authorize(ecs, left.group, OPEN | {"port_range": f"1/{PORT}"})
    wait_for(left.reached)
    (rule,) = rules(ecs, left.group)
    id_ = rule.security_group_rule_id
    modify(ecs, left.group, security_group_rule_id=id_, port_range=f"{PORT + 1}/65535")
    wait_for(lambda: not left.reached())
    modify(ecs, left.group, security_group_rule_id=id_, port_range=f"{PORT}/{PORT + 1}")
    wait_for(left.reached)
    modify(ecs, left.group, security_group_rule_id=id_, ip_protocol="udp")
    wait_for(lambda: not left.reached())


def test_a_rule_can_name_another_group(ecs: EcsClient, left: Server, right: Server) -> None:
    authorize(ecs, left.group, **OPEN)
    wait_for(left.reached)
    assert not left.reaches(right)
    authorize(ecs, right.group, ip_protocol="tcp", port_range=f"{PORT}/{PORT}", source_group_id=left.group)
    wait_for(lambda: left.reaches(right))
    assert not right.reached()


def test_members_of_a_group_reach_each_other_unless_isolated(
    ecs: EcsClient, left: Server, right: Server
) -> None:
    authorize(ecs, left.group, OPEN | {"source_cidr_ip": f"{left.host()}/32"})
    wait_for(left.reached)
    assert not left.reaches(right)
    where = {"region_id": REGION, "security_group_id": left.group}
    ecs.join_security_group(models.JoinSecurityGroupRequest(**where, instance_id=right.instance))
    wait_for(lambda: left.reaches(right))
    for policy, answer in (("Drop", "no"), ("Accept", "yes")):
        ecs.modify_security_group_policy(
            models.ModifySecurityGroupPolicyRequest(**where, inner_access_policy=policy)
        )
        wait_for(lambda answer=answer: left.ask(f"/{right.address}") == answer)
    ecs.leave_security_group(models.LeaveSecurityGroupRequest(**where, instance_id=right.instance))
    wait_for(lambda: left.ask(f"/{right.address}") == "no")


def test_an_outgoing_rule_holds_traffic_in(ecs: EcsClient, left: Server, right: Server) -> None:
    authorize(ecs, left.group, **OPEN)
    authorize(ecs, right.group, **OPEN)
    wait_for(lambda: left.reaches(right))
    authorize_egress(
        ecs,
        left.group,
        ip_protocol="tcp",
        port_range=f"{PORT}/{PORT}",
        dest_cidr_ip=f"{right.address}/32",
        policy="drop",
    )
    wait_for(lambda: left.ask(f"/{right.address}") == "no")
    assert right.reached()
