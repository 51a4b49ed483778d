"""Hosts and ports as requests to a proxy name them, and which of them this cloud answers itself."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import NamedTuple

from yunbox.gateway.tls import VENDOR_DOMAIN

RELAYED_FROM = "127.100.100.200"
"""From here comes what instances send to the front door: a loopback address that is not this machine's user."""

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?", re.ASCII)


class Authority(NamedTuple):
    """A host, in lower case and without the brackets of an IPv6 address, and a port."""

    host: str
    port: int

    @property
    def is_vendors(self) -> bool:
        """Whether the name is one of the vendor's, so that the cloud answers for it."""
        return self.host == VENDOR_DOMAIN or self.host.endswith(f".{VENDOR_DOMAIN}")

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_authority(text: str, port: int | None) -> Authority | None:
    """Read `host:port`, or `host` alone where there is a default `port`. None when it is neither."""
    host, colon, digits = text.lower().rpartition(":")
    if not colon or "]" in digits:
        host, digits = text.lower(), ""
    if digits:
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 5):
            return None
        port = int(digits)
    if port is None or not 0 < port <= 65_535:
        return None
    if host.startswith("[") and host.endswith("]"):
        try:
            return Authority(str(ipaddress.IPv6Address(host[1:-1])), port)
        except ValueError:
            return None
    return Authority(host.removesuffix("."), port) if _NAME.fullmatch(host) else None


def answers(host: str, own: Sequence[object]) -> bool:
    """Whether the cloud itself answers an absolute target `http://<host>/`, rather than passing it on.

    It does for the vendor's names, for names under `localhost`, which no other server has on port 80, and for
    this machine at the front door's own address and port, which are `own`.
    """
    found = parse_authority(host, 80)
    if found is None or found.is_vendors:
        return True
    name, port = found
    if name.endswith(".localhost"):
        return port in (80, own[1])
    if port != own[1]:
        return False
    try:
        return name in ("localhost", own[0]) or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_this_machine(peer: str, own: str) -> bool:
    """Whether a connection from the address `peer` to `own` comes from this very machine.

    Equal addresses at both ends are: this is how a machine talks to itself by an address of its network.
    """
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if str(address) == RELAYED_FROM:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback or peer == own
