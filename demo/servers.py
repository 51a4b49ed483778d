"""Builds a network with servers that answer, and holds the cloud to them when it is killed."""

from __future__ import annotations

import base64
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient

from demo.clients import require
from demo.cloud import REGION, DemoCloud

ZONE = "cn-hangzhou-h"
IMAGE, TYPE, PORT = "ubuntu_22_04_x64_20G_alibase_20240807.vhd", "ecs.t6-c1m1.large", 8080
WAIT_SECONDS = 30.0

USER_DATA = f"""#!/bin/sh
mkdir -p /srv/www && cd /srv/www
echo "$(hostname) booted $(cat /proc/sys/kernel/random/uuid)" > index.html
python3 -m http.server {PORT} >/dev/null 2>&1 &
"""


class Servers:
    """Two servers, then a third that is asked for a moment before the cloud is killed."""

    def __init__(self, cloud: DemoCloud) -> None:
        self._cloud = cloud
        self._group = self._vswitch = self._vpc = ""
        self._said: dict[str, str] = {}
        """What each server's page says; it changes when the server boots anew."""
        self._third = ""

    def _ecs(self) -> EcsClient:
        return EcsClient(self._cloud.config())

    def _network(self) -> VpcClient:
        return VpcClient(self._cloud.config())

    def network(self) -> str:
        """Make a VPC, a vSwitch and a security group that lets HTTP in."""
        vpc, ecs = self._network(), self._ecs()
        self._vpc = vpc.create_vpc(
            vpc_models.CreateVpcRequest(region_id=REGION, cidr_block="10.11.0.0/16")
        ).body.vpc_id
        self._vswitch = vpc.create_vswitch(
            vpc_models.CreateVSwitchRequest(
                region_id=REGION, vpc_id=self._vpc, zone_id=ZONE, cidr_block="10.11.11.0/24"
            )
        ).body.v_switch_id
        self._group = ecs.create_security_group(
            ecs_models.CreateSecurityGroupRequest(region_id=REGION, vpc_id=self._vpc)
        ).body.security_group_id
        self._open_port(ecs)
        return f"{self._vpc}, 10.11.11.0/24, port {PORT} open"

    def _open_port(self, ecs: EcsClient) -> None:
        ecs.authorize_security_group(
            ecs_models.AuthorizeSecurityGroupRequest(
                region_id=REGION,
                security_group_id=self._group,
                ip_protocol="tcp",
                port_range=f"{PORT}/{PORT}",
                source_cidr_ip="0.0.0.0/0",
            )
        )

    def _run(self, ecs: EcsClient, amount: int) -> list[str]:
        request = ecs_models.RunInstancesRequest(
            region_id=REGION,
            image_id=IMAGE,
            instance_type=TYPE,
            v_switch_id=self._vswitch,
            security_group_id=self._group,
            amount=amount,
            user_data=base64.b64encode(USER_DATA.encode()).decode(),
        )
        return list(ecs.run_instances(request).body.instance_id_sets.instance_id_set)

    def launch(self) -> str:
        """Run two servers and wait until both answer."""
        began = time.perf_counter()
        ids = self._run(self._ecs(), 2)
        self._said = {id_: wait_for(lambda id_=id_: self._page(id_)) for id_ in ids}
        took = time.perf_counter() - began
        return f"{', '.join(self._address(id_) for id_ in ids)} answer HTTP after {took:.1f} s"

    def _address(self, id_: str) -> str:
        request = ecs_models.DescribeInstancesRequest(region_id=REGION, instance_ids=f'["{id_}"]')
        (found,) = self._ecs().describe_instances(request).body.instances.instance
        # Where there are no network namespaces a server is reached at an address that stands for a public one.
        public = found.public_ip_address.ip_address if found.public_ip_address else []
        return str((public or found.vpc_attributes.private_ip_address.ip_address)[0])

    def _page(self, id_: str) -> str:
        return page(f"http://{self._address(id_)}:{PORT}/")

    def close_the_port(self) -> str:
        """Take the rule away: nobody gets in; give it back: everybody does."""
        ecs = self._ecs()
        url = f"http://{self._address(next(iter(self._said)))}:{PORT}/"
        ecs.revoke_security_group(
            ecs_models.RevokeSecurityGroupRequest(
                region_id=REGION,
                security_group_id=self._group,
                ip_protocol="tcp",
                port_range=f"{PORT}/{PORT}",
                source_cidr_ip="0.0.0.0/0",
            )
        )
        wait_for(lambda: not page(url))
        self._open_port(ecs)
        wait_for(lambda: page(url))
        return "shut without the rule, open with it"

    def ask_for_a_third(self) -> None:
        """Ask for one more; nothing is waited for."""
        (self._third,) = self._run(self._ecs(), 1)

    def serve_on(self) -> str:
        """The servers answered while the cloud was dead, as they did before."""
        for id_, said in self._said.items():
            require(self._page(id_) == said, f"{id_} is not what it was")
        return f"{len(self._said)} servers never stopped"

    def third_is_there(self) -> str:
        """What was asked for before the kill is there after it."""
        said = wait_for(lambda: self._page(self._third))
        return f"{said.split()[0]} answers"

    def release(self) -> str:
        """Delete everything, and see that nothing is left."""
        ecs, vpc = self._ecs(), self._network()
        for id_ in (*self._said, self._third):
            ecs.delete_instance(ecs_models.DeleteInstanceRequest(instance_id=id_, force=True))
        request = ecs_models.DescribeInstancesRequest(region_id=REGION)
        wait_for(lambda: not ecs.describe_instances(request).body.instances.instance)
        ecs.delete_security_group(
            ecs_models.DeleteSecurityGroupRequest(region_id=REGION, security_group_id=self._group)
        )
        vpc.delete_vswitch(vpc_models.DeleteVSwitchRequest(region_id=REGION, v_switch_id=self._vswitch))
        vpc.delete_vpc(vpc_models.DeleteVpcRequest(region_id=REGION, vpc_id=self._vpc))
        return "servers, group, vSwitch and VPC are gone"


def page(url: str) -> str:
    """Return what a server says, or nothing when it does not answer."""
    try:
        with urllib.request.urlopen(url, timeout=0.5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def wait_for(what: Callable[[], object]) -> str:
    """Return what a question answers as soon as it is something true. Raises NotHeldError after half a minute."""
    end = time.monotonic() + WAIT_SECONDS
    while not (found := what()):
        require(time.monotonic() < end, "it did not come true in time")
        time.sleep(0.02)
    return str(found)
