"""What answers say of an object's end: the header x-oss-expiration.

Source: OSS's newer SDK for Python, results of GetObject and HeadObject: the header is there when lifecycle rules
are configured for the object, and holds expiry-date and rule-id.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from urllib.parse import quote

import msgspec

from yunbox.engines.objects.interface import Entry
from yunbox.services.oss.lifecycle_decision import Facts, end_of
from yunbox.services.oss.lifecycle_documents import CONFIGURATION, LifecycleConfiguration, LifecycleRule
from yunbox.services.oss.model import BucketSettings, ObjectAttributes

_LAST_DATE = 253_402_300_799.0
"""The end of the year 9999: no date can be written beyond."""


def expiration_header(
    settings: BucketSettings, entry: Entry, attributes: ObjectAttributes
) -> list[tuple[str, str]]:
    """Return the header for a current version that rules will delete, else nothing."""
    stored = settings.configurations.get(CONFIGURATION)
    if stored is None or not entry.latest:
        return []
    facts = Facts(key=entry.key, size=entry.size, modified=entry.modified / 1000, tags=attributes.tags)
    found = end_of(_rules(stored), facts)
    if found is None:
        return []
    rule, moment = found
    if moment > _LAST_DATE:
        return []
    value = f'expiry-date="{formatdate(moment, usegmt=True)}", rule-id="{quote(rule.id)}"'
    return [("x-oss-expiration", value)]


@lru_cache(maxsize=64)
def _rules(stored: bytes) -> tuple[LifecycleRule, ...]:
    return tuple(msgspec.msgpack.decode(stored, type=LifecycleConfiguration).rule)
