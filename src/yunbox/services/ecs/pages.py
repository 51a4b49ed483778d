"""Listings that can be asked for in numbered pages and from a token, newest first, as most of Ecs's can.

`PageNumber` and `PageSize` are the older way; a request that has `NextToken` or `MaxResults` is answered the newer
way. The token is the id of the last resource of the page before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

import msgspec

from yunbox.api.call import Call
from yunbox.api.resource import CloudResource
from yunbox.api.shapes import PageNumber, Request

T = TypeVar("T", bound=CloudResource)


class Listing(Request):
    """The parameters of both ways; a type that allows more on a page overrides `most`."""

    page_number: PageNumber = 1
    page_size: int = 10
    next_token: str = ""
    max_results: int | None = None

    @property
    def most(self) -> int:
        """How many a page holds at most; who asks for more gets that many."""
        return 100

    @property
    def from_token(self) -> bool:
        """Whether it is asked the newer way."""
        return bool(self.next_token) or self.max_results is not None

    @property
    def size(self) -> int:
        """How many a page holds."""
        wanted = self.max_results if self.from_token else self.page_size
        return min(max(10 if wanted is None else wanted, 1), self.most)


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page: its resources, how many there are in all, and the token of the page that follows."""

    found: list[T]
    total: int
    next_token: str = ""


def page_of(
    call: Call,
    type_: type[T],
    request: Listing,
    keep: Callable[[T], bool] | None = None,
    *,
    ids: Collection[str] = (),
    parent: str = "",
    name: str = "",
) -> Page[T]:
    """Return the page that a request asks for, of resources with that `parent` and `name`.

    With `ids`, those are read and no others. Without `keep` a page costs the same however many resources there
    are, but for counting them; with it, all of that parent and name are read.
    """
    equal = {field: value for field, value in (("parent", parent), ("name", name)) if value}
    if ids:
        named = [one for id_ in sorted(set(ids), reverse=True) if (one := call.get(type_, id_)) is not None]
        meant = [one for one in named if all(getattr(one, field) == value for field, value in equal.items())]
        return _filtered([one for one in meant if keep is None or keep(one)], request)
    if keep is not None:
        return _filtered([one for one in _all(call, type_, equal) if keep(one)], request)
    total = call.count(type_, **equal)
    if not request.from_token:
        offset = (request.page_number - 1) * request.size
        return Page(_all(call, type_, equal, offset=offset, limit=request.size), total)
    rest = _all(call, type_, equal, after=request.next_token, limit=request.size + 1)
    return _from_token(rest, total, request)


def _all(
    call: Call, type_: type[T], equal: dict[str, str], *, after: str = "", offset: int = 0, limit: int = -1
) -> list[T]:
    where: dict[str, Any] = {"account": call.account, "region": call.region, **equal}
    return call.view.find(type_, after=after, limit=limit, offset=offset, descending=True, **where)


def _filtered(found: list[T], request: Listing) -> Page[T]:
    if request.from_token:
        rest = [one for one in found if not request.next_token or one.id < request.next_token]
        return _from_token(rest, len(found), request)
    offset = (request.page_number - 1) * request.size
    return Page(found[offset : offset + request.size], len(found))


def _from_token(rest: list[T], total: int, request: Listing) -> Page[T]:
    page = rest[: request.size]
    return Page(page, total, page[-1].id if len(rest) > request.size else "")
