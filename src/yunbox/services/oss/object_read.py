"""Objects, read: their bytes and what is known of them."""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.services.oss.archive import require_readable
from yunbox.services.oss.archive_direct_read import reads_archives_directly
from yunbox.services.oss.call import Call
from yunbox.services.oss.conditions import check_conditions
from yunbox.services.oss.errors import no_such_key
from yunbox.services.oss.lifecycle_header import expiration_header
from yunbox.services.oss.object import find_entry, version_header
from yunbox.services.oss.object_headers import STANDARD, http_date, returned_headers, stored_text
from yunbox.services.oss.operation import operation
from yunbox.services.oss.ranges import requested_range
from yunbox.services.oss.symlink import follow
from yunbox.services.oss.traffic import traffic_limit

_LEAST_COMPRESSED = 1024
_COMPRESSED_TYPES = frozenset(
    {
        "text/plain",
        "text/html",
        "text/css",
        "text/xml",
        "text/json",
        "text/cache-manifest",
        "application/javascript",
        "application/x-javascript",
        "application/json",
        "application/xml",
        "application/rss+xml",
    }
)
"""What OSS compresses for clients that take it, from 1 KB on (GetObject documentation, "Accept-Encoding").

A compressed answer has no ETag, since its bytes are not those that the ETag stands for.
"""
_OF_THE_WHOLE = ("ETag", "Content-MD5")


@operation("GetObject", "GET", "object", of_version="oss:GetObjectVersion", partial="no image processing")
async def get_object(call: Call) -> Response:
    """Return an object, or the range asked for, if the conditions hold."""
    found = await follow(call, *await find_entry(call, will_read=True))
    overrides = _overrides(call) if call.request.raw_query else None
    entry = found.entry
    check_conditions(call, entry)
    if found.stored.storage_class != "Archive" or not reads_archives_directly(call.settings):
        require_readable(found.stored, call.now)
    headers = returned_headers(entry, found.attributes, call.now, overrides)
    headers += version_header(call, entry.version)
    headers += expiration_header(call.settings, entry, found.attributes)
    span = requested_range(call, entry.size)
    start, stop = span or (0, entry.size)
    try:
        content = await call.objects.read(found.source, start, stop)
    except FileNotFoundError:
        raise no_such_key(call.key) from None
    if span is not None:
        headers = [each for each in headers if each[0] != "Content-MD5"]
        headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{entry.size}"))
    response = Response(200 if span is None else 206, headers, content)
    response.rate = traffic_limit(call)
    if span is None and entry.size >= _LEAST_COMPRESSED and _compresses(call, response):
        response.gzip = True
        response.headers = [each for each in response.headers if each[0] not in _OF_THE_WHOLE]
        response.headers += (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    return response


def _compresses(call: Call, response: Response) -> bool:
    """Whether the answer goes out compressed: text, for a client that takes it, unless it is encoded already."""
    if call.request.version != "1.1" or not _takes_gzip(call.header("accept-encoding")):
        return False
    stated = {name: value for name, value in response.headers if name in ("Content-Type", "Content-Encoding")}
    kind = stated["Content-Type"].partition(";")[0].strip().lower()
    return kind in _COMPRESSED_TYPES and "Content-Encoding" not in stated


def _takes_gzip(header: str) -> bool:
    for each in header.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() == "gzip":
            return weight.strip().removeprefix("q=").rstrip("0.") != "" or not weight
    return False


def _overrides(call: Call) -> dict[str, str] | None:
    """Return the standard headers that the call wants answered otherwise, by lower-case name.

    Only a signed request may ask this, so that nobody can dress up another's public object with a mere link.
    Raises CloudError: InvalidRequest when anonymous, InvalidArgument for a value no header can hold.
    """
    asked = {
        name: stored_text(f"response-{name}", value)
        for name in STANDARD
        if (value := call.query.get(f"response-{name}"))
    }
    if asked and call.principal.kind == "anonymous":
        raise CloudError(
            "InvalidRequest", 400, "The response-* parameters cannot be used for anonymous GET requests."
        )
    return asked or None


@operation("HeadObject", "HEAD", "object", permission="oss:GetObject", of_version="oss:GetObjectVersion")
async def head_object(call: Call) -> Response:
    """Describe an object as GetObject would, without its bytes."""
    found = await follow(call, *await find_entry(call))
    check_conditions(call, found.entry)
    headers = returned_headers(found.entry, found.attributes, call.now)
    headers += version_header(call, found.entry.version)
    headers += expiration_header(call.settings, found.entry, found.attributes)
    return Response(200, headers, length=found.entry.size)


@operation(
    "GetObjectMeta",
    "HEAD",
    "object",
    "objectMeta",
    permission="oss:GetObject",
    of_version="oss:GetObjectVersion",
)
async def get_object_meta(call: Call) -> Response:
    """Return size, ETag and time of an object; of a symlink, its own."""
    entry, attributes = await find_entry(call)
    headers = [("ETag", f'"{entry.etag}"'), ("Last-Modified", http_date(entry.modified))]
    if attributes.crc64:
        headers.append(("x-oss-hash-crc64ecma", attributes.crc64))
    if attributes.transitioned:
        headers.append(("x-oss-transition-time", http_date(int(attributes.transitioned * 1000))))
    headers += version_header(call, entry.version)
    return Response(200, headers, length=entry.size)
