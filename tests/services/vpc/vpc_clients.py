"""Talking to Vpc through the vendor's client, in few words."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_resourcemanager20200331.client import Client as ResourceManager
from alibabacloud_resourcemanager20200331.models import CreateResourceGroupRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428 import models
from alibabacloud_vpc20160428.client import Client
from running import RunningCloud
from Tea.exceptions import TeaException

REGION = "cn-hangzhou"
ZONE = "cn-hangzhou-i"

_numbers = itertools.count(1)


def configured(cloud: RunningCloud, region: str = REGION, keys: tuple[str, str] | None = None) -> Config:
    """Return a client's configuration for a cloud, as its root or with other keys."""
    key, secret = keys or cloud.keys
    return Config(
        access_key_id=key,
        access_key_secret=secret,
        endpoint=f"127.0.0.1:{cloud.state['port']}",
        protocol="http",
        region_id=region,
        read_timeout=30_000,
    )


def refusal(function: Callable[..., object], *args: object, **kwargs: object) -> str:
    """Call something that the cloud must refuse, and return the code."""
    with pytest.raises(TeaException) as caught:
        function(*args, **kwargs)
    return str(caught.value.code)


class Vpcs:
    """Calls actions by name: `vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")` returns the answer's body."""

    def __init__(self, config: Config) -> None:
        self.client = Client(config)
        self.groups = ResourceManager(config)
        self.region = config.region_id

    def do(self, action: str, **parameters: Any) -> Any:
        """Call an action with the SDK's own model and method."""
        request = getattr(models, f"{action}Request")(**parameters)
        if hasattr(request, "region_id") and request.region_id is None:
            request.region_id = self.region
        method = getattr(self.client, _method(action))
        return method(request).body

    def vpc(self, block: str = "10.0.0.0/8", **more: Any) -> str:
        """Make a VPC and return its id."""
        return str(self.do("CreateVpc", cidr_block=block, **more).vpc_id)

    def vswitch(self, vpc_id: str, block: str = "10.0.0.0/24", zone: str = ZONE, **more: Any) -> str:
        """Make a vSwitch and return its id."""
        made = self.do("CreateVSwitch", vpc_id=vpc_id, cidr_block=block, zone_id=zone, **more)
        return str(made.v_switch_id)

    def eip(self, **more: Any) -> Any:
        """Allocate an elastic IP address and return the answer."""
        return self.do("AllocateEipAddress", **more)

    def group(self) -> str:
        """Make a resource group and return its id."""
        wanted = CreateResourceGroupRequest(name=f"group-{next(_numbers)}", display_name="group")
        made = self.groups.create_resource_group(wanted)
        return str(made.body.resource_group.id)

    def find_eip(self, allocation_id: str) -> Any:
        """Return an elastic IP address, or None."""
        found = self.do("DescribeEipAddresses", allocation_id=allocation_id).eip_addresses.eip_address
        return found[0] if found else None


_METHODS = {
    name.replace("_", "").lower(): name for name in dir(Client) if not name.endswith(("_async", "_options"))
}


def _method(action: str) -> str:
    return _METHODS[action.lower()]
