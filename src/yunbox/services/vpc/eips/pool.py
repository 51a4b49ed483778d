"""Public addresses: the range they come from, and who has which.

They are addresses of 198.19.0.0/17, a part of the range that RFC 2544 sets aside for benchmarks between networks:
nobody on the Internet answers at them, so none of them hides a real host from this machine. (The other half of
198.18.0.0/15 is what proxies use for their own.) An address is one owner's in the whole cloud, whatever account or
region asks, until it is given back.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from yunbox.api.call import Call
from yunbox.control.store import Change
from yunbox.control.store_resource import Resource
from yunbox.services.vpc.errors import no_public_address_left, public_address_in_use, public_address_not_ours

POOL = IPv4Network("198.19.0.0/17")

_FIRST = int(POOL[0]) + 256
_SIZE = POOL.num_addresses - 512
_PROBES = 64


class PublicLease(Resource, kind="vpc.public_address"):
    """A public address, which is the id, that the resource `name` has."""


def take_public_address(call: Call, owner_id: str, wanted: str = "") -> str:
    """Take a public address for a resource, `wanted` or any that is free; return it.

    Raises CloudError: InvalidIpAddress.NotFound (not of the pool), InvalidIpAddress.AlreadyUsed,
    OperationFailed.PoolExhausted.
    """
    address = _checked(call, wanted) if wanted else _any_free(call)
    call.change.create(PublicLease(id=address, account=call.account, region=call.region, name=owner_id))
    return address


def release_public_address(change: Change, address: str) -> None:
    """Give an address back. Harmless when nobody has it."""
    if change.get(PublicLease, address) is not None:
        change.delete(PublicLease, address)


def _checked(call: Call, wanted: str) -> str:
    try:
        number = int(IPv4Address(wanted)) - _FIRST
    except ValueError:
        raise public_address_not_ours() from None
    if not 0 <= number < _SIZE:
        raise public_address_not_ours()
    address = str(IPv4Address(number + _FIRST))
    if call.view.get(PublicLease, address) is not None:
        raise public_address_in_use(address)
    return address


def _any_free(call: Call) -> str:
    start = int.from_bytes(call.cloud.ids.random(4)) % _SIZE
    for step in range(_PROBES):
        address = str(IPv4Address(_FIRST + (start + step) % _SIZE))
        if call.view.get(PublicLease, address) is None:
            return address
    taken = {each.id for each in call.view.find(PublicLease)}
    numbers = (_FIRST + (start + step) % _SIZE for step in range(_SIZE))
    for number in numbers:
        if (address := str(IPv4Address(number))) not in taken:
            return address
    raise no_public_address_left()
