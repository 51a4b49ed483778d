"""Symbolic links: objects that stand for another one of the same bucket.

Source: OSS documentation, "PutSymlink", "GetSymlink", and "HeadObject" on what is stated of a link: size, ETag and
Content-MD5 are the target's, Last-Modified the later of the two, everything else the link's.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

import msgspec

from yunbox.engines.objects.interface import Entry, NewEntry, NoBucketError
from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.services.oss.access import authorise, require
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import forbid_overwrite
from yunbox.services.oss.digest import md5_hex
from yunbox.services.oss.errors import invalid_argument, no_such_bucket
from yunbox.services.oss.model import ObjectAttributes, attributes_of, encode
from yunbox.services.oss.object import check_key, find_entry, intended_attributes, version_header
from yunbox.services.oss.object_headers import http_date, sent_text
from yunbox.services.oss.operation import operation
from yunbox.services.oss.route import MAX_KEY_BYTES

TARGET = "x-oss-symlink-target"


class Found(msgspec.Struct, frozen=True):
    """An object as it is shown, and where its bytes are.

    `entry` and `attributes` are what is stated of it; `source` is the version whose bytes it has and `stored`
    that one's attributes. Of an ordinary object they are the same.
    """

    entry: Entry
    attributes: ObjectAttributes
    source: Entry
    stored: ObjectAttributes


async def follow(call: Call, entry: Entry, attributes: ObjectAttributes) -> Found:
    """Return what a version stands for: itself, or of a symlink the current version of its target.

    Raises CloudError: SymlinkTargetNotExist, InvalidTargetType when the target is a link too, AccessDenied when
    the caller may not read the target.
    """
    if attributes.type != "Symlink":
        return Found(entry, attributes, entry, attributes)
    key = attributes.symlink_target
    await require(call, "oss:GetObject", call.bucket, call.bucket.name, key)
    target = await call.objects.get(call.bucket.name, key)
    if target is None or target.marker:
        raise _no_target(key)
    stored = attributes_of(target)
    if stored.type == "Symlink":
        raise CloudError(
            "InvalidTargetType",
            400,
            "The target of the symbolic link is a symbolic link.",
            details={"Key": key},
        )
    shown = msgspec.structs.replace(
        entry, size=target.size, etag=target.etag, modified=max(entry.modified, target.modified)
    )
    described = msgspec.structs.replace(attributes, crc64=stored.crc64, content_md5=stored.content_md5)
    return Found(shown, described, target, stored)


def _no_target(key: str) -> CloudError:
    return CloudError(
        "SymlinkTargetNotExist",
        404,
        "The symlink target object does not exist",
        ec="0026-00000012",
        details={"TargetObject": key},
    )


@operation("PutSymlink", "PUT", "object", "symlink", permission="oss:PutObject")
async def put_symlink(call: Call) -> Response:
    """Make a link; whether its target exists is looked at only when it is followed."""
    check_key(call.key)
    attributes = intended_attributes(call)
    if attributes.tags:
        await authorise(call, "oss:PutObjectTagging")
    attributes.type = "Symlink"
    attributes.symlink_target = target = _target(call.header(TARGET))
    etag = md5_hex(target.encode())
    new = NewEntry(key=call.key, modified=call.milliseconds, etag=etag, attributes=encode(attributes))
    staged = await call.objects.stage(b"")
    try:
        entry = await call.objects.put(call.bucket.name, new, staged, forbid_overwrite(call))
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    return Response(200, [("ETag", f'"{etag}"'), *version_header(call, entry.version)])


def _target(header: str) -> str:
    if not header:
        raise invalid_argument("The symbolic link needs a target.", TARGET)
    encoded = unquote_to_bytes(header.encode("utf-8", "surrogateescape"))
    try:
        key = encoded.decode()
    except UnicodeDecodeError:
        raise invalid_argument(
            "The target of the symbolic link is not UTF-8.", TARGET, ascii(header)
        ) from None
    if len(encoded) > MAX_KEY_BYTES or "\0" in key:
        raise invalid_argument("The target of the symbolic link is no object name.", TARGET, ascii(key))
    check_key(key)
    return key


@operation(
    "GetSymlink", "GET", "object", "symlink", permission="oss:GetObject", of_version="oss:GetObjectVersion"
)
async def get_symlink(call: Call) -> Response:
    """Return where a link points to."""
    entry, attributes = await find_entry(call)
    if attributes.type != "Symlink":
        raise CloudError("NotSymlink", 400, "The object is not symlink", details={"Key": call.key})
    headers = [
        (TARGET, quote(attributes.symlink_target, safe="/-_.~")),
        ("ETag", f'"{entry.etag}"'),
        ("Last-Modified", http_date(entry.modified)),
        *version_header(call, entry.version),
    ]
    headers += [(f"x-oss-meta-{name}", sent_text(value)) for name, value in attributes.metadata.items()]
    return Response(200, headers)
