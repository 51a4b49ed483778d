"""Listings of objects: ListObjects and ListObjectsV2."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import quote

import msgspec

from yunbox.engines.objects.interface import Entry, NoBucketError, Page
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import escape
from yunbox.services.oss.archive import RESTORE_SECONDS, restore_header
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import invalid_argument, no_such_bucket
from yunbox.services.oss.model import ObjectAttributes, ObjectType, StorageClass
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import encoding_type, integer
from yunbox.services.oss.times import iso_time

MAX_KEYS = 1000
DEFAULT_KEYS = 100
_MAX_MARKER = 1024
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PLAIN = re.compile(r"[\w.~/-]*", re.ASCII).fullmatch


class _Listed(msgspec.Struct):
    """The attributes that a listing states; the others are skipped when they are read."""

    type: ObjectType = "Normal"
    storage_class: StorageClass = "Standard"
    restored_until: float = 0.0
    restore_ready: float = 0.0
    transitioned: float = 0.0


_decode = msgspec.msgpack.Decoder(_Listed).decode
_PLAINEST = _Listed()


def key_writer(encoding: str) -> Callable[[str], str]:
    """Return how keys are written into documents: percent-encoded when the client asked for `url`."""
    return _url if encoding == "url" else escape


def _url(key: str) -> str:
    return key.replace("/", "%2F") if _PLAIN(key) else quote(key, safe="-_.~")


def key_text(key: str, encoding: str) -> str:
    """Return a key as typed documents hold it: percent-encoded when the client asked for `url`."""
    return _url(key) if encoding == "url" else key


def page_limit(call: Call, name: str = "max-keys", default: int = DEFAULT_KEYS) -> int:
    """Return the most entries a page may have. Raises CloudError when it is not 0 to 1,000."""
    return integer(call.query, name, default=default, low=0, high=MAX_KEYS)


def checked_text(call: Call, name: str) -> str:
    """Return a prefix, marker or delimiter of at most 1,024 bytes. Raises CloudError."""
    text = call.query.get(name, "")
    if len(text.encode("utf-8", "replace")) > _MAX_MARKER:
        raise invalid_argument(f"The {name} is too long.", name, text)
    return text


def owner_element(owner: str) -> str:
    """Write whose an object is."""
    return f"<Owner><ID>{owner}</ID><DisplayName>{owner}</DisplayName></Owner>"


def properties(entry: Entry, shown_owner: str, now: float) -> str:
    """Write what listings say of an object beside its key, with an owner element or none ("")."""
    listed = _decode(entry.attributes) if entry.attributes else _PLAINEST
    text = (
        f'<LastModified>{iso_time(entry.modified)}</LastModified><ETag>"{entry.etag}"</ETag>'
        f"<Type>{listed.type}</Type><Size>{entry.size}</Size>"
        f"<StorageClass>{listed.storage_class}</StorageClass>{shown_owner}"
    )
    if listed.storage_class in RESTORE_SECONDS or listed.transitioned:
        text += _archived(listed, now)
    return text


def _archived(listed: _Listed, now: float) -> str:
    state = ObjectAttributes(
        storage_class=listed.storage_class,
        restored_until=listed.restored_until,
        restore_ready=listed.restore_ready,
    )
    restore = restore_header(state, now)
    text = f"<RestoreInfo>{restore}</RestoreInfo>" if restore else ""
    if listed.transitioned:
        text += f"<TransitionTime>{iso_time(int(listed.transitioned * 1000))}</TransitionTime>"
    return text


def contents(page: Page, write: Callable[[str], str], owner: str, now: float) -> str:
    """Write the objects of a page; `owner` is left out when empty."""
    shown = owner_element(owner) if owner else ""
    return "".join(
        [
            f"<Contents><Key>{write(entry.key)}</Key>{properties(entry, shown, now)}</Contents>"
            for entry in page.entries
        ]
    )


def common_prefixes(prefixes: list[str], write: Callable[[str], str]) -> str:
    """Write the common prefixes of a page."""
    return "".join([f"<CommonPrefixes><Prefix>{write(p)}</Prefix></CommonPrefixes>" for p in prefixes])


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
    return listing_document(
        "ListBucketResult",
        f"<Name>{call.bucket.name}</Name><Prefix>{write(call.query.get('prefix', ''))}</Prefix>",
        f"<Marker>{write(marker)}</Marker><MaxKeys>{limit}</MaxKeys>",
        f"<Delimiter>{write(call.query.get('delimiter', ''))}</Delimiter>",
        encoding_element(encoding),
        f"<IsTruncated>{'true' if page.truncated else 'false'}</IsTruncated>",
        f"<NextMarker>{write(page.next_key)}</NextMarker>" if page.truncated else "",
        contents(page, write, call.bucket.owner, call.now),
        common_prefixes(page.prefixes, write),
    )


@operation("ListObjectsV2", "GET", "bucket", "list-type", permission="oss:ListObjects")
async def list_objects_v2(call: Call) -> Response:
    """List objects behind a continuation token or a start key."""
    query = call.query
    if query["list-type"] != "2":
        raise invalid_argument("Invalid list type", "list-type", query["list-type"])
    limit, encoding = page_limit(call), encoding_type(query)
    write = key_writer(encoding)
    start, token = checked_text(call, "start-after"), query.get("continuation-token") or None
    page = await _page(call, start if token is None else read_token(token), limit)
    owner = call.bucket.owner if query.get("fetch-owner", "").lower() == "true" else ""
    following = f"<NextContinuationToken>{write_token(page.next_key)}</NextContinuationToken>"
    return listing_document(
        "ListBucketResult",
        f"<Name>{call.bucket.name}</Name><Prefix>{write(query.get('prefix', ''))}</Prefix>",
        f"<StartAfter>{write(start)}</StartAfter>" if start else "",
        f"<ContinuationToken>{escape(token)}</ContinuationToken>" if token is not None else "",
        f"<MaxKeys>{limit}</MaxKeys><Delimiter>{write(query.get('delimiter', ''))}</Delimiter>",
        encoding_element(encoding),
        f"<IsTruncated>{'true' if page.truncated else 'false'}</IsTruncated>",
        following if page.truncated else "",
        contents(page, write, owner, call.now),
        common_prefixes(page.prefixes, write),
        f"<KeyCount>{len(page.entries) + len(page.prefixes)}</KeyCount>",
    )


def encoding_element(encoding: str) -> str:
    """Write how keys are encoded; nothing when they are not."""
    return f"<EncodingType>{encoding}</EncodingType>" if encoding else ""


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


def listing_document(root: str, *parts: str) -> Response:
    """Return a listing under its root element."""
    return xml_response([_HEAD, f"<{root}>", *parts, f"</{root}>"])


def xml_response(parts: list[str]) -> Response:
    """Return a document put together by hand, as listings are for speed."""
    body = "".join(parts).encode("utf-8", "surrogatepass")
    return Response(200, [("Content-Type", "application/xml")], body)
