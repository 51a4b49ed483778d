"""Objects, whole: stored and deleted."""

from __future__ import annotations

import base64
from collections.abc import Callable

from yunbox.engines.objects.interface import NULL_VERSION, Entry, NewEntry, NoBucketError, Staged
from yunbox.engines.objects.names import version_seq
from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Response
from yunbox.services.oss.access import authorise
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import forbid_overwrite
from yunbox.services.oss.digest import ObjectDigests, check_content_md5, crc64_of, md5_hex
from yunbox.services.oss.errors import (
    invalid_argument,
    invalid_object_name,
    method_not_allowed,
    no_such_bucket,
    no_such_key,
    no_such_version,
)
from yunbox.services.oss.model import ObjectAttributes, attributes_of, encode
from yunbox.services.oss.object_encryption import apply_encryption, bucket_encryption, read_encryption
from yunbox.services.oss.object_headers import encryption_headers, new_attributes
from yunbox.services.oss.operation import operation
from yunbox.services.oss.traffic import PacedBody, traffic_limit

INLINE_BYTES = 64 * 1024
MAX_PUT_BYTES = 5 * 1024**3
_UNSUPPORTED = ("callback", "callback-var", "x-oss-callback", "x-oss-callback-var")


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
    if body.length == 0 and not any(
        n in call.request.headers for n in ("content-length", "transfer-encoding")
    ):
        raise CloudError("MissingContentLength", 411, "You must provide the Content-Length HTTP header.")
    if rate := traffic_limit(call):
        body = PacedBody(body, rate)
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
            raise invalid_argument(
                "The object must not be larger than 5 GB.", "Content-Length", str(staged.size)
            )
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
    headers = call.request.headers
    attributes = new_attributes(headers)
    if "x-oss-storage-class" not in headers:
        attributes.storage_class = call.settings.storage_class
    apply_encryption(attributes, read_encryption(headers) or bucket_encryption(call.settings), call)
    return attributes


async def store_object(call: Call) -> tuple[Entry, ObjectAttributes]:
    """Store the body of a call as an object, as its headers ask. Raises CloudError."""
    check_key(call.key)
    attributes = intended_attributes(call)
    if attributes.tags:
        await authorise(call, "oss:PutObjectTagging")
    staged, etag, attributes.crc64 = await stage_body(call)
    attributes.content_md5 = base64.b64encode(bytes.fromhex(etag)).decode()
    new = NewEntry(key=call.key, modified=call.milliseconds, etag=etag, attributes=encode(attributes))
    try:
        return await call.objects.put(call.bucket.name, new, staged, forbid_overwrite(call)), attributes
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None


def stored_headers(call: Call, entry: Entry, attributes: ObjectAttributes) -> list[tuple[str, str]]:
    """Return the headers of the answer to an upload."""
    return [
        ("ETag", f'"{entry.etag}"'),
        ("Content-MD5", attributes.content_md5),
        ("x-oss-hash-crc64ecma", attributes.crc64),
        *version_header(call, entry.version),
        *encryption_headers(attributes),
    ]


@operation("PutObject", "PUT", "object", partial="encryption is recorded, not applied; no callbacks")
async def put_object(call: Call) -> Response:
    """Store an object."""
    if call.request.raw_query:
        for name in _UNSUPPORTED:
            if name in call.query:
                raise not_implemented(f"the parameter {name}")
    entry, attributes = await store_object(call)
    return Response(200, stored_headers(call, entry, attributes))


async def find_entry(call: Call, *, will_read: bool = False) -> tuple[Entry, ObjectAttributes]:
    """Return the version that the call names, or the current one. Raises CloudError when there is none."""
    version = named_version(call)
    try:
        entry = await call.objects.get(call.bucket.name, call.key, version, will_read=will_read)
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    if entry is None:
        raise no_such_key(call.key) if version is None else no_such_version(call.key, version)
    if entry.marker:
        raise hidden_by_marker(call, entry)
    return entry, attributes_of(entry)


def named_version(call: Call) -> str | None:
    """Return the version that the call names, or None. Raises CloudError (InvalidArgument)."""
    if not call.request.raw_query:
        return None
    version = call.query.get("versionId")
    if version is not None:
        check_version(version)
    return version


def check_version(version: str) -> None:
    """Refuse what cannot be the name of a version."""
    if version != NULL_VERSION and version_seq(version) is None:
        raise invalid_argument("Invalid version id specified", "versionId", version)


def hidden_by_marker(call: Call, marker: Entry) -> CloudError:
    """Return the refusal to treat a delete marker as an object: 404 for the current one, 405 for one named."""
    if named_version(call) is None:
        error = no_such_key(call.key)
    else:
        error = method_not_allowed(call.request.method, "DeleteMarker", "DELETE")
    error.headers.update({"x-oss-delete-marker": "true", "x-oss-version-id": marker.version})
    return error


async def change_attributes(call: Call, change: Callable[[ObjectAttributes], ObjectAttributes]) -> Entry:
    """Replace the attributes of the version that the call names by what `change` makes of them.

    One transaction: `change` sees what is stored and may raise to refuse. Raises CloudError when there is no
    such version or it is a delete marker.
    """
    version = named_version(call)

    def apply(entry: Entry) -> bytes:
        if entry.marker:
            raise hidden_by_marker(call, entry)
        return encode(change(attributes_of(entry)))

    try:
        changed = await call.objects.update(call.bucket.name, call.key, version, apply)
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    if changed is None:
        raise no_such_key(call.key) if version is None else no_such_version(call.key, version)
    return changed


@operation("DeleteObject", "DELETE", "object", of_version="oss:DeleteObjectVersion")
async def delete_object(call: Call) -> Response:
    """Delete an object, or the version named; what is not there is deleted already."""
    try:
        gone = await call.objects.delete(call.bucket.name, call.key, named_version(call), call.milliseconds)
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    headers: list[tuple[str, str]] = []
    if gone is not None:
        headers = version_header(call, gone.version)
        if gone.marker:
            headers.append(("x-oss-delete-marker", "true"))
    return Response(204, headers)
