"""DescribeEipAddresses and DescribeHighDefinitionMonitorLogAttribute. Shapes: the SDK alibabacloud_vpc20160428."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, PageNumber, Request, Shape, TagFilter
from yunbox.services.vpc.checks import several
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.errors import instance_not_found
from yunbox.services.vpc.pages import Listed, find_page
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vpcs.describe import TagList, tag_list


class TimeFilter(Shape):
    """A bound of the time of allocation, such as `2026-01-01T00:00Z`."""

    key: Literal["CreationStartTime", "CreationEndTime"]
    value: str


class DescribeEipAddresses(Request):
    """List elastic IP addresses."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    allocation_id: str = ""
    eip_address: str = ""
    eip_name: str = ""
    associated_instance_id: str = ""
    associated_instance_type: str = ""
    status: str = ""
    charge_type: str = ""
    isp: str = field(default="", name="ISP")
    lock_reason: str = ""
    segment_instance_id: str = ""
    public_ip_address_pool_id: str = ""
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    service_managed: bool | UnsetType = UNSET
    security_protection_enabled: bool | UnsetType = UNSET
    filter: Annotated[list[TimeFilter], Meta(max_length=2)] = []
    accepted = {"IncludeReservationData": "there are no orders"}


class Locks(Shape):
    """The wrapping of locks: there are none."""

    lock_reason: list[dict[str, str]] = []


class RegionsOfEip(Shape):
    """The wrapping of the regions where an address can be used."""

    available_region: list[str]


class Protections(Shape):
    """The wrapping of protections: there are none."""

    security_protection_type: list[str] = []


class EipShown(Shape):
    """An elastic IP address.

    `vpc_id` is for one that is bound to a bare IP address; `descritpion` is the vendor's, and Terraform reads it.
    """

    allocation_id: str
    ip_address: str
    region_id: str
    name: str
    description: str
    descritpion: str
    status: str
    instance_id: str
    instance_type: str
    instance_region_id: str
    private_ip_address: str
    bandwidth: str
    eip_bandwidth: str
    internet_charge_type: str
    charge_type: str
    isp: str = field(name="ISP")
    allocation_time: str
    resource_group_id: str
    deletion_protection: bool
    available_regions: RegionsOfEip
    tags: TagList
    vpc_id: str = ""
    mode: str = "NAT"
    netmode: str = "public"
    expired_time: str = ""
    business_status: str = "Normal"
    biz_type: str = "default"
    zone: str = ""
    hd_monitor_status: str = field(default="OFF", name="HDMonitorStatus")
    has_reservation_data: str = "false"
    reservation_active_time: str = ""
    reservation_bandwidth: str = ""
    reservation_internet_charge_type: str = ""
    reservation_order_type: str = ""
    bandwidth_package_id: str = ""
    bandwidth_package_type: str = ""
    bandwidth_package_bandwidth: str = ""
    segment_instance_id: str = ""
    public_ip_address_pool_id: str = ""
    second_limited: bool = False
    service_managed: int = 0
    operation_locks: Locks = Locks()
    security_protection_types: Protections = Protections()


class EipList(Shape):
    """The wrapping of addresses."""

    eip_address: list[EipShown]


class EipsDescribed(Listed):
    """A page of addresses."""

    eip_addresses: EipList


@vpc.action(DescribeEipAddresses, on="eip/*")
def describe_eip_addresses(request: DescribeEipAddresses, call: Call) -> EipsDescribed:
    """Answer with a page of the addresses that the filters keep."""
    ids = several(request.allocation_id, "AllocationId", 50)
    addresses = several(request.eip_address, "EipAddress", 50)
    wanted = {
        "name": request.eip_name,
        "instance_type": request.associated_instance_type,
        "status": request.status,
        "charge_type": request.charge_type,
        "isp": request.isp,
        "resource_group": request.resource_group_id,
    }
    wanted = {name: value for name, value in wanted.items() if value}
    nothing = bool(request.lock_reason or request.segment_instance_id or request.public_ip_address_pool_id)
    nothing = nothing or request.service_managed is True or request.security_protection_enabled is True
    begin, end = _times(request.filter)

    def keep(each: Eip) -> bool:
        return (
            not nothing
            and (not ids or each.id in ids)
            and (not addresses or each.address in addresses)
            and all(getattr(each, name) == value for name, value in wanted.items())
            and begin <= each.created <= end
            and each.has_tags(request.tag)
        )

    plain = not (ids or addresses or wanted or nothing or request.filter or request.tag)
    page = find_page(
        call,
        Eip,
        request.page_number,
        request.page_size,
        None if plain else keep,
        parent=request.associated_instance_id,
    )
    return EipsDescribed(
        eip_addresses=EipList(eip_address=[_shown(each) for each in page.items]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _times(filters: list[TimeFilter]) -> tuple[float, float]:
    """Return from when on and until when addresses are asked for. Raises CloudError."""
    bounds = {"CreationStartTime": 0.0, "CreationEndTime": math.inf}
    for each in filters:
        try:
            moment = datetime.strptime(each.value, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        except ValueError:
            raise invalid_parameter("Filter", "times such as 2026-01-01T00:00Z are expected") from None
        bounds[each.key] = moment.timestamp()
    return bounds["CreationStartTime"], bounds["CreationEndTime"]


def _shown(each: Eip) -> EipShown:
    return EipShown(
        allocation_id=each.id,
        ip_address=each.address,
        region_id=each.region,
        name=each.name,
        description=each.description,
        descritpion=each.description,
        status=each.status,
        instance_id=each.instance_id,
        instance_type=each.instance_type,
        instance_region_id=each.region if each.instance_id else "",
        # Terraform would replace an association whose address says more than was asked for.
        private_ip_address=each.private_ip if each.private_ip_asked else "",
        bandwidth=str(each.bandwidth),
        eip_bandwidth=str(each.bandwidth),
        internet_charge_type=each.internet_charge_type,
        charge_type=each.charge_type,
        isp=each.isp,
        allocation_time=seconds(each.created),
        resource_group_id=each.resource_group,
        deletion_protection=each.deletion_protection,
        available_regions=RegionsOfEip(available_region=[each.region]),
        tags=tag_list(each.tags),
    )


class DescribeHighDefinitionMonitorLogAttribute(Request):
    """Ask where fine-grained monitoring of an address is logged."""

    instance_id: str
    instance_type: Literal["", "EIP"] = "EIP"


class MonitorLog(Answer):
    """Where it is logged: nowhere, fine-grained monitoring cannot be turned on."""

    instance_id: str
    instance_type: str = "EIP"
    log_project: str = ""
    log_store: str = ""
    success: str = "true"


@vpc.action(DescribeHighDefinitionMonitorLogAttribute, on="eip/{instance_id}")
def describe_monitor_log(request: DescribeHighDefinitionMonitorLogAttribute, call: Call) -> MonitorLog:
    """Answer that it is off. Raises CloudError: InvalidInstanceId.NotFound."""
    found = call.require(Eip, request.instance_id, instance_not_found)
    return MonitorLog(instance_id=found.id)
