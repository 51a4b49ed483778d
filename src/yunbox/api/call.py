"""One authenticated call of an action: what its function can see and use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import msgspec

from yunbox.control.clock import Clock, TurnedClock
from yunbox.control.ids import Ids
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Resource
from yunbox.errors import CloudError
from yunbox.identity.directory import Directory
from yunbox.identity.policy.authorise import authorise, denial_facts
from yunbox.identity.policy.evaluate import Context, Values
from yunbox.identity.principal import Principal

if TYPE_CHECKING:
    from yunbox.api.product import Product
    from yunbox.engines.compute.interface import Compute
    from yunbox.engines.metrics.interface import MetricStore
    from yunbox.engines.objects.interface import ObjectStore

T = TypeVar("T", bound=Resource)


class Cloud(msgspec.Struct, frozen=True):
    """What every call stands on. `clock` is the machine's time, `time` the cloud's, which may run faster."""

    store: Store
    directory: Directory
    objects: ObjectStore
    compute: Callable[[], Compute]
    metrics: Callable[[], MetricStore]
    clock: Clock
    time: TurnedClock
    ids: Ids
    default_region: str


def resource_of(folder: str, id_: str) -> str:
    """Return how policies name a resource: `vpc/vpc-1`, or `vpc/*` for an empty id."""
    return f"{folder}/{quoted(id_) or '*'}"


def quoted(id_: str) -> str:
    """Return an id of a request as it stands in the name of a resource that policies are asked about."""
    return quote(id_, safe=":@._-/*")


class Call:
    """One call. `now` is when the request came in, in seconds since the epoch; `region` where it is made.

    `endpoint` is the address that the client used (host and port), `vendor` whether that is one of the vendor's.
    """

    __slots__ = (
        "_view",
        "action",
        "cloud",
        "endpoint",
        "now",
        "peer",
        "principal",
        "product",
        "region",
        "request_id",
        "secure",
        "vendor",
    )

    def __init__(  # noqa: PLR0913 - a call has this many sides
        self,
        cloud: Cloud,
        product: Product,
        action: str,
        principal: Principal,
        *,
        region: str,
        request_id: str,
        now: float,
        peer: str = "",
        secure: bool = False,
        endpoint: str = "",
        vendor: bool = False,
    ) -> None:
        self.cloud = cloud
        self.product = product
        self.action = action
        self.principal = principal
        self.region = region
        self.request_id = request_id
        self.now = now
        self.peer = peer
        self.secure = secure
        self.endpoint = endpoint
        self.vendor = vendor
        self._view: View | None = None

    @property
    def account(self) -> str:
        """The id of the account that calls, and that owns what is made."""
        return self.principal.account_id

    @property
    def time(self) -> float:
        """When the request came in, on the cloud's clock: what schedules, cooldowns and metrics go by."""
        return self.cloud.time.at(self.now)

    @property
    def directory(self) -> Directory:
        """Who exists and what they may do. Its methods open their own transactions."""
        return self.cloud.directory

    def use(self, view: View) -> None:
        """Let the call read (or change) the store through an open transaction."""
        self._view = view

    @property
    def view(self) -> View:
        """The open transaction. Raises RuntimeError for an action that opens its own."""
        if self._view is None:
            raise RuntimeError("This action opens its own transactions.")
        return self._view

    @property
    def change(self) -> Change:
        """The open transaction, to change the store with. Raises RuntimeError for an action that only reads."""
        if not isinstance(self._view, Change):
            raise RuntimeError("This action only reads.")
        return self._view

    def new_id(self, prefix: str) -> str:
        """Return a new id such as `vsw-...`; ids made later sort behind earlier ones."""
        return self.cloud.ids.resource(prefix, self.now)

    def get(self, type_: type[T], id_: str) -> T | None:
        """Return a resource of the caller's account in the call's region, or None."""
        found = self.view.get(type_, id_) if 0 < len(id_) <= 512 else None
        if found is None or found.account != self.account:
            return None
        if self.product.regional and found.region and found.region != self.region:
            return None
        return found

    def require(self, type_: type[T], id_: str, missing: Callable[[str], CloudError]) -> T:
        """Return what `get` returns. Raises the CloudError that `missing` makes of the id."""
        found = self.get(type_, id_)
        if found is None:
            raise missing(id_)
        return found

    def find(
        self,
        type_: type[T],
        *,
        limit: int = -1,
        offset: int = 0,
        descending: bool = False,
        **equal: str,
    ) -> list[T]:
        """Return the resources of the caller's account in the call's region, in the order of their ids.

        `equal` may name `name` and `parent`.
        """
        where = {"account": self.account, **equal}
        if self.product.regional:
            where["region"] = self.region
        return self.view.find(type_, limit=limit, offset=offset, descending=descending, **where)

    def count(self, type_: type[Resource], **equal: str) -> int:
        """Return how many `find` would return without limit."""
        where = {"account": self.account, **equal}
        if self.product.regional:
            where["region"] = self.region
        return self.view.count(type_, **where)

    def authorise(self, relative: str, permission: str = "", keys: dict[str, Values] | None = None) -> None:
        """Return when the caller may do this to `acs:<ram>:<region>:<account>:<relative>`. Raises CloudError."""
        caller, product = self.principal, self.product
        if caller.kind == "root":
            return
        region = self.region if product.regional else "*"
        context = Context(
            principal=caller,
            action=permission or f"{product.ram}:{self.action}",
            resource=f"acs:{product.ram}:{region}:{self.account}:{relative}",
            owner=self.account,
            now=self.now,
            source_ip=self.peer,
            secure=self.secure,
            keys=keys or {},
        )
        verdict = authorise(context)
        if not verdict.allowed:
            raise CloudError(
                product.forbidden,
                403,
                f"User not authorized to operate on the specified resource: {context.action} on "
                f"{context.resource}.",
                details={name: value for name, value in denial_facts(verdict, context).items() if value},
            )
