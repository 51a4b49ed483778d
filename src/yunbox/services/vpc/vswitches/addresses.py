"""The private addresses of vSwitches: who has which. Taking one is part of the transaction that needs it.

A lease is a resource of its own, named by vSwitch and address, so that taking one looks at a handful of rows
however many are taken.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from yunbox.api.call import Call
from yunbox.control.store import Change, View
from yunbox.control.store_resource import Resource
from yunbox.services.vpc.cidr import read_address, read_block
from yunbox.services.vpc.errors import (
    address_in_use,
    address_not_of_vswitch,
    malformed_address,
    no_address_left,
)
from yunbox.services.vpc.vswitches.model import VSwitch

_PROBES = 32


class AddressLease(Resource, kind="vpc.address"):
    """An address of the vSwitch `parent` that the resource `name` has; the id is `<vSwitch>/<address>`."""

    address: str


def take_address(call: Call, vswitch: VSwitch, owner_id: str, wanted: str = "") -> str:
    """Take an address of a vSwitch for a resource, `wanted` or any that is free; return it.

    Raises CloudError: InvalidPrivateIpAddress.Malformed, InvalidPrivateIpAddress.Mismatch (not an address of the
    vSwitch, or reserved), InvalidPrivateIpAddress.Duplicated, InvalidVSwitchId.IpNotEnough.
    """
    change = call.change
    if wanted:
        address = _checked(vswitch, wanted)
        if change.get(AddressLease, lease_id(vswitch.id, address)) is not None:
            raise address_in_use(address, vswitch.id)
    else:
        address = _any_free(call, vswitch)
    change.create(
        AddressLease(
            id=lease_id(vswitch.id, address),
            account=vswitch.account,
            region=vswitch.region,
            name=owner_id,
            parent=vswitch.id,
            address=address,
        )
    )
    return address


def release_address(change: Change, vswitch_id: str, address: str) -> None:
    """Give an address back. Harmless when nobody has it."""
    id_ = lease_id(vswitch_id, address)
    if change.get(AddressLease, id_) is not None:
        change.delete(AddressLease, id_)


def free_addresses(call: Call, vswitch: VSwitch) -> int:
    """Return how many addresses of a vSwitch can still be taken."""
    return vswitch.capacity - taken_addresses(call.view, vswitch.id)


def taken_addresses(view: View, vswitch_id: str) -> int:
    """Return how many addresses of a vSwitch are taken."""
    return view.count(AddressLease, parent=vswitch_id)


def is_free(view: View, vswitch: VSwitch, address: IPv4Address) -> bool:
    """Return whether an address is one of the vSwitch's for instances that nobody has."""
    return _usable(vswitch, address) and view.get(AddressLease, lease_id(vswitch.id, str(address))) is None


def _usable(vswitch: VSwitch, address: IPv4Address) -> bool:
    return 1 <= int(address) - int(read_block(vswitch.cidr_block)[0]) <= vswitch.capacity


def lease_id(vswitch_id: str, address: str) -> str:
    """Return the id of the lease of an address."""
    return f"{vswitch_id}/{address}"


def _checked(vswitch: VSwitch, wanted: str) -> str:
    try:
        address = read_address(wanted)
    except ValueError:
        raise malformed_address(wanted) from None
    if not _usable(vswitch, address):
        raise address_not_of_vswitch(str(address), vswitch.id)
    return str(address)


def _any_free(call: Call, vswitch: VSwitch) -> str:
    """Return a free address: from a random one on, so that one given back is not at once another's."""
    capacity = vswitch.capacity
    if taken_addresses(call.view, vswitch.id) >= capacity:
        raise no_address_left(vswitch.id)
    first = int(read_block(vswitch.cidr_block)[1])
    start = int.from_bytes(call.cloud.ids.random(4)) % capacity
    for step in range(min(_PROBES, capacity)):
        address = str(IPv4Address(first + (start + step) % capacity))
        if call.view.get(AddressLease, lease_id(vswitch.id, address)) is None:
            return address
    taken = {each.address for each in call.view.find(AddressLease, parent=vswitch.id)}
    numbers = (first + (start + step) % capacity for step in range(capacity))
    return next(text for number in numbers if (text := str(IPv4Address(number))) not in taken)
