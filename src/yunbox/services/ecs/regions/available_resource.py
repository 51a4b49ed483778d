"""DescribeAvailableResource: in which zones can this be had? Wire shape: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape, Text
from yunbox.control.zones import ZONES
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.categories import CATEGORIES
from yunbox.services.ecs.instance_types.catalogue import catalogue
from yunbox.services.ecs.product import ecs

Destination = Literal["Zone", "IoOptimized", "InstanceType", "Network", "SystemDisk", "DataDisk"]


class DescribeAvailableResource(Request):
    """Ask what of a kind can be had, for a type of instance, number of cores or amount of memory (GiB)."""

    destination_resource: Destination
    resource_type: Literal["instance", "disk"] = "instance"
    zone_id: str = ""
    instance_type: str = ""
    cores: int = 0
    memory: float = 0
    io_optimized: Literal["optimized", "none"] = "optimized"
    network_category: Literal["vpc", "classic", ""] = ""
    system_disk_category: str = ""
    data_disk_category: str = ""
    accepted = {
        "InstanceChargeType": "everything can be had everywhere, however it is paid",
        "SpotStrategy": "everything can be had everywhere",
        "SpotDuration": "everything can be had everywhere",
        "Scope": "regions and zones have the same",
    }


class SupportedResource(Shape):
    """One thing that can be had."""

    value: str
    status: str = "Available"
    status_category: str = "WithStock"
    min: int | msgspec.UnsetType = msgspec.UNSET
    max: int | msgspec.UnsetType = msgspec.UNSET
    unit: Text = msgspec.UNSET


class SupportedResources(Shape):
    """The wrapping of what can be had."""

    supported_resource: list[SupportedResource]


class AvailableResource(Shape):
    """What of one kind can be had."""

    type: str
    supported_resources: SupportedResources


class AvailableResources(Shape):
    """The wrapping of kinds."""

    available_resource: list[AvailableResource]


class AvailableZone(Shape, kw_only=True):
    """What can be had in a zone."""

    region_id: str
    zone_id: str
    status: str = "Available"
    status_category: str = "WithStock"
    available_resources: AvailableResources


class AvailableZones(Shape):
    """The wrapping of zones."""

    available_zone: list[AvailableZone]


class ResourceAvailable(Answer):
    """What can be had where; nowhere, when nothing fits."""

    available_zones: AvailableZones


@ecs.action(DescribeAvailableResource, on="*")
def describe_available_resource(request: DescribeAvailableResource, call: Call) -> ResourceAvailable:
    """Answer for the zones of the region: every zone has everything, and nothing is ever sold out."""
    zones = ZONES[call.region]
    if request.zone_id:
        if request.zone_id not in zones:
            raise CloudError(
                "InvalidZoneId.NotFound", 404, "The specified ZoneId does not exist in the region."
            )
        zones = (request.zone_id,)
    found = _supported(request)
    if not found:
        return ResourceAvailable(available_zones=AvailableZones(available_zone=[]))
    kinds = [
        AvailableResource(
            type=request.destination_resource,
            supported_resources=SupportedResources(supported_resource=found),
        )
    ]
    return ResourceAvailable(
        available_zones=AvailableZones(
            available_zone=[
                AvailableZone(
                    region_id=call.region,
                    zone_id=zone,
                    available_resources=AvailableResources(
                        available_resource=_zones(zone) if request.destination_resource == "Zone" else kinds
                    ),
                )
                for zone in zones
            ]
        )
    )


def _zones(zone: str) -> list[AvailableResource]:
    found = SupportedResources(supported_resource=[SupportedResource(value=zone)])
    return [AvailableResource(type="Zone", supported_resources=found)]


def _supported(request: DescribeAvailableResource) -> list[SupportedResource]:
    types = [
        each.id
        for each in catalogue().values()
        if (not request.instance_type or each.id == request.instance_type)
        and (not request.cores or each.cpu == request.cores)
        and (not request.memory or each.memory == request.memory)
    ]
    disks = [each for each in (request.system_disk_category, request.data_disk_category) if each]
    possible = types and request.network_category != "classic" and request.io_optimized == "optimized"
    if not possible or any(each not in CATEGORIES for each in disks):
        return []
    match request.destination_resource:
        case "InstanceType":
            return [SupportedResource(value=each) for each in types]
        case "SystemDisk":
            return [_disk(name, 20, 2048) for name in CATEGORIES]
        case "DataDisk":
            return [_disk(name, each.smallest, each.largest) for name, each in CATEGORIES.items()]
        case "Network":
            return [SupportedResource(value="vpc")]
        case "IoOptimized":
            return [SupportedResource(value="optimized")]
        case "Zone":
            return [SupportedResource(value="")]


def _disk(name: str, smallest: int, largest: int) -> SupportedResource:
    return SupportedResource(value=name, min=smallest, max=largest, unit="GiB")
