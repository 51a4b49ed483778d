"""Lifecycle rules as they travel and as they are kept.

Source: OSS documentation, `PutBucketLifecycle`. Dates are kept as text, `2026-11-11T00:00:00.000Z`: the rules
that a client gets back are the ones it gave.
"""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache
from typing import Literal

import msgspec

from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.model import BucketSettings, StorageClass

CONFIGURATION = "lifecycle"
"""The name under which a bucket keeps its rules."""

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00(?:\.0{1,6})?Z")


class RuleTag(Document):
    """A tag that an object must have (in `Not`: must not have)."""

    key: str
    value: str = ""


class FilterNot(Document):
    """What a rule leaves alone: objects whose keys begin so and, where a tag is named, that have it."""

    prefix: str
    tag: RuleTag | None = None


class RuleFilter(Document):
    """Which objects a rule applies to, beyond prefix and tags. Sizes in bytes, both ends left out."""

    object_size_greater_than: int | None = None
    object_size_less_than: int | None = None
    excluded: list[FilterNot] = msgspec.field(name="Not", default_factory=list)


class Expiration(Document):
    """When current versions go: one of days, a day on which all go, or a day before which what goes was made."""

    days: int | None = None
    date: str | None = None
    created_before_date: str | None = None
    expired_object_delete_marker: bool | None = None


class AbortMultipartUpload(Document):
    """When uploads that were never completed go."""

    days: int | None = None
    created_before_date: str | None = None


class Transition(Document, kw_only=True):
    """When current versions move to a colder storage class."""

    days: int | None = None
    created_before_date: str | None = None
    storage_class: StorageClass
    is_access_time: bool | None = None
    return_to_std_when_visit: bool | None = None
    allow_small_file: bool | None = None


class NoncurrentVersionExpiration(Document):
    """When former versions go, counted from the day they were replaced."""

    noncurrent_days: int


class NoncurrentVersionTransition(Document, kw_only=True):
    """When former versions move to a colder storage class."""

    noncurrent_days: int
    storage_class: StorageClass
    is_access_time: bool | None = None
    return_to_std_when_visit: bool | None = None
    allow_small_file: bool | None = None


class LifecycleRule(Document, kw_only=True):
    """One rule. `atime_base` (seconds since the epoch) belongs to rules by access time."""

    id: str = msgspec.field(name="ID", default="")
    prefix: str = ""
    status: Literal["Enabled", "Disabled"]
    tag: list[RuleTag] = []
    filter: RuleFilter | None = None
    expiration: Expiration | None = None
    transition: list[Transition] = []
    abort_multipart_upload: AbortMultipartUpload | None = None
    noncurrent_version_expiration: NoncurrentVersionExpiration | None = None
    noncurrent_version_transition: list[NoncurrentVersionTransition] = []
    atime_base: int | None = None


class LifecycleConfiguration(Document):
    """The rules of a bucket."""

    rule: list[LifecycleRule]


def rules_of(settings: BucketSettings) -> list[LifecycleRule]:
    """Return a bucket's rules."""
    stored = settings.configuration(CONFIGURATION, LifecycleConfiguration)
    return [] if stored is None else stored.rule


@lru_cache(maxsize=1024)
def midnight(text: str) -> float | None:
    """Return a date of a rule in seconds since the epoch; None unless it is a midnight in UTC."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return float(calendar.timegm(time.strptime(match[1], "%Y-%m-%d")))
    except ValueError:
        return None
