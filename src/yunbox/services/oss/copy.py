"""CopyObject: a version becomes another object, or the same one with other properties."""

from __future__ import annotations

import msgspec

from yunbox.engines.objects.interface import Entry, NewEntry, NoBucketError
from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document, to_xml
from yunbox.services.oss.access import authorise
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import forbid_overwrite
from yunbox.services.oss.copy_source import HEADER, Source, find_source, too_large
from yunbox.services.oss.errors import invalid_argument, no_such_bucket, no_such_key
from yunbox.services.oss.model import ObjectAttributes, encode
from yunbox.services.oss.object import check_key, intended_attributes, version_header
from yunbox.services.oss.object_headers import encryption_headers
from yunbox.services.oss.operation import operation
from yunbox.services.oss.times import iso_time

MAX_OTHER_BUCKET_BYTES = 5 * 1024**3
MAX_CHANGED_CLASS_BYTES = 1024**3
_ATTEMPTS = 200
"""A writer that never pauses wins most races against a copy onto itself; it does not win this many."""


class CopyObjectResult(Document):
    """The answer to CopyObject."""

    last_modified: str
    etag: str = msgspec.field(name="ETag")


class _SourceChangedError(Exception):
    """An object that is copied onto itself was replaced in between."""


@operation("CopyObject", "PUT", "object", header=HEADER, permission="oss:PutObject")
async def copy_object(call: Call) -> Response:
    """Copy a version of an object; onto itself, that changes its properties and no bytes."""
    check_key(call.key)
    for _ in range(_ATTEMPTS):
        source = await find_source(call)
        try:
            entry, attributes = await _copy(call, source)
        except _SourceChangedError:
            continue
        etag = f'"{entry.etag}"'
        headers = [("Content-Type", "application/xml"), ("ETag", etag)]
        if attributes.crc64:
            headers.append(("x-oss-hash-crc64ecma", attributes.crc64))
        headers += (
            encryption_headers(attributes) + source.version_header() + version_header(call, entry.version)
        )
        result = CopyObjectResult(iso_time(entry.modified), etag)
        return Response(200, headers, to_xml(result, "CopyObjectResult"))
    raise CloudError("OperationConflict", 409, "The object is being changed by others all the time.")


async def _copy(call: Call, source: Source) -> tuple[Entry, ObjectAttributes]:
    itself = source.bucket.name == call.bucket.name and source.entry.key == call.key
    attributes = _attributes(call, source, itself=itself)
    _check_size(call, source, attributes)
    if attributes.tags:
        await authorise(call, "oss:PutObjectTagging")
    forbid = forbid_overwrite(call)

    def check(current: Entry | None) -> None:
        if forbid is not None:
            forbid(current)
        # What was written since the source was read must not be lost.
        if itself and source.entry.latest and current != source.entry:
            raise _SourceChangedError

    new = NewEntry(
        key=call.key,
        modified=call.milliseconds,
        etag=source.entry.etag,
        attributes=encode(attributes),
    )
    try:
        staged = await call.objects.stage_copy(source.entry, 0, source.entry.size)
        return await call.objects.put(call.bucket.name, new, staged, check), attributes
    except FileNotFoundError:
        if itself:
            raise _SourceChangedError from None
        raise no_such_key(source.entry.key) from None
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None


def _attributes(call: Call, source: Source, *, itself: bool) -> ObjectAttributes:
    """Return the attributes of the copy.

    Encryption, ACL and storage class are the request's or the target bucket's, not the source's; only an
    object copied onto itself keeps the last two. Source: CopyObject documentation.
    """
    former, wanted = source.attributes, intended_attributes(call)
    if not _replaces(call, "x-oss-metadata-directive"):
        wanted.headers, wanted.metadata = former.headers, former.metadata
    if not _replaces(call, "x-oss-tagging-directive"):
        wanted.tags = former.tags
    wanted.crc64 = former.crc64
    wanted.content_md5 = former.content_md5
    wanted.symlink_target = former.symlink_target
    wanted.type = "Symlink" if former.type == "Symlink" else "Normal"
    if itself:
        if not call.header("x-oss-object-acl"):
            wanted.acl = former.acl
        if not call.header("x-oss-storage-class"):
            wanted.storage_class = former.storage_class
            wanted.restored_until, wanted.restore_ready = former.restored_until, former.restore_ready
        if call.bucket.versioning == "Off":
            wanted.type, wanted.parts = former.type, former.parts
    return wanted


def _replaces(call: Call, directive: str) -> bool:
    """Return whether a directive says REPLACE. Raises CloudError unless it says that, COPY or nothing."""
    text = call.header(directive)
    if text.upper() not in ("", "COPY", "REPLACE"):
        raise invalid_argument(f"The {directive} must be COPY or REPLACE.", directive, text)
    return text.upper() == "REPLACE"


def _check_size(call: Call, source: Source, attributes: ObjectAttributes) -> None:
    """Refuse what has to be copied in parts (CopyObject documentation, "Limits")."""
    former, size = source.attributes, source.entry.size
    changed = (attributes.storage_class, attributes.encryption) != (former.storage_class, former.encryption)
    if changed and size > MAX_CHANGED_CLASS_BYTES:
        raise too_large(size, MAX_CHANGED_CLASS_BYTES)
    if source.bucket.name != call.bucket.name and size > MAX_OTHER_BUCKET_BYTES:
        raise too_large(size, MAX_OTHER_BUCKET_BYTES)
