"""The vendor's SDK for Node runs an instance."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient
from running import RunningCloud

SCRIPT = Path(__file__).parent / "node" / "ecs.js"
REGION = "cn-hangzhou"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not on the PATH")


@pytest.fixture
def network(cloud: RunningCloud) -> dict[str, str]:
    """A vSwitch and a security group."""
    key, secret = cloud.keys
    at = f"127.0.0.1:{cloud.state['port']}"
    config = Config(
        access_key_id=key, access_key_secret=secret, endpoint=at, protocol="http", region_id=REGION
    )
    vpc, ecs = VpcClient(config), EcsClient(config)
    made = vpc.create_vpc(vpc_models.CreateVpcRequest(region_id=REGION, cidr_block="10.77.0.0/16")).body
    vswitch = vpc.create_vswitch(
        vpc_models.CreateVSwitchRequest(
            region_id=REGION, vpc_id=made.vpc_id, zone_id="cn-hangzhou-h", cidr_block="10.77.0.0/24"
        )
    ).body
    group = ecs.create_security_group(
        ecs_models.CreateSecurityGroupRequest(region_id=REGION, vpc_id=made.vpc_id)
    ).body
    return {"vSwitchId": vswitch.v_switch_id, "securityGroupId": group.security_group_id}


def test_an_instance_from_run_to_gone(cloud: RunningCloud, modules: Path, network: dict[str, str]) -> None:
    key, secret = cloud.keys
    settings = {
        "modules": str(modules),
        "endpoint": f"127.0.0.1:{cloud.state['port']}",
        "regionId": REGION,
        "accessKeyId": key,
        "accessKeySecret": secret,
        **network,
    }
    command = ["node", str(SCRIPT), json.dumps(settings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
