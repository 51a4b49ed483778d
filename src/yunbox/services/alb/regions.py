"""DescribeRegions and DescribeZones, as Alb answers them. Wire shapes: the SDK alibabacloud_alb20200616."""

from __future__ import annotations

from typing import Literal

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.control.regions import CHINESE_NAMES, REGIONS
from yunbox.control.zones import ZONES, zone_name
from yunbox.services.alb.product import alb

Language = Literal["zh-CN", "en-US", "ja"]


class DescribeRegions(Request):
    """Ask for all regions."""

    accept_language: Language = "zh-CN"


class DescribeZones(Request):
    """Ask for the zones of a region."""

    accept_language: Language = "zh-CN"


class Region(Shape):
    """One region."""

    region_id: str
    local_name: str
    region_endpoint: str


class RegionsDescribed(Answer):
    """All regions."""

    regions: list[Region]


class Zone(Shape):
    """One zone."""

    zone_id: str
    local_name: str


class ZonesDescribed(Answer):
    """The zones of the region."""

    zones: list[Zone]


@alb.action(DescribeRegions, on="*")
def describe_regions(request: DescribeRegions, call: Call) -> RegionsDescribed:
    """Answer with the vendor's regions; the endpoint is the vendor's name, or the address that was used."""
    names = CHINESE_NAMES if request.accept_language == "zh-CN" else REGIONS
    return RegionsDescribed(
        regions=[
            Region(
                region_id=id_,
                local_name=name,
                region_endpoint=f"alb.{id_}.aliyuncs.com" if call.vendor else call.endpoint,
            )
            for id_, name in names.items()
        ]
    )


@alb.action(DescribeZones, on="*")
def describe_zones(request: DescribeZones, call: Call) -> ZonesDescribed:
    """Answer with the zones of the call's region."""
    chinese = request.accept_language == "zh-CN"
    return ZonesDescribed(
        zones=[Zone(zone_id=id_, local_name=zone_name(id_, chinese=chinese)) for id_ in ZONES[call.region]]
    )
