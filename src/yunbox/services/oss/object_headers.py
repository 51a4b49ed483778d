"""The properties of an object as they travel in headers, both ways."""

from __future__ import annotations

import re
from email.utils import formatdate, parsedate_to_datetime
from typing import get_args
from urllib.parse import parse_qsl

from yunbox.engines.objects.interface import Entry
from yunbox.gateway.http.message import Headers
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


def new_attributes(headers: Headers) -> ObjectAttributes:
    """Read what a request asks to be kept with a new object. Raises CloudError on a value out of bounds."""
    kept = {name: value for name in STANDARD if (value := headers.get(name))}
    metadata = {n.removeprefix(METADATA_PREFIX): v for n, v in headers if n.startswith(METADATA_PREFIX)}
    if metadata:
        check_metadata(metadata)
    attributes = ObjectAttributes(headers=kept, metadata=metadata)
    if acl := headers.get("x-oss-object-acl"):
        attributes.acl = object_acl(acl)
    if storage := headers.get("x-oss-storage-class"):
        attributes.storage_class = storage_class(storage)
    if tagging := headers.get("x-oss-tagging"):
        attributes.tags = parse_tagging(tagging)
    return attributes


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
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=64)
    return checked_tags(pairs)


def checked_tags(pairs: list[tuple[str, str]], most: int = 10) -> dict[str, str]:
    """Return tags by key after checking count, lengths, characters and that no key comes twice."""
    tags = dict(pairs)
    if len(pairs) > most:
        raise invalid_argument(f"Tags cannot be greater than {most}.", "x-oss-tagging", ec="0017-00000801")
    if len(tags) != len(pairs):
        raise invalid_argument("A tag key must not come twice.", "x-oss-tagging")
    for key, value in pairs:
        if not 1 <= len(key) <= 128 or len(value) > 256 or not _TAG.fullmatch(key) or not _TAG.fullmatch(value):
            raise invalid_argument("A tag key or value is invalid.", "x-oss-tagging", f"{key}={value}")
    return tags


def http_date(milliseconds: int) -> str:
    """Return a stored time as HTTP writes it."""
    return formatdate(milliseconds // 1000, usegmt=True)


def parse_http_date(text: str) -> float | None:
    """Return an HTTP date in seconds since the epoch, or None when it is not one."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None


def returned_headers(entry: Entry, attributes: ObjectAttributes) -> list[tuple[str, str]]:
    """Return the headers that describe an object in answers to GET and HEAD."""
    headers = [
        ("Content-Type", attributes.headers.get("content-type", DEFAULT_TYPE)),
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
    for name, value in attributes.headers.items():
        if name != "content-type":
            headers.append((name.title(), value))
    for name, value in attributes.metadata.items():
        headers.append((METADATA_PREFIX + name, value))
    if attributes.tags:
        headers.append(("x-oss-tagging-count", str(len(attributes.tags))))
    if attributes.encryption:
        headers.append(("x-oss-server-side-encryption", attributes.encryption))
        if attributes.encryption_key:
            headers.append(("x-oss-server-side-encryption-key-id", attributes.encryption_key))
        if attributes.data_encryption:
            headers.append(("x-oss-server-side-data-encryption", attributes.data_encryption))
    return headers
