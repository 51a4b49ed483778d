"""Pages of up to 50, as most listings of Vpc have them: newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, PageNumber, Request
from yunbox.control.store_resource import Resource

T = TypeVar("T", bound=Resource)
Item = TypeVar("Item")


class Listing(Request):
    """A listing in pages of at most 50."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=50)] = 10


class Listed(Answer):
    """What every such listing answers besides its items."""

    total_count: int
    page_number: int
    page_size: int


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """The items of one page, and how many there are in all."""

    items: list[Item]
    total: int


def find_page(
    call: Call,
    type_: type[T],
    number: int,
    size: int,
    keep: Callable[[T], bool] | None = None,
    parent: str = "",
) -> Page[T]:
    """Return a page of the resources (of `parent`, when given) that `keep` keeps, newest first.

    Without `keep` nothing but the page is read, however many resources there are.
    """
    offset = (number - 1) * size
    equal: dict[str, Any] = {"parent": parent} if parent else {}
    if offset >= 1 << 31:
        return Page([], call.count(type_, **equal) if keep is None else 0)
    if keep is None:
        return Page(
            call.find(type_, descending=True, offset=offset, limit=size, **equal), call.count(type_, **equal)
        )
    kept = [each for each in call.find(type_, descending=True, **equal) if keep(each)]
    return Page(kept[offset : offset + size], len(kept))
