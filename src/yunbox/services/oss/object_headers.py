"""The properties of an object as they travel in headers, both ways."""

from __future__ import annotations

import re
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from typing import get_args
from urllib.parse import parse_qsl

from yunbox.engines.objects.interface import Entry
from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Headers
from yunbox.services.oss.archive import restore_header
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import ObjectAcl, ObjectAttributes, StorageClass

STANDARD = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
)
"""The headers that are kept with an object and returned with it."""

METADATA_PREFIX = "x-oss-meta-"
MAX_METADATA_BYTES = 8 * 1024
DEFAULT_TYPE = "application/octet-stream"
_TAG = re.compile(r"[\w +\-=.:/]*")
_METADATA_NAME = re.compile(r"[a-z0-9-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_UNSUPPORTED = (
    "x-oss-callback",
    "x-oss-callback-var",
    "x-oss-persistent-headers",
    "x-oss-object-worm-mode",
    "x-oss-object-worm-retain-until-date",
    "x-oss-object-worm-legal-hold",
    "x-oss-server-side-encryption-customer-algorithm",
)
_NOT_UTF8 = "\0"


def new_attributes(headers: Headers) -> ObjectAttributes:
    """Read what a request asks to be kept with a new object.

    Raises CloudError on a value out of bounds, and NotImplemented naming a header that yunbox cannot honour.
    """
    for name in _UNSUPPORTED:
        if name in headers:
            raise not_implemented(f"the request header {name}")
    kept = {name: stored_text(name, value) for name in STANDARD if (value := headers.get(name))}
    metadata = {n.removeprefix(METADATA_PREFIX): v for n, v in headers if n.startswith(METADATA_PREFIX)}
    if metadata:
        check_metadata(metadata)
        metadata = {name: stored_text(METADATA_PREFIX + name, value) for name, value in metadata.items()}
    attributes = ObjectAttributes(headers=kept, metadata=metadata)
    if acl := headers.get("x-oss-object-acl"):
        attributes.acl = object_acl(acl)
    if storage := headers.get("x-oss-storage-class"):
        attributes.storage_class = storage_class(storage)
    if tagging := headers.get("x-oss-tagging"):
        attributes.tags = parse_tagging(tagging)
    return attributes


def stored_text(name: str, value: str) -> str:
    """Return a header value as it can be stored: valid Unicode, whatever bytes the client sent.

    Values that are not UTF-8 are kept byte by byte behind a NUL, which no header value can hold.
    Raises CloudError (InvalidArgument) when the value holds a control character, which would break the head
    of a later answer.
    """
    if value.isascii():
        if not value.isprintable() and _CONTROL.search(value):
            raise invalid_argument("A header value must not hold control characters.", name)
        return value
    if _CONTROL.search(value):
        raise invalid_argument("A header value must not hold control characters.", name)
    try:
        value.encode()
    except UnicodeEncodeError:
        return _NOT_UTF8 + value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value


def sent_text(value: str) -> str:
    """Return a stored header value as it goes back on the wire: the bytes that came."""
    if value.startswith(_NOT_UTF8):
        return value[1:].encode("latin-1").decode("utf-8", "surrogateescape")
    return value


def check_metadata(metadata: dict[str, str]) -> None:
    """Refuse user metadata with a malformed name or over 8 KB in all."""
    for name in metadata:
        if not _METADATA_NAME.fullmatch(name):
            raise invalid_argument(
                "The name of user metadata may hold letters, digits and hyphens.", METADATA_PREFIX + name
            )
    size = sum(len(name) + len(value.encode("utf-8", "surrogateescape")) for name, value in metadata.items())
    if size > MAX_METADATA_BYTES:
        raise invalid_argument("The total size of user metadata must not exceed 8 KB.", "x-oss-meta-*")


def object_acl(text: str) -> ObjectAcl:
    """Return the ACL named. Raises CloudError (InvalidArgument)."""
    for known in get_args(ObjectAcl):
        if text == known:
            return known  # type: ignore[no-any-return]
    raise invalid_argument("no such object access control exists", "x-oss-object-acl", text)


