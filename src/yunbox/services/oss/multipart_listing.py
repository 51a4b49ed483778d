"""What of multipart uploads there is: ListParts and ListMultipartUploads."""

from __future__ import annotations

from yunbox.engines.objects.interface import NoBucketError, UploadPage
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import escape
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import invalid_argument, no_such_bucket
from yunbox.services.oss.listing import (
    MAX_KEYS,
    checked_text,
    common_prefixes,
    encoding_element,
    key_writer,
    listing_document,
    page_limit,
)
from yunbox.services.oss.multipart import MAX_PARTS, find_upload, upload_attributes, upload_refusals
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import encoding_type, integer
from yunbox.services.oss.times import iso_time


@operation("ListParts", "GET", "object", "uploadId")
async def list_parts(call: Call) -> Response:
    """List the parts of an upload, by number."""
    encoding = encoding_type(call.query)
    limit = page_limit(call, "max-parts", MAX_KEYS)
    after = integer(call.query, "part-number-marker", default=0, low=0, high=MAX_PARTS)
    upload = await find_upload(call)
    with upload_refusals(call, upload.upload_id):
        parts = await call.objects.parts(call.bucket.name, upload.upload_id, after=after, limit=limit + 1)
    truncated, parts = limit > 0 and len(parts) > limit, parts[:limit]
    listed = [
        f"<Part><PartNumber>{part.number}</PartNumber><LastModified>{iso_time(part.modified)}</LastModified>"
        f'<ETag>"{part.etag}"</ETag><HashCrc64ecma>{part.attributes.decode()}</HashCrc64ecma>'
        f"<Size>{part.size}</Size></Part>"
        for part in parts
    ]
    return listing_document(
        "ListPartsResult",
        encoding_element(encoding),
        f"<Bucket>{call.bucket.name}</Bucket><Key>{key_writer(encoding)(upload.key)}</Key>",
        f"<UploadId>{upload.upload_id}</UploadId>",
        f"<StorageClass>{upload_attributes(upload).object.storage_class}</StorageClass>",
        f"<PartNumberMarker>{after}</PartNumberMarker>",
        f"<NextPartNumberMarker>{parts[-1].number if parts else after}</NextPartNumberMarker>",
        f"<MaxParts>{limit}</MaxParts><IsTruncated>{'true' if truncated else 'false'}</IsTruncated>",
        *listed,
    )


@operation("ListMultipartUploads", "GET", "bucket", "uploads")
async def list_multipart_uploads(call: Call) -> Response:
    """List uploads in progress, by key and then by time, behind a key or an upload of that key."""
    query = call.query
    limit, encoding = page_limit(call, "max-uploads", MAX_KEYS), encoding_type(query)
    write = key_writer(encoding)
    marker = checked_text(call, "key-marker")
    # Without a key marker the upload id marker has no meaning (ListMultipartUploads documentation).
    upload_marker = query.get("upload-id-marker", "")
    page = await _page(call, marker, upload_marker if marker else "", limit)
    listed = [
        f"<Upload><Key>{write(upload.key)}</Key><UploadId>{upload.upload_id}</UploadId>"
        f"<StorageClass>{upload_attributes(upload).object.storage_class}</StorageClass>"
        f"<Initiated>{iso_time(upload.initiated)}</Initiated></Upload>"
        for upload in page.uploads
    ]
    return listing_document(
        "ListMultipartUploadsResult",
        encoding_element(encoding),
        f"<Bucket>{call.bucket.name}</Bucket><KeyMarker>{write(marker)}</KeyMarker>",
        f"<UploadIdMarker>{escape(upload_marker)}</UploadIdMarker>",
        f"<NextKeyMarker>{write(page.next_key)}</NextKeyMarker>",
        f"<NextUploadIdMarker>{page.next_upload_id}</NextUploadIdMarker>",
        f"<Delimiter>{write(query.get('delimiter', ''))}</Delimiter>",
        f"<Prefix>{write(query.get('prefix', ''))}</Prefix>",
        f"<MaxUploads>{limit}</MaxUploads>",
        f"<IsTruncated>{'true' if page.truncated else 'false'}</IsTruncated>",
        *listed,
        common_prefixes(page.prefixes, write),
    )


async def _page(call: Call, marker: str, upload_marker: str, limit: int) -> UploadPage:
    try:
        return await call.objects.uploads(
            call.bucket.name,
            prefix=checked_text(call, "prefix"),
            delimiter=checked_text(call, "delimiter"),
            after_key=marker,
            after_upload_id=upload_marker,
            limit=limit,
        )
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    except ValueError:
        raise invalid_argument("Invalid upload id specified", "upload-id-marker", upload_marker) from None
