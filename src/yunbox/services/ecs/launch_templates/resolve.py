"""A launch template's parameters under those of a request that names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yunbox.api.call import Call
from yunbox.api.errors import unsupported_parameter
from yunbox.api.parameters import Plan, plan_of
from yunbox.services.ecs.instances.parameters import RunRequest
from yunbox.services.ecs.launch_templates.parameters import padded
from yunbox.services.ecs.launch_templates.templates import find_template
from yunbox.services.ecs.launch_templates.versions import find_version

_TOLD = frozenset({"EnableVmOsConfig", "ImageOwnerAlias", "NetworkType", "VpcId"})
"""What follows from other parameters, or which RunInstances does not have."""

_SYSTEM_DISK_TOLD = frozenset({"Iops", "DeleteWithInstance"})

_PLACE = ("VSwitchId", "PrivateIpAddress", "SecurityGroupId", "SecurityGroupIds")
_OF_INTERFACE = ("VSwitchId", "PrimaryIpAddress", "SecurityGroupId", "SecurityGroupIds")
"""Where an instance stands, as it says so itself and as its primary interface does."""

_GROUPS = frozenset({"SecurityGroupId", "SecurityGroupIds"})


def resolve(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's parameters, by their wire names, with a template's where the request says nothing.

    `parameters` names the template by LaunchTemplateId or LaunchTemplateName; without LaunchTemplateVersion the
    default version counts. Structures are merged field by field, lists are taken whole.

    Raises CloudError: InvalidLaunchTemplate.NotFound, InvalidLaunchTemplateVersion.NotFound, and
    InvalidParameter.NotImplemented for what the template says and RunInstances here does not take.
    """
    template = find_template(
        call, str(parameters.get("LaunchTemplateId", "")), str(parameters.get("LaunchTemplateName", ""))
    )
    number = int(parameters.get("LaunchTemplateVersion", 0)) or template.default
    data = find_version(call, template, number).data
    _check_known(data)
    own = {name: value for name, value in parameters.items() if name != "LaunchTemplateName"}
    return {**merge(data, own), "LaunchTemplateId": template.id, "LaunchTemplateVersion": number}


def merge(data: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's own parameters over a template's. Pure."""
    kept = {name: value for name, value in data.items() if name not in _TOLD}
    if "UserData" in kept:
        kept["UserData"] = padded(kept["UserData"])
    disk = {
        name: value for name, value in kept.get("SystemDisk", {}).items() if name not in _SYSTEM_DISK_TOLD
    }
    if disk or "SystemDisk" in kept:
        kept["SystemDisk"] = disk
    if "NetworkInterface" in own:
        for name in _PLACE:
            kept.pop(name, None)
    elif own.keys() & set(_PLACE):
        kept = _lifted(kept)
    if own.keys() & _GROUPS:
        for name in _GROUPS:
            kept.pop(name, None)
    merged = {**kept, **own}
    for name in kept.keys() & own.keys():
        if isinstance(kept[name], dict) and isinstance(own[name], dict):
            given = {key: value for key, value in own[name].items() if value not in ("", 0, False, None, [])}
            merged[name] = {**kept[name], **given}
    return merged


def _lifted(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters whose primary interface is said by the parameters of the instance itself."""
    interfaces = data.get("NetworkInterface", [])
    rest = [each for each in interfaces if each.get("InstanceType") != "Primary"]
    lifted = {**data, "NetworkInterface": rest} if rest else {**data}
    if not rest:
        lifted.pop("NetworkInterface", None)
    for each in interfaces:
        if each.get("InstanceType") == "Primary":
            places = zip(_PLACE, _OF_INTERFACE, strict=True)
            lifted |= {name: each[own] for name, own in places if own in each}
    return lifted


def _check_known(data: Mapping[str, Any]) -> None:
    """Refuse, by name, what a template says and RunInstances does not take."""
    if data.get("NetworkType") == "classic":
        raise unsupported_parameter("NetworkType", "RunInstances")
    disk = data.get("SystemDisk", {})
    if disk.get("DeleteWithInstance") is False:
        raise unsupported_parameter("SystemDisk.DeleteWithInstance", "RunInstances")
    known = plan_of(RunRequest)
    accepted = _TOLD | RunRequest.accepted.keys()
    for name, value in data.items():
        if name in accepted:
            continue
        field = known.fields.get(name)
        if field is None:
            raise unsupported_parameter(name, "RunInstances")
        told = _SYSTEM_DISK_TOLD if name == "SystemDisk" else frozenset[str]()
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                _check_fields(name, item.keys() - told, field)


def _check_fields(name: str, given: set[str], field: Plan) -> None:
    fields = (field.item.fields if field.item is not None else {}) or field.fields
    for each in sorted(given - fields.keys()):
        raise unsupported_parameter(f"{name}.{each}", "RunInstances")
