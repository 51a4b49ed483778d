"""The parameters that RunInstances and CreateInstance share. Wire names: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.shapes import Request, Shape, Tag

Bandwidth = Annotated[int, Meta(ge=-1, le=200)]
MAX_USER_DATA = 32 * 1024


class SystemDisk(Shape):
    """The system disk of a new instance. `size` in GiB, 0 for the image's."""

    category: str = ""
    size: Annotated[int, Meta(ge=0, le=32768)] = 0
    disk_name: str = ""
    description: str = ""
    performance_level: str = ""
    encrypted: bool = False
    bursting_enabled: bool = False
    provisioned_iops: int = 0


class DataDisk(Shape):
    """A data disk of a new instance, as CreateInstance takes it. `size` in GiB, 0 for the snapshot's."""

    category: str = ""
    size: Annotated[int, Meta(ge=0, le=65536)] = 0
    snapshot_id: str = ""
    disk_name: str = ""
    description: str = ""
    device: str = ""
    performance_level: str = ""
    delete_with_instance: bool = True
    encrypted: bool = False


class FurtherDataDisk(DataDisk):
    """A data disk of a new instance, as RunInstances takes it."""

    bursting_enabled: bool = False
    provisioned_iops: int = 0


class NetworkInterfaceAsked(Shape):
    """An interface of a new instance: a new one, or one that exists (`network_interface_id`)."""

    instance_type: Literal["Primary", "Secondary"] = "Secondary"
    network_interface_id: str = ""
    v_switch_id: str = ""
    security_group_id: str = ""
    security_group_ids: Annotated[list[str], Meta(max_length=16)] = []
    primary_ip_address: str = ""
    network_interface_name: str = ""
    description: str = ""
    delete_on_release: bool = True
    network_interface_traffic_mode: Literal["Standard", "HighPerformance"] = "Standard"
    network_card_index: Annotated[int, Meta(ge=0, le=15)] = 0
    queue_number: Annotated[int, Meta(ge=1, le=64)] = 1
    queue_pair_number: Annotated[int, Meta(ge=0, le=1024)] = 0
    source_dest_check: bool = False


class ImageOptions(Shape):
    """Options of the image."""

    login_as_non_root: bool = False


class NetworkOptions(Shape):
    """Options of the network."""

    enable_jumbo_frame: bool = False


class CpuOptions(Shape):
    """Options of the processors: recorded, and shown."""

    core: Annotated[int, Meta(ge=0, le=1024)] = 0
    threads_per_core: Annotated[int, Meta(ge=0, le=2)] = 0
    topology_type: str = ""


class PrivatePool(Shape):
    """Which private pool an instance is taken from: there is none here."""

    match_criteria: Literal["Open", "None"] = "None"


class LaunchRequest(Request):
    """What a new instance is to be."""

    accepted: ClassVar[dict[str, str]] = {
        "Affinity": "there are no dedicated hosts",
        "SecurityEnhancementStrategy": "no agent is installed either way",
    }

    image_id: str = ""
    image_family: str = ""
    instance_type: str = ""
    zone_id: str = ""
    instance_name: str = ""
    host_name: str = ""
    description: str = ""
    v_switch_id: str = ""
    private_ip_address: str = ""
    security_group_id: str = ""
    internet_charge_type: Literal["PayByTraffic", "PayByBandwidth"] = "PayByTraffic"
    internet_max_bandwidth_in: Bandwidth = -1
    internet_max_bandwidth_out: Annotated[int, Meta(ge=0, le=200)] = 0
    system_disk: SystemDisk = SystemDisk()
    data_disk: Annotated[list[DataDisk], Meta(max_length=16)] = []
    key_pair_name: str = ""
    password: str = ""
    password_inherit: bool = False
    user_data: Annotated[str, Meta(max_length=2 * MAX_USER_DATA)] = ""
    ram_role_name: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []
    resource_group_id: str = ""
    deletion_protection: bool = False
    instance_charge_type: Literal["PostPaid", "PrePaid"] = "PostPaid"
    period: Annotated[int, Meta(ge=0, le=60)] = 0
    period_unit: Literal["Week", "Month", "Year"] = "Month"
    auto_renew: bool = False
    auto_renew_period: Annotated[int, Meta(ge=1, le=60)] = 1
    spot_strategy: Literal["NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"] = "NoSpot"
    spot_price_limit: Annotated[float, Meta(ge=0)] = 0.0
    spot_duration: Annotated[int, Meta(ge=0, le=6)] = 1
    spot_interruption_behavior: Literal["Terminate", "Stop"] = "Terminate"
    credit_specification: Literal["", "Standard", "Unlimited"] = ""
    http_endpoint: Literal["enabled", "disabled"] = "enabled"
    http_tokens: Literal["optional", "required"] = "optional"
    http_put_response_hop_limit: Annotated[int, Meta(ge=1, le=64)] = 1
    tenancy: Literal["default"] = "default"
    io_optimized: Literal["optimized"] = "optimized"
    private_pool_options: PrivatePool = PrivatePool()


class RunRequest(LaunchRequest):
    """What RunInstances takes beyond CreateInstance."""

    accepted: ClassVar[dict[str, str]] = {
        **LaunchRequest.accepted,
        "AutoPay": "nothing is paid",
        "CpuOptions.Numa": "the vendor no longer uses it",
        "NetworkInterfaceQueueNumber": "interfaces have no queues to count",
    }

    data_disk: Annotated[list[FurtherDataDisk], Meta(max_length=16)] = []  # type: ignore[assignment]
    security_group_ids: Annotated[list[str], Meta(max_length=16)] = []
    network_interface: Annotated[list[NetworkInterfaceAsked], Meta(max_length=16)] = []
    amount: Annotated[int, Meta(ge=1, le=100)] = 1
    min_amount: Annotated[int, Meta(ge=0, le=100)] = 0
    unique_suffix: bool = False
    host_names: Annotated[list[str], Meta(max_length=100)] = []
    auto_release_time: str = ""
    launch_template_id: str = ""
    launch_template_name: str = ""
    launch_template_version: int = 0
    image_options: ImageOptions = ImageOptions()
    network_options: NetworkOptions = NetworkOptions()
    cpu_options: CpuOptions = CpuOptions()


def without_defaults(request: Request) -> dict[str, object]:
    """Return the parameters of a request that were given, under their wire names."""
    found: dict[str, object] = {}
    for field in msgspec.structs.fields(type(request)):
        value = getattr(request, field.name)
        default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory
        default = default() if callable(default) else default
        if value != default:
            found[field.encode_name] = msgspec.to_builtins(value)
    return found
