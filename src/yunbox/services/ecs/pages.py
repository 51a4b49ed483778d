"""Listings that can be asked for in numbered pages and from a token, newest first, as most of Ecs's can.

`PageNumber` and `PageSize` are the older way; a request that has `NextToken` or `MaxResults` is answered the newer
way. The token is the id of the last resource of the page before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

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
    call: Call, type_: type[T], request: Listing, keep: Callable[[T], bool] | None = None, **equal: str
) -> Page[T]:
    """Return the page that a request asks for; `equal` as for `Call.find`.

    Without `keep` a page costs the same however many resources there are, but for counting them; with it, all that
    `equal` leaves are read.
    """
    if keep is not None:
        return _filtered([one for one in call.find(type_, descending=True, **equal) if keep(one)], request)
    total = call.count(type_, **equal)
    if not request.from_token:
        offset = (request.page_number - 1) * request.size
        found = call.find(type_, descending=True, offset=offset, limit=request.size, **equal)
        return Page(found, total)
    where = {"account": call.account, "region": call.region, **equal}
    some = call.view.find(type_, after=request.next_token, descending=True, limit=request.size + 1, **where)
    return _from_token(some, total, request)


def _filtered(found: list[T], request: Listing) -> Page[T]:
    if request.from_token:
        rest = [one for one in found if not request.next_token or one.id < request.next_token]
        return _from_token(rest, len(found), request)
    offset = (request.page_number - 1) * request.size
    return Page(found[offset : offset + request.size], len(found))


def _from_token(rest: list[T], total: int, request: Listing) -> Page[T]:
    page = rest[: request.size]
    return Page(page, total, page[-1].id if len(rest) > request.size else "")
