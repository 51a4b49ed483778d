"""Builds a small shop with the official SDKs: a bucket, a balancer, a scaling group of servers that run `shop.py`."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import oss2
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_ess20220222 import models as ess_models
from alibabacloud_ess20220222.client import Client as EssClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_slb20140515 import models as slb_models
from alibabacloud_slb20140515.client import Client as SlbClient
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient

from demo.cloud import REGION, DemoCloud
from demo.servers import IMAGE, TYPE, wait_for

BUCKET, ROLE, SHOP_PORT, PORT = "shop-of-the-day", "shop", 8080, 80
ZONES = ("cn-hangzhou-h", "cn-hangzhou-i")
MIN_SERVERS, MAX_SERVERS = 2, 10
PROGRAM = Path(__file__).parent / "shop.py"

HANDS = 4
"""So many requests a server works on at a time, as its pool of database connections would have it."""

SURGE = {"yunbox:surge-protection": "on", "yunbox:surge-target": str(HANDS)}
HOLD = {"yunbox:surge-protection": "on", "yunbox:per-server": str(HANDS)}
"""yunbox's own, of the group and of its balancer: docs/surge-protection.md."""

KB_A_MINUTE = 6_000.0
STOCK_RATE, SURGE_RATE = 20.0, 100.0
"""What the vendor's rule is to keep each server at: so much sent, about twenty requests a second. A server can serve
a hundred, which is what surge protection goes by."""


