"""What lifecycle rules ask for, of one object version or one upload, at one moment. Pure: no clock, no store.

Sources: OSS documentation, "Lifecycle rules based on the last modified time" and "Priorities of lifecycle
rules". Days count from the midnight (UTC) that ends the day of the last change: what was changed at any time
of 10 November under a rule of 1 day is due at the first moment of 12 November. Where several rules are due,
deletion goes before conversion, and conversion to a colder class before one to a warmer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from yunbox.services.oss.lifecycle_documents import (
    Expiration,
    LifecycleRule,
    NoncurrentVersionTransition,
    RuleFilter,
    Transition,
    midnight,
)
from yunbox.services.oss.model import ObjectType, StorageClass

DAY = 86400.0
SMALL_FILE_BYTES = 64 * 1024
_WARMTH: tuple[StorageClass, ...] = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")


class Facts(msgspec.Struct, frozen=True):
    """What a decision depends on, of one version of an object or one delete marker.

    `modified` and `noncurrent_since` (when a newer version took its place; None for the current one) are in
    seconds since the epoch. `alone` says that the key has no other version.
    """

    key: str
    size: int
    modified: float
    storage_class: StorageClass = "Standard"
    type: ObjectType = "Normal"
    tags: Mapping[str, str] = {}
    marker: bool = False
    alone: bool = False
    noncurrent_since: float | None = None


class Expire(msgspec.Struct, frozen=True):
    """Delete it: a current version as DeleteObject does, a former version or a delete marker for good."""


class Convert(msgspec.Struct, frozen=True):
    """Move it to this storage class."""

    storage_class: StorageClass


Decision = Expire | Convert | None


def due(start: float, days: int) -> float:
    """Return when something `days` after `start` is due: counted from the midnight that ends the day."""
    return math.ceil(start / DAY) * DAY + days * DAY


def decide(rules: Iterable[LifecycleRule], facts: Facts, now: float) -> Decision:
    """Return what the rules ask for at `now` (seconds since the epoch), or None."""
    coldest: StorageClass | None = None
    for rule in rules:
        if rule.status != "Enabled" or not _matches(rule, facts):
            continue
        if _expires(rule, facts, now):
            return Expire()
        for wanted in _conversions(rule, facts, now):
            if _colder(wanted, coldest or facts.storage_class):
                coldest = wanted
    return None if coldest is None else Convert(coldest)


def decide_upload(
    rules: Iterable[LifecycleRule], key: str, tags: Mapping[str, str], initiated: float, now: float
) -> bool:
    """Say whether the rules ask for an upload to be aborted. Rules by size concern no upload: it has none."""
    facts = Facts(key=key, size=0, modified=initiated, tags=tags)
    for rule in rules:
        abort = rule.abort_multipart_upload
        if abort is None or rule.status != "Enabled" or _by_size(rule.filter) or not _matches(rule, facts):
            continue
        if _is_due(abort.days, abort.created_before_date, initiated, now):
            return True
    return False


def end_of(rules: Iterable[LifecycleRule], facts: Facts) -> tuple[LifecycleRule, float] | None:
    """Return which rule deletes a current version first and when (seconds since the epoch), or None.

    A moment that is past means: in the next round.
    """
    first: tuple[LifecycleRule, float] | None = None
    for rule in rules:
        if rule.expiration is None or rule.status != "Enabled" or not _matches(rule, facts):
            continue
        moment = _end(rule.expiration, facts.modified)
        if moment is not None and (first is None or moment < first[1]):
            first = rule, moment
    return first


def _end(expiration: Expiration, modified: float) -> float | None:
    if expiration.days is not None:
        return due(modified, expiration.days)
    if expiration.date is not None:
        return midnight(expiration.date)
    before = midnight(expiration.created_before_date) if expiration.created_before_date else None
    return before if before is not None and modified < before else None


def _matches(rule: LifecycleRule, facts: Facts) -> bool:
    if not facts.key.startswith(rule.prefix):
        return False
    if any(facts.tags.get(tag.key) != tag.value for tag in rule.tag):
        return False
    wanted = rule.filter
    if wanted is None:
        return True
    if facts.marker and _by_size(wanted):
        return False
    low, high = wanted.object_size_greater_than, wanted.object_size_less_than
    if (low is not None and facts.size <= low) or (high is not None and facts.size >= high):
        return False
    return not any(
        facts.key.startswith(each.prefix)
        and (each.tag is None or facts.tags.get(each.tag.key) == each.tag.value)
        for each in wanted.excluded
    )


def _by_size(wanted: RuleFilter | None) -> bool:
    return wanted is not None and (
        wanted.object_size_greater_than is not None or wanted.object_size_less_than is not None
    )


def _expires(rule: LifecycleRule, facts: Facts, now: float) -> bool:
    if facts.noncurrent_since is not None:
        noncurrent = rule.noncurrent_version_expiration
        return noncurrent is not None and now >= due(facts.noncurrent_since, noncurrent.noncurrent_days)
    expiration = rule.expiration
    if expiration is None:
        return False
    if facts.marker:
        return facts.alone and bool(expiration.expired_object_delete_marker)
    end = _end(expiration, facts.modified)
    return end is not None and now >= end


def _is_due(days: int | None, created_before: str | None, start: float, now: float) -> bool:
    if days is not None:
        return now >= due(start, days)
    date = midnight(created_before) if created_before is not None else None
    return date is not None and start < date <= now


def _conversions(rule: LifecycleRule, facts: Facts, now: float) -> Iterator[StorageClass]:
    if facts.marker:
        return
    if facts.noncurrent_since is None:
        for each in rule.transition:
            if _may_convert(each, facts) and _is_due(
                each.days, each.created_before_date, facts.modified, now
            ):
                yield each.storage_class
    else:
        for former in rule.noncurrent_version_transition:
            if _may_convert(former, facts) and now >= due(facts.noncurrent_since, former.noncurrent_days):
                yield former.storage_class


def _may_convert(action: Transition | NoncurrentVersionTransition, facts: Facts) -> bool:
    """A symbolic link has no data to convert, and what is appended to cannot be archived."""
    if facts.type == "Symlink" or (facts.type == "Appendable" and action.storage_class != "IA"):
        return False
    return action.allow_small_file is not False or facts.size >= SMALL_FILE_BYTES


def _colder(wanted: StorageClass, present: StorageClass) -> bool:
    return _WARMTH.index(wanted) > _WARMTH.index(present)


Kind = Literal["objects", "uploads"]


def prefixes(rules: Iterable[LifecycleRule], kind: Kind) -> list[str]:
    """Return the fewest prefixes that hold everything that the enabled rules may act on, in order."""
    wanted = sorted({r.prefix for r in rules if r.status == "Enabled" and _acts_on(r, kind)})
    fewest: list[str] = []
    for prefix in wanted:
        if not fewest or not prefix.startswith(fewest[-1]):
            fewest.append(prefix)
    return fewest


def _acts_on(rule: LifecycleRule, kind: Kind) -> bool:
    if kind == "uploads":
        return rule.abort_multipart_upload is not None
    return bool(
        rule.expiration
        or rule.transition
        or rule.noncurrent_version_expiration
        or rule.noncurrent_version_transition
    )
