"""Talking to Auto Scaling through the vendor's clients, in few words."""

from __future__ import annotations

import importlib.util
import itertools
import json
from functools import cached_property
from typing import Any

from alibabacloud_alb20200616 import models as alb_models
from alibabacloud_alb20200616.client import Client as AlbClient
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_ess20220222 import models
from alibabacloud_ess20220222.client import Client
from alibabacloud_slb20140515 import models as slb_models
from alibabacloud_slb20140515.client import Client as SlbClient
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from running import RunningCloud
from services.sdk import REGION, Sdk, configured

ZONES = ("cn-hangzhou-i", "cn-hangzhou-j")
IMAGE = "ubuntu_22_04_x64_20G_alibase_20240807.vhd"
TYPE = "ecs.t6-c1m1.large"

_numbers = itertools.count(1)


def unique(prefix: str = "group") -> str:
    """Return a name that nothing else in this process has."""
    return f"{prefix}-{next(_numbers)}"


class Scaling(Sdk):
    """Auto Scaling, 2022-02-22, and what its groups stand on."""

    def __init__(self, cloud: RunningCloud, keys: tuple[str, str] | None = None) -> None:
        config = configured(cloud, keys=keys)
        super().__init__(Client, models, config)
        self.ecs = Sdk(EcsClient, ecs_models, config)
        self.vpc = Sdk(VpcClient, vpc_models, config)
        self.slb = Sdk(SlbClient, slb_models, config)
        self.alb = Sdk(AlbClient, alb_models, config)

    @cached_property
    def vpc_id(self) -> str:
        """A VPC."""
        return str(self.vpc.do("CreateVpc", cidr_block="10.0.0.0/8").vpc_id)

    @cached_property
    def vswitches(self) -> list[str]:
        """Two vSwitches of the VPC, in two zones."""
        return [
            self.vpc.do(
                "CreateVSwitch", vpc_id=self.vpc_id, cidr_block=f"10.{n}.0.0/16", zone_id=zone
            ).v_switch_id
            for n, zone in enumerate(ZONES, 1)
        ]

    @cached_property
    def security_group(self) -> str:
        """A security group of the VPC."""
        return str(self.ecs.do("CreateSecurityGroup", vpc_id=self.vpc_id).security_group_id)

    def group(self, **more: Any) -> str:
        """Make a scaling group and return its id."""
        given = {"min_size": 0, "max_size": 5, "v_switch_ids": self.vswitches[:1], **more}
        return str(self.do("CreateScalingGroup", **given).scaling_group_id)

    def configuration(self, group: str, **more: Any) -> str:
        """Make a scaling configuration and return its id."""
        given = {
            "image_id": IMAGE,
            "instance_type": TYPE,
            "security_group_id": self.security_group,
            **more,
        }
        made = self.do("CreateScalingConfiguration", scaling_group_id=group, **given)
        return str(made.scaling_configuration_id)

    def enabled_group(self, **more: Any) -> str:
        """Make a group that works and return its id."""
        group = self.group(**more)
        configuration = self.configuration(group)
        self.do("EnableScalingGroup", scaling_group_id=group, active_scaling_configuration_id=configuration)
        return group

    def find(self, group: str) -> Any:
        """Return a group as a listing has it, or None."""
        found = self.do("DescribeScalingGroups", scaling_group_ids=[group]).scaling_groups
        return found[0] if found else None

    def delete(self, group: str) -> None:
        """Delete a group and what it has."""
        self.do("DeleteScalingGroup", scaling_group_id=group, force_delete=True)


class Classic:
    """Auto Scaling, 2014-08-28: answers as they are on the wire."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._client = AcsClient(*cloud.keys, REGION)
        self._endpoint = f"127.0.0.1:{cloud.state['port']}"

    def text(self, action: str, format_: str = "json", **parameters: Any) -> str:
        """Call an action with the SDK's own request, and return the answer."""
        request = self._request(action)
        for name, value in parameters.items():
            # The SDK has no setter for parameters that are newer than it, and none of some others.
            own = getattr(request, f"set_{name}", None)
            own(value) if own is not None else request.add_query_param(name.replace("_", "."), value)
        request.set_protocol_type("http")
        request.set_endpoint(self._endpoint)
        if format_ == "json":
            return bytes(self._client.do_action_with_exception(request)).decode()
        request.set_accept_format(format_)
        # The SDK's own methods ask for JSON, whatever is set.
        _, _, body, error = self._client._implementation_of_do_action(request)
        assert error is None, error
        return bytes(body).decode()

    def _request(self, action: str) -> Any:
        """Return the SDK's own request, or a general one for an action that is newer than the SDK."""
        if importlib.util.find_spec(f"aliyunsdkess.request.v20140828.{action}Request") is not None:
            module = importlib.import_module(f"aliyunsdkess.request.v20140828.{action}Request")
            return getattr(module, f"{action}Request")()
        request = CommonRequest(self._endpoint, "2014-08-28", action)
        request.set_method("POST")
        return request

    def do(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer of an action."""
        found: dict[str, Any] = json.loads(self.text(action, **parameters))
        return found
