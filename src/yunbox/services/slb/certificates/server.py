"""Server certificates. Wire shapes: SLB API 2014-05-15. Private keys are stored and shown nowhere."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Tag, TagFilter
from yunbox.api.tagging import check_tags
from yunbox.services.slb.certificates.model import ServerCertificate, require_server_certificate
from yunbox.services.slb.certificates.pem import check_key, read_chain
from yunbox.services.slb.certificates.shown import CertificateFields, certificate_fields
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.errors import in_use
from yunbox.services.slb.listeners.model import DomainExtension, Listener
from yunbox.services.slb.product import slb
from yunbox.services.slb.shown import TagList, tag_list
from yunbox.services.vpc.groups import group_of


class UploadServerCertificate(Request):
    """Upload a certificate with its private key."""

    server_certificate: str = ""
    private_key: str = ""
    server_certificate_name: str = ""
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class DescribeServerCertificates(Request):
    """List server certificates."""

    server_certificate_id: str = ""
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class SetServerCertificateName(Request):
    """Name a certificate anew."""

    server_certificate_id: str
    server_certificate_name: str


class DeleteServerCertificate(Request):
    """Delete a certificate that no listener shows."""

    server_certificate_id: str


class AlternativeNames(Shape):
    """The wrapping of names."""

    subject_alternative_name: list[str]


class ServerCertificateFields(CertificateFields, kw_only=True):
    """What is shown of a certificate."""

    server_certificate_id: str
    server_certificate_name: str
    subject_alternative_names: AlternativeNames
    region_id: str
    is_ali_cloud_certificate: int = 0
    ali_cloud_certificate_id: str = ""
    ali_cloud_certificate_name: str = ""


class ServerCertificateListed(ServerCertificateFields, kw_only=True):
    """A certificate in a list."""

    tags: TagList


class ServerCertificateList(Shape):
    """The wrapping of certificates."""

    server_certificate: list[ServerCertificateListed]


class ServerCertificatesDescribed(Answer):
    """Certificates."""

    server_certificates: ServerCertificateList


@slb.action(UploadServerCertificate, on="certificate/*")
def upload_server_certificate(request: UploadServerCertificate, call: Call) -> ServerCertificateFields:
    """Store it. Raises CloudError: CertificateFormatError, PrivateKeyFormatError, CertificateNotMatchPrivateKey."""
    for name, value in (
        ("ServerCertificate", request.server_certificate),
        ("PrivateKey", request.private_key),
    ):
        if not value:
            raise missing_parameter(name)
    facts = read_chain(request.server_certificate, "CertificateFormatError")
    made = call.change.create(
        ServerCertificate(
            id=call.new_id("cert"),
            account=call.account,
            region=call.region,
            name=check_name(request.server_certificate_name, "ServerCertificateName"),
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
            chain=facts.pem,
            key=check_key(request.private_key, facts.pem),
            fingerprint=facts.fingerprint,
            common_name=facts.common_name,
            names=facts.names,
            expires=facts.expires,
        )
    )
    return ServerCertificateFields(**_fields(made))


def _fields(found: ServerCertificate) -> dict[str, Any]:
    return {
        "server_certificate_id": found.id,
        "server_certificate_name": found.name,
        "subject_alternative_names": AlternativeNames(subject_alternative_name=list(found.names)),
        "region_id": found.region,
        **certificate_fields(found),
    }


@slb.action(DescribeServerCertificates, on="certificate/*")
def describe_server_certificates(
    request: DescribeServerCertificates, call: Call
) -> ServerCertificatesDescribed:
    """Answer with those that the filters keep; without the one that is named there are none."""
    shown = [
        ServerCertificateListed(**_fields(each), tags=tag_list(each.tags))
        for each in call.find(ServerCertificate, descending=True)
        if request.server_certificate_id in ("", each.id)
        and request.resource_group_id in ("", each.resource_group)
        and each.has_tags(request.tag)
    ]
    return ServerCertificatesDescribed(server_certificates=ServerCertificateList(server_certificate=shown))


@slb.action(SetServerCertificateName, on="certificate/{server_certificate_id}")
def set_server_certificate_name(request: SetServerCertificateName, call: Call) -> Empty:
    """Name it. Raises CloudError: ServerCertificateId.NotFound."""
    found = require_server_certificate(call, request.server_certificate_id)
    name = check_name(request.server_certificate_name, "ServerCertificateName")
    call.change.replace(msgspec.structs.replace(found, name=name))
    return Empty()


@slb.action(DeleteServerCertificate, on="certificate/{server_certificate_id}")
def delete_server_certificate(request: DeleteServerCertificate, call: Call) -> Empty:
    """Delete it. Raises CloudError: ServerCertificateId.NotFound, CertificateAndPrivateKeyIsRefered."""
    found = require_server_certificate(call, request.server_certificate_id)
    users: list[Listener | DomainExtension] = [*call.find(Listener), *call.find(DomainExtension)]
    for user in users:
        if user.server_certificate == found.id:
            raise in_use("CertificateAndPrivateKeyIsRefered", found.id, user.id)
    call.change.delete(ServerCertificate, found.id)
    return Empty()
