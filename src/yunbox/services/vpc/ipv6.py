"""IPv6 blocks: a /56 for a VPC that asks for one, a /64 of it for a vSwitch.

They come from 2001:db8::/32, the range that RFC 3849 sets aside for documentation: nothing on the Internet has an
address of it. A block is one VPC's in the whole cloud until it is given back.
"""

from __future__ import annotations

from ipaddress import IPv6Network

from yunbox.api.call import Call
from yunbox.control.store import Change
from yunbox.control.store_resource import Resource
from yunbox.services.vpc.errors import no_ipv6_block_left

POOL = IPv6Network("2001:db8::/32")
VPC_PREFIX, VSWITCH_PREFIX = 56, 64

ADDRESS_PLAN = "IPv6 blocks are handed out and recorded; no interface gets an IPv6 address."

_PROBES = 64


class Ipv6Lease(Resource, kind="vpc.ipv6_block"):
    """A block, which is the id, that the VPC `name` has."""


def take_block(call: Call, vpc_id: str) -> str:
    """Take a /56 for a VPC; return it. Raises CloudError: OperationFailed.PoolExhausted."""
    for _ in range(_PROBES):
        number = int.from_bytes(call.cloud.ids.random(3))
        block = str(IPv6Network((int(POOL[0]) + (number << 128 - VPC_PREFIX), VPC_PREFIX)))
        if call.view.get(Ipv6Lease, block) is None:
            call.change.create(Ipv6Lease(id=block, account=call.account, region=call.region, name=vpc_id))
            return block
    raise no_ipv6_block_left()


def release_block(change: Change, block: str) -> None:
    """Give a block back. Harmless when nobody has it."""
    if change.get(Ipv6Lease, block) is not None:
        change.delete(Ipv6Lease, block)


def subnet(block: str, number: int) -> str:
    """Return the /64 of a VPC's /56 that a number from 0 to 255 names."""
    first = int(IPv6Network(block)[0]) + (number << 128 - VSWITCH_PREFIX)
    return str(IPv6Network((first, VSWITCH_PREFIX)))


def within(inner: str, outer: str) -> bool:
    """Return whether a block lies within another."""
    return IPv6Network(inner).subnet_of(IPv6Network(outer))
