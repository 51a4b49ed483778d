"""AssignPrivateIpAddresses and UnassignPrivateIpAddresses: further addresses of an interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.ecs.errors import conflict, interface_not_found, vswitch_not_found
from yunbox.services.ecs.instance_types.catalogue import find_type
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.network import renew_network
from yunbox.services.ecs.network_interfaces import errors
from yunbox.services.ecs.network_interfaces.create import replace_interface
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.product import ecs
from yunbox.services.vpc.vswitches.addresses import release_address, take_address
from yunbox.services.vpc.vswitches.model import VSwitch

MAX_ADDRESSES = 50
"""The private addresses of an interface that is not attached, its primary one among them."""

PARTIAL = "a running instance gets it at its next start"

_Some = Annotated[list[str], Meta(max_length=MAX_ADDRESSES)]
_Number = Annotated[int, Meta(ge=0, le=MAX_ADDRESSES - 1)]


class AssignPrivateIpAddresses(Request):
    """Give an interface further addresses of its vSwitch: those named, or so many."""

    network_interface_id: str
    private_ip_address: _Some = []
    secondary_private_ip_address_count: _Number = 0
    ipv4_prefix_count: Literal[0] = 0


class PrivateIpSet(Shape):
    """The wrapping of a list of addresses."""

    private_ip_address: list[str]


class Assigned(Shape):
    """The addresses that an interface was given."""

    network_interface_id: str
    private_ip_set: PrivateIpSet


class PrivateIpAddressesAssigned(Answer):
    """The new addresses."""

    assigned_private_ip_addresses_set: Assigned


class UnassignPrivateIpAddresses(Request):
    """Take addresses from an interface; its primary one stays."""

    network_interface_id: str
    private_ip_address: Annotated[list[str], Meta(min_length=1, max_length=MAX_ADDRESSES)]


@ecs.action(AssignPrivateIpAddresses, on="eni/{network_interface_id}", partial=PARTIAL)
def assign_private_ip_addresses(request: AssignPrivateIpAddresses, call: Call) -> PrivateIpAddressesAssigned:
    """Take the addresses for the interface."""
    interface = call.require(NetworkInterface, request.network_interface_id, interface_not_found)
    if not request.private_ip_address and not request.secondary_private_ip_address_count:
        raise missing_parameter("SecondaryPrivateIpAddressCount")
    _, new = add_addresses(
        call, interface, request.private_ip_address, request.secondary_private_ip_address_count
    )
    renew_network(call.change, interface.parent)
    return PrivateIpAddressesAssigned(
        assigned_private_ip_addresses_set=Assigned(
            network_interface_id=interface.id, private_ip_set=PrivateIpSet(private_ip_address=list(new))
        )
    )


@ecs.action(UnassignPrivateIpAddresses, on="eni/{network_interface_id}", partial=PARTIAL)
def unassign_private_ip_addresses(request: UnassignPrivateIpAddresses, call: Call) -> Empty:
    """Give the addresses back to the vSwitch."""
    interface = call.require(NetworkInterface, request.network_interface_id, interface_not_found)
    for address in request.private_ip_address:
        if address not in interface.secondary_ips:
            raise errors.address_unassigned(address)
    for address in set(request.private_ip_address):
        release_address(call.change, interface.vswitch_id, address)
    rest = tuple(one for one in interface.secondary_ips if one not in request.private_ip_address)
    replace_interface(call.change, msgspec.structs.replace(interface, secondary_ips=rest))
    renew_network(call.change, interface.parent)
    return Empty()


def add_addresses(
    call: Call, interface: NetworkInterface, wanted: Sequence[str], number: int
) -> tuple[NetworkInterface, tuple[str, ...]]:
    """Give an interface the addresses that are `wanted`, or so many; return it, and the new ones.

    Raises CloudError: InvalidParameter.Conflict for both, InvalidIp.IpRepeated, InvalidIp.IpAssigned,
    InvalidVSwitchId.IpInvalid, InvalidVSwitchId.IpNotEnough, InvalidOperation.Ipv4CountExceeded.
    """
    if wanted and number:
        raise conflict("PrivateIpAddress and SecondaryPrivateIpAddressCount exclude each other.")
    if len(set(wanted)) < len(wanted):
        raise errors.address_repeated()
    limit = _limit(call, interface)
    if len(interface.addresses) + (len(wanted) or number) > limit:
        raise errors.too_many_addresses(limit)
    vswitch = call.require(VSwitch, interface.vswitch_id, vswitch_not_found)
    try:
        new = tuple(
            take_address(call, vswitch, interface.id, address) for address in (wanted or [""] * number)
        )
    except CloudError as error:
        raise errors.in_these_words(error) from None
    grown = msgspec.structs.replace(interface, secondary_ips=(*interface.secondary_ips, *new))
    return replace_interface(call.change, grown), new


def _limit(call: Call, interface: NetworkInterface) -> int:
    instance = call.view.get(Instance, interface.parent) if interface.parent else None
    type_ = find_type(instance.instance_type) if instance is not None else None
    return type_.private_ips if type_ is not None else MAX_ADDRESSES
