"""The instance as it is stored. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource

Desired = Literal["Running", "Stopped", "Deleted"]
Status = Literal["Pending", "Starting", "Running", "Stopping", "Stopped"]
ChargeType = Literal["PostPaid", "PrePaid"]


class AttachedInterface(msgspec.Struct, frozen=True, kw_only=True):
    """What answers show of a network interface of an instance; `network.renew` keeps it as the interface is."""

    id: str
    mac: str
    private_ip: str
    primary: bool = False
    secondary: tuple[str, ...] = ()


class BoundEip(msgspec.Struct, frozen=True, kw_only=True):
    """What answers show of the elastic address bound to an instance; `network.renew` keeps it."""

    id: str
    address: str
    bandwidth: int = 5
    charge_type: str = "PayByTraffic"


class MaintenanceWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A daily time at which maintenance may take place, `HH:mm:ss` in UTC."""

    start: str
    end: str


class Instance(CloudResource, kind="ecs.instance", kw_only=True):
    """A server. `name` is its InstanceName, `parent` the id of its vSwitch.

    `desired` is what was asked for, `status` what is, in the vendor's words; the instance controller alone brings
    the second to the first. `boot` counts the starts and restarts that were asked for and `booted` is the last of
    them that was done; `boot_asked` is when it was asked (seconds since the epoch). `force` says that the next stop
    takes the power away. `failure` is why the last start failed, empty after one that did not; `attempts` counts
    failures in a row.

    `system_disk` is the id of the system disk, and `layer` the one that the sandbox's layer was made for: where
    they differ the layer is made anew from `engine_image` before the next start. `password` is a hash as
    `/etc/shadow` holds it, never what was typed; `user_data` is decoded. `interfaces`, `eip` and
    `security_groups` repeat what network interfaces and elastic addresses say, for a listing that reads
    nothing else. `reached_at` is the address by which this machine reaches it where that is not its private one,
    as without network namespaces; `unreached` is why it does not reach it at all. Bandwidths are in Mbit/s, memory is
    in MiB.
    """

    # What was asked for, and what is.
    desired: Desired = "Running"
    status: Status = "Pending"
    boot: int = 1
    booted: int = 0
    boot_asked: float = 0.0
    force: bool = False
    started: float = 0.0
    failure: str = ""
    attempts: int = 0
    retry_at: float = 0.0

    # The machine.
    instance_type: str
    cpu: int = 1
    memory: int = 1024
    image_id: str
    engine_image: str = "host"
    os_name: str = ""
    os_name_en: str = ""
    os_type: str = "linux"
    system_disk: str = ""
    layer: str = ""
    zone_id: str = ""
    serial: str = ""

    # The network.
    vpc_id: str = ""
    private_ip: str = ""
    security_groups: tuple[str, ...] = ()
    interfaces: tuple[AttachedInterface, ...] = ()
    eip: BoundEip | None = None
    public_ip: str = ""
    reached_at: str = ""
    unreached: str = ""
    bandwidth_in: int = 0
    bandwidth_out: int = 0
    internet_charge_type: str = "PayByTraffic"

    # The system inside.
    host_name: str = ""
    key_pair: str = ""
    password: str = ""
    ram_role: str = ""
    user_data: bytes = b""
    http_endpoint: str = "enabled"
    http_tokens: str = "optional"
    http_hops: int = 1
    metadata_tags: str = "disabled"
    login_as_non_root: bool = False

    # Agreements.
    description: str = ""
    charge_type: ChargeType = "PostPaid"
    expires: float = 0.0
    auto_release: float = 0.0
    renewal: str = "Normal"
    renewal_period: int = 1
    renewal_unit: str = "Month"
    spot_strategy: str = "NoSpot"
    spot_price: float = 0.0
    spot_duration: int = 1
    spot_interruption: str = "Terminate"
    stopped_mode: str = "Not-applicable"
    deletion_protection: bool = False
    credit: str = ""
    maintenance_windows: tuple[MaintenanceWindow, ...] = ()
    maintenance_action: str = "AutoRecover"
    maintenance_notify: bool = False
    jumbo_frames: bool = False
    pool_criteria: str = "None"
    pool_id: str = ""
    threads_per_core: int = 2
    core_count: int = 0
    topology: str = ""
    launch_template: str = ""

    @property
    def public_addresses(self) -> list[str]:
        """What answers give as its public addresses."""
        return [each for each in (self.public_ip, self.reached_at) if each]

    @property
    def vswitch_id(self) -> str:
        """The vSwitch of its primary interface."""
        return self.parent
