"""Deletion of many objects in one request."""

from __future__ import annotations

import asyncio
import re

from yunbox.engines.objects.interface import Entry, NoBucketError
from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml, malformed_xml
from yunbox.services.oss.access import require
from yunbox.services.oss.call import Call
from yunbox.services.oss.digest import check_content_md5, md5_hex
from yunbox.services.oss.errors import no_such_bucket
from yunbox.services.oss.listing import key_writer, xml_response
from yunbox.services.oss.object import check_key, check_version
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import encoding_type
from yunbox.services.oss.route import MAX_KEY_BYTES

MAX_OBJECTS = 1000
_RAW = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
_REFERENCE = re.compile(rb"&#(?:[xX]0*([1-8bBcCeEfF]|1[0-9a-fA-F])|0*([1-8]|1[124-9]|2[0-9]|3[01]));")
_NONCHARACTER = re.compile(rb"\xef\xb7[\x90-\xaf]")
_BARE = {0xFDD0 + code: code for code in range(32)}


class ObjectToDelete(Document):
    """A key, and maybe one version of it."""

    key: str
    version_id: str | None = None


class Delete(Document):
    """What to delete. `quiet`: say nothing of what was deleted."""

    quiet: bool = False
    object: list[ObjectToDelete] = []


@operation("DeleteMultipleObjects", "POST", "bucket", "delete", permission="")
async def delete_multiple_objects(call: Call) -> Response:
    """Delete up to 1,000 objects or versions; each key needs the permission to delete it.

    Without the permission for one of them nothing is deleted. The deletions run at once, so that they share
    syncs of the disk. Raises CloudError (MalformedXML, AccessDenied, InvalidDigest).
    """
    encoding = encoding_type(call.query)
    wanted = await _read(call)
    for each in wanted.object:
        permission = "oss:DeleteObject" if each.version_id is None else "oss:DeleteObjectVersion"
        await require(call, permission, call.bucket, call.bucket.name, each.key)
    deletions = [
        call.objects.delete(call.bucket.name, each.key, each.version_id, call.milliseconds)
        for each in wanted.object
    ]
    try:
        gone = await asyncio.gather(*deletions)
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    if wanted.quiet:
        return Response(200)
    return _report(wanted.object, gone, encoding)


def _document(body: bytes) -> Delete:
    """Read the document, with control characters in keys, which XML 1.0 forbids and OSS and its clients use.

    They pass the parser disguised as noncharacters (U+FDD0 and following), unless the body holds such itself.
    """
    if _NONCHARACTER.search(body) or not (_RAW.search(body) or _REFERENCE.search(body)):
        return from_xml(body, Delete, "Delete")
    body = _RAW.sub(lambda match: _disguise(match[0][0]), body)
    body = _REFERENCE.sub(lambda match: _disguise(int(match[1], 16) if match[1] else int(match[2])), body)
    wanted = from_xml(body, Delete, "Delete")
    for each in wanted.object:
        each.key = each.key.translate(_BARE)
    return wanted


def _disguise(code: int) -> bytes:
    return chr(0xFDD0 + code).encode()


async def _read(call: Call) -> Delete:
    body = await call.request.body.read(MAX_XML_BODY)
    check_content_md5(call.header("content-md5"), md5_hex(body))
    wanted = _document(body)
    if not 1 <= len(wanted.object) <= MAX_OBJECTS:
        raise malformed_xml(f"a request names 1 to {MAX_OBJECTS} objects")
    for each in wanted.object:
        check_key(each.key)
        if len(each.key.encode()) > MAX_KEY_BYTES:
            raise malformed_xml("a key is too long")
        if each.version_id == "":
            each.version_id = None
        elif each.version_id is not None:
            check_version(each.version_id)
    return wanted


def _report(asked: list[ObjectToDelete], gone: list[Entry | None], encoding: str) -> Response:
    write = key_writer(encoding)
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult>']
    if encoding:
        parts.append(f"<EncodingType>{encoding}</EncodingType>")
    parts += [_deleted(each, entry, write(each.key)) for each, entry in zip(asked, gone, strict=True)]
    parts.append("</DeleteResult>")
    return xml_response(parts)


def _deleted(asked: ObjectToDelete, entry: Entry | None, key: str) -> str:
    """Write one Deleted element; what was not there counts as deleted."""
    parts = [f"<Deleted><Key>{key}</Key>"]
    if asked.version_id is not None:
        parts.append(f"<VersionId>{key_writer('')(asked.version_id)}</VersionId>")
    if entry is not None and entry.marker:
        parts.append("<DeleteMarker>true</DeleteMarker>")
        parts.append(f"<DeleteMarkerVersionId>{entry.version}</DeleteMarkerVersionId>")
    parts.append("</Deleted>")
    return "".join(parts)
