"""Talking to a cloud through the vendor's clients, and waiting for what it does."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient
from services.sdk import REGION
from Tea.exceptions import TeaException

from yunbox.engines.compute.sandbox.engine import SandboxCompute

ZONE = "cn-hangzhou-i"
IMAGE = "ubuntu_22_04_x64_20G_alibase_20240807.vhd"
TYPE = "ecs.g6.large"
WAIT_SECONDS = 60.0


@cache
def exposes() -> bool:
    """Return whether this machine lets instances have addresses of their own."""
    with tempfile.TemporaryDirectory() as place:
        facts = asyncio.run(SandboxCompute(Path(place)).facts())
    return any(fact.name == "firewall" and fact.works for fact in facts)


@dataclass(frozen=True)
class Network:
    """A VPC with a vSwitch and a security group that lets everything in."""

    vpc: str
    vswitch: str
    group: str


def make_network(ecs: EcsClient, vpc: VpcClient, block: str = "172.16.0.0/16", zone: str = ZONE) -> Network:
    """Make a VPC, a vSwitch (the first /24 of the block) and a security group."""
    made = vpc.create_vpc(vpc_models.CreateVpcRequest(region_id=REGION, cidr_block=block)).body
    vswitch = vpc.create_vswitch(
        vpc_models.CreateVSwitchRequest(
            region_id=REGION, vpc_id=made.vpc_id, zone_id=zone, cidr_block=block.partition("/")[0] + "/24"
        )
    ).body
    group = ecs.create_security_group(
        ecs_models.CreateSecurityGroupRequest(region_id=REGION, vpc_id=made.vpc_id)
    ).body
    ecs.authorize_security_group(
        ecs_models.AuthorizeSecurityGroupRequest(
            region_id=REGION,
            security_group_id=group.security_group_id,
            ip_protocol="all",
            port_range="-1/-1",
            source_cidr_ip="0.0.0.0/0",
        )
    )
    return Network(made.vpc_id, vswitch.v_switch_id, group.security_group_id)


def launch(ecs: EcsClient, network: Network, **parameters: Any) -> list[str]:
    """Call RunInstances and return the ids."""
    request = ecs_models.RunInstancesRequest(
        **{
            "region_id": REGION,
            "image_id": IMAGE,
            "instance_type": TYPE,
            "v_switch_id": network.vswitch,
            "security_group_id": network.group,
            **parameters,
        }
    )
    return list(ecs.run_instances(request).body.instance_id_sets.instance_id_set)


def release(ecs: EcsClient, ids: list[str]) -> None:
    """Release what is left of some instances."""
    for id_ in ids:
        try:
            ecs.delete_instance(ecs_models.DeleteInstanceRequest(instance_id=id_, force=True))
        except TeaException as error:
            if error.code not in ("InvalidInstanceId.NotFound", "ChargeTypeViolation"):
                raise


def instance_of(ecs: EcsClient, id_: str) -> Any:
    """Return what DescribeInstances says of an instance, or None."""
    request = ecs_models.DescribeInstancesRequest(region_id=REGION, instance_ids=f'["{id_}"]')
    found = ecs.describe_instances(request).body.instances.instance
    return found[0] if found else None


def wait_for(what: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Return what a question answers as soon as it is something true."""
    end = time.monotonic() + seconds
    while True:
        if found := what():
            return found
        assert time.monotonic() < end, f"it did not come true within {seconds} s"
        time.sleep(0.05)


def wait_status(ecs: EcsClient, id_: str, status: str) -> Any:
    """Return the instance once it has a status."""
    return wait_for(lambda: (found := instance_of(ecs, id_)) is not None and found.status == status and found)


def wait_gone(ecs: EcsClient, id_: str) -> None:
    """Return when the instance is no more."""
    wait_for(lambda: instance_of(ecs, id_) is None)
