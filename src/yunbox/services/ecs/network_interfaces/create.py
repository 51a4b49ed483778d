"""Making, changing and deleting network interfaces, with their addresses and memberships in step."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING

from yunbox.api.call import Call
from yunbox.control.store import Change, View
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.security_groups.model import Membership, SecurityGroup, membership_id
from yunbox.services.vpc.vswitches.addresses import release_address, take_address

if TYPE_CHECKING:
    from yunbox.services.vpc.vswitches.model import VSwitch


def mac_of(vpc_id: str, address: str) -> str:
    """Return a MAC address in the vendor's range, `00:16:3e`: no two addresses of a /8 of a VPC share one."""
    salt = int.from_bytes(hashlib.sha256(vpc_id.encode()).digest()[:3])
    low = (int(ipaddress.IPv4Address(address)) & 0xFFFFFF) ^ salt
    return "00:16:3e:" + low.to_bytes(3).hex(":")


def create_interface(  # noqa: PLR0913 - an interface has this many sides
    call: Call,
    vswitch: VSwitch,
    groups: Sequence[SecurityGroup],
    *,
    instance_id: str = "",
    primary: bool = False,
    index: int = 0,
    private_ip: str = "",
    name: str = "",
    description: str = "",
    delete_on_release: bool = True,
    resource_group: str = "",
    tags: dict[str, str] | None = None,
    queues: int = 1,
) -> NetworkInterface:
    """Store a network interface with an address of the vSwitch, `private_ip` when given.

    It is attached to `instance_id` when that is given. Raises CloudError when the address is not to be had.
    """
    id_ = call.new_id("eni")
    address = take_address(call, vswitch, id_, private_ip)
    interface = call.change.create(
        NetworkInterface(
            id=id_,
            account=call.account,
            region=call.region,
            name=name,
            parent=instance_id,
            vpc_id=vswitch.parent,
            vswitch_id=vswitch.id,
            zone_id=vswitch.zone_id,
            private_ip=address,
            mac=mac_of(vswitch.parent, address),
            security_groups=tuple(group.id for group in groups),
            primary=primary,
            index=index,
            description=description,
            delete_on_release=delete_on_release,
            status="InUse" if instance_id else "Available",
            resource_group=resource_group,
            tags=tags or {},
            queues=queues,
            created=call.now,
        )
    )
    for group in interface.security_groups:
        call.change.create(_membership(interface, group))
    return interface


def replace_interface(change: Change, interface: NetworkInterface) -> NetworkInterface:
    """Store a changed interface, and what its security groups know of it. Its addresses stay leased as they are."""
    before = change.get(NetworkInterface, interface.id)
    old = set(before.security_groups) if before else set()
    for group in old.difference(interface.security_groups):
        change.delete(Membership, membership_id(group, interface.id))
    for group in interface.security_groups:
        wanted = _membership(interface, group)
        found = change.get(Membership, wanted.id)
        if found is None:
            change.create(wanted)
        elif (found.addresses, found.instance) != (wanted.addresses, wanted.instance):
            change.replace(wanted)
    return change.replace(interface)


def delete_interface(change: Change, interface: NetworkInterface) -> None:
    """Delete an interface and give back its addresses."""
    for group in interface.security_groups:
        change.delete(Membership, membership_id(group, interface.id))
    for address in interface.addresses:
        release_address(change, interface.vswitch_id, address)
    change.delete(NetworkInterface, interface.id)


def interfaces_of(view: View, instance_id: str) -> list[NetworkInterface]:
    """Return the interfaces of an instance, the primary one first."""
    found = view.find(NetworkInterface, parent=instance_id)
    return sorted(found, key=lambda interface: (not interface.primary, interface.index, interface.id))


def _membership(interface: NetworkInterface, group: str) -> Membership:
    return Membership(
        id=membership_id(group, interface.id),
        account=interface.account,
        region=interface.region,
        name=interface.id,
        parent=group,
        instance=interface.parent,
        addresses=interface.addresses,
    )
