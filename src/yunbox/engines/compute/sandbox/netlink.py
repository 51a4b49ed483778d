"""The kernel's netlink sockets: requests with an answer, dumps, and transactions of nftables.

Written against linux/netlink.h and linux/netfilter/nfnetlink.h. No program such as `ip` or `nft` is needed.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Sequence

REQUEST, ACK = 0x01, 0x04
DUMP = 0x300
EXCLUSIVE, REPLACE, CREATE, APPEND = 0x200, 0x100, 0x400, 0x800

_ERROR, _DONE = 2, 3
_NESTED = 0x8000
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_RECEIVE = 1 << 18
_SEND = 8 << 20
_SECONDS = 10.0


def attribute(kind: int, data: bytes) -> bytes:
    """Return one attribute, padded."""
    size = _ATTRIBUTE.size + len(data)
    return _ATTRIBUTE.pack(size, kind) + data + bytes(-size % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """Return an attribute that holds attributes."""
    return attribute(kind | _NESTED, b"".join(attributes))


def text(kind: int, value: str) -> bytes:
    """Return an attribute that holds a text."""
    return attribute(kind, value.encode() + b"\0")


def attributes(data: bytes) -> dict[int, bytes]:
    """Return attributes by kind; of a kind that comes twice the last."""
    found, at = {}, 0
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        if size < _ATTRIBUTE.size:
            break
        found[kind & 0x3FFF] = data[at + _ATTRIBUTE.size : at + size]
        at += size + (-size % 4)
    return found


class Netlink:
    """A netlink socket of one family, in the network namespace of the thread that makes it."""

    def __init__(self, family: int) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
        self._socket.settimeout(_SECONDS)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _message(self, kind: int, flags: int, body: bytes) -> bytes:
        self._sequence += 1
        return _HEADER.pack(_HEADER.size + len(body), kind, flags | REQUEST, self._sequence, 0) + body

    def _answers(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield kind, sequence number and body of what the kernel says."""
        while True:
            data, at = self._socket.recv(_RECEIVE), 0
            while at + _HEADER.size <= len(data):
                size, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
                if size < _HEADER.size:
                    break
                yield kind, sequence, data[at + _HEADER.size : at + size]
                at += size + (-size % 4)

    def ask(self, kind: int, flags: int, body: bytes) -> bytes:
        """Send one request and return the body of its answer, if it has one. Raises OSError as the kernel says."""
        self._socket.send(self._message(kind, flags | ACK, body))
        answer = b""
        for got, sequence, data in self._answers():
            if sequence != self._sequence:
                continue
            if got == _ERROR:
                _refuse(data)
                return answer
            answer = data
        return answer

    def dump(self, kind: int, body: bytes) -> list[bytes]:
        """Return the bodies of everything of a kind."""
        self._socket.send(self._message(kind, DUMP, body))
        found: list[bytes] = []
        for got, sequence, data in self._answers():
            if sequence != self._sequence:
                continue
            if got == _ERROR:
                _refuse(data)
            if got == _DONE:
                break
            found.append(data)
        return found

    def transact(
        self, messages: Sequence[tuple[int, int, bytes]], begin: int, end: int, marker: bytes
    ) -> None:
        """Send messages that hold together or not at all. Raises OSError with the first refusal."""
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _SEND)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _SEND)
        parts = [self._message(begin, 0, marker)]
        for number, (kind, flags, body) in enumerate(messages, 1):
            parts.append(self._message(kind, flags | (ACK if number == len(messages) else 0), body))
        last = self._sequence
        parts.append(self._message(end, 0, marker))
        self._socket.send(b"".join(each + bytes(-len(each) % 4) for each in parts))
        # A refusal of an earlier message comes before the answer to the last.
        for got, sequence, data in self._answers():
            if got == _ERROR:
                _refuse(data)
                if sequence == last:
                    return


_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33


def _refuse(data: bytes) -> None:
    number = -struct.unpack_from("=i", data)[0]
    if number:
        raise OSError(number, os.strerror(number))
