"""Making an object of an upload's parts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from urllib.parse import quote

import msgspec

from yunbox.engines.objects.interface import Check, Entry, NewEntry, NoBucketError, Parts, Upload
from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml, malformed_xml, to_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import forbid_overwrite, refuse_overwrite
from yunbox.services.oss.digest import combined_crc64
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.listing import key_text
from yunbox.services.oss.model import attributes_of, encode
from yunbox.services.oss.multipart import (
    MAX_PARTS,
    find_upload,
    invalid_part,
    refuse_encryption,
    upload_attributes,
    upload_refusals,
)
from yunbox.services.oss.object import stored_headers
from yunbox.services.oss.object_headers import object_acl
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import encoding_type

MIN_PART_BYTES = 100 * 1024
"""Every part but the last has at least so many bytes (CompleteMultipartUpload documentation)."""

_UNSUPPORTED = ("callback", "callback-var", "x-oss-callback", "x-oss-callback-var")


class CompletedPart(Document):
    """A part as the client knows it; the ETag may stand in quotes."""

    part_number: int
    etag: str = msgspec.field(name="ETag")


class CompleteMultipartUpload(Document):
    """The parts that the object consists of."""

    part: list[CompletedPart]


class CompleteMultipartUploadResult(Document, kw_only=True):
    """The answer to CompleteMultipartUpload."""

    encoding_type: str | None = None
    location: str
    bucket: str
    key: str
    etag: str = msgspec.field(name="ETag")


@operation(
    "CompleteMultipartUpload",
    "POST",
    "object",
    "uploadId",
    permission="oss:PutObject",
    partial="no callbacks",
)
async def complete_multipart_upload(call: Call) -> Response:
    """Make the parts listed, or with `x-oss-complete-all: yes` all parts, the object; forget the others."""
    for name in _UNSUPPORTED:
        if name in call.request.headers or name in call.query:
            raise not_implemented(f"{name} with CompleteMultipartUpload")
    refuse_encryption(call)
    encoding = encoding_type(call.query)
    acl = call.header("x-oss-object-acl")
    chosen_acl = object_acl(acl) if acl else None
    upload = await find_upload(call)
    wanted = await _wanted_parts(call, upload)

    def new(upload: Upload, parts: Parts) -> NewEntry:
        _check_sizes(parts)
        attributes = upload_attributes(upload).object
        attributes.type = "Multipart"
        attributes.parts = len(parts)
        attributes.crc64 = combined_crc64([(part.attributes.decode(), part.size) for part in parts])
        if chosen_acl is not None:
            attributes.acl = chosen_acl
        return NewEntry(
            key=upload.key,
            modified=call.milliseconds,
            etag=combined_etag(parts),
            attributes=encode(attributes),
        )

    with upload_refusals(call, upload.upload_id):
        entry = await call.objects.complete(
            call.bucket.name, upload.upload_id, wanted, new, _overwrite_check(call, upload)
        )
    if upload_attributes(upload).sequential:
        await _state_md5(call, entry)
    result = CompleteMultipartUploadResult(
        encoding_type=encoding or None,
        location=_location(call),
        bucket=call.bucket.name,
        key=key_text(call.key, encoding),
        etag=f'"{entry.etag}"',
    )
    headers = [("Content-Type", "application/xml"), *stored_headers(call, entry, attributes_of(entry))]
    return Response(200, headers, to_xml(result, "CompleteMultipartUploadResult"))


async def _state_md5(call: Call, entry: Entry) -> None:
    """Record the MD5 of the whole of a sequential upload, unless the object was replaced meanwhile."""
    md5 = hashlib.md5(usedforsecurity=False)

    def change(current: Entry) -> bytes:
        attributes = attributes_of(current)
        if current.content == entry.content:
            attributes.content_md5 = base64.b64encode(md5.digest()).decode()
        return encode(attributes)

    with suppress(FileNotFoundError, NoBucketError):
        staged = await call.objects.stage_copy(entry, 0, entry.size, (md5,))
        await staged.discard()
        await call.objects.update(call.bucket.name, entry.key, entry.version, change)


async def _wanted_parts(call: Call, upload: Upload) -> Sequence[tuple[int, str]]:
    """Return (number, ETag) of the parts that the object shall have. Raises CloudError."""
    body = await call.request.body.read(MAX_XML_BODY)
    if call.header("x-oss-complete-all").lower() == "yes":
        if body.strip():
            raise invalid_argument(
                "The part list must not be given with x-oss-complete-all.", "x-oss-complete-all", "yes"
            )
        with upload_refusals(call, upload.upload_id):
            parts = await call.objects.parts(call.bucket.name, upload.upload_id, limit=MAX_PARTS)
        if not parts:
            raise invalid_part(upload.upload_id, 1)
        return [(part.number, part.etag) for part in parts]
    listed = from_xml(body, CompleteMultipartUpload, "CompleteMultipartUpload").part
    if len(listed) > MAX_PARTS:
        raise malformed_xml(f"more than {MAX_PARTS} parts")
    for one, other in pairwise(listed):
        if other.part_number <= one.part_number:
            raise CloudError(
                "InvalidPartOrder",
                400,
                "The list of parts was not in ascending order. Parts list must be specified in order by part "
                "number.",
                details={"UploadId": upload.upload_id, "PartNumber": str(other.part_number)},
            )
    return [(part.part_number, part.etag.strip().strip('"')) for part in listed]


def _check_sizes(parts: Parts) -> None:
    for part in parts[:-1]:
        if part.size < MIN_PART_BYTES:
            raise CloudError(
                "EntityTooSmall",
                400,
                "Your proposed upload is smaller than the minimum allowed size.",
                details={
                    "ProposedSize": str(part.size),
                    "MinSizeAllowed": str(MIN_PART_BYTES),
                    "PartNumber": str(part.number),
                    "ETag": part.etag,
                },
            )


def _overwrite_check(call: Call, upload: Upload) -> Check | None:
    if check := forbid_overwrite(call):
        return check
    return refuse_overwrite if upload_attributes(upload).forbid_overwrite else None


def combined_etag(parts: Parts) -> str:
    """Return the ETag of an object made of parts: the MD5 of their MD5s, and their number."""
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest().upper()}-{len(parts)}"


def _location(call: Call) -> str:
    request, bucket = call.request, call.bucket.name
    place = "" if request.host.startswith(f"{bucket}.") else f"{bucket}/"
    return f"{request.scheme}://{request.host}/{place}{quote(call.key)}"
