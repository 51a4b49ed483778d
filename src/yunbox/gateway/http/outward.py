"""Connections to other hosts, on behalf of programs on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Callable

from yunbox.gateway.http.authority import Authority
from yunbox.gateway.http.forwarding import ProxyRefusalError

_METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254")))
"""Where virtual machines learn their credentials, besides the link-local address that most clouds use."""

NEXT_SECONDS = 4.0
"""How long one address of several may take to answer."""


def is_forbidden(address: str) -> bool:
    """Whether nothing may be reached at the address: what serves credentials, and what is no single host."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_link_local or found.is_multicast or found.is_unspecified or found in _METADATA


async def reach(to: Authority, factory: Callable[[], asyncio.Protocol], *, tls: bool) -> None:
    """Connect to a host, at the first of its addresses that answers. Raises ProxyRefusalError.

    The addresses that were looked at are the ones connected to, so that a name cannot change its mind between.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(to.host, to.port, type=1)
    except OSError as error:
        raise ProxyRefusalError(502, f"{to.host} is not known: {error.strerror}.") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    allowed = [each for each in addresses if not is_forbidden(each)]
    if not allowed:
        raise ProxyRefusalError(403, f"{to} is not reached through yunbox.")
    context = ssl.create_default_context() if tls else None
    name = to.host if tls else None
    failure = "it has no address"
    for address in allowed:
        # Some networks swallow what goes to IPv6 addresses: the next one is not to wait for all of the time.
        seconds = None if address is allowed[-1] else NEXT_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await loop.create_connection(factory, address, to.port, ssl=context, server_hostname=name)
            return
        except ssl.SSLError as error:
            failure = error.reason or "TLS failed"
        except TimeoutError:
            failure = "it does not answer"
        except OSError as error:
            failure = error.strerror or str(error)
    raise ProxyRefusalError(502, f"{to} cannot be reached: {failure}.")
