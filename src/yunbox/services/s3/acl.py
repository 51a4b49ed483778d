"""ACLs in S3's shape: a list of grants, of which the canned ones can be kept.

Source: AWS documentation, "Access control list (ACL) overview"; OSS documentation, "Compatibility with Amazon S3":
private, public-read and public-read-write are all there is.
"""

from __future__ import annotations

from typing import cast

import msgspec

from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Headers, Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml
from yunbox.services.oss.acl import put_bucket_acl as oss_put_bucket_acl
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.object import find_entry, version_header
from yunbox.services.oss.object_acl import put_object_acl as oss_put_object_acl
from yunbox.services.s3.action import own
from yunbox.services.s3.payload import KnownBody
from yunbox.services.s3.vocabulary import asked
from yunbox.services.s3.words import NAMESPACE

_EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
_PUBLIC = {
    frozenset[str](): "private",
    frozenset({"READ"}): "public-read",
    frozenset({"READ", "WRITE"}): "public-read-write",
}
_GRANTED = {"private": (), "public-read": ("READ",), "public-read-write": ("READ", "WRITE")}
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class Grantee(Document):
    """Who is granted something: an account by id, or everybody by URI."""

    id: str = msgspec.field(name="ID", default="")
    display_name: str = ""
    uri: str = msgspec.field(name="URI", default="")
    email_address: str = ""
    type: str = ""


class Grant(Document):
    """One grant."""

    grantee: Grantee
    permission: str


class Grants(Document):
    """The grants."""

    grant: list[Grant] = []


class Owner(Document):
    """Who owns it."""

    id: str = msgspec.field(name="ID", default="")
    display_name: str = ""


class AccessControlPolicy(Document):
    """What a client sends; S3's own answers have attributes beside."""

    owner: Owner | None = None
    access_control_list: Grants = msgspec.field(default_factory=Grants)


@own("PutBucketAcl", "oss:PutBucketAcl")
async def put_bucket_acl(call: Call) -> Response:
    """Set a bucket's ACL, canned in the header or as grants that amount to a canned one."""
    await _name_canned(call, "x-oss-acl")
    return cast(Response, await oss_put_bucket_acl(call))


@own("PutObjectAcl", "oss:PutObjectAcl", of_version="oss:PutObjectVersionAcl")
async def put_object_acl(call: Call) -> Response:
    """Set an object's ACL, canned in the header or as grants that amount to a canned one."""
    await _name_canned(call, "x-oss-object-acl")
    return cast(Response, await oss_put_object_acl(call))


@own("GetBucketAcl", "oss:GetBucketAcl")
async def get_bucket_acl(call: Call) -> Response:
    """Return the owner and the grants of a bucket."""
    return _policy(call.bucket.owner, call.settings.acl)


@own("GetObjectAcl", "oss:GetObjectAcl", of_version="oss:GetObjectVersionAcl")
async def get_object_acl(call: Call) -> Response:
    """Return the owner and the grants of an object; one without an ACL of its own has the bucket's."""
    entry, attributes = await find_entry(call)
    answer = _policy(call.bucket.owner, call.settings.acl if attributes.acl == "default" else attributes.acl)
    answer.headers += version_header(call, entry.version)
    return answer


async def _name_canned(call: Call, header: str) -> None:
    """Put the canned ACL that the request's document amounts to into the header, if it names none there."""
    request = call.request
    body = await request.body.read(MAX_XML_BODY)
    if header in request.headers:
        if body.strip():
            raise invalid_argument("Specify an ACL in the header or in the body, not in both.", "x-amz-acl")
        return
    acl = canned(from_xml(body, AccessControlPolicy, "AccessControlPolicy"), call.bucket.owner)
    call.request = asked(request, headers=Headers([*request.headers, (header, acl)]))
    call.request.body = KnownBody(b"")


def canned(policy: AccessControlPolicy, owner: str) -> str:
    """Return the canned ACL that is the same as the grants.

    Raises CloudError: NotImplemented when there is none such, as for a grant to another account.
    """
    public: set[str] = set()
    for grant in policy.access_control_list.grant:
        grantee = grant.grantee
        if grantee.uri == _EVERYBODY:
            public.add(grant.permission)
        elif grantee.uri or grantee.email_address or grantee.id != owner:
            raise not_implemented("a grant to anybody but the owner and everybody")
    acl = _PUBLIC.get(frozenset(public))
    if acl is None:
        raise not_implemented(f"the grant of {', '.join(sorted(public))} to everybody"[:256])
    return acl


def _policy(owner: str, acl: str) -> Response:
    who = f"<ID>{owner}</ID><DisplayName>{owner}</DisplayName>"
    grants = [_grant(f'<Grantee {_XSI} xsi:type="CanonicalUser">{who}</Grantee>', "FULL_CONTROL")]
    everybody = f'<Grantee {_XSI} xsi:type="Group"><URI>{_EVERYBODY}</URI></Grantee>'
    grants += [_grant(everybody, permission) for permission in _GRANTED[acl]]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<AccessControlPolicy xmlns="{NAMESPACE}"><Owner>{who}</Owner>'
        f"<AccessControlList>{''.join(grants)}</AccessControlList></AccessControlPolicy>"
    )
    return Response(200, [("Content-Type", "application/xml")], text.encode())


def _grant(grantee: str, permission: str) -> str:
    return f"<Grant>{grantee}<Permission>{permission}</Permission></Grant>"
