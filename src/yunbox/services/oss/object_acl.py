"""Access control lists of single objects."""

from __future__ import annotations

import msgspec

from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document, to_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.object import change_attributes, find_entry, version_header
from yunbox.services.oss.object_headers import object_acl
from yunbox.services.oss.operation import operation
from yunbox.services.oss.public_access import forbid_public_acl
from yunbox.services.oss.service import Owner, owner_of


class Grants(Document):
    """The one grant there is."""

    grant: str


class AccessControlPolicy(Document):
    """The answer to GetObjectAcl. `default` means: as the bucket says."""

    owner: Owner
    access_control_list: Grants


@operation("PutObjectAcl", "PUT", "object", "acl", of_version="oss:PutObjectVersionAcl")
async def put_object_acl(call: Call) -> Response:
    """Set an object's ACL, or a version's."""
    header = call.header("x-oss-object-acl")
    if not header:
        raise invalid_argument("The header x-oss-object-acl is missing.", "x-oss-object-acl")
    acl = object_acl(header)
    forbid_public_acl(call, call.bucket, acl, "object")
    entry = await change_attributes(call, lambda held: msgspec.structs.replace(held, acl=acl))
    return Response(200, version_header(call, entry.version))


@operation("GetObjectAcl", "GET", "object", "acl", of_version="oss:GetObjectVersionAcl")
async def get_object_acl(call: Call) -> Response:
    """Return an object's ACL, or a version's."""
    entry, attributes = await find_entry(call)
    document = AccessControlPolicy(
        owner=owner_of(call.bucket.owner), access_control_list=Grants(grant=attributes.acl)
    )
    headers = [("Content-Type", "application/xml"), *version_header(call, entry.version)]
    return Response(200, headers, to_xml(document, "AccessControlPolicy"))
