"""Tags of users, roles and policies. Source: RAM API, `TagResources`; RAM documentation, "Limits" of tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from yunbox.control.store import View
from yunbox.identity.registry import (
    InvalidValueError,
    LimitExceededError,
    Registry,
    page,
    require_named,
)
from yunbox.identity.resources import CustomPolicy, Role, User

TAGS = 20

Tagged = User | Role | CustomPolicy

TAGGED: dict[str, type[User] | type[Role] | type[CustomPolicy]] = {
    "user": User,
    "role": Role,
    "policy": CustomPolicy,
}
"""What may bear tags, by the word that requests use."""


class TagPage(msgspec.Struct, frozen=True):
    """Tags as (name of the resource, key, value); `marker` asks for the next ones, empty when there are none."""

    items: list[tuple[str, str, str]]
    marker: str = ""


class Tags(Registry):
    """The part of the directory that knows tags."""

    def tag(self, account_id: str, kind: str, names: Iterable[str], tags: Mapping[str, str]) -> None:
        """Give resources tags; a key that a resource has gets the new value.

        Raises InvalidValueError, NoSuchEntityError, LimitExceededError.
        """
        check_tags(tags)
        with self._store.write() as change:
            for each in _resources(change, account_id, kind, names):
                merged = each.tags | dict(tags)
                if len(merged) > TAGS:
                    raise LimitExceededError("tag", f"A resource may have at most {TAGS} tags.")
                change.replace(msgspec.structs.replace(each, tags=merged))

    def untag(self, account_id: str, kind: str, names: Iterable[str], keys: Iterable[str] | None) -> None:
        """Take tags away, all of them when `keys` is None. Raises InvalidValueError, NoSuchEntityError."""
        gone = None if keys is None else set(keys)
        with self._store.write() as change:
            for each in _resources(change, account_id, kind, names):
                left = {
                    key: value for key, value in each.tags.items() if gone is not None and key not in gone
                }
                change.replace(msgspec.structs.replace(each, tags=left))

    def list_tags(
        self,
        account_id: str,
        kind: str,
        *,
        names: Iterable[str] = (),
        wanted: Iterable[tuple[str, str]] = (),
        marker: str = "",
        limit: int = 50,
    ) -> TagPage:
        """Return a page of the tags that resources bear.

        `names` are the resources to look at, those that do not exist being left out; none: all of the kind.
        `wanted` are pairs of a key and a value (an empty one: any), all of which a resource must bear.
        """
        wanted = tuple(wanted)
        names = tuple(names)
        found: list[tuple[str, str, str, str]] = []
        after, _, done = marker.partition("|")
        skip = int(done) if done.isascii() and done.isdigit() and len(done) < 4 else 0
        with self._store.read() as view:
            for each in _all(view, account_id, kind, names):
                if each.id < after or not bears(each.tags, wanted):
                    continue
                start = skip if each.id == after else 0
                rows = list(enumerate(sorted(each.tags.items()), 1))
                found += [(each.name, key, value, f"{each.id}|{at}") for at, (key, value) in rows[start:]]
                if len(found) > limit:
                    return TagPage([row[:3] for row in found[:limit]], found[limit - 1][3])
        return TagPage([row[:3] for row in found])


def bears(tags: Mapping[str, str], wanted: Iterable[tuple[str, str]]) -> bool:
    """Return whether tags hold all the wanted ones; an empty value stands for any."""
    return all(key in tags and value in ("", tags[key]) for key, value in wanted)


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise InvalidValueError for a tag that a resource cannot bear, LimitExceededError for too many."""
    if len(tags) > TAGS:
        raise LimitExceededError("tag", f"A resource may have at most {TAGS} tags.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 128:
            raise InvalidValueError(
                "tag", "A tag's key has 1 to 128 characters, its value up to 128.", "Length"
            )
        if key.startswith(("aliyun", "acs:")) or "://" in key or "://" in value:
            raise InvalidValueError(
                "tag", "A tag must not begin with aliyun or acs:, nor hold ://.", "InvalidChars"
            )


def _resources(view: View, account_id: str, kind: str, names: Iterable[str]) -> list[Tagged]:
    type_ = _type(kind)
    return [require_named(view, type_, account_id, name) for name in dict.fromkeys(names)]


def _all(view: View, account_id: str, kind: str, names: tuple[str, ...]) -> Iterable[Tagged]:
    type_ = _type(kind)
    if names:
        found = [view.find(type_, account=account_id, name=name, limit=1) for name in dict.fromkeys(names)]
        yield from sorted((each[0] for each in found if each), key=lambda each: each.id)
        return
    marker = ""
    while True:
        part = page(view, type_, account_id, marker, 500)
        yield from part.items
        marker = part.marker
        if not marker:
            return


def _type(kind: str) -> type[User] | type[Role] | type[CustomPolicy]:
    type_ = TAGGED.get(kind)
    if type_ is None:
        raise InvalidValueError("resource type", f"Tags are borne by {', '.join(TAGGED)}.")
    return type_
