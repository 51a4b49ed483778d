"""What is stored of a load balancer."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource

AddressType = Literal["Internet", "Intranet"]
Edition = Literal["Basic", "Standard", "StandardWithWaf"]


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone that a load balancer is in: its address in a vSwitch there, and its public one or nothing.

    `eip` is the id of the elastic address that the public one is, empty where it came with the load balancer.
    `shifted`: traffic has been led away from the zone, it listens there no more.
    """

    zone_id: str
    vswitch_id: str
    address: str
    public_address: str = ""
    eip: str = ""
    shifted: bool = False


class LoadBalancer(CloudResource, kind="alb.load_balancer", kw_only=True):
    """A load balancer in the VPC `parent`. `zones` has one item a zone, sorted by zone.

    `deletion_protected` is since when it is protected (seconds since the epoch), 0 for not at all. `read_only` says
    that the vendor's console may not change it, and `read_only_reason` why. `allocated_mode` is what was asked for:
    the vendor's load balancers of today know no such modes.
    """

    address_type: AddressType
    edition: Edition
    zones: tuple[Zone, ...]
    allocated_mode: Literal["", "Fixed", "Dynamic"] = ""
    deletion_protected: float = 0.0
    read_only: bool = False
    read_only_reason: str = ""
    security_groups: tuple[str, ...] = ()

    @property
    def vpc_id(self) -> str:
        """The VPC that it is in."""
        return self.parent

    @property
    def dns_name(self) -> str:
        """Its name, which no server resolves."""
        return f"{self.id}.{self.region}.alb.aliyuncsslb.com"
