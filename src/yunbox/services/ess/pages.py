"""Numbered pages of listings, newest first."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, PageNumber, Request
from yunbox.control.store_resource import Resource

T = TypeVar("T", bound=Resource)


class Listing(Request):
    """A listing in pages of at most 50; who asks for more gets that many, as Terraform does."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class Listed(Answer):
    """What every such listing answers besides its items."""

    total_count: int
    page_number: int
    page_size: int


class Page(msgspec.Struct, Generic[T], frozen=True):
    """The resources of one page, and how many there are in all."""

    items: list[T]
    total: int
    number: int
    size: int


def page_of(
    call: Call,
    type_: type[T],
    request: Listing,
    keep: Callable[[T], bool] = lambda _: True,
    *,
    ids: Collection[str] = (),
    parent: str = "",
    most: int = 50,
) -> Page[T]:
    """Return a page of the resources with the `ids` and of the `parent`, where given, that `keep` keeps."""
    if ids:
        named = (call.get(type_, each) for each in sorted(set(ids), reverse=True))
        found = [each for each in named if each is not None and parent in ("", each.parent)]
    else:
        found = (
            call.find(type_, descending=True, parent=parent) if parent else call.find(type_, descending=True)
        )
    kept = [each for each in found if keep(each)]
    size = min(request.page_size, most)
    first = (request.page_number - 1) * size
    return Page(kept[first : first + size], len(kept), request.page_number, size)
