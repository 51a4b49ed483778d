"""DescribeKeyPairs. Wire shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Annotated

from msgspec import UNSET, Meta

from yunbox.api.call import Call
from yunbox.api.resource import minutes
from yunbox.api.shapes import Answer, PageNumber, Request, Shape, TagFilter, Text
from yunbox.services.ecs.key_pairs.model import KeyPair
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.tags import TagList, tag_list


class DescribeKeyPairs(Request):
    """Ask for key pairs by name (`*` for any text), fingerprint, tags or resource group."""

    key_pair_name: Annotated[str, Meta(max_length=256)] = ""
    key_pair_finger_print: str = ""
    include_public_key: bool = False
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=50)] = 10


class ShownKeyPair(Shape):
    """One key pair."""

    key_pair_name: str
    key_pair_finger_print: str
    creation_time: str
    resource_group_id: str
    tags: TagList
    public_key: Text = UNSET


class KeyPairList(Shape):
    """The wrapping of a list of key pairs."""

    key_pair: list[ShownKeyPair]


class KeyPairsDescribed(Answer):
    """One page of key pairs."""

    key_pairs: KeyPairList
    total_count: int
    page_number: int
    page_size: int


@ecs.action(DescribeKeyPairs, on="keypair/*")
def describe_key_pairs(request: DescribeKeyPairs, call: Call) -> KeyPairsDescribed:
    """Answer with one page, newest first."""
    keep = _filter(request)
    found = [pair for pair in call.find(KeyPair, descending=True) if keep(pair)]
    start = (request.page_number - 1) * request.page_size
    page = found[start : start + request.page_size]
    return KeyPairsDescribed(
        key_pairs=KeyPairList(key_pair=[_shown(pair, request.include_public_key) for pair in page]),
        total_count=len(found),
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _filter(request: DescribeKeyPairs) -> Callable[[KeyPair], bool]:
    # Only the asterisk is special: the marks of sets and single characters are not.
    pattern = "*".join(
        part.replace("[", "[[]").replace("?", "[?]") for part in request.key_pair_name.split("*")
    )

    def keep(pair: KeyPair) -> bool:
        return (
            (not request.key_pair_name or fnmatchcase(pair.name, pattern))
            and request.key_pair_finger_print in ("", pair.fingerprint)
            and request.resource_group_id in ("", pair.resource_group)
            and pair.has_tags(request.tag)
        )

    return keep


def _shown(pair: KeyPair, with_key: bool) -> ShownKeyPair:
    return ShownKeyPair(
        key_pair_name=pair.name,
        key_pair_finger_print=pair.fingerprint,
        creation_time=minutes(pair.created),
        resource_group_id=pair.resource_group,
        tags=tag_list(pair.tags),
        public_key=pair.public_key if with_key else UNSET,
    )
