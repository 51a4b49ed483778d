"""The doors of an object store: how one asks it for something, as pre-signed bytes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bench.calls import Call
from bench.sigv4 import UNSIGNED, Keys, Signer

LARGE = 256 * 1024
"""Bodies from this size on are sent apart from the head, to save a copy of them."""


class Door(Protocol):
    """Makes signed heads; `name` says the protocol and the signature."""

    name: str

    def head(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> bytes:
        """The signed head of a request, with its blank line. `path` is unencoded and begins with a slash."""
        ...


class S3Door:
    """The S3 protocol in path style, SigV4 in headers; `hashed` signs the body's SHA-256."""

    def __init__(self, keys: Keys, host: str, now: datetime, region: str, *, hashed: bool = False) -> None:
        self.name = f"S3 SigV4 ({'x-amz-content-sha256' if hashed else UNSIGNED})"
        self._signer = Signer(keys, host, now, region)
        self._hashed = hashed

    def head(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> bytes:
        """See Door."""
        payload = hashlib.sha256(body).hexdigest() if self._hashed else UNSIGNED
        return self._signer.head(method, path, query, len(body), payload)


def put_bucket(door: Door, bucket: str) -> Call:
    """Create a bucket."""
    return Call(door.head("PUT", f"/{bucket}", {}, b""))


def put(door: Door, bucket: str, key: str, body: bytes) -> Call:
    """Store `body`."""
    head = door.head("PUT", f"/{bucket}/{key}", {}, body)
    return Call(head, body) if len(body) >= LARGE else Call(head + body)


def get(door: Door, bucket: str, key: str, body: bytes, digest: bytes | None = None) -> Call:
    """Read an object that must be `body`; `digest` is its SHA-256 when the caller has it."""
    head = door.head("GET", f"/{bucket}/{key}", {}, b"")
    return Call(head, length=len(body), sha256=digest or hashlib.sha256(body).digest())


def delete(door: Door, bucket: str, key: str) -> Call:
    """Delete an object."""
    return Call(door.head("DELETE", f"/{bucket}/{key}", {}, b""))


def list_page(door: Door, bucket: str, after: str, keys: int) -> Call:
    """List up to 1,000 keys that come after `after`; exactly `keys` must come."""
    query = {"list-type": "2", "max-keys": "1000"} | ({"start-after": after} if after else {})
    return Call(door.head("GET", f"/{bucket}", query, b""), count=(b"<Key>", keys))
