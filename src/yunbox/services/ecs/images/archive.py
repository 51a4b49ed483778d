"""The object of a bucket that an image is imported from: whether it may be read, what it is, and its bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from yunbox.api.call import Call
from yunbox.engines.objects.interface import Entry, FileSpan, NoBucketError, ObjectStore
from yunbox.errors import CloudError
from yunbox.identity.policy.authorise import authorise
from yunbox.identity.policy.evaluate import Context

PIECE = 4 << 20
_HEAD = 512
_TAR_MAGIC_AT = 257
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")


async def find_archive(call: Call, bucket_name: str, key: str) -> Entry:
    """Return the object of a bucket of the account, in the call's region, that the caller may read.

    Raises CloudError: InvalidOSSBucket.NotFound, InvalidOSSObject.NotFound, InvalidOSSObject.NotReadable (asleep in
    an archive), InvalidImageFormat.NotSupported (not a tar archive), Forbidden.RAM.
    """
    from yunbox.services.oss.model import attributes_of, settings_of  # noqa: PLC0415 - only imports need it

    objects = call.cloud.objects
    bucket = await objects.bucket(bucket_name) if 0 < len(bucket_name) <= 63 else None
    if bucket is None or bucket.owner != call.account or bucket.region != call.region:
        raise CloudError(
            "InvalidOSSBucket.NotFound",
            404,
            f"The specified bucket {bucket_name[:64]!a} of the account does not exist in {call.region}.",
        )
    _authorise(call, f"{bucket_name}/{key}", settings_of(bucket).policy)
    entry = await objects.get(bucket_name, key, will_read=True)
    if entry is None or entry.marker:
        raise CloudError(
            "InvalidOSSObject.NotFound", 404, f"The specified OSSObject {key[:64]!a} does not exist."
        )
    _require_awake(entry, call.now)
    if attributes_of(entry).type == "Symlink":
        raise CloudError("InvalidOSSObject.NotFound", 404, "The specified OSSObject is a symbolic link.")
    _require_archive(await _head(objects, entry))
    return entry


def _authorise(call: Call, relative: str, policy: str) -> None:
    """Refuse a caller who could not read the object through Oss either."""
    context = Context(
        principal=call.principal,
        action="oss:GetObject",
        resource=f"acs:oss:oss-{call.region}:{call.account}:{relative}",
        owner=call.account,
        now=call.now,
        source_ip=call.peer,
        secure=call.secure,
        keys={},
    )
    if not authorise(context, policy).allowed:
        raise CloudError(
            "Forbidden.RAM", 403, f"User not authorized to operate on oss:GetObject of {relative!a}."
        )


def _require_awake(entry: Entry, now: float) -> None:
    from yunbox.services.oss.archive import require_readable  # noqa: PLC0415
    from yunbox.services.oss.model import attributes_of  # noqa: PLC0415

    try:
        require_readable(attributes_of(entry), now)
    except CloudError:
        raise CloudError(
            "InvalidOSSObject.NotReadable", 403, "The specified OSSObject is archived: restore it first."
        ) from None


async def _head(objects: ObjectStore, entry: Entry) -> bytes:
    found = b""
    async for piece in pieces(objects, entry, 0, min(_HEAD, entry.size)):
        found += piece
    return found


def _require_archive(head: bytes) -> None:
    if head.startswith(_PACKED) or head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return
    raise CloudError(
        "InvalidImageFormat.NotSupported",
        400,
        "yunbox imports the root file system of an image as a tar archive, plain or compressed with gzip, bzip2 or "
        "xz. It does not read images of disks (RAW, VHD, qcow2).",
    )


async def pieces(
    objects: ObjectStore, entry: Entry, start: int = 0, stop: int | None = None
) -> AsyncIterator[bytes]:
    """Yield the bytes of a version, a few MiB at a time. Raises FileNotFoundError when it is gone."""
    end = entry.size if stop is None else stop
    while start < end:
        upto = min(start + PIECE, end)
        for part in await objects.read(entry, start, upto):
            yield await asyncio.to_thread(_read, part) if isinstance(part, FileSpan) else part
        start = upto


def _read(span: FileSpan) -> bytes:
    with Path(span.path).open("rb") as file:
        file.seek(span.offset)
        data = file.read(span.length)
    if len(data) != span.length:
        raise FileNotFoundError(span.path)
    return data


async def find_again(objects: ObjectStore, owner: str, bucket_name: str, key: str, etag: str) -> Entry | None:
    """Return the object as it was when its import was asked for, or None when it is not so any more."""
    try:
        bucket = await objects.bucket(bucket_name)
        if bucket is None or bucket.owner != owner:
            return None
        entry = await objects.get(bucket_name, key)
    except NoBucketError:
        return None
    return None if entry is None or entry.marker or entry.etag != etag else entry
