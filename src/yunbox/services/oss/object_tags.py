"""Tags of single objects."""

from __future__ import annotations

import msgspec

from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml, to_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.object import change_attributes, find_entry, version_header
from yunbox.services.oss.object_headers import checked_tags
from yunbox.services.oss.operation import operation


class Tag(Document):
    """One tag."""

    key: str
    value: str


class TagSet(Document):
    """The tags of an object."""

    tag: list[Tag] = []


class Tagging(Document):
    """The document of both directions."""

    tag_set: TagSet


@operation("PutObjectTagging", "PUT", "object", "tagging", of_version="oss:PutObjectVersionTagging")
async def put_object_tagging(call: Call) -> Response:
    """Replace the tags of an object, or of a version: at most ten."""
    wanted = from_xml(await call.request.body.read(MAX_XML_BODY), Tagging, "Tagging")
    tags = checked_tags([(tag.key, tag.value) for tag in wanted.tag_set.tag])
    entry = await change_attributes(call, lambda held: msgspec.structs.replace(held, tags=tags))
    return Response(200, version_header(call, entry.version))


@operation("GetObjectTagging", "GET", "object", "tagging", of_version="oss:GetObjectVersionTagging")
async def get_object_tagging(call: Call) -> Response:
    """Return the tags of an object, or of a version."""
    entry, attributes = await find_entry(call)
    tags = [Tag(key=key, value=value) for key, value in attributes.tags.items()]
    headers = [("Content-Type", "application/xml"), *version_header(call, entry.version)]
    return Response(200, headers, to_xml(Tagging(tag_set=TagSet(tag=tags)), "Tagging"))


@operation("DeleteObjectTagging", "DELETE", "object", "tagging", of_version="oss:DeleteObjectVersionTagging")
async def delete_object_tagging(call: Call) -> Response:
    """Remove the tags of an object, or of a version."""
    entry = await change_attributes(call, lambda held: msgspec.structs.replace(held, tags={}))
    return Response(204, version_header(call, entry.version))
