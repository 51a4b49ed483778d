"""Talking to Vpc through the vendor's client, in few words."""

from __future__ import annotations

import itertools
from typing import Any

from alibabacloud_resourcemanager20200331.client import Client as ResourceManager
from alibabacloud_resourcemanager20200331.models import CreateResourceGroupRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428 import models
from alibabacloud_vpc20160428.client import Client
from services.sdk import Sdk

ZONE = "cn-hangzhou-i"

_numbers = itertools.count(1)


class Vpcs(Sdk):
    """Calls actions by name: `vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")` returns the answer's body."""

    def __init__(self, config: Config) -> None:
        super().__init__(Client, models, config)
        self.groups = ResourceManager(config)

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