class Shop:
    """The shop's parts, each made by the product's own SDK. `stock`: scaled by the vendor's rule alone."""

    def __init__(self, cloud: DemoCloud, *, stock: bool = False) -> None:
        self._cloud = cloud
        self._stock = stock
        config = cloud.config()
        self._ecs, self._vpc, self._slb = EcsClient(config), VpcClient(config), SlbClient(config)
        self._ess, self._ram = EssClient(config), RamClient(config)
        self._vpc_id = self._security_group = self._key = ""
        self._vswitches: list[str] = []
        self.balancer = self.group = ""
        self.per_server = STOCK_RATE if stock else SURGE_RATE
        """So many requests a second are one server's share."""

    def bucket(self) -> str:
        """Make the bucket with its pictures, and the role by which the servers use it."""
        bucket = oss2.Bucket(oss2.Auth(*self._cloud.keys), self._cloud.endpoint, BUCKET)
        bucket.create_bucket()
        for number in range(1, 12):
            bucket.put_object(f"pictures/{number}.png", bytes([number]) * 20_000)
        trust = {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": {"Service": ["ecs.aliyuncs.com"]},
        }
        may = {
            "Effect": "Allow",
            "Action": ["oss:GetObject", "oss:PutObject"],
            "Resource": f"acs:oss:*:*:{BUCKET}/*",
        }
        self._ram.create_role(
            ram_models.CreateRoleRequest(role_name=ROLE, assume_role_policy_document=_policy(trust))
        )
        self._ram.create_policy(
            ram_models.CreatePolicyRequest(policy_name=ROLE, policy_document=_policy(may))
        )
        self._ram.attach_policy_to_role(
            ram_models.AttachPolicyToRoleRequest(policy_type="Custom", policy_name=ROLE, role_name=ROLE)
        )
        self._key = self._user_key()
        return f"{BUCKET}, 11 pictures; the role {ROLE} may read and write its objects"

    def _user_key(self) -> str:
        """Return a key that may do what the role may, for servers that have no metadata service to ask for one."""
        self._ram.create_user(ram_models.CreateUserRequest(user_name=ROLE))
        self._ram.attach_policy_to_user(
            ram_models.AttachPolicyToUserRequest(policy_type="Custom", policy_name=ROLE, user_name=ROLE)
        )
        made = self._ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name=ROLE)).body.access_key
        return f"{made.access_key_id}:{made.access_key_secret}"

    def network(self) -> str:
        """Make a VPC with a vSwitch in each of two zones, and a security group."""
        self._vpc_id = self._vpc.create_vpc(
            vpc_models.CreateVpcRequest(region_id=REGION, cidr_block="10.12.0.0/16")
        ).body.vpc_id
        for index, zone in enumerate(ZONES):
            made = self._vpc.create_vswitch(
                vpc_models.CreateVSwitchRequest(
                    region_id=REGION, vpc_id=self._vpc_id, zone_id=zone, cidr_block=f"10.12.{index}.0/24"
                )
            )
            self._vswitches.append(made.body.v_switch_id)
        self._security_group = self._ecs.create_security_group(
            ecs_models.CreateSecurityGroupRequest(region_id=REGION, vpc_id=self._vpc_id)
        ).body.security_group_id
        self._ecs.authorize_security_group(
            ecs_models.AuthorizeSecurityGroupRequest(
                region_id=REGION,
                security_group_id=self._security_group,
                ip_protocol="tcp",
                port_range=f"{SHOP_PORT}/{SHOP_PORT}",
                source_cidr_ip="0.0.0.0/0",
            )
        )
        return f"{self._vpc_id}, vSwitches in {' and '.join(ZONES)}, port {SHOP_PORT} open"

    def balance(self) -> str:
        """Make the balancer with an HTTP listener that checks the servers' health."""
        tagged = {} if self._stock else HOLD
        tags = [slb_models.CreateLoadBalancerRequestTag(key=k, value=v) for k, v in tagged.items()]
        made = self._slb.create_load_balancer(
            slb_models.CreateLoadBalancerRequest(
                region_id=REGION,
                load_balancer_name="shop",
                address_type="intranet",
                v_switch_id=self._vswitches[0],
                load_balancer_spec="slb.s2.small",
                tag=tags,
            )
        ).body
        self.balancer = made.load_balancer_id
        self._slb.create_load_balancer_httplistener(
            slb_models.CreateLoadBalancerHTTPListenerRequest(
                region_id=REGION,
                load_balancer_id=self.balancer,
                listener_port=PORT,
                backend_server_port=SHOP_PORT,
                bandwidth=-1,
                scheduler="wlc",
                sticky_session="off",
                health_check="on",
                health_check_uri="/health",
                health_check_interval=1,
                health_check_timeout=2,
                healthy_threshold=2,
                unhealthy_threshold=2,
            )
        )
        self._slb.start_load_balancer_listener(
            slb_models.StartLoadBalancerListenerRequest(
                region_id=REGION, load_balancer_id=self.balancer, listener_port=PORT
            )
        )
        return f"{self.balancer} listens on {made.address}:{PORT}"

    def scale(self) -> str:
        """Make the scaling group with its configuration, enable it, and wait until its first servers serve."""
        tagged = {} if self._stock else SURGE
        self.group = self._ess.create_scaling_group(
            ess_models.CreateScalingGroupRequest(
                region_id=REGION,
                scaling_group_name="shop",
                min_size=MIN_SERVERS,
                max_size=MAX_SERVERS,
                v_switch_ids=self._vswitches,
                multi_azpolicy="BALANCE",
                load_balancer_ids=f'["{self.balancer}"]',
                health_check_types=["ECS", "LOAD_BALANCER"],
                tags=[ess_models.CreateScalingGroupRequestTags(key=k, value=v) for k, v in tagged.items()],
            )
        ).body.scaling_group_id
        configuration = self._ess.create_scaling_configuration(
            ess_models.CreateScalingConfigurationRequest(
                scaling_group_id=self.group,
                image_id=IMAGE,
                instance_type=TYPE,
                security_group_id=self._security_group,
                ram_role_name=ROLE,
                user_data=base64.b64encode(self._user_data().encode()).decode(),
            )
        ).body.scaling_configuration_id
        self._ess.enable_scaling_group(
            ess_models.EnableScalingGroupRequest(
                scaling_group_id=self.group, active_scaling_configuration_id=configuration
            )
        )
        if self._stock:
            self._ess.create_scaling_rule(
                ess_models.CreateScalingRuleRequest(
                    region_id=REGION,
                    scaling_group_id=self.group,
                    scaling_rule_type="TargetTrackingScalingRule",
                    metric_name="IntranetTx",
                    target_value=KB_A_MINUTE,
                    # With the usual 300 s the first servers would count only when the night is over.
                    estimated_instance_warmup=0,
                )
            )
        wait_for(lambda: len(self.in_service()) >= MIN_SERVERS)
        return f"{self.group}, {MIN_SERVERS} to {MAX_SERVERS} servers, {len(self.in_service())} in service"

    def in_service(self) -> list[str]:
        """Return the ids of the servers in service."""
        request = ess_models.DescribeScalingInstancesRequest(
            region_id=REGION, scaling_group_id=self.group, lifecycle_state="InService", page_size=50
        )
        found = self._ess.describe_scaling_instances(request).body.scaling_instances
        return [each.instance_id for each in found or []]

    def _user_data(self) -> str:
        """Return the script that each server runs at its first boot: it writes the program down and starts it.

        YUNBOX_ADDRESS is set where instances share the network of the machine, without a metadata service.
        """
        port = self._cloud.state["port"]
        return f"""#!/bin/sh
mkdir -p /srv/shop && cd /srv/shop
cat > shop.py <<'THE_SHOP'
{PROGRAM.read_text()}
THE_SHOP
export SHOP_BUCKET={BUCKET} SHOP_STORE=100.100.100.200:{port} SHOP_ROLE={ROLE}
export SHOP_PORT={SHOP_PORT} SHOP_HANDS={HANDS}
[ -z "$YUNBOX_ADDRESS" ] || export SHOP_STORE=127.0.0.1:{port} SHOP_KEY={self._key}
nohup python3 shop.py > /var/log/shop.log 2>&1 &
"""

    def release(self) -> str:
        """Delete everything."""
        self._ess.delete_scaling_group(
            ess_models.DeleteScalingGroupRequest(scaling_group_id=self.group, force_delete=True)
        )
        wait_for(lambda: not self._ecs_instances())
        self._slb.delete_load_balancer(
            slb_models.DeleteLoadBalancerRequest(region_id=REGION, load_balancer_id=self.balancer)
        )
        return "group, servers and balancer are gone"

    def _ecs_instances(self) -> list[object]:
        request = ecs_models.DescribeInstancesRequest(region_id=REGION, vpc_id=self._vpc_id)
        return list(self._ecs.describe_instances(request).body.instances.instance)


def _policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "1", "Statement": [statement]})
