"""Tables, chains and rules of the kernel's packet filter, as messages (linux/netfilter/nf_tables.h).

A change is a list of messages that `commit` applies in one transaction, in the network namespace of the calling
thread.
"""

from __future__ import annotations

import ipaddress
import itertools
import socket
import struct
from collections.abc import Iterable, Sequence

from yunbox.engines.compute.sandbox.netlink import (
    APPEND,
    CREATE,
    Netlink,
    attribute,
    nested,
    text,
)

INET, IPV4 = 1, 2
PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING = range(5)
ACCEPT, DROP, JUMP = 1, 0, -3

_NETFILTER = 12
_SUBSYSTEM = 10 << 8
_NEW_TABLE, _DELETE_TABLE, _NEW_CHAIN, _NEW_RULE, _NEW_SET, _NEW_ELEMENT = 0, 2, 3, 6, 9, 12
_BEGIN, _END = 16, 17
_EQUAL, _UNEQUAL, _LESS_EQUAL, _GREATER_EQUAL = 0, 1, 3, 5
_NETWORK_HEADER, _TRANSPORT_HEADER = 1, 2
_SOURCE, _DESTINATION = 12, 16
_META_IN, _META_OUT, _META_FAMILY, _META_PROTOCOL = 6, 7, 15, 16
_ELEMENTS_A_MESSAGE = 1000

Message = tuple[int, int, bytes]
Match = list[bytes]
"""Expressions that let a packet go on to the next one, or end the rule."""


def _number(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack("!i", value))


def _expression(name: str, *data: bytes) -> bytes:
    return nested(1, text(1, name), nested(2, *data))


def _compare(operation: int, value: bytes) -> bytes:
    return _expression("cmp", _number(1, 1), _number(2, operation), nested(3, attribute(1, value)))


def _mask(value: bytes) -> bytes:
    zero = bytes(len(value))
    return _expression(
        "bitwise",
        _number(1, 1),
        _number(2, 1),
        _number(3, len(value)),
        nested(4, attribute(1, value)),
        nested(5, attribute(1, zero)),
    )


def _meta(key: int) -> bytes:
    return _expression("meta", _number(1, 1), _number(2, key))


def _payload(base: int, offset: int, size: int) -> bytes:
    return _expression("payload", _number(1, 1), _number(2, base), _number(3, offset), _number(4, size))


def _interface(name: str) -> bytes:
    return name.encode().ljust(16, b"\0")


def comes_from(name: str, *, other: bool = False) -> Match:
    """Match packets that came in by an interface, or by any `other`."""
    return [_meta(_META_IN), _compare(_UNEQUAL if other else _EQUAL, _interface(name))]


def leaves_by(name: str) -> Match:
    """Match packets that go out by an interface."""
    return [_meta(_META_OUT), _compare(_EQUAL, _interface(name))]


def belongs_to_connection() -> Match:
    """Match packets of a connection that stands, or that is related to one."""
    established_or_related = struct.pack("=I", 2 | 4)
    return [
        _expression("ct", _number(1, 1), _number(2, 0)),
        _mask(established_or_related),
        _compare(_UNEQUAL, bytes(4)),
    ]


def was_redirected() -> Match:
    """Match packets of a connection whose destination was translated."""
    translated = struct.pack("=I", 1 << 5)
    return [
        _expression("ct", _number(1, 1), _number(2, 2)),
        _mask(translated),
        _compare(_UNEQUAL, bytes(4)),
    ]


def is_protocol(number: int) -> Match:
    """Match a transport protocol."""
    return [_meta(_META_PROTOCOL), _compare(_EQUAL, bytes([number]))]


def has_port(first: int, last: int) -> Match:
    """Match destination ports of tcp or udp, which the protocol must have been matched to be."""
    return [
        _payload(_TRANSPORT_HEADER, 2, 2),
        _compare(_GREATER_EQUAL, struct.pack("!H", first)),
        _compare(_LESS_EQUAL, struct.pack("!H", last)),
    ]


def is_ipv4() -> Match:
    """Match IPv4; in a table of both families it stands before a match of addresses."""
    return [_meta(_META_FAMILY), _compare(_EQUAL, bytes([socket.AF_INET]))]


