"""The source of a copy: which version it is, whether the caller may read it, and whether conditions hold."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import msgspec

from yunbox.engines.objects.interface import Bucket, Entry, NoBucketError
from yunbox.errors import CloudError
from yunbox.services.oss.access import require
from yunbox.services.oss.archive import require_readable
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import check_conditions
from yunbox.services.oss.errors import (
    invalid_argument,
    no_such_bucket,
    no_such_key,
    no_such_version,
    other_endpoint,
)
from yunbox.services.oss.model import ObjectAttributes, attributes_of

HEADER = "x-oss-copy-source"
_VERSION = "?versionId="


class Source(msgspec.Struct, frozen=True):
    """What is copied, as it was when the call looked."""

    bucket: Bucket
    entry: Entry
    attributes: ObjectAttributes

    def version_header(self) -> list[tuple[str, str]]:
        """Return the header that names the version copied; only buckets that know versions state it."""
        if self.bucket.versioning == "Off":
            return []
        return [("x-oss-copy-source-version-id", self.entry.version)]


def parse_source(header: str) -> tuple[str, str, str | None]:
    """Return (bucket, key, version or None) of `/bucket/key?versionId=...`, bucket and key percent-encoded.

    Raises CloudError (InvalidArgument).
    """
    path, marked, version = header.partition(_VERSION)
    try:
        name, _, key = unquote_to_bytes(path).decode().removeprefix("/").partition("/")
    except UnicodeError:
        name = key = ""
    if not name or not key or (marked and not version):
        raise invalid_argument(
            "Copy Source must mention the source bucket and key: /bucket/key.", HEADER, header
        )
    return name, key, version or None


async def find_source(call: Call) -> Source:
    """Return the readable source that the call names, if its conditions hold. Raises CloudError."""
    name, key, version = parse_source(call.header(HEADER))
    bucket = call.bucket if name == call.bucket.name else await call.objects.bucket(name)
    if bucket is None:
        raise no_such_bucket(name)
    permission = "oss:GetObject" if version is None else "oss:GetObjectVersion"
    await require(call, permission, bucket, name, key, version)
    if bucket.region != call.bucket.region:
        raise other_endpoint(bucket)
    try:
        entry = await call.objects.get(name, key, version)
    except NoBucketError:
        raise no_such_bucket(name) from None
    if entry is None:
        raise no_such_key(key) if version is None else no_such_version(key, version)
    if entry.marker:
        error = no_such_key(key)
        error.headers.update({"x-oss-delete-marker": "true", "x-oss-version-id": entry.version})
        raise error
    check_conditions(call, entry, f"{HEADER}-")
    attributes = attributes_of(entry)
    if attributes.type != "Symlink":
        require_readable(attributes, call.now)
    return Source(bucket, entry, attributes)


def too_large(size: int, most: int) -> CloudError:
    """Return the refusal of a copy that has to be made with UploadPartCopy."""
    return CloudError(
        "EntityTooLarge",
        400,
        "Your proposed upload exceeds the maximum allowed size.",
        details={"ProposedSize": str(size), "MaxSizeAllowed": str(most)},
    )
