"""Objects, whole: put, get, head, delete."""

from __future__ import annotations

from yunbox.engines.objects.interface import Entry, NewEntry, NoBucketError, Staged
from yunbox.gateway.http.message import Response
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import check_conditions, forbid_overwrite
from yunbox.services.oss.digest import ObjectDigests, check_content_md5, crc64_of, md5_hex
from yunbox.services.oss.errors import invalid_argument, invalid_object_name, no_such_bucket, no_such_key, no_such_version
from yunbox.services.oss.model import ObjectAttributes, attributes_of, encode
from yunbox.services.oss.object_headers import new_attributes, returned_headers
from yunbox.services.oss.operation import operation
from yunbox.services.oss.ranges import requested_range

INLINE_BYTES = 64 * 1024
MAX_PUT_BYTES = 5 * 1024**3


def check_key(key: str) -> None:
    """Refuse a key that no object can have."""
    if not key or key[0] in "/\\":
        raise invalid_object_name(key)


async def stage_body(call: Call) -> tuple[Staged, str, str]:
    """Take in the request's body; return it staged, with its ETag and CRC-64.

    Raises CloudError when it is too long, breaks off, or does not match its Content-MD5.
    """
    body = call.request.body
    if body.length is not None and body.length > MAX_PUT_BYTES:
        raise invalid_argument("The object must not be larger than 5 GB.", "Content-Length", str(body.length))
    announced = call.header("content-md5")
    if body.length is not None and body.length <= INLINE_BYTES:
        data = await body.read(INLINE_BYTES)
        etag = md5_hex(data)
        check_content_md5(announced, etag)
        return await call.objects.stage(data), etag, crc64_of(data)
    digests = ObjectDigests()
    staged = await call.objects.stage(aiter(body), digests.all)
    try:
        if staged.size > MAX_PUT_BYTES:
            raise invalid_argument("The object must not be larger than 5 GB.", "Content-Length", str(staged.size))
        check_content_md5(announced, digests.etag)
    except BaseException:
        await staged.discard()
        raise
    return staged, digests.etag, digests.crc64.value()


def version_header(call: Call, version: str) -> list[tuple[str, str]]:
    """Return the header that names a version; only buckets that know versions state it."""
    return [] if call.bucket.versioning == "Off" else [("x-oss-version-id", version)]


def intended_attributes(call: Call) -> ObjectAttributes:
    """Read what the call asks to be kept with a new object, with the bucket's defaults for the rest."""
    attributes = new_attributes(call.request.headers)
    if "x-oss-storage-class" not in call.request.headers:
        attributes.storage_class = call.settings.storage_class
    return attributes


@operation("PutObject", "PUT", "object")
async def put_object(call: Call) -> Response:
    """Store an object."""
    check_key(call.key)
    attributes = intended_attributes(call)
    staged, etag, crc64 = await stage_body(call)
    attributes.crc64 = crc64
    new = NewEntry(key=call.key, modified=call.milliseconds, etag=etag, attributes=encode(attributes))
    try:
        entry = await call.objects.put(call.bucket.name, new, staged, forbid_overwrite(call))
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    return Response(
        200,
        [("ETag", f'"{etag}"'), ("x-oss-hash-crc64ecma", crc64), *version_header(call, entry.version)],
    )


async def find_entry(call: Call) -> tuple[Entry, ObjectAttributes]:
    """Return the version that the call names, or the current one. Raises CloudError when there is none."""
    version = call.query.get("versionId")
    try:
        entry = await call.objects.get(call.bucket.name, call.key, version)
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    if entry is None:
        raise no_such_key(call.key) if version is None else no_such_version(call.key, version)
    if entry.marker:
        error = no_such_key(call.key)
        error.headers.update({"x-oss-delete-marker": "true", "x-oss-version-id": entry.version})
        raise error
    return entry, attributes_of(entry)


@operation("GetObject", "GET", "object")
async def get_object(call: Call) -> Response:
    """Return an object, or the range asked for, if the conditions hold."""
    entry, attributes = await find_entry(call)
    check_conditions(call, entry)
    headers = returned_headers(entry, attributes) + version_header(call, entry.version)
    span = requested_range(call, entry.size)
    start, stop = span or (0, entry.size)
    try:
        content = await call.objects.read(entry, start, stop)
    except FileNotFoundError:
        raise no_such_key(call.key) from None
    if span is None:
        return Response(200, headers, content)
    headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{entry.size}"))
    return Response(206, headers, content)


@operation("HeadObject", "HEAD", "object", permission="oss:GetObject")
async def head_object(call: Call) -> Response:
    """Describe an object as GetObject would, without its bytes."""
    entry, attributes = await find_entry(call)
    check_conditions(call, entry)
    headers = returned_headers(entry, attributes) + version_header(call, entry.version)
    return Response(200, headers, length=entry.size)


@operation("DeleteObject", "DELETE", "object")
async def delete_object(call: Call) -> Response:
    """Delete an object, or the version named; what is not there is deleted already."""
    version = call.query.get("versionId")
    try:
        gone = await call.objects.delete(call.bucket.name, call.key, version, call.milliseconds)
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    headers: list[tuple[str, str]] = []
    if gone is not None:
        headers = version_header(call, gone.version)
        if gone.marker:
            headers.append(("x-oss-delete-marker", "true"))
    return Response(204, headers)
