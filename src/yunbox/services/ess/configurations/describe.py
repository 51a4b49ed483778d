"""DescribeScalingConfigurations. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.resource import minutes
from yunbox.api.shapes import Count, Shape, Tag, Text
from yunbox.errors import CloudError
from yunbox.services.ecs.images.find import find_image
from yunbox.services.ess.configurations.check import as_account
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.pages import Listed, Listing, page_of
from yunbox.services.ess.product import ess


class DescribeScalingConfigurations(Listing):
    """List configurations."""

    scaling_group_id: str = ""
    scaling_configuration_ids: Annotated[list[str], Meta(max_length=50)] = []
    scaling_configuration_names: Annotated[list[str], Meta(max_length=50)] = []


class DataDiskShown(Shape):
    """A data disk."""

    category: Text
    size: Count
    snapshot_id: Text
    disk_name: Text
    description: Text
    device: Text
    performance_level: Text
    delete_with_instance: bool
    encrypted: str
    bursting_enabled: bool | UnsetType
    provisioned_iops: int
    categories: list[str]


class SpotPriceLimitShown(Shape):
    """The most that a preemptible instance of a type may cost an hour."""

    instance_type: str
    price_limit: float


class ConfigurationShown(Shape, kw_only=True):
    """A configuration."""

    scaling_configuration_id: str
    scaling_configuration_name: str
    scaling_group_id: str
    lifecycle_state: str
    creation_time: str
    image_id: Text
    image_name: Text
    image_family: Text
    image_owner_alias: Text
    instance_type: str
    instance_types: list[str]
    weighted_capacities: list[int]
    spot_price_limits: list[SpotPriceLimitShown]
    security_group_id: Text
    security_group_ids: list[str]
    load_balancer_weight: int
    instance_name: Text
    host_name: Text
    instance_description: Text
    instance_generation: str = "ecs-3"
    internet_charge_type: Text
    internet_max_bandwidth_in: Count
    internet_max_bandwidth_out: int
    io_optimized: str = "optimized"
    credit_specification: Text
    system_disk_category: Text
    system_disk_categories: list[str]
    system_disk_size: Count
    system_disk_name: Text
    system_disk_description: Text
    system_disk_performance_level: Text
    system_disk_encrypted: bool
    system_disk_bursting_enabled: bool | UnsetType
    system_disk_provisioned_iops: Count
    data_disks: list[DataDiskShown]
    image_options_login_as_non_root: bool
    key_pair_name: Text
    password_inherit: bool
    password_setted: bool
    ram_role_name: Text
    user_data: Text
    tags: list[Tag]
    resource_group_id: Text
    deletion_protection: bool
    spot_strategy: Text
    spot_duration: Count
    spot_interruption_behavior: Text
    http_endpoint: Text
    http_tokens: Text
    tenancy: Text
    security_enhancement_strategy: Text


class ConfigurationsDescribed(Listed):
    """A page of configurations."""

    scaling_configurations: list[ConfigurationShown]


@ess.action(DescribeScalingConfigurations, on="scalingconfiguration/*")
def describe_scaling_configurations(
    request: DescribeScalingConfigurations, call: Call
) -> ConfigurationsDescribed:
    """Answer a page of configurations."""
    names = request.scaling_configuration_names
    page = page_of(
        call,
        ScalingConfiguration,
        request,
        lambda each: not names or each.name in names,
        ids=request.scaling_configuration_ids,
        parent=request.scaling_group_id,
    )
    return ConfigurationsDescribed(
        total_count=page.total,
        page_number=page.number,
        page_size=page.size,
        scaling_configurations=[shown(call, each) for each in page.items],
    )


def shown(call: Call, configuration: ScalingConfiguration) -> ConfigurationShown:
    """Return a configuration as a listing has it."""
    launch = configuration.launch
    group = call.get(ScalingGroup, configuration.parent)
    active = group is not None and group.configuration == configuration.id
    types = [each.instance_type for each in configuration.types]
    weights = [each.weighted_capacity for each in configuration.types if each.weighted_capacity is not None]
    name, owner = _image(call, configuration)
    disk = launch.get("SystemDisk", {})

    def text(parameter: str) -> Any:
        return launch.get(parameter, UNSET)

    return ConfigurationShown(
        scaling_configuration_id=configuration.id,
        scaling_configuration_name=configuration.name,
        scaling_group_id=configuration.parent,
        lifecycle_state="Active" if active else "Inactive",
        creation_time=minutes(configuration.created),
        image_id=text("ImageId"),
        image_name=name,
        image_owner_alias=owner,
        image_family=text("ImageFamily"),
        instance_type=types[0] if types else "",
        instance_types=types,
        weighted_capacities=weights,
        spot_price_limits=[
            SpotPriceLimitShown(instance_type=each.instance_type, price_limit=each.spot_price_limit)
            for each in configuration.types
            if each.spot_price_limit is not None
        ],
        security_group_id=text("SecurityGroupId"),
        security_group_ids=launch.get("SecurityGroupIds", []),
        load_balancer_weight=configuration.weight,
        instance_name=text("InstanceName"),
        host_name=text("HostName"),
        instance_description=text("Description"),
        internet_charge_type=text("InternetChargeType"),
        internet_max_bandwidth_in=text("InternetMaxBandwidthIn"),
        internet_max_bandwidth_out=launch.get("InternetMaxBandwidthOut", 0),
        credit_specification=text("CreditSpecification"),
        system_disk_category=disk.get("Category", UNSET),
        system_disk_categories=list(configuration.system_disk_categories),
        system_disk_size=disk.get("Size", UNSET),
        system_disk_name=disk.get("DiskName", UNSET),
        system_disk_description=disk.get("Description", UNSET),
        system_disk_performance_level=disk.get("PerformanceLevel", UNSET),
        system_disk_encrypted=disk.get("Encrypted", False),
        system_disk_bursting_enabled=disk.get("BurstingEnabled", UNSET),
        system_disk_provisioned_iops=disk.get("ProvisionedIops", UNSET),
        data_disks=[_data_disk(each) for each in launch.get("DataDisk", [])],
        image_options_login_as_non_root=launch.get("ImageOptions", {}).get("LoginAsNonRoot", False),
        key_pair_name=text("KeyPairName"),
        password_inherit=launch.get("PasswordInherit", False),
        password_setted=bool(configuration.password),
        ram_role_name=text("RamRoleName"),
        user_data=text("UserData"),
        tags=[Tag(key=key, value=value) for key, value in sorted(configuration.tags.items())],
        resource_group_id=text("ResourceGroupId"),
        deletion_protection=launch.get("DeletionProtection", False),
        spot_strategy=text("SpotStrategy"),
        spot_duration=text("SpotDuration"),
        spot_interruption_behavior=text("SpotInterruptionBehavior"),
        http_endpoint=text("HttpEndpoint"),
        http_tokens=text("HttpTokens"),
        tenancy=text("Tenancy"),
        security_enhancement_strategy=configuration.security_enhancement or UNSET,
    )


def _image(call: Call, configuration: ScalingConfiguration) -> tuple[Text, Text]:
    """Return the name and the owner's alias of an image, as far as it still exists."""
    try:
        image = find_image(as_account(call), configuration.launch.get("ImageId", ""))
    except CloudError:
        return configuration.image_name or UNSET, UNSET
    return configuration.image_name or UNSET, image.owner_alias


def _data_disk(disk: dict[str, Any]) -> DataDiskShown:
    return DataDiskShown(
        category=disk.get("Category", UNSET),
        size=disk.get("Size", UNSET),
        snapshot_id=disk.get("SnapshotId", UNSET),
        disk_name=disk.get("DiskName", UNSET),
        description=disk.get("Description", UNSET),
        device=disk.get("Device", UNSET),
        performance_level=disk.get("PerformanceLevel", UNSET),
        delete_with_instance=disk.get("DeleteWithInstance", True),
        encrypted="true" if disk.get("Encrypted") else "false",
        bursting_enabled=disk.get("BurstingEnabled", UNSET),
        provisioned_iops=disk.get("ProvisionedIops", 0),
        categories=[],
    )
