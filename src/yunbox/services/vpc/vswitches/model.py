"""What is stored of a vSwitch."""

from __future__ import annotations

from yunbox.api.resource import CloudResource
from yunbox.services.vpc.cidr import read_block

RESERVED = 4
"""The first and the last three addresses of a vSwitch are the system's (documentation "VPC and vSwitches")."""


class VSwitch(CloudResource, kind="vpc.vswitch", kw_only=True):
    """A vSwitch of the VPC `parent`. `name` is VSwitchName.

    `route_table_id` is the custom route table that is associated with it, or empty: then the system's counts.
    `ipv6_block` is a block of 64 bits of the VPC's, or empty.
    """

    zone_id: str
    cidr_block: str
    description: str = ""
    is_default: bool = False
    route_table_id: str = ""
    ipv6_block: str = ""

    @property
    def vpc_id(self) -> str:
        """The VPC that it belongs to."""
        return self.parent

    @property
    def prefix(self) -> int:
        """The length of its block's prefix, 16 to 29."""
        return read_block(self.cidr_block).prefixlen

    @property
    def gateway(self) -> str:
        """The address of the router in it: the third from the end, such as 10.0.0.253 of 10.0.0.0/24."""
        return str(read_block(self.cidr_block)[-3])

    @property
    def capacity(self) -> int:
        """How many addresses it has for instances."""
        return read_block(self.cidr_block).num_addresses - RESERVED
