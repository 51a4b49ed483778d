"""ModifyEipAddressAttribute, ReleaseEipAddress and ModifyEipForwardMode. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request, Text
from yunbox.services.vpc.checks import check_description, check_name
from yunbox.services.vpc.eips.allocate import NOT_LIMITED, Bandwidth, check_bandwidth
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.eips.pool import release_public_address
from yunbox.services.vpc.errors import deletion_protected, eip_not_found, eip_status
from yunbox.services.vpc.product import vpc


class ModifyEipAddressAttribute(Request):
    """Change an address's name, description or bandwidth."""

    allocation_id: str
    name: Text = UNSET
    description: Text = UNSET
    bandwidth: Bandwidth | msgspec.UnsetType = UNSET


class ReleaseEipAddress(Request):
    """Give an address back."""

    allocation_id: str


class ModifyEipForwardMode(Request):
    """Choose how an address leads to an interface."""

    instance_id: str
    mode: Literal["NAT"]


@vpc.action(ModifyEipAddressAttribute, on="eip/{allocation_id}", partial=NOT_LIMITED)
def modify_eip_address_attribute(request: ModifyEipAddressAttribute, call: Call) -> Empty:
    """Change what is given.

    Raises CloudError: InvalidAllocationId.NotFound, InvalidBandwidth.ValueNotSupported.
    """
    found = call.require(Eip, request.allocation_id, eip_not_found)
    if request.name is not UNSET:
        found = msgspec.structs.replace(found, name=check_name(request.name, "EipName"))
    if request.description is not UNSET:
        found = msgspec.structs.replace(found, description=check_description(request.description))
    if request.bandwidth is not UNSET:
        bandwidth = check_bandwidth(request.bandwidth, found.internet_charge_type)
        found = msgspec.structs.replace(found, bandwidth=bandwidth)
    call.change.replace(found)
    return Empty()


@vpc.action(ReleaseEipAddress, on="eip/{allocation_id}")
def release_eip_address(request: ReleaseEipAddress, call: Call) -> Empty:
    """Give it back.

    Raises CloudError: IncorrectEipStatus while bound, InvalidOperation.DeletionProtection.
    """
    found = call.require(Eip, request.allocation_id, eip_not_found)
    if found.parent:
        raise eip_status(found.id, found.status, "Available")
    if found.deletion_protection:
        raise deletion_protected(found.id)
    release_public_address(call.change, found.address)
    call.change.delete(Eip, found.id)
    return Empty()


@vpc.action(ModifyEipForwardMode, on="eip/{instance_id}")
def modify_eip_forward_mode(request: ModifyEipForwardMode, call: Call) -> Empty:
    """Keep the one mode there is. Raises CloudError: InvalidAllocationId.NotFound."""
    call.require(Eip, request.instance_id, eip_not_found)
    return Empty()
