"""What DescribeLaunchTemplateVersions shows of a version's parameters. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def shown_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters as the vendor answers them.

    Lists are wrapped. The system disk stands there twice: as `SystemDisk.Size`, which the vendor documents and the
    Terraform provider reads, and as a structure, which the current SDKs read.
    """
    found = {
        name: value
        for name, value in data.items()
        if name not in ("DataDisk", "NetworkInterface", "Tag", "SecurityGroupIds")
    }
    for name, value in data.get("SystemDisk", {}).items():
        found[f"SystemDisk.{name}"] = value
    if "SecurityGroupIds" in data:
        found["SecurityGroupIds"] = {"SecurityGroupId": data["SecurityGroupIds"]}
    found["DataDisks"] = {"DataDisk": data.get("DataDisk", [])}
    found["NetworkInterfaces"] = {
        "NetworkInterface": [_interface(each) for each in data.get("NetworkInterface", [])]
    }
    found["Tags"] = {"InstanceTag": [{"Value": "", **each} for each in data.get("Tag", [])]}
    return found


def _interface(interface: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(interface)
    if "SecurityGroupIds" in found:
        found["SecurityGroupIds"] = {"SecurityGroupId": found["SecurityGroupIds"]}
    return found
