"""UploadPartCopy: a part whose bytes are those of an object."""

from __future__ import annotations

import msgspec

from yunbox.engines.objects.interface import Staged
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document, to_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.copy_source import HEADER, Source, find_source, too_large
from yunbox.services.oss.digest import ObjectDigests
from yunbox.services.oss.errors import no_such_key
from yunbox.services.oss.multipart import (
    check_sequence,
    find_upload,
    part_number,
    refuse_encryption,
    upload_refusals,
)
from yunbox.services.oss.object import MAX_PUT_BYTES
from yunbox.services.oss.operation import operation
from yunbox.services.oss.ranges import read_range
from yunbox.services.oss.times import iso_time


class CopyPartResult(Document):
    """The answer to UploadPartCopy."""

    last_modified: str
    etag: str = msgspec.field(name="ETag")


@operation("UploadPartCopy", "PUT", "object", "uploadId", header=HEADER, permission="oss:PutObject")
async def upload_part_copy(call: Call) -> Response:
    """Store bytes of an object as a part: the range asked for, or all (also when the range makes no sense)."""
    refuse_encryption(call)
    number = part_number(call)
    upload = await find_upload(call)
    await check_sequence(call, upload, number)
    source = await find_source(call)
    size = source.entry.size
    start, stop = read_range(call.header("x-oss-copy-source-range"), size, standard=False) or (0, size)
    if stop - start > MAX_PUT_BYTES:
        raise too_large(stop - start, MAX_PUT_BYTES)
    staged, etag, crc64 = await _stage(call, source, start, stop)
    with upload_refusals(call, upload.upload_id):
        part = await call.objects.put_part(
            call.bucket.name,
            upload.upload_id,
            number,
            staged,
            etag=etag,
            now=call.milliseconds,
            attributes=crc64.encode(),
        )
    headers = [
        ("Content-Type", "application/xml"),
        ("ETag", f'"{etag}"'),
        ("x-oss-hash-crc64ecma", crc64),
        *source.version_header(),
    ]
    result = CopyPartResult(iso_time(part.modified), f'"{etag}"')
    return Response(200, headers, to_xml(result, "CopyPartResult"))


async def _stage(call: Call, source: Source, start: int, stop: int) -> tuple[Staged, str, str]:
    digests = ObjectDigests()
    try:
        staged = await call.objects.stage_copy(source.entry, start, stop, digests.all)
    except FileNotFoundError:
        raise no_such_key(source.entry.key) from None
    return staged, digests.etag, digests.crc64.value()
