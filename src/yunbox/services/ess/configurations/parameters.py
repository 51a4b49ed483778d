"""The parameters of a scaling configuration, and the RunInstances parameters they become. Shapes: ESS 2022-02-22."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Count, Request, Shape, Tag, Text
from yunbox.api.tagging import check_tags
from yunbox.services.ess.configurations.model import InstanceTypeChoice
from yunbox.services.ess.errors import conflict

Flag = bool | UnsetType
Category = Literal["cloud", "cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_auto", "ephemeral_ssd"]


class SystemDisk(Shape):
    """The system disk. `size` in GiB."""

    category: Category | UnsetType = UNSET
    size: Annotated[int, Meta(ge=20, le=2048)] | UnsetType = UNSET
    disk_name: Text = UNSET
    description: Text = UNSET
    performance_level: Text = UNSET
    encrypted: Flag = UNSET
    bursting_enabled: Flag = UNSET
    provisioned_iops: Count = UNSET


class DataDisk(Shape):
    """A data disk. `size` in GiB; of `categories` the first is taken."""

    category: Category | UnsetType = UNSET
    categories: Annotated[list[Category], Meta(max_length=4)] | UnsetType = UNSET
    size: Count = UNSET
    snapshot_id: Text = UNSET
    disk_name: Text = UNSET
    description: Text = UNSET
    device: Text = UNSET
    performance_level: Text = UNSET
    delete_with_instance: Flag = UNSET
    encrypted: Flag = UNSET
    bursting_enabled: Flag = UNSET
    provisioned_iops: Count = UNSET


class ImageOptions(Shape):
    """Options of the image."""

    login_as_non_root: Flag = UNSET


class SpotPriceLimit(Shape):
    """The most that a preemptible instance of a type may cost an hour."""

    instance_type: str
    price_limit: float


class InstanceTypeOverride(Shape):
    """An instance type, and how many units of capacity one of it is."""

    instance_type: str
    weighted_capacity: Annotated[int, Meta(ge=1, le=500)] | None = None


class ConfigurationParameters(Request):
    """What a configuration can say of new instances; UNSET leaves it as it is, or to RunInstances."""

    scaling_configuration_name: str = ""
    image_id: str = ""
    image_name: str = ""
    image_family: Text = UNSET
    instance_types: Annotated[list[str], Meta(max_length=10)] = []
    instance_type_overrides: Annotated[list[InstanceTypeOverride], Meta(max_length=10)] = []
    spot_price_limits: Annotated[list[SpotPriceLimit], Meta(max_length=10)] = []
    security_group_id: str = ""
    security_group_ids: Annotated[list[str], Meta(max_length=16)] = []
    load_balancer_weight: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    instance_name: Text = UNSET
    host_name: Text = UNSET
    instance_description: Text = UNSET
    internet_charge_type: Literal["PayByTraffic", "PayByBandwidth"] | UnsetType = UNSET
    internet_max_bandwidth_in: Annotated[int, Meta(ge=1, le=200)] | UnsetType = UNSET
    internet_max_bandwidth_out: Annotated[int, Meta(ge=0, le=200)] | UnsetType = UNSET
    credit_specification: Literal["Standard", "Unlimited"] | UnsetType = UNSET
    system_disk: SystemDisk = SystemDisk()
    system_disk_categories: Annotated[list[Category], Meta(max_length=4)] = []
    data_disks: Annotated[list[DataDisk], Meta(max_length=16)] | UnsetType = UNSET
    image_options: ImageOptions = ImageOptions()
    key_pair_name: Text = UNSET
    password: str = ""
    password_inherit: Flag = UNSET
    ram_role_name: Text = UNSET
    user_data: Annotated[str, Meta(max_length=65536)] | UnsetType = UNSET
    tags: str = ""
    resource_group_id: Text = UNSET
    deletion_protection: Flag = UNSET
    spot_strategy: Literal["NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"] | UnsetType = UNSET
    spot_duration: Annotated[int, Meta(ge=0, le=6)] | UnsetType = UNSET
    spot_interruption_behavior: Literal["Terminate"] | UnsetType = UNSET
    http_endpoint: Literal["enabled", "disabled"] | UnsetType = UNSET
    http_tokens: Literal["optional", "required"] | UnsetType = UNSET
    io_optimized: Literal["optimized"] | UnsetType = UNSET
    tenancy: Literal["default"] | UnsetType = UNSET
    zone_id: str = ""


_LAUNCH = {
    "image_family": "ImageFamily",
    "instance_name": "InstanceName",
    "host_name": "HostName",
    "instance_description": "Description",
    "internet_charge_type": "InternetChargeType",
    "internet_max_bandwidth_in": "InternetMaxBandwidthIn",
    "internet_max_bandwidth_out": "InternetMaxBandwidthOut",
    "credit_specification": "CreditSpecification",
    "key_pair_name": "KeyPairName",
    "password_inherit": "PasswordInherit",
    "ram_role_name": "RamRoleName",
    "user_data": "UserData",
    "resource_group_id": "ResourceGroupId",
    "deletion_protection": "DeletionProtection",
    "spot_strategy": "SpotStrategy",
    "spot_duration": "SpotDuration",
    "spot_interruption_behavior": "SpotInterruptionBehavior",
    "http_endpoint": "HttpEndpoint",
    "http_tokens": "HttpTokens",
    "io_optimized": "IoOptimized",
    "tenancy": "Tenancy",
}
"""The attributes of a request that are parameters of RunInstances as they stand."""


def launch_of(request: ConfigurationParameters, before: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of RunInstances that a request makes of those it had `before`. Raises CloudError."""
    found = dict(before)
    for name, wire in _LAUNCH.items():
        value = getattr(request, name)
        if value is not UNSET:
            found[wire] = value
    if request.image_id:
        found["ImageId"] = request.image_id
        found.pop("ImageFamily", None)
    elif request.image_family is not UNSET:
        found.pop("ImageId", None)
    _add_groups(request, found)
    _add_disks(request, found)
    if request.image_options.login_as_non_root is not UNSET:
        found["ImageOptions"] = {"LoginAsNonRoot": request.image_options.login_as_non_root}
    return {name: value for name, value in found.items() if value not in ("", {})}


