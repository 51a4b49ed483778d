"""Hotlink protection: from which pages a bucket's objects may be embedded.

Source: OSS documentation, `PutBucketReferer` and "Hotlink protection": only anonymous requests and signed
URLs are looked at; an empty Referer passes when it is allowed or no page is on the whitelist; then the
blacklist counts, then the whitelist. Entries match what begins with them, with `*` and `?` as wildcards.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.identity.policy.wildcard import Wildcard
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import keep, read_document
from yunbox.services.oss.errors import access_denied, invalid_argument
from yunbox.services.oss.operation import operation

_NAME = "referer"
_MAX_BYTES = 20 * 1024


class RefererList(Document):
    """Pages, with wildcards."""

    referer: list[str] = []


class RefererConfiguration(Document):
    """Which pages may embed objects, and how a page is compared: with its query string, its path, or less."""

    allow_empty_referer: bool = True
    allow_truncate_query_string: bool = True
    truncate_path: bool = False
    referer_list: RefererList = msgspec.field(default_factory=RefererList)
    referer_blacklist: RefererList | None = None


def check_referer(call: Call) -> None:
    """Refuse a request that was sent from a page that may not embed the bucket's objects.

    Raises CloudError (AccessDenied).
    """
    headers = call.request.headers
    if "authorization" in headers:
        return
    stored = call.settings.configuration(_NAME, RefererConfiguration)
    if stored is not None and not passes(stored, headers.get("referer")):
        raise _denied()


def _denied() -> CloudError:
    return access_denied("You are denied by bucket referer policy.", "0003-00000503")


def passes(rules: RefererConfiguration, referer: str) -> bool:
    """Return whether a Referer (empty: there is none) passes."""
    whitelist = rules.referer_list.referer
    if not referer:
        return rules.allow_empty_referer or not whitelist
    if rules.truncate_path:
        referer = _origin(referer)
    elif rules.allow_truncate_query_string:
        referer = referer.partition("?")[0]
    blacklist = rules.referer_blacklist.referer if rules.referer_blacklist is not None else []
    if any(matches(entry, referer) for entry in blacklist):
        return False
    return not whitelist or any(matches(entry, referer) for entry in whitelist)


def _origin(referer: str) -> str:
    scheme, separator, rest = referer.partition("://")
    if not separator:
        scheme, rest = "", referer
    for end in "/?#":
        rest = rest.partition(end)[0]
    return scheme + separator + rest


def matches(entry: str, referer: str) -> bool:
    """Return whether a Referer begins as an entry says; an entry without a scheme fits any."""
    pattern = _pattern(entry)
    if pattern.matches(referer):
        return True
    return "://" not in entry and pattern.matches(referer.partition("://")[2])


@lru_cache(maxsize=4096)
def _pattern(entry: str) -> Wildcard:
    return Wildcard(f"{entry}*")


@operation("PutBucketReferer", "PUT", "bucket", "referer")
async def put_bucket_referer(call: Call) -> Response:
    """Set the lists."""
    wanted = await read_document(call, RefererConfiguration)
    entries = [*wanted.referer_list.referer]
    if wanted.referer_blacklist is not None:
        entries += wanted.referer_blacklist.referer
    if sum(len(entry.encode("utf-8", "replace")) for entry in entries) > _MAX_BYTES:
        raise invalid_argument("The referers must not be longer than 20 KB in all.", "RefererList")
    wanted.referer_list.referer = _clean(wanted.referer_list.referer)
    if wanted.referer_blacklist is not None:
        wanted.referer_blacklist.referer = _clean(wanted.referer_blacklist.referer)
    await keep(call, _NAME, wanted)
    return Response(200)


def _clean(entries: list[str]) -> list[str]:
    """Leave out empty entries: what begins with nothing would be everything."""
    return [entry.strip() for entry in entries if entry.strip()]


@operation("GetBucketReferer", "GET", "bucket", "referer")
async def get_bucket_referer(call: Call) -> RefererConfiguration:
    """Return the lists."""
    return call.settings.configuration(_NAME, RefererConfiguration) or RefererConfiguration()
