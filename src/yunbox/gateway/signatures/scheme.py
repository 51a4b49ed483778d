"""What every signature scheme answers: what a request claims, and whether the claim holds."""

from __future__ import annotations

import hmac
from typing import Protocol

import msgspec

from yunbox.gateway.http.message import Request


class Claim(msgspec.Struct, frozen=True):
    """What a signed request says of itself.

    `signature` is as sent (base64 or hexadecimal). `signed_at` and `expires` are in seconds since the epoch;
    `expires` is 0 where the scheme states none. `region` and `service` come from a V4 scope, else are empty.
    `parameters` holds what else the scheme needs to check it.
    """

    scheme: str
    access_key_id: str
    signature: str
    security_token: str = ""
    signed_at: float = 0.0
    expires: float = 0.0
    region: str = ""
    service: str = ""
    parameters: dict[str, str] = {}


class Resource(msgspec.Struct, frozen=True):
    """What the request is about, as routing read it: both empty for the service itself."""

    bucket: str = ""
    key: str = ""


class Scheme(Protocol):
    """One signature scheme."""

    def read(self, request: Request) -> Claim | None:
        """Return the claim when the request is signed this way, else None. Raises CloudError when malformed."""
        ...

    def check(self, claim: Claim, request: Request, resource: Resource, secret: str, now: float) -> None:
        """Return when signature and times hold. Raises CloudError with the vendor's code otherwise."""
        ...


def same(left: str, right: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(left.encode(errors="replace"), right.encode(errors="replace"))
