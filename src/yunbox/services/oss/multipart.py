"""Multipart uploads: begin one, send parts, give it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from yunbox.engines.objects.interface import BadPartError, NoBucketError, NoUploadError, Upload
from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document, to_xml
from yunbox.services.oss.access import authorise
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import forbid_overwrite
from yunbox.services.oss.errors import invalid_argument, no_such_bucket, no_such_upload
from yunbox.services.oss.listing import key_text
from yunbox.services.oss.model import FORMAT, ObjectAttributes
from yunbox.services.oss.object import check_key, intended_attributes, stage_body
from yunbox.services.oss.object_headers import encryption_headers
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import encoding_type, integer

MAX_PARTS = 10_000
ENCRYPTION = (
    "x-oss-server-side-encryption",
    "x-oss-server-side-encryption-key-id",
    "x-oss-server-side-data-encryption",
)


class UploadAttributes(msgspec.Struct, omit_defaults=True):
    """What OSS remembers of an upload: the attributes of the object it shall become.

    `forbid_overwrite` was asked for when it began, and holds when it is completed. The parts of a `sequential`
    one come in order, and the object has a Content-MD5.
    """

    object: ObjectAttributes
    format: int = FORMAT
    forbid_overwrite: bool = False
    sequential: bool = False


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(UploadAttributes)


def upload_attributes(upload: Upload) -> UploadAttributes:
    """Return what was stored when the upload began."""
    return _decoder.decode(upload.attributes)


@contextmanager
def upload_refusals(call: Call, upload_id: str) -> Iterator[None]:
    """Turn the engine's refusals of an upload into OSS's."""
    try:
        yield
    except NoUploadError:
        raise no_such_upload(upload_id) from None
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    except BadPartError as error:
        raise invalid_part(upload_id, error.number) from None


def invalid_part(upload_id: str, number: int) -> CloudError:
    """Return the refusal of a list that names a part which is not there as the list says."""
    return CloudError(
        "InvalidPart",
        400,
        "One or more of the specified parts could not be found or the specified entity tag might not have "
        "matched the part's entity tag.",
        details={"UploadId": upload_id, "PartNumber": str(number)},
    )


async def find_upload(call: Call) -> Upload:
    """Return the upload that the call names; it is for the call's key. Raises CloudError (NoSuchUpload)."""
    upload_id = call.query["uploadId"]
    with upload_refusals(call, upload_id):
        return await call.objects.upload(call.bucket.name, call.key, upload_id)


def part_number(call: Call) -> int:
    """Return partNumber, 1 to 10,000. Raises CloudError (InvalidArgument)."""
    if not call.query.get("partNumber"):
        raise invalid_argument("The part number is missing.", "partNumber")
    return integer(call.query, "partNumber", default=0, low=1, high=MAX_PARTS)


async def check_sequence(call: Call, upload: Upload, number: int) -> None:
    """Refuse a part of a sequential upload whose predecessor is not there. Raises CloudError."""
    if number == 1 or not upload_attributes(upload).sequential:
        return
    with upload_refusals(call, upload.upload_id):
        before = await call.objects.parts(call.bucket.name, upload.upload_id, after=number - 2, limit=1)
    if not before or before[0].number != number - 1:
        raise CloudError(
            "PartNotSequential",
            400,
            "The part of a sequential upload must follow the one before.",
            details={"UploadId": upload.upload_id, "PartNumber": str(number)},
        )


def refuse_encryption(call: Call) -> None:
    """Refuse encryption headers: an upload's encryption is settled when it begins. Raises CloudError."""
    for name in ENCRYPTION:
        if name in call.request.headers:
            raise invalid_argument("Encryption is set by InitiateMultipartUpload.", name, call.header(name))


class InitiateMultipartUploadResult(Document, kw_only=True):
    """The answer to InitiateMultipartUpload."""

    encoding_type: str | None = None
    bucket: str
    key: str
    upload_id: str


@operation("InitiateMultipartUpload", "POST", "object", "uploads", permission="oss:PutObject")
async def initiate_multipart_upload(call: Call) -> Response:
    """Begin an upload; everything the object shall have beside its bytes is stated here."""
    check_key(call.key)
    encoding = encoding_type(call.query)
    check = forbid_overwrite(call)
    wanted = intended_attributes(call)
    if wanted.tags:
        await authorise(call, "oss:PutObjectTagging")
    attributes = UploadAttributes(
        wanted, forbid_overwrite=check is not None, sequential="sequential" in call.query
    )
    try:
        if check is not None:
            check(await call.objects.get(call.bucket.name, call.key))
        upload = await call.objects.create_upload(
            call.bucket.name, call.key, call.milliseconds, _encoder.encode(attributes)
        )
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    result = InitiateMultipartUploadResult(
        encoding_type=encoding or None,
        bucket=call.bucket.name,
        key=key_text(call.key, encoding),
        upload_id=upload.upload_id,
    )
    headers = [("Content-Type", "application/xml"), *encryption_headers(wanted)]
    return Response(200, headers, to_xml(result, "InitiateMultipartUploadResult"))


@operation("UploadPart", "PUT", "object", "uploadId", permission="oss:PutObject")
async def upload_part(call: Call) -> Response:
    """Store a part, in place of a former one of that number."""
    refuse_encryption(call)
    number = part_number(call)
    upload = await find_upload(call)
    await check_sequence(call, upload, number)
    staged, etag, crc64 = await stage_body(call)
    with upload_refusals(call, upload.upload_id):
        await call.objects.put_part(
            call.bucket.name,
            upload.upload_id,
            number,
            staged,
            etag=etag,
            now=call.milliseconds,
            attributes=crc64.encode(),
        )
    encrypted = encryption_headers(upload_attributes(upload).object)
    return Response(200, [("ETag", f'"{etag}"'), ("x-oss-hash-crc64ecma", crc64), *encrypted])


@operation("AbortMultipartUpload", "DELETE", "object", "uploadId")
async def abort_multipart_upload(call: Call) -> Response:
    """Forget an upload and its parts."""
    upload = await find_upload(call)
    with upload_refusals(call, upload.upload_id):
        await call.objects.abort(call.bucket.name, upload.upload_id)
    return Response(204)
