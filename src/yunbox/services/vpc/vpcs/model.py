"""What is stored of a VPC."""

from __future__ import annotations

from yunbox.api.resource import CloudResource


class Vpc(CloudResource, kind="vpc.vpc", kw_only=True):
    """A VPC with its virtual router. `name` is VpcName.

    `cidr_block` and `secondary_cidr_blocks` are disjoint IPv4 blocks without host bits, `ipv6_blocks` are blocks
    of 56 bits. `route_table_id` is its system route table. A VPC is ready as soon as it is stored: the compute
    engine makes a network when the first instance of it starts.
    """

    cidr_block: str
    router_id: str
    route_table_id: str
    secondary_cidr_blocks: tuple[str, ...] = ()
    user_cidrs: tuple[str, ...] = ()
    ipv6_blocks: tuple[str, ...] = ()
    description: str = ""
    is_default: bool = False
    dns_hostnames: bool = False
    router_name: str = ""
    router_description: str = ""

    @property
    def cidr_blocks(self) -> tuple[str, ...]:
        """All of its blocks, the primary one first."""
        return (self.cidr_block, *self.secondary_cidr_blocks)
