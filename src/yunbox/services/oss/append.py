"""AppendObject: an object that grows at its end."""

from __future__ import annotations

import hashlib

from yunbox.engines.objects.interface import Entry, NewEntry, NoBucketError
from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.services.oss.access import authorise
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import refuse_overwrite
from yunbox.services.oss.copy_source import too_large
from yunbox.services.oss.digest import combined_crc64
from yunbox.services.oss.errors import invalid_argument, no_such_bucket
from yunbox.services.oss.model import attributes_of, encode
from yunbox.services.oss.object import check_key, intended_attributes, stage_body, version_header
from yunbox.services.oss.object_headers import encryption_headers
from yunbox.services.oss.operation import operation

MAX_APPENDABLE_BYTES = 5 * 1024**3


@operation("AppendObject", "POST", "object", "append", permission="oss:PutObject")
async def append_object(call: Call) -> Response:
    """Add bytes at the end of an appendable object, or begin one; the properties are those of the first call.

    In a bucket with versions the current version grows; no version is added.
    """
    check_key(call.key)
    position = _position(call)
    try:
        current = await call.objects.get(call.bucket.name, call.key)
        _check(call, current, position)
        if current is None and intended_attributes(call).tags:
            await authorise(call, "oss:PutObjectTagging")
        staged, etag, crc64 = await stage_body(call)
        size = staged.size

        def new(current: Entry | None) -> NewEntry:
            _check(call, current, position)
            if position + size > MAX_APPENDABLE_BYTES:
                raise too_large(position + size, MAX_APPENDABLE_BYTES)
            if current is None:
                attributes, tag = intended_attributes(call), etag
                attributes.type = "Appendable"
                attributes.crc64 = crc64
            else:
                attributes, tag = attributes_of(current), chained_etag(current.etag, etag)
                attributes.crc64 = combined_crc64([(attributes.crc64, current.size), (crc64, size)])
            return NewEntry(key=call.key, modified=call.milliseconds, etag=tag, attributes=encode(attributes))

        entry = await call.objects.append(call.bucket.name, new, call.key, staged)
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    attributes = attributes_of(entry)
    headers = [
        ("ETag", f'"{entry.etag}"'),
        ("x-oss-hash-crc64ecma", attributes.crc64),
        ("x-oss-next-append-position", str(entry.size)),
        *encryption_headers(attributes),
        *version_header(call, entry.version),
    ]
    return Response(200, headers)


def chained_etag(former: str, appended: str) -> str:
    """Return the ETag after an append: 32 digits that no longer are the MD5 of the object's bytes."""
    both = bytes.fromhex(former) + bytes.fromhex(appended)
    return hashlib.md5(both, usedforsecurity=False).hexdigest().upper()


def _position(call: Call) -> int:
    text = call.query.get("position", "")
    if not text:
        raise CloudError("MissingArgument", 400, "Missing Some Required Arguments.", ec="0016-00000501")
    if len(text) > 19 or not text.isascii() or not text.isdigit():
        raise invalid_argument(
            "The position must be an integer of at least 0.", "position", text, ec="0016-00000502"
        )
    return int(text)


def _check(call: Call, current: Entry | None, position: int) -> None:
    """Refuse an append that does not fit what is there. Raises CloudError."""
    if current is not None and (current.marker or attributes_of(current).type != "Appendable"):
        raise CloudError("ObjectNotAppendable", 409, "The object is not appendable")
    length = 0 if current is None else current.size
    if position == length:
        if position == 0 and call.header("x-oss-forbid-overwrite").lower() == "true":
            refuse_overwrite(current)
        return
    headers = {"x-oss-next-append-position": str(length)}
    if current is not None:
        headers["x-oss-hash-crc64ecma"] = attributes_of(current).crc64
    raise CloudError("PositionNotEqualToLength", 409, "Position is not equal to file length", headers=headers)
