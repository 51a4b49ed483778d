"""What is stored of a load balancer."""

from __future__ import annotations

from typing import Literal

from yunbox.api.call import Call
from yunbox.api.resource import CloudResource
from yunbox.services.slb.errors import load_balancer_not_found

AddressType = Literal["internet", "intranet"]
OnOff = Literal["on", "off"]

UNLIMITED = 5120
"""The bandwidth that is shown where none was asked for, in Mbit/s."""


class LoadBalancer(CloudResource, kind="slb.load_balancer", kw_only=True):
    """A load balancer. `parent` is its vSwitch, empty for one that faces the Internet.

    Its default group of servers has its own id. `status` is what was asked for; bandwidths are in Mbit/s, recorded
    and not enforced.
    """

    address: str
    address_type: AddressType
    vpc_id: str = ""
    status: Literal["active", "inactive"] = "active"
    spec: str = ""
    bandwidth: int = UNLIMITED
    internet_charge_type: str = "paybytraffic"
    instance_charge_type: str = "PayBySpec"
    master_zone: str = ""
    slave_zone: str = ""
    delete_protection: OnOff = "off"
    modification_protection: str = "NonProtection"
    modification_reason: str = ""

    @property
    def network_type(self) -> str:
        """How answers name the kind of its network."""
        return "vpc" if self.address_type == "intranet" else "classic"


def require_balancer(call: Call, id_: str) -> LoadBalancer:
    """Return a load balancer of the caller. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    return call.require(LoadBalancer, id_, load_balancer_not_found)
