"""A bucket's ACL: private, readable or writable by everybody. `access` gives it its effect."""

from __future__ import annotations

import msgspec

from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.bucket import bucket_acl
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import read_body, read_document
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.operation import operation
from yunbox.services.oss.public_access import forbid_public_acl
from yunbox.services.oss.service import Owner, owner_of


class AccessControlList(Document):
    """The one grant there is."""

    grant: str


class AccessControlPolicy(Document):
    """Who owns a bucket or an object, and what everybody may do with it."""

    access_control_list: AccessControlList
    owner: Owner | None = None


@operation("PutBucketAcl", "PUT", "bucket", "acl")
async def put_bucket_acl(call: Call) -> Response:
    """Set the ACL that the header x-oss-acl or the document names."""
    text = call.header("x-oss-acl")
    if text:
        await read_body(call)
    elif call.request.body.length == 0:
        raise invalid_argument("The request names no access control.", "x-oss-acl", "")
    else:
        text = (await read_document(call, AccessControlPolicy)).access_control_list.grant.strip()
    acl = bucket_acl(text)
    forbid_public_acl(call, call.bucket, acl, "bucket")
    await call.change_settings(lambda settings: msgspec.structs.replace(settings, acl=acl))
    return Response(200)


@operation("GetBucketAcl", "GET", "bucket", "acl")
async def get_bucket_acl(call: Call) -> AccessControlPolicy:
    """Return the owner and the ACL."""
    return AccessControlPolicy(
        access_control_list=AccessControlList(grant=call.settings.acl), owner=owner_of(call.bucket.owner)
    )
