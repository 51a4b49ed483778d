"""Listings of objects: ListObjects and ListObjectsV2."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from yunbox.engines.objects.interface import Entry, NoBucketError, Page
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import escape
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import invalid_argument, no_such_bucket
from yunbox.services.oss.model import attributes_of
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import encoding_type, integer
from yunbox.services.oss.times import iso_time

MAX_KEYS = 1000
_MAX_MARKER = 1024
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def key_writer(encoding: str) -> Callable[[str], str]:
    """Return how keys are written into documents: percent-encoded when the client asked for `url`."""
    if encoding == "url":
        return lambda key: quote(key, safe="-_.~")
    return escape


def key_text(key: str, encoding: str) -> str:
    """Return a key as typed documents hold it: percent-encoded when the client asked for `url`."""
    return quote(key, safe="-_.~") if encoding == "url" else key


def page_limit(call: Call) -> int:
    """Return max-keys. Raises CloudError when it is not 1 to 1,000."""
    return integer(call.query, "max-keys", default=100, low=1, high=MAX_KEYS)


def checked_text(call: Call, name: str) -> str:
    """Return a prefix, marker or delimiter of at most 1,024 bytes. Raises CloudError."""
    text = call.query.get(name, "")
    if len(text.encode("utf-8", "replace")) > _MAX_MARKER:
        raise invalid_argument(f"The {name} is too long.", name, text)
    return text


def contents(entry: Entry, write: Callable[[str], str], owner: str) -> str:
    """Write one object of a listing."""
    attributes = attributes_of(entry)
    shown = f"<Owner><ID>{owner}</ID><DisplayName>{owner}</DisplayName></Owner>" if owner else ""
    return (
        f"<Contents><Key>{write(entry.key)}</Key><LastModified>{iso_time(entry.modified)}</LastModified>"
        f'<ETag>"{entry.etag}"</ETag><Type>{attributes.type}</Type><Size>{entry.size}</Size>'
        f"<StorageClass>{attributes.storage_class}</StorageClass>{shown}</Contents>"
    )


def prefixes(page: Page, write: Callable[[str], str]) -> str:
    """Write the common prefixes of a page."""
    return "".join(
        f"<CommonPrefixes><Prefix>{write(each)}</Prefix></CommonPrefixes>" for each in page.prefixes
    )


async def _page(call: Call, after: str, limit: int) -> Page:
    try:
        return await call.objects.list(
            call.bucket.name,
            prefix=checked_text(call, "prefix"),
            delimiter=checked_text(call, "delimiter"),
            after=after,
            limit=limit,
        )
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None


@operation("ListObjects", "GET", "bucket")
async def list_objects(call: Call) -> Response:
    """List objects behind a marker."""
    limit, encoding = page_limit(call), encoding_type(call.query)
    write = key_writer(encoding)
    marker = checked_text(call, "marker")
    page = await _page(call, marker, limit)
    parts = [
        _HEAD,
        f"<ListBucketResult><Name>{call.bucket.name}</Name>",
        f"<Prefix>{write(call.query.get('prefix', ''))}</Prefix><Marker>{write(marker)}</Marker>",
        f"<MaxKeys>{limit}</MaxKeys><Delimiter>{write(call.query.get('delimiter', ''))}</Delimiter>",
        f"<EncodingType>{encoding}</EncodingType>" if encoding else "",
        f"<IsTruncated>{'true' if page.truncated else 'false'}</IsTruncated>",
        f"<NextMarker>{write(page.next_key)}</NextMarker>" if page.truncated else "",
        *(contents(entry, write, call.bucket.owner) for entry in page.entries),
        prefixes(page, write),
        "</ListBucketResult>",
    ]
    return xml_response(parts)


@operation("ListObjectsV2", "GET", "bucket", "list-type", permission="oss:ListObjects")
async def list_objects_v2(call: Call) -> Response:
    """List objects behind a continuation token or a start key."""
    query = call.query
    if query["list-type"] != "2":
        raise invalid_argument("Invalid list type", "list-type", query["list-type"])
    limit, encoding = page_limit(call), encoding_type(query)
    write = key_writer(encoding)
    start, token = checked_text(call, "start-after"), query.get("continuation-token")
    after = start if token is None else read_token(token)
    page = await _page(call, after, limit)
    owner = call.bucket.owner if query.get("fetch-owner", "").lower() == "true" else ""
    parts = [
        _HEAD,
        f"<ListBucketResult><Name>{call.bucket.name}</Name><Prefix>{write(query.get('prefix', ''))}</Prefix>",
        f"<StartAfter>{write(start)}</StartAfter>" if start else "",
        f"<ContinuationToken>{escape(token)}</ContinuationToken>" if token is not None else "",
        f"<MaxKeys>{limit}</MaxKeys><Delimiter>{write(query.get('delimiter', ''))}</Delimiter>",
        f"<EncodingType>{encoding}</EncodingType>" if encoding else "",
        f"<IsTruncated>{'true' if page.truncated else 'false'}</IsTruncated>",
        f"<NextContinuationToken>{write_token(page.next_key)}</NextContinuationToken>"
        if page.truncated
        else "",
        *(contents(entry, write, owner) for entry in page.entries),
        prefixes(page, write),
        f"<KeyCount>{len(page.entries) + len(page.prefixes)}</KeyCount></ListBucketResult>",
    ]
    return xml_response(parts)


def write_token(key: str) -> str:
    """Return the continuation token that goes on behind `key`."""
    return base64.urlsafe_b64encode(key.encode()).decode()


def read_token(token: str) -> str:
    """Return the key a continuation token stands for. Raises CloudError (InvalidArgument)."""
    try:
        return base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise invalid_argument(
            "The continuation token provided is incorrect.", "continuation-token", token
        ) from None


def xml_response(parts: list[str]) -> Response:
    """Return a document put together by hand, as listings are for speed."""
    return Response(
        200, [("Content-Type", "application/xml")], "".join(parts).encode("utf-8", "surrogatepass")
    )
