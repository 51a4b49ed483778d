"""ListObjectVersions: every version and delete marker."""

from __future__ import annotations

from collections.abc import Callable

from yunbox.engines.objects.interface import Entry, NoBucketError, Page
from yunbox.gateway.http.message import Response
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import invalid_argument, no_such_bucket
from yunbox.services.oss.listing import (
    checked_text,
    common_prefixes,
    encoding_element,
    key_writer,
    listing_document,
    owner_element,
    page_limit,
    properties,
)
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import encoding_type
from yunbox.services.oss.times import iso_time


@operation("ListObjectVersions", "GET", "bucket", "versions")
async def list_object_versions(call: Call) -> Response:
    """List versions by key, newest first, behind a key, or behind a version of that key."""
    query = call.query
    limit, encoding = page_limit(call), encoding_type(query)
    write = key_writer(encoding)
    marker, version = checked_text(call, "key-marker"), query.get("version-id-marker", "")
    if version and not marker:
        raise invalid_argument(
            "A version-id marker cannot be specified without a key marker.", "version-id-marker", version
        )
    page = await _page(call, marker, version, limit)
    following = (
        f"<NextKeyMarker>{write(page.next_key)}</NextKeyMarker>"
        f"<NextVersionIdMarker>{page.next_version}</NextVersionIdMarker>"
    )
    owner = owner_element(call.bucket.owner)
    return listing_document(
        "ListVersionsResult",
        f"<Name>{call.bucket.name}</Name><Prefix>{write(query.get('prefix', ''))}</Prefix>",
        f"<KeyMarker>{write(marker)}</KeyMarker><VersionIdMarker>{key_writer('')(version)}</VersionIdMarker>",
        f"<MaxKeys>{limit}</MaxKeys><Delimiter>{write(query.get('delimiter', ''))}</Delimiter>",
        encoding_element(encoding),
        f"<IsTruncated>{'true' if page.truncated else 'false'}</IsTruncated>",
        following if page.truncated else "",
        "".join([_version(entry, write, owner, call.now) for entry in page.entries]),
        common_prefixes(page.prefixes, write),
    )


async def _page(call: Call, marker: str, version: str, limit: int) -> Page:
    try:
        return await call.objects.list_versions(
            call.bucket.name,
            prefix=checked_text(call, "prefix"),
            delimiter=checked_text(call, "delimiter"),
            after=marker,
            after_version=version,
            limit=limit,
        )
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    except ValueError:
        raise invalid_argument("Invalid version id specified", "version-id-marker", version) from None


def _version(entry: Entry, write: Callable[[str], str], owner: str, now: float) -> str:
    named = (
        f"<Key>{write(entry.key)}</Key><VersionId>{entry.version}</VersionId>"
        f"<IsLatest>{'true' if entry.latest else 'false'}</IsLatest>"
    )
    if entry.marker:
        modified = f"<LastModified>{iso_time(entry.modified)}</LastModified>"
        return f"<DeleteMarker>{named}{modified}{owner}</DeleteMarker>"
    return f"<Version>{named}{properties(entry, owner, now)}</Version>"
