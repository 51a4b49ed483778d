"""What a launch template can say of an instance. Wire names: ECS API 2014-05-26, CreateLaunchTemplate.

Only names, formats and lengths are checked: as at the vendor, whether what a template names exists is asked when
an instance is made from it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.shapes import Count, Request, Shape, Tag, Text
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.moments import read_moment
from yunbox.services.ecs.instances.naming import check_description, check_host_name
from yunbox.services.ecs.instances.plan import read_user_data

Flag = bool | UnsetType
_LENGTH = 1024


class TemplateSystemDisk(Shape):
    """The system disk."""

    category: Text = UNSET
    size: Count = UNSET
    disk_name: Text = UNSET
    description: Text = UNSET
    performance_level: Text = UNSET
    delete_with_instance: Flag = UNSET
    encrypted: Flag = UNSET
    kms_key_id: Text = msgspec.field(name="KMSKeyId", default=UNSET)
    iops: Count = UNSET
    provisioned_iops: Count = UNSET
    bursting_enabled: Flag = UNSET
    auto_snapshot_policy_id: Text = UNSET


class TemplateDataDisk(Shape):
    """A data disk."""

    category: Text = UNSET
    size: Count = UNSET
    snapshot_id: Text = UNSET
    disk_name: Text = UNSET
    description: Text = UNSET
    device: Text = UNSET
    performance_level: Text = UNSET
    delete_with_instance: Flag = UNSET
    encrypted: Flag = UNSET
    kms_key_id: Text = msgspec.field(name="KMSKeyId", default=UNSET)
    provisioned_iops: Count = UNSET
    bursting_enabled: Flag = UNSET
    auto_snapshot_policy_id: Text = UNSET


class TemplateInterface(Shape):
    """A network interface."""

    instance_type: Literal["Primary", "Secondary"] | UnsetType = UNSET
    v_switch_id: Text = UNSET
    security_group_id: Text = UNSET
    security_group_ids: Annotated[list[str], Meta(max_length=16)] | UnsetType = UNSET
    primary_ip_address: Text = UNSET
    network_interface_name: Text = UNSET
    network_interface_traffic_mode: Text = UNSET
    description: Text = UNSET
    delete_on_release: Flag = UNSET


class TemplateImageOptions(Shape):
    """Options of the image."""

    login_as_non_root: Flag = UNSET


class TemplateSecurityOptions(Shape):
    """Options of security."""

    trusted_system_mode: Text = UNSET


class TemplateData(Request):
    """What a version says; what is not given is not kept."""

    image_id: Text = UNSET
    image_owner_alias: Text = UNSET
    image_options: TemplateImageOptions | UnsetType = UNSET
    instance_type: Text = UNSET
    instance_name: Text = UNSET
    host_name: Text = UNSET
    description: Text = UNSET
    zone_id: Text = UNSET
    network_type: Literal["vpc", "classic"] | UnsetType = UNSET
    vpc_id: Text = UNSET
    v_switch_id: Text = UNSET
    private_ip_address: Text = UNSET
    ipv6_address_count: Count = UNSET
    security_group_id: Text = UNSET
    security_group_ids: Annotated[list[str], Meta(max_length=16)] | UnsetType = UNSET
    network_interface: Annotated[list[TemplateInterface], Meta(max_length=16)] | UnsetType = UNSET
    internet_charge_type: Literal["PayByTraffic", "PayByBandwidth"] | UnsetType = UNSET
    internet_max_bandwidth_in: Count = UNSET
    internet_max_bandwidth_out: Count = UNSET
    system_disk: TemplateSystemDisk | UnsetType = UNSET
    data_disk: Annotated[list[TemplateDataDisk], Meta(max_length=16)] | UnsetType = UNSET
    key_pair_name: Text = UNSET
    password_inherit: Flag = UNSET
    user_data: Text = UNSET
    ram_role_name: Text = UNSET
    resource_group_id: Text = UNSET
    tag: Annotated[list[Tag], Meta(max_length=20)] | UnsetType = UNSET
    instance_charge_type: Literal["PostPaid", "PrePaid"] | UnsetType = UNSET
    period: Count = UNSET
    period_unit: Text = UNSET
    auto_renew: Flag = UNSET
    auto_renew_period: Count = UNSET
    auto_release_time: Text = UNSET
    spot_strategy: Literal["NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"] | UnsetType = UNSET
    spot_price_limit: float | UnsetType = UNSET
    spot_duration: Count = UNSET
    credit_specification: Text = UNSET
    deletion_protection: Flag = UNSET
    deployment_set_id: Text = UNSET
    io_optimized: Literal["none", "optimized"] | UnsetType = UNSET
    enable_vm_os_config: Flag = UNSET
    http_endpoint: Literal["enabled", "disabled"] | UnsetType = UNSET
    http_tokens: Literal["optional", "required"] | UnsetType = UNSET
    http_put_response_hop_limit: Annotated[int, Meta(ge=1, le=64)] | UnsetType = UNSET
    security_enhancement_strategy: Literal["Active", "Deactive"] | UnsetType = UNSET
    security_options: TemplateSecurityOptions | UnsetType = UNSET


_FIELDS = frozenset(each.encode_name for each in msgspec.structs.fields(TemplateData))


def data_of(request: TemplateData) -> dict[str, Any]:
    """Return what a request says of an instance, by its wire names.

    Raises CloudError: InvalidUserData.Base64FormatInvalid, InvalidUserData.SizeExceeded, InvalidHostName.Malformed,
    InvalidDescription.Malformed, InvalidAutoReleaseTime.Malformed, InvalidParameter.
    """
    found = {
        name: value for name, value in _without_empty(msgspec.to_builtins(request)).items() if name in _FIELDS
    }
    if text := found.get("UserData"):
        read_user_data(padded(text))
    if name := found.get("HostName"):
        _check_host_pattern(name)
    check_description(found.get("Description", ""))
    moment = found.get("AutoReleaseTime")
    if moment and read_moment(moment) is None:
        raise CloudError(
            "InvalidAutoReleaseTime.Malformed",
            400,
            "The specified AutoReleaseTime is not of the form yyyy-MM-ddTHH:mm:ssZ.",
        )
    _check_lengths(found)
    return found


def padded(text: str) -> str:
    """Return base64 with the padding that it may lack: the vendor takes a template's user data without it."""
    bare = "".join(text.split()).rstrip("=")
    return bare + "=" * (-len(bare) % 4)


def _check_host_pattern(name: str) -> None:
    # Names for many, such as host-[1,3], are spelt out when instances are made.
    if "[" not in name:
        check_host_name(name)


def _without_empty(value: Any) -> Any:
    """Return a value without the empty texts, lists and structures that clients send for what is not given."""
    if isinstance(value, dict):
        cleaned = {name: _without_empty(each) for name, each in value.items()}
        return {name: each for name, each in cleaned.items() if each not in ("", [], {})}
    return [_without_empty(each) for each in value] if isinstance(value, list) else value


def _check_lengths(value: Any, name: str = "") -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _check_lengths(each, key)
    elif isinstance(value, list):
        for each in value:
            _check_lengths(each, name)
    elif isinstance(value, str) and len(value) > _LENGTH and name != "UserData":
        raise CloudError("InvalidParameter", 400, f"The specified value of {name} is too long.")