def _add_groups(request: ConfigurationParameters, found: dict[str, Any]) -> None:
    if request.security_group_id and request.security_group_ids:
        raise conflict("SecurityGroupId and SecurityGroupIds exclude each other.")
    if request.security_group_id:
        found.pop("SecurityGroupIds", None)
        found["SecurityGroupId"] = request.security_group_id
    elif request.security_group_ids:
        found.pop("SecurityGroupId", None)
        found["SecurityGroupIds"] = request.security_group_ids


def _add_disks(request: ConfigurationParameters, found: dict[str, Any]) -> None:
    disk = {**found.get("SystemDisk", {}), **msgspec.to_builtins(request.system_disk)}
    if request.system_disk_categories:
        if request.system_disk.category is not UNSET:
            raise conflict("SystemDisk.Category and SystemDiskCategories exclude each other.")
        disk["Category"] = request.system_disk_categories[0]
    found["SystemDisk"] = disk
    if request.data_disks is not UNSET:
        disks = [msgspec.to_builtins(each) for each in request.data_disks]
        for each in disks:
            if categories := each.pop("Categories", None):
                each.setdefault("Category", categories[0])
        found["DataDisk"] = disks


def types_of(request: ConfigurationParameters, single: str = "") -> tuple[InstanceTypeChoice, ...]:
    """Return the instance types that a request names, none for none; `single` is its InstanceType."""
    limits = {each.instance_type: each.price_limit for each in request.spot_price_limits}
    weights = {each.instance_type: each.weighted_capacity for each in request.instance_type_overrides}
    named = list(weights) or request.instance_types or ([single] if single else [])
    return tuple(
        InstanceTypeChoice(
            instance_type=each, weighted_capacity=weights.get(each), spot_price_limit=limits.get(each)
        )
        for each in dict.fromkeys(named)
    )


def tags_of(text: str) -> dict[str, str]:
    """Return the tags in a text such as `{"key": "value"}`. Raises CloudError."""
    try:
        found = msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError:
        raise invalid_parameter("Tags", "a JSON object of texts is expected") from None
    return check_tags(Tag(key=key, value=value) for key, value in found.items())
