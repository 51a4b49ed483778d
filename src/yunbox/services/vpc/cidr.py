"""CIDR blocks: what the product takes as one, and which do not go together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

_BLOCK = re.compile(
    r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})/(?:[0-9]|[12][0-9]|3[0-2])", re.ASCII
)

PRIVATE = tuple(IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""The ranges of RFC 1918."""

FORBIDDEN = tuple(
    IPv4Network(each)
    for each in ("0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")
)
"""What the vendor takes for no VPC (documentation of CreateVpc, parameter CidrBlock), and what no network can be."""


@lru_cache(maxsize=4096)
def read_block(text: str) -> IPv4Network:
    """Return the block that a text such as `10.0.0.0/8` names. Raises ValueError, also when host bits are set."""
    if not _BLOCK.fullmatch(text):
        raise ValueError("An IPv4 address, a slash and a prefix length are expected.")
    return IPv4Network(text)


def read_address(text: str) -> IPv4Address:
    """Return the address that a text such as `10.0.0.7` names. Raises ValueError."""
    if not text.isascii() or len(text) > 15:
        raise ValueError("An IPv4 address is expected.")
    return IPv4Address(text)


def first_overlap(block: IPv4Network, others: Iterable[str]) -> str:
    """Return the first of the other blocks that shares an address with `block`, or nothing."""
    for each in others:
        if block.overlaps(read_block(each)):
            return each
    return ""
