"""DescribeRegions and DescribeZones. Wire shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.control.regions import CHINESE_NAMES, REGIONS
from yunbox.control.zones import ZONES, zone_name
from yunbox.services.ecs.disks.categories import CATEGORIES
from yunbox.services.ecs.instance_types.catalogue import catalogue
from yunbox.services.ecs.product import ecs

Language = Literal["zh-CN", "en-US"]
_ALL_ALIKE = {"InstanceChargeType": "everything can be had everywhere, however it is paid"}


class DescribeRegions(Request):
    """Ask for all regions."""

    accept_language: Language = "zh-CN"
    accepted = _ALL_ALIKE | {"ResourceType": "every region has everything"}


class Region(Shape):
    """One region."""

    region_id: str
    local_name: str
    region_endpoint: str
    status: str = "available"


class RegionList(Shape):
    """The wrapping of a list of regions."""

    region: list[Region]


class RegionsDescribed(Answer):
    """All regions."""

    regions: RegionList


@ecs.action(DescribeRegions, on="*")
def describe_regions(request: DescribeRegions, call: Call) -> RegionsDescribed:
    """Answer with the vendor's regions; the endpoint is the vendor's name, or the address that was used."""
    found = [
        Region(
            region_id=id_,
            local_name=name,
            region_endpoint=f"ecs.{id_}.aliyuncs.com" if call.vendor else call.endpoint,
        )
        for id_, name in (CHINESE_NAMES if request.accept_language == "zh-CN" else REGIONS).items()
    ]
    return RegionsDescribed(regions=RegionList(region=found))


class DescribeZones(Request):
    """Ask for the zones of a region; not `verbose` leaves out what can be had there."""

    verbose: bool = True
    accept_language: Language = "zh-CN"
    accepted = _ALL_ALIKE | {"SpotStrategy": "everything can be had everywhere"}


class ResourceTypes(Shape):
    """What can be made in a zone."""

    resource_types: list[str]


class DiskCategories(Shape):
    """The categories of disks."""

    disk_categories: list[str]


class InstanceTypes(Shape):
    """The names of types."""

    instance_types: list[str]


class DataDisks(Shape):
    """The categories of data disks."""

    names: list[str] = msgspec.field(name="supportedDataDiskCategory")


class SystemDisks(Shape):
    """The categories of system disks."""

    names: list[str] = msgspec.field(name="supportedSystemDiskCategory")


class Networks(Shape):
    """The kinds of networks."""

    names: list[str] = msgspec.field(name="supportedNetworkCategory")


class Families(Shape):
    """The families of types."""

    names: list[str] = msgspec.field(name="supportedInstanceTypeFamily")


class Types(Shape):
    """The types of instances."""

    names: list[str] = msgspec.field(name="supportedInstanceType")


class Generations(Shape):
    """The generations of types."""

    names: list[str] = msgspec.field(name="supportedInstanceGeneration")


class ResourcesInfo(Shape):
    """What can be had in a zone."""

    io_optimized: bool
    data_disk_categories: DataDisks
    system_disk_categories: SystemDisks
    network_types: Networks
    instance_type_families: Families
    instance_types: Types
    instance_generations: Generations


class Resources(Shape):
    """The wrapping of what can be had in a zone."""

    resources_info: list[ResourcesInfo]


class Zone(Shape, kw_only=True):
    """One zone."""

    zone_id: str
    local_name: str
    zone_type: str = "AvailabilityZone"
    available_resource_creation: ResourceTypes
    available_disk_categories: DiskCategories
    available_instance_types: InstanceTypes
    available_resources: Resources | msgspec.UnsetType = msgspec.UNSET


class ZoneList(Shape):
    """The wrapping of a list of zones."""

    zone: list[Zone]


class ZonesDescribed(Answer):
    """The zones of the region."""

    zones: ZoneList


@ecs.action(DescribeZones, on="*")
def describe_zones(request: DescribeZones, call: Call) -> ZonesDescribed:
    """Answer with the zones of the call's region; each has everything."""
    types = list(catalogue())
    info = Resources(resources_info=[_info()]) if request.verbose else msgspec.UNSET
    found = [
        Zone(
            zone_id=id_,
            local_name=zone_name(id_, chinese=request.accept_language == "zh-CN"),
            available_resource_creation=ResourceTypes(
                resource_types=["VSwitch", "IoOptimized", "Instance", "Disk"]
            ),
            available_disk_categories=DiskCategories(disk_categories=list(CATEGORIES)),
            available_instance_types=InstanceTypes(instance_types=types),
            available_resources=info,
        )
        for id_ in ZONES[call.region]
    ]
    return ZonesDescribed(zones=ZoneList(zone=found))


def _info() -> ResourcesInfo:
    types = catalogue().values()
    return ResourcesInfo(
        io_optimized=True,
        data_disk_categories=DataDisks(names=list(CATEGORIES)),
        system_disk_categories=SystemDisks(names=list(CATEGORIES)),
        network_types=Networks(names=["vpc"]),
        instance_type_families=Families(names=sorted({each.family for each in types})),
        instance_types=Types(names=[each.id for each in types]),
        instance_generations=Generations(names=sorted({each.generation for each in types})),
    )
