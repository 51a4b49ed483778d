"""AllocateEipAddress and AllocateEipAddressPro. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request
from yunbox.api.tagging import check_tags
from yunbox.services.vpc.checks import ResourceGroup, Tags, check_description, check_name
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.eips.pool import take_public_address
from yunbox.services.vpc.errors import bandwidth_out_of_range, quota_exceeded
from yunbox.services.vpc.groups import group_of
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.quotas import EIPS_PER_REGION

Bandwidth = Annotated[int, Meta(ge=1, le=1000)]

DEFAULT_BANDWIDTH = 5
MOST = {"PayByTraffic": 200, "PayByBandwidth": 500}
"""The largest bandwidth by how traffic is paid, in Mbit/s."""

NOT_LIMITED = "The bandwidth is recorded and not enforced; nothing is paid."

_PAID = {
    "AutoPay": "nothing is paid",
    "Period": "nothing is paid",
    "PricingCycle": "nothing is paid",
}


class _Allocation(Request):
    """What both ways of allocating have in common."""

    bandwidth: Bandwidth = DEFAULT_BANDWIDTH
    isp: Literal["BGP", "BGP_PRO"] = field(default="BGP", name="ISP")
    instance_charge_type: Literal["PostPaid"] = "PostPaid"
    internet_charge_type: Literal["PayByBandwidth", "PayByTraffic"] = "PayByBandwidth"
    netmode: Literal["public"] = "public"
    ip_address: Annotated[str, Meta(max_length=15)] = ""
    resource_group_id: ResourceGroup = ""
    tag: Tags = []


class AllocateEipAddress(_Allocation):
    """Take an elastic IP address, `ip_address` or any."""

    name: str = ""
    description: str = ""
    accepted = _PAID | {"ActivityId": "nothing is paid"}


class AllocateEipAddressPro(_Allocation):
    """Take an elastic IP address, `ip_address` or any."""

    accepted = _PAID


class EipAllocated(Answer):
    """The address."""

    allocation_id: str
    eip_address: str
    resource_group_id: str
    order_id: int = 0


@vpc.action(AllocateEipAddress, on="eip/*", partial=NOT_LIMITED)
def allocate_eip_address(request: AllocateEipAddress, call: Call) -> EipAllocated:
    """Store an address.

    Raises CloudError: InvalidBandwidth.ValueNotSupported, QuotaExceeded.Eip, InvalidIpAddress.*.
    """
    name = check_name(request.name, "EipName")
    return _allocate(request, call, name, check_description(request.description))


@vpc.action(AllocateEipAddressPro, on="eip/*", partial=NOT_LIMITED)
def allocate_eip_address_pro(request: AllocateEipAddressPro, call: Call) -> EipAllocated:
    """Store an address, as AllocateEipAddress does."""
    return _allocate(request, call, "", "")


def check_bandwidth(bandwidth: int, charge_type: str) -> int:
    """Return a bandwidth in Mbit/s that the way of paying allows. Raises CloudError."""
    if not 1 <= bandwidth <= MOST[charge_type]:
        raise bandwidth_out_of_range(MOST[charge_type])
    return bandwidth


def _allocate(request: _Allocation, call: Call, name: str, description: str) -> EipAllocated:
    if call.count(Eip) >= EIPS_PER_REGION:
        raise quota_exceeded("Eip", EIPS_PER_REGION)
    bandwidth = check_bandwidth(request.bandwidth, request.internet_charge_type)
    id_ = call.new_id("eip")
    made = call.change.create(
        Eip(
            id=id_,
            account=call.account,
            region=call.region,
            name=name,
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
            address=take_public_address(call, id_, request.ip_address),
            bandwidth=bandwidth,
            description=description,
            isp=request.isp,
            internet_charge_type=request.internet_charge_type,
        )
    )
    return EipAllocated(
        allocation_id=made.id, eip_address=made.address, resource_group_id=made.resource_group
    )