def storage_class(text: str) -> StorageClass:
    """Return the storage class named. Raises CloudError (InvalidArgument)."""
    for known in get_args(StorageClass):
        if text == known:
            return known  # type: ignore[no-any-return]
    raise invalid_argument("no such storage class exists", "x-oss-storage-class", text)


def parse_tagging(text: str) -> dict[str, str]:
    """Read `key=value&...` as in x-oss-tagging. Raises CloudError (InvalidArgument)."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=64)
    except ValueError:
        raise invalid_argument(
            "The tagging is not a list of key=value pairs.", "x-oss-tagging", text
        ) from None
    return checked_tags(pairs)


def checked_tags(pairs: list[tuple[str, str]], most: int = 10) -> dict[str, str]:
    """Return tags by key after checking count, lengths, characters and that no key comes twice."""
    tags = dict(pairs)
    if len(pairs) > most:
        raise invalid_argument(f"Tags cannot be greater than {most}.", "x-oss-tagging", ec="0017-00000801")
    if len(tags) != len(pairs):
        raise invalid_argument("A tag key must not come twice.", "x-oss-tagging")
    for key, value in pairs:
        if (
            not 1 <= len(key) <= 128
            or len(value) > 256
            or not _TAG.fullmatch(key)
            or not _TAG.fullmatch(value)
        ):
            raise invalid_argument("A tag key or value is invalid.", "x-oss-tagging", f"{key}={value}")
    return tags


def http_date(milliseconds: int) -> str:
    """Return a stored time as HTTP writes it."""
    return _http_second(milliseconds // 1000)


@lru_cache(4096)
def _http_second(second: int) -> str:
    return formatdate(second, usegmt=True)


def parse_http_date(text: str) -> float | None:
    """Return an HTTP date in seconds since the epoch, or None when it is not one."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def returned_headers(
    entry: Entry, attributes: ObjectAttributes, now: float, overrides: dict[str, str] | None = None
) -> list[tuple[str, str]]:
    """Return the headers that describe an object in answers to GET and HEAD.

    `overrides` replace standard headers, by lower-case name, as `response-content-type` and its kin ask.
    """
    standard = {**attributes.headers, **overrides} if overrides else attributes.headers
    headers = [
        ("Content-Type", sent_text(standard.get("content-type", DEFAULT_TYPE))),
        ("ETag", f'"{entry.etag}"'),
        ("Last-Modified", http_date(entry.modified)),
        ("Accept-Ranges", "bytes"),
        ("x-oss-object-type", attributes.type),
        ("x-oss-storage-class", attributes.storage_class),
    ]
    if attributes.crc64:
        headers.append(("x-oss-hash-crc64ecma", attributes.crc64))
    if attributes.content_md5:
        headers.append(("Content-MD5", attributes.content_md5))
    for name, value in standard.items():
        if name != "content-type":
            headers.append((name.title(), sent_text(value)))
    for name, value in attributes.metadata.items():
        headers.append((METADATA_PREFIX + name, sent_text(value)))
    if attributes.tags:
        headers.append(("x-oss-tagging-count", str(len(attributes.tags))))
    if attributes.encryption:
        headers += encryption_headers(attributes)
    if attributes.transitioned:
        headers.append(("x-oss-transition-time", formatdate(attributes.transitioned, usegmt=True)))
    if attributes.restore_ready and (restoring := restore_header(attributes, now)):
        headers.append(("x-oss-restore", restoring))
    return headers


def encryption_headers(attributes: ObjectAttributes) -> list[tuple[str, str]]:
    """Return the headers that say how an object is encrypted; none when it is not."""
    if not attributes.encryption:
        return []
    headers = [("x-oss-server-side-encryption", attributes.encryption)]
    if attributes.data_encryption:
        headers.append(("x-oss-server-side-data-encryption", attributes.data_encryption))
    if attributes.encryption_key:
        headers.append(("x-oss-server-side-encryption-key-id", attributes.encryption_key))
    return headers
