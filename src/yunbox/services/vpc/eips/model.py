"""What is stored of an elastic IP address."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource

InstanceType = Literal["", "EcsInstance", "NetworkInterface", "Nat", "SlbInstance"]


class Eip(CloudResource, kind="vpc.eip", kw_only=True):
    """An elastic IP address. `parent` is the id of what it is bound to, or empty.

    `address` is unique in the cloud and kept until the release (`eips.pool`). `private_ip` is the address that it
    leads to, of the instance or interface, and `private_ip_asked` whether the request named it. `bandwidth` is in
    Mbit/s and not enforced.
    """

    address: str
    bandwidth: int = 5
    description: str = ""
    isp: str = "BGP"
    instance_type: InstanceType = ""
    private_ip: str = ""
    private_ip_asked: bool = False
    internet_charge_type: str = "PayByBandwidth"
    charge_type: str = "PostPaid"
    deletion_protection: bool = False

    @property
    def instance_id(self) -> str:
        """What it is bound to, or empty."""
        return self.parent

    @property
    def status(self) -> str:
        """InUse or Available."""
        return "InUse" if self.parent else "Available"

    def unbound(self) -> Eip:
        """Return it, bound to nothing."""
        return msgspec.structs.replace(
            self, parent="", instance_type="", private_ip="", private_ip_asked=False
        )
