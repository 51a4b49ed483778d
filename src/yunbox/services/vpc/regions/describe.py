"""DescribeRegions and DescribeZones, as Vpc answers them. Wire shapes: the SDK alibabacloud_vpc20160428."""

from __future__ import annotations

from typing import Literal

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.control.regions import CHINESE_NAMES, REGIONS
from yunbox.control.zones import ZONES, zone_name
from yunbox.services.vpc.product import vpc


class DescribeRegions(Request):
    """Ask for all regions."""

    accept_language: Literal["zh-CN", "en-US"] = "zh-CN"
    accepted = {"ProductType": "every region has everything"}


class DescribeZones(Request):
    """Ask for the zones of a region."""

    accept_language: Literal["zh-cn", "zh-CN", "en-us", "en-US"] = "zh-cn"
    zone_type: Literal["", "AvailabilityZone"] = ""


class Region(Shape):
    """One region."""

    region_id: str
    local_name: str
    region_endpoint: str


class RegionList(Shape):
    """The wrapping of regions."""

    region: list[Region]


class RegionsDescribed(Answer):
    """All regions."""

    regions: RegionList


class Zone(Shape):
    """One zone."""

    zone_id: str
    local_name: str
    zone_type: str = "AvailabilityZone"


class ZoneList(Shape):
    """The wrapping of zones."""

    zone: list[Zone]


class ZonesDescribed(Answer):
    """The zones of the region."""

    zones: ZoneList


@vpc.action(DescribeRegions, on="*")
def describe_regions(request: DescribeRegions, call: Call) -> RegionsDescribed:
    """Answer with the vendor's regions; the endpoint is the vendor's name, or the address that was used."""
    found = [
        Region(
            region_id=id_,
            local_name=name,
            region_endpoint=f"vpc.{id_}.aliyuncs.com" if call.vendor else call.endpoint,
        )
        for id_, name in (CHINESE_NAMES if request.accept_language == "zh-CN" else REGIONS).items()
    ]
    return RegionsDescribed(regions=RegionList(region=found))


@vpc.action(DescribeZones, on="*")
def describe_zones(request: DescribeZones, call: Call) -> ZonesDescribed:
    """Answer with the zones of the call's region."""
    chinese = request.accept_language.lower() == "zh-cn"
    found = [Zone(zone_id=id_, local_name=zone_name(id_, chinese=chinese)) for id_ in ZONES[call.region]]
    return ZonesDescribed(zones=ZoneList(zone=found))
