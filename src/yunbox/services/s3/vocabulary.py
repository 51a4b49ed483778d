"""S3's headers and words in OSS's, and back.

Source of the storage classes and ACLs: OSS documentation, "Compatibility with Amazon S3".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal
from urllib.parse import quote

from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Headers, QueryPairs, Request
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.s3.checksums import ALGORITHMS, HEADERS

Level = Literal["service", "bucket", "object"]

STORAGE_CLASSES = {
    "STANDARD": "Standard",
    "STANDARD_IA": "IA",
    "GLACIER": "Archive",
    "DEEP_ARCHIVE": "ColdArchive",
}
SHOWN_CLASSES = {oss: s3 for s3, oss in STORAGE_CLASSES.items()} | {"DeepColdArchive": "DEEP_ARCHIVE"}
"""OSS's storage classes as S3 clients see them; S3 has no fifth one to show."""

_ACLS = {
    "private": "private",
    "public-read": "public-read",
    "public-read-write": "public-read-write",
    # Objects belong to the bucket's owner here, who has full control of them anyway.
    "bucket-owner-read": "private",
    "bucket-owner-full-control": "private",
}
_ALGORITHMS = {"AES256": "AES256", "aws:kms": "KMS"}
_SHOWN_ALGORITHMS = {oss: s3 for s3, oss in _ALGORITHMS.items()}

_SPENT = (
    frozenset(
        {
            "x-amz-content-sha256",
            "x-amz-date",
            "x-amz-decoded-content-length",
            "x-amz-security-token",
            "x-amz-trailer",
            "x-amz-user-agent",
            # Clients say it with checksums on GET; an object without stored ones answers without.
            "x-amz-checksum-mode",
        }
    )
    | HEADERS
)
"""What has done its work when the signature and the body are verified."""

_SAME = frozenset(
    {
        "x-amz-copy-source-range",
        "x-amz-copy-source-if-match",
        "x-amz-copy-source-if-none-match",
        "x-amz-copy-source-if-modified-since",
        "x-amz-copy-source-if-unmodified-since",
        "x-amz-metadata-directive",
        "x-amz-tagging",
        "x-amz-tagging-directive",
        "x-amz-request-payer",
    }
)
_OFF = frozenset({"x-amz-bucket-object-lock-enabled", "x-amz-server-side-encryption-bucket-key-enabled"})
"""Headers that ask for nothing when they say `false`."""

_ALGORITHM_NAMES = frozenset({"x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"})
"""Headers that only announce which checksum comes; the checksum itself is what counts."""

_ANSWERED = {
    "x-oss-copy-source-version-id": "x-amz-copy-source-version-id",
    "x-oss-delete-marker": "x-amz-delete-marker",
    "x-oss-expiration": "x-amz-expiration",
    "x-oss-request-charged": "x-amz-request-charged",
    "x-oss-restore": "x-amz-restore",
    "x-oss-server-side-encryption-key-id": "x-amz-server-side-encryption-aws-kms-key-id",
    "x-oss-tagging-count": "x-amz-tagging-count",
    "x-oss-version-id": "x-amz-version-id",
}
"""Headers of answers that S3 has under another name; what OSS alone has is left out."""


def oss_headers(headers: Headers, level: Level) -> Headers:
    """Return the headers of a request as OSS reads them; the same ones when there is nothing to say otherwise.

    Raises CloudError: NotImplemented naming an x-amz- header that yunbox cannot honour, InvalidArgument on a
    value that S3 does not know.
    """
    for name, _ in headers:
        if (name.startswith("x-amz-") and name not in _SPENT) or name == "range":
            break
    else:
        if "aws-chunked" not in headers.get("content-encoding"):
            return headers
    fields: list[tuple[str, str]] = []
    for name, value in headers:
        if name.startswith("x-amz-"):
            if name not in _SPENT and (reworded := _to_oss(name, value, level)):
                fields.append(reworded)
        elif name == "content-encoding":
            if left := ",".join(each for each in value.split(",") if each.strip() != "aws-chunked"):
                fields.append((name, left))
        else:
            fields.append((name, value))
    if "range" in headers:
        fields.append(("x-oss-range-behavior", "standard"))
    return Headers(fields)


