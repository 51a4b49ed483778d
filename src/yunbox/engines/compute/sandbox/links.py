"""Interfaces, addresses and routes of the network namespace that the calling thread is in (linux/rtnetlink.h)."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import ipaddress
import socket
import struct

import msgspec

from yunbox.engines.compute.sandbox.netlink import (
    CREATE,
    EXCLUSIVE,
    REPLACE,
    Netlink,
    attribute,
    attributes,
    nested,
    text,
)

_NEWLINK, _DELLINK = 16, 17
_NEWADDR, _DELADDR = 20, 21
_NEWROUTE, _DELROUTE, _GETROUTE = 24, 25, 26
_LINK_ADDRESS, _LINK_NAME, _LINK_MASTER, _LINK_INFO, _LINK_NAMESPACE = 1, 3, 10, 18, 28
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1
_UP = 1
_GET_FLAGS = 0x8913
_ROUTE_DESTINATION, _ROUTE_INTERFACE, _ROUTE_GATEWAY, _ROUTE_SOURCE = 1, 4, 5, 7
_MAIN_TABLE, _STATIC, _UNICAST = 254, 4, 1
_LINK_SCOPE, _UNIVERSE = 253, 0
_ONLINK = 4
_FIB_MATCH = 0x2000


class Route(msgspec.Struct, frozen=True):
    """What the kernel would use for an address: the length of the matching prefix, and the interface's name."""

    prefix: int
    interface: str


def _link(index: int = 0, flags: int = 0, change: int = 0) -> bytes:
    return struct.pack("=BxHiII", 0, 0, index, flags, change)


def _packed(address: str) -> bytes:
    return ipaddress.IPv4Address(address).packed


def _mac(address: str) -> bytes:
    return bytes.fromhex(address.replace(":", ""))


def _ask(kind: int, flags: int, body: bytes) -> bytes:
    with Netlink(socket.NETLINK_ROUTE) as kernel:
        return kernel.ask(kind, flags, body)


def index(name: str) -> int:
    """Return an interface's number, 0 when there is none."""
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0


def is_up(name: str) -> bool:
    """Return whether an interface is there and switched on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as any_socket:
        try:
            answer = fcntl.ioctl(any_socket, _GET_FLAGS, struct.pack("16s16x", name.encode()))
        except OSError:
            return False
    return bool(struct.unpack_from("=H", answer, 16)[0] & _UP)


def names() -> list[str]:
    """Return the names of all interfaces."""
    return [name for _, name in socket.if_nameindex()]


def create_bridge(name: str, mac: str) -> None:
    """Make a bridge. Its address is given, since one of its own would change with its ports."""
    info = nested(_LINK_INFO, text(_INFO_KIND, "bridge"))
    body = _link() + text(_LINK_NAME, name) + attribute(_LINK_ADDRESS, _mac(mac)) + info
    _ask(_NEWLINK, CREATE | EXCLUSIVE, body)


def create_pair(name: str, peer: str, namespace: int, peer_mac: str = "") -> None:
    """Make two interfaces that are one cable: `name` here, `peer` in the namespace of that descriptor."""
    other = _link() + text(_LINK_NAME, peer) + attribute(_LINK_NAMESPACE, struct.pack("=I", namespace))
    if peer_mac:
        other += attribute(_LINK_ADDRESS, _mac(peer_mac))
    info = nested(_LINK_INFO, text(_INFO_KIND, "veth"), nested(_INFO_DATA, attribute(_VETH_PEER, other)))
    _ask(_NEWLINK, CREATE | EXCLUSIVE, _link() + text(_LINK_NAME, name) + info)


def remove(name: str) -> None:
    """Remove an interface, and the other end of its cable; nothing happens when there is none."""
    number = index(name)
    if not number:
        return
    try:
        _ask(_DELLINK, 0, _link(number))
    except OSError as error:
        if error.errno != errno.ENODEV:
            raise


def up(name: str, master: str = "") -> None:
    """Switch an interface on, as a port of the bridge `master` if that is given."""
    body = _link(index(name), _UP, _UP)
    if master:
        body += attribute(_LINK_MASTER, struct.pack("=I", index(master)))
    _ask(_NEWLINK, 0, body)


def add_address(name: str, address: str, prefix: int) -> None:
    """Give an interface an address; it may have it already."""
    packed = _packed(address)
    body = struct.pack("=BBBBi", socket.AF_INET, prefix, 0, _UNIVERSE, index(name))
    _ask(_NEWADDR, CREATE | REPLACE, body + attribute(1, packed) + attribute(2, packed))


def remove_address(name: str, address: str, prefix: int) -> None:
    """Take an address from an interface; nothing happens when it does not have it."""
    packed = _packed(address)
    body = struct.pack("=BBBBi", socket.AF_INET, prefix, 0, _UNIVERSE, index(name))
    try:
        _ask(_DELADDR, 0, body + attribute(1, packed) + attribute(2, packed))
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            raise


def _route(address: str, prefix: int, scope: int, flags: int = 0) -> bytes:
    head = struct.pack(
        "=BBBBBBBBI", socket.AF_INET, prefix, 0, 0, _MAIN_TABLE, _STATIC, scope, _UNICAST, flags
    )
    return head + (attribute(_ROUTE_DESTINATION, _packed(address)) if prefix else b"")


def add_route(address: str, prefix: int, name: str, *, via: str = "", source: str = "") -> None:
    """Lead packets for a prefix into an interface, through the neighbour `via`. Raises FileExistsError."""
    body = _route(address, prefix, _UNIVERSE if via else _LINK_SCOPE, _ONLINK if via else 0)
    body += attribute(_ROUTE_INTERFACE, struct.pack("=I", index(name)))
    if via:
        body += attribute(_ROUTE_GATEWAY, _packed(via))
    if source:
        body += attribute(_ROUTE_SOURCE, _packed(source))
    _ask(_NEWROUTE, CREATE | EXCLUSIVE, body)


def add_default_route(name: str, via: str) -> None:
    """Lead everything else into an interface. Raises FileExistsError."""
    add_route("0.0.0.0", 0, name, via=via)  # noqa: S104 - a destination, not listened on


def remove_route(address: str, name: str) -> None:
    """Take back the route of one address into one interface; nothing happens when there is none."""
    number = index(name)
    if not number:
        return
    body = _route(address, 32, _UNIVERSE) + attribute(_ROUTE_INTERFACE, struct.pack("=I", number))
    with contextlib.suppress(ProcessLookupError):
        _ask(_DELROUTE, 0, body)


def route_to(address: str) -> Route | None:
    """Return the route that the kernel has for an address, or None."""
    body = struct.pack("=BBBBBBBBI", socket.AF_INET, 32, 0, 0, 0, 0, 0, 0, _FIB_MATCH)
    try:
        answer = _ask(_GETROUTE, 0, body + attribute(_ROUTE_DESTINATION, _packed(address)))
    except OSError as error:
        if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL):
            return None
        raise
    prefix = answer[1]
    number = attributes(answer[12:]).get(_ROUTE_INTERFACE, b"")
    name = ""
    if len(number) == 4:
        with contextlib.suppress(OSError):
            name = socket.if_indextoname(struct.unpack("=I", number)[0])
    return Route(prefix, name)
