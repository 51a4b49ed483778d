"""DescribeRegions, DescribeZones, DescribeAvailableResource. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.control.regions import CHINESE_NAMES, REGIONS
from yunbox.control.zones import ZONES, zone_name
from yunbox.services.slb.product import slb

Language = Literal["", "zh-CN", "en-US", "ja"]


class DescribeRegions(Request):
    """List the regions."""

    accept_language: Language = ""


class RegionShown(Shape):
    """A region."""

    region_id: str
    local_name: str
    region_endpoint: str


class RegionList(Shape):
    """The wrapping of regions."""

    region: list[RegionShown]


class RegionsDescribed(Answer):
    """All regions."""

    regions: RegionList


@slb.action(DescribeRegions, on="*")
def describe_regions(request: DescribeRegions, call: Call) -> RegionsDescribed:
    """Answer with all of them, at the address that the client used."""
    names = REGIONS if request.accept_language == "en-US" else CHINESE_NAMES
    shown = [
        RegionShown(
            region_id=each,
            local_name=names[each],
            region_endpoint=f"slb.{each}.aliyuncs.com" if call.vendor else call.endpoint,
        )
        for each in REGIONS
    ]
    return RegionsDescribed(regions=RegionList(region=shown))


class DescribeZones(Request):
    """List the zones of the region."""

    accept_language: Language = ""


class SlaveZone(Shape):
    """A zone that can stand in for another."""

    zone_id: str
    local_name: str


class SlaveZoneList(Shape):
    """The wrapping of zones."""

    slave_zone: list[SlaveZone]


class ZoneShown(Shape):
    """A zone."""

    zone_id: str
    local_name: str
    slave_zones: SlaveZoneList


class ZoneList(Shape):
    """The wrapping of zones."""

    zone: list[ZoneShown]


class ZonesDescribed(Answer):
    """The zones of the region."""

    zones: ZoneList


@slb.action(DescribeZones, on="*")
def describe_zones(request: DescribeZones, call: Call) -> ZonesDescribed:
    """Answer with all of them."""
    names = {each: zone_name(each, chinese=request.accept_language != "en-US") for each in ZONES[call.region]}
    shown = [
        ZoneShown(
            zone_id=master,
            local_name=names[master],
            slave_zones=SlaveZoneList(
                slave_zone=[SlaveZone(zone_id=each, local_name=names[each]) for each in _slaves(master, call)]
            ),
        )
        for master in names
    ]
    return ZonesDescribed(zones=ZoneList(zone=shown))


def _slaves(master: str, call: Call) -> list[str]:
    zones = ZONES[call.region]
    return [each for each in zones if each != master] or list(zones)


class DescribeAvailableResource(Request):
    """Ask in which zones there can be load balancers."""

    address_type: str = ""
    address_ip_version: str = field(default="", name="AddressIPVersion")


class SupportResource(Shape):
    """A kind of load balancer."""

    address_type: str
    address_ip_version: str = field(name="AddressIPVersion")


class SupportResources(Shape):
    """The wrapping of kinds."""

    support_resource: list[SupportResource]


class AvailableResource(Shape):
    """Two zones, and the kinds of load balancers there can be in them."""

    master_zone_id: str
    slave_zone_id: str
    support_resources: SupportResources


class AvailableResourceList(Shape):
    """The wrapping of zones."""

    available_resource: list[AvailableResource]


class AvailableResourcesDescribed(Answer):
    """Where there can be load balancers."""

    available_resources: AvailableResourceList


_KINDS = ("vpc", "classic_internet")


@slb.action(DescribeAvailableResource, on="*")
def describe_available_resource(
    request: DescribeAvailableResource, call: Call
) -> AvailableResourcesDescribed:
    """Answer with all pairs of zones that the filters keep. Raises CloudError: InvalidParameter."""
    if request.address_ip_version not in ("", "ipv4", "ipv6"):
        raise invalid_parameter("AddressIPVersion", "ipv4 or ipv6 is expected")
    kinds = [each for each in _KINDS if request.address_type.replace("-", "_") in ("", each)]
    if request.address_ip_version == "ipv6":
        kinds = []
    support = SupportResources(
        support_resource=[SupportResource(address_type=each, address_ip_version="ipv4") for each in kinds]
    )
    shown = [
        AvailableResource(master_zone_id=master, slave_zone_id=slave, support_resources=support)
        for master in ZONES[call.region]
        for slave in _slaves(master, call)
        if kinds
    ]
    return AvailableResourcesDescribed(available_resources=AvailableResourceList(available_resource=shown))
