"""What a network interface is."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource


class NetworkInterface(CloudResource, kind="ecs.network_interface", kw_only=True):
    """A network interface; `parent` is the instance that it is attached to, or empty.

    `mac` is such as `00:16:3e:12:ab:cd`. `index` is its place among its instance's interfaces: 0 for the primary
    one. `secondary_ips` are further addresses of its vSwitch. `queues`, `queue_pairs`, `card`, `traffic_mode` and
    `source_dest_check` are kept as they were asked for and do nothing. Changed through `network_interfaces.create`
    alone, which keeps the membership of its security groups in step.
    """

    vpc_id: str
    vswitch_id: str
    zone_id: str
    private_ip: str
    mac: str
    security_groups: tuple[str, ...] = ()
    secondary_ips: tuple[str, ...] = ()
    primary: bool = False
    index: int = 0
    description: str = ""
    delete_on_release: bool = True
    queues: int = 1
    queue_pairs: int = 0
    card: int = 0
    traffic_mode: Literal["Standard", "HighPerformance"] = "Standard"
    source_dest_check: bool = False
    status: Literal["Available", "InUse"] = "Available"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its private addresses, the primary one first."""
        return (self.private_ip, *self.secondary_ips)
