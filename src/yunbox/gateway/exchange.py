"""One request's way through the chain, and what a door of the cloud has to answer on it."""

from __future__ import annotations

from typing import Protocol

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Request, Response
from yunbox.gateway.signatures.scheme import Claim
from yunbox.identity.principal import ANONYMOUS, Principal


class Exchange:
    """A request and what the steps of the chain have found out about it so far.

    `started` is in seconds since the epoch. `operation` is the API's name for what is asked, such as
    `PutObject`; `product` the vendor's code, such as `oss`. `bucket` and `key` say which object it is about,
    where it is about one. `logged` says that somebody may want all details of it in the access log; a door
    that knows better takes it back.
    """

    __slots__ = (
        "bucket",
        "claim",
        "door",
        "error_code",
        "key",
        "logged",
        "operation",
        "principal",
        "product",
        "request",
        "request_id",
        "route",
        "started",
    )

    def __init__(self, request: Request, request_id: str, started: float) -> None:
        self.request = request
        self.request_id = request_id
        self.started = started
        self.door: Door | None = None
        self.route: object = None
        self.claim: Claim | None = None
        self.principal: Principal = ANONYMOUS
        self.product = ""
        self.operation = ""
        self.bucket = ""
        self.key = ""
        self.logged = True
        self.error_code = ""


class Door(Protocol):
    """One protocol of one product at the front door, such as OSS's own or the S3-compatible one."""

    def find_route(self, exchange: Exchange) -> bool:
        """Say whether the request is for this door, and remember in `exchange.route` what it is about."""
        ...

    async def authenticate(self, exchange: Exchange) -> None:
        """Verify the signature and name the principal. Raises CloudError."""
        ...

    async def perform(self, exchange: Exchange) -> Response:
        """Authorise the operation, perform it, and serialise its answer. Raises CloudError."""
        ...

    def refuse(self, exchange: Exchange, error: CloudError) -> Response:
        """Serialise a refusal in the door's own envelope."""
        ...
