"""One authenticated call of an OSS operation: what its handler can see and use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from yunbox.control.ids import Ids
from yunbox.engines.objects.interface import Bucket, NoBucketError, ObjectStore
from yunbox.gateway.http.message import Request
from yunbox.identity.directory import Directory
from yunbox.identity.principal import Principal
from yunbox.services.oss.account import Accounts
from yunbox.services.oss.errors import no_such_bucket
from yunbox.services.oss.model import BucketSettings, encode, settings_of
from yunbox.services.oss.route import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunbox.gateway.signatures.scheme import Claim


class Cloud(msgspec.Struct, frozen=True):
    """What every call stands on."""

    objects: ObjectStore
    directory: Directory
    ids: Ids
    default_region: str
    accounts: Accounts


class Call:
    """One call. `now` is the time at which the request came in, in seconds since the epoch."""

    __slots__ = (
        "_bucket",
        "_query",
        "_settings",
        "claim",
        "cloud",
        "now",
        "principal",
        "region",
        "request",
        "request_id",
        "route",
    )

    def __init__(
        self,
        cloud: Cloud,
        request: Request,
        route: Route,
        principal: Principal,
        claim: Claim | None,
        *,
        region: str,
        request_id: str,
        now: float,
    ) -> None:
        self.cloud = cloud
        self.request = request
        self.route = route
        self.principal = principal
        self.claim = claim
        self.region = region
        self.request_id = request_id
        self.now = now
        self._bucket: Bucket | None = None
        self._settings: BucketSettings | None = None
        self._query: dict[str, str] | None = None

    @property
    def objects(self) -> ObjectStore:
        """Where bytes are kept."""
        return self.cloud.objects

    @property
    def milliseconds(self) -> int:
        """`now` in milliseconds, as stored times are."""
        return int(self.now * 1000)

    @property
    def key(self) -> str:
        """The object's key."""
        return self.route.key

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        if self._query is None:
            self._query = self.request.query
        return self._query

    def header(self, name: str, default: str = "") -> str:
        """Return a request header."""
        return self.request.headers.get(name, default)

    @property
    def bucket(self) -> Bucket:
        """The bucket of the call; it exists."""
        if self._bucket is None:
            raise LookupError("this operation has no bucket")
        return self._bucket

    @property
    def has_bucket(self) -> bool:
        """Whether the call is about a bucket that exists."""
        return self._bucket is not None

    @property
    def settings(self) -> BucketSettings:
        """The bucket's settings."""
        if self._settings is None:
            self._settings = settings_of(self.bucket)
        return self._settings

    def use_bucket(self, bucket: Bucket) -> None:
        """Set the bucket the call is about, as just read from the store."""
        self._bucket = bucket
        self._settings = None

    async def change_settings(self, change: Callable[[BucketSettings], BucketSettings]) -> None:
        """Replace the bucket's settings by what `change` makes of them, in one transaction."""

        def apply(bucket: Bucket) -> Bucket:
            return msgspec.structs.replace(bucket, attributes=encode(change(settings_of(bucket))))

        try:
            self.use_bucket(await self.objects.update_bucket(self.bucket.name, apply))
        except NoBucketError:
            raise no_such_bucket(self.bucket.name) from None