def address_in(block: str, *, source: bool) -> Match:
    """Match an IPv4 address in a CIDR block."""
    network = ipaddress.IPv4Network(block)
    if network.prefixlen == 0:
        return []
    load = _payload(_NETWORK_HEADER, _SOURCE if source else _DESTINATION, 4)
    return [load, _mask(network.netmask.packed), _compare(_EQUAL, network.network_address.packed)]


def verdict(code: int, chain: str = "") -> bytes:
    """Decide: accept, drop, or jump to a chain."""
    decision = nested(2, _number(1, code), text(2, chain) if chain else b"")
    return _expression("immediate", _number(1, 0), nested(2, decision))


def redirect(address: str) -> list[bytes]:
    """Send to another IPv4 address."""
    packed = ipaddress.IPv4Address(address).packed
    load = _expression("immediate", _number(1, 1), nested(2, attribute(1, packed)))
    return [load, _expression("nat", _number(1, 1), _number(2, socket.AF_INET), _number(3, 1))]


def masquerade() -> list[bytes]:
    """Send as from this router's own address."""
    return [_expression("masq")]


class Table:
    """A table that is made anew, with what was in it forgotten; collects messages until `commit`."""

    def __init__(self, name: str, family: int) -> None:
        self._family = family
        self._name = text(1, name)
        self._sets = itertools.count(1)
        self._messages: list[Message] = []
        # Adding it first lets the removal succeed when there was none.
        for kind in (_NEW_TABLE, _DELETE_TABLE, _NEW_TABLE):
            self._add(kind, CREATE if kind == _NEW_TABLE else 0, self._name)

    def _add(self, kind: int, flags: int, *body: bytes) -> None:
        head = struct.pack("!BBH", self._family, 0, 0)
        self._messages.append((_SUBSYSTEM | kind, flags, head + b"".join(body)))

    def chain(self, name: str) -> None:
        """Add a chain that others jump to."""
        self._add(_NEW_CHAIN, CREATE, self._name, text(3, name))

    def base_chain(self, name: str, kind: str, hook: int, priority: int, policy: int = ACCEPT) -> None:
        """Add a chain that packets meet at a hook."""
        place = nested(4, _number(1, hook), _number(2, priority))
        self._add(_NEW_CHAIN, CREATE, self._name, text(3, name), place, _number(5, policy), text(7, kind))

    def rule(self, chain: str, expressions: Iterable[bytes]) -> None:
        """Append a rule to a chain."""
        self._add(_NEW_RULE, CREATE | APPEND, self._name, text(2, chain), nested(4, *expressions))

    def addresses(self, addresses: Sequence[str], *, source: bool, inverted: bool = False) -> Match:
        """Match an IPv4 address that is one of these, or none of these if `inverted`."""
        number = next(self._sets)
        name, reference = text(2, f"__set{number}"), _number(4, number)
        anonymous_and_constant, ipv4_address = 3, 7
        self._add(
            _NEW_SET,
            CREATE,
            self._name,
            name,
            _number(3, anonymous_and_constant),
            _number(4, ipv4_address),
            _number(5, 4),
            _number(10, number),
        )
        packed = sorted({ipaddress.IPv4Address(each).packed for each in addresses})
        for at in range(0, len(packed), _ELEMENTS_A_MESSAGE):
            some = packed[at : at + _ELEMENTS_A_MESSAGE]
            elements = nested(3, *(nested(1, nested(1, attribute(1, each))) for each in some))
            self._add(_NEW_ELEMENT, CREATE, self._name, name, elements, reference)
        load = _payload(_NETWORK_HEADER, _SOURCE if source else _DESTINATION, 4)
        flags = [_number(5, 1)] if inverted else []
        look_up = _expression("lookup", text(1, f"__set{number}"), _number(2, 1), reference, *flags)
        return [load, look_up]

    def commit(self) -> None:
        """Put it in place in one transaction. Raises OSError."""
        marker = struct.pack("!BBH", 0, 0, 10)
        with Netlink(_NETFILTER) as kernel:
            kernel.transact(self._messages, _BEGIN, _END, marker)
