"""Listings that go on from a token: newest first, with the number of all that fit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Annotated, TypedDict, TypeVar

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import CloudResource
from yunbox.api.shapes import Answer, Request, TagFilter
from yunbox.control.store_resource import Resource

T = TypeVar("T", bound=Resource)
C = TypeVar("C", bound=CloudResource)


class Listing(Request):
    """A listing in pages of at most 100."""

    next_token: Annotated[str, Meta(max_length=1024)] = ""
    max_results: Annotated[int, Meta(ge=1, le=100)] = 20


class Listed(Answer):
    """What every listing answers besides its items. `next_token` is empty on the last page."""

    max_results: int
    total_count: int
    next_token: str = ""


class PageFacts(TypedDict):
    """The fields of `Listed`, to be passed on to an answer."""

    max_results: int
    total_count: int
    next_token: str


def page_of(found: Sequence[T], request: Listing) -> tuple[Sequence[T], PageFacts]:
    """Return the page that a request asks for of resources whose ids fall, and what is said of it."""
    rest = found
    if request.next_token:
        rest = [each for each in found if each.id < request.next_token]
    page = rest[: request.max_results]
    return page, _said(found, request, page[-1].id if len(rest) > len(page) else "")


def part_of(found: Sequence[str], request: Listing) -> tuple[Sequence[str], PageFacts]:
    """Return the page that a request asks for of sorted texts, and what is said of it."""
    rest = [each for each in found if each > request.next_token] if request.next_token else found
    page = rest[: request.max_results]
    return page, _said(found, request, page[-1] if len(rest) > len(page) else "")


def _said(found: Sequence[object], request: Listing, token: str) -> PageFacts:
    return {"max_results": request.max_results, "total_count": len(found), "next_token": token}


def matching(
    call: Call,
    type_: type[C],
    *,
    ids: Collection[str] = (),
    names: Collection[str] = (),
    tags: Sequence[TagFilter] = (),
    group: str = "",
    keep: Callable[[C], bool] | None = None,
) -> list[C]:
    """Return the caller's resources that a listing's filters keep, newest first. An empty filter keeps all."""
    found = call.find(type_, descending=True)
    return [
        each
        for each in found
        if (not ids or each.id in ids)
        and (not names or each.name in names)
        and (not group or each.resource_group == group)
        and each.has_tags(tags)
        and (keep is None or keep(each))
    ]
