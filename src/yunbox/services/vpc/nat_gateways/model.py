"""What is stored of NAT gateways and their SNAT entries."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource
from yunbox.control.store_resource import Resource


class NatGateway(CloudResource, kind="vpc.nat_gateway", kw_only=True):
    """A NAT gateway of the VPC `parent`. `private_ip` is its address in the vSwitch."""

    vswitch_id: str
    zone_id: str
    private_ip: str
    snat_table_id: str
    forward_table_id: str
    description: str = ""
    network_type: Literal["internet", "intranet"] = "internet"
    eip_bind_mode: Literal["MULTI_BINDED", "NAT"] = "MULTI_BINDED"
    icmp_reply: bool = True
    deletion_protection: bool = False


class SnatTable(Resource, kind="vpc.snat_table"):
    """The SNAT table of the NAT gateway `parent`."""


class SnatEntry(CloudResource, kind="vpc.snat_entry", kw_only=True):
    """An entry of the SNAT table `parent`. Either `source_vswitch_id` or `source_cidr` was given."""

    snat_ips: tuple[str, ...]
    source_vswitch_id: str = ""
    source_cidr: str = ""
    eip_affinity: int = 0