def _to_oss(name: str, value: str, level: Level) -> tuple[str, str] | None:
    """Return an x-amz- header in OSS's words, or None for one that asks for nothing. Raises CloudError."""
    if name.startswith("x-amz-meta-") or name in _SAME:
        return "x-oss-" + name[6:], value
    if name == "x-amz-expected-bucket-owner":
        # The door compares it once the bucket is known.
        return name, value
    if name in _OFF and value.lower() == "false":
        return None
    if name in _ALGORITHM_NAMES and value.lower() in ALGORITHMS:
        return None
    if (translate := _TRANSLATED.get(name)) is None:
        raise not_implemented(f"the request header {name[:128]}")
    return translate(value, level)


def _encryption(value: str, _: Level) -> tuple[str, str]:
    if value not in _ALGORITHMS:
        raise not_implemented(f"x-amz-server-side-encryption: {value[:64]}")
    return "x-oss-server-side-encryption", _ALGORITHMS[value]


_TRANSLATED: dict[str, Callable[[str, Level], tuple[str, str]]] = {
    "x-amz-acl": lambda value, level: (
        "x-oss-acl" if level == "bucket" else "x-oss-object-acl",
        oss_acl(value),
    ),
    "x-amz-copy-source": lambda value, _: (
        "x-oss-copy-source",
        value if value.startswith("/") else f"/{value}",
    ),
    "x-amz-server-side-encryption": _encryption,
    "x-amz-server-side-encryption-aws-kms-key-id": lambda value, _: (
        "x-oss-server-side-encryption-key-id",
        value,
    ),
    "x-amz-storage-class": lambda value, _: ("x-oss-storage-class", oss_storage_class(value)),
}
"""Headers whose name or value changes."""


def oss_acl(value: str) -> str:
    """Return a canned ACL as OSS names it. Raises CloudError: NotImplemented by name, or InvalidArgument."""
    if value in ("authenticated-read", "aws-exec-read", "log-delivery-write"):
        raise not_implemented(f"the canned ACL {value}")
    if value not in _ACLS:
        raise invalid_argument("There is no such canned ACL.", "x-amz-acl", value)
    return _ACLS[value]


def oss_storage_class(value: str) -> str:
    """Return a storage class as OSS names it. Raises CloudError: NotImplemented or InvalidStorageClass."""
    if value in ("REDUCED_REDUNDANCY", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "OUTPOSTS", "SNOW"):
        raise not_implemented(f"the storage class {value}")
    if value not in STORAGE_CLASSES:
        raise CloudError("InvalidStorageClass", 400, "The storage class you specified is not valid.")
    return STORAGE_CLASSES[value]


def s3_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of an answer as S3 clients read them."""
    fields: list[tuple[str, str]] = []
    for field in headers:
        name, value = field
        if not name.startswith("x-oss-"):
            fields.append(field)
        elif name.startswith("x-oss-meta-"):
            fields.append(("x-amz-meta-" + name[11:], value))
        elif name == "x-oss-storage-class":
            # S3 leaves the header out for the class that everything has unless told otherwise.
            if value != "Standard":
                fields.append(("x-amz-storage-class", SHOWN_CLASSES[value]))
        elif name == "x-oss-server-side-encryption":
            fields.append(("x-amz-server-side-encryption", _SHOWN_ALGORITHMS.get(value, value)))
        elif name in _ANSWERED:
            fields.append((_ANSWERED[name], value))
    return fields


def asked(
    request: Request,
    *,
    headers: Headers | None = None,
    query: QueryPairs | None = None,
) -> Request:
    """Return the request with other headers or query parameters."""
    raw_query = request.raw_query
    if query is not None:
        raw_query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    return Request(
        method=request.method,
        target=request.target,
        raw_query=raw_query,
        headers=headers or request.headers,
        host=request.host,
        body=request.body,
        scheme=request.scheme,
        peer=request.peer,
        tls=request.tls,
        version=request.version,
    )
