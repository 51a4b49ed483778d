"""Certificates of authorities, by which HTTPS listeners know clients. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Shape, Tag, TagFilter
from yunbox.api.tagging import check_tags
from yunbox.services.slb.certificates.model import CaCertificate, require_ca_certificate
from yunbox.services.slb.certificates.pem import read_chain
from yunbox.services.slb.certificates.shown import CertificateFields, certificate_fields
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.errors import in_use
from yunbox.services.slb.listeners.model import Listener
from yunbox.services.slb.product import slb
from yunbox.services.slb.shown import TagList, tag_list
from yunbox.services.vpc.groups import group_of

ON = "certificate/{id}"


class UploadCACertificate(Request):
    """Upload an authority's certificate."""

    ca_certificate: str = field(name="CACertificate")
    name: str = field(default="", name="CACertificateName")
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class DescribeCACertificates(Request):
    """List authorities' certificates."""

    id: str = field(default="", name="CACertificateId")
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class SetCACertificateName(Request):
    """Name a certificate anew."""

    id: str = field(name="CACertificateId")
    name: str = field(name="CACertificateName")


class DeleteCACertificate(Request):
    """Delete a certificate that no listener goes by."""

    id: str = field(name="CACertificateId")


class CaCertificateFields(CertificateFields, kw_only=True):
    """What is shown of a certificate."""

    id: str = field(name="CACertificateId")
    name: str = field(name="CACertificateName")


class CaCertificateListed(CaCertificateFields, kw_only=True):
    """A certificate in a list."""

    region_id: str
    tags: TagList


class CaCertificateList(Shape):
    """The wrapping of certificates."""

    ca_certificate: list[CaCertificateListed] = field(name="CACertificate")


class CaCertificatesDescribed(Answer):
    """Certificates."""

    ca_certificates: CaCertificateList = field(name="CACertificates")


@slb.action(UploadCACertificate, on="certificate/*")
def upload_ca_certificate(request: UploadCACertificate, call: Call) -> CaCertificateFields:
    """Store it. Raises CloudError: CACertificateFormatError."""
    facts = read_chain(request.ca_certificate, "CACertificateFormatError")
    made = call.change.create(
        CaCertificate(
            id=call.new_id("cacert"),
            account=call.account,
            region=call.region,
            name=check_name(request.name, "CACertificateName"),
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
            pem=facts.pem,
            fingerprint=facts.fingerprint,
            common_name=facts.common_name,
            expires=facts.expires,
        )
    )
    return CaCertificateFields(**_fields(made))


def _fields(found: CaCertificate) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        **certificate_fields(found),
    }


@slb.action(DescribeCACertificates, on="certificate/*")
def describe_ca_certificates(request: DescribeCACertificates, call: Call) -> CaCertificatesDescribed:
    """Answer with those that the filters keep."""
    shown = [
        CaCertificateListed(**_fields(each), region_id=each.region, tags=tag_list(each.tags))
        for each in call.find(CaCertificate, descending=True)
        if request.id in ("", each.id)
        and request.resource_group_id in ("", each.resource_group)
        and each.has_tags(request.tag)
    ]
    return CaCertificatesDescribed(ca_certificates=CaCertificateList(ca_certificate=shown))


@slb.action(SetCACertificateName, on=ON)
def set_ca_certificate_name(request: SetCACertificateName, call: Call) -> Empty:
    """Name it. Raises CloudError: CACertificateId.NotFound."""
    found = require_ca_certificate(call, request.id)
    call.change.replace(msgspec.structs.replace(found, name=check_name(request.name, "CACertificateName")))
    return Empty()


@slb.action(DeleteCACertificate, on=ON)
def delete_ca_certificate(request: DeleteCACertificate, call: Call) -> Empty:
    """Delete it. Raises CloudError: CACertificateId.NotFound, CACertificateIsRefered."""
    found = require_ca_certificate(call, request.id)
    for listener in call.find(Listener):
        if listener.ca_certificate == found.id:
            raise in_use("CACertificateIsRefered", found.id, listener.id)
    call.change.delete(CaCertificate, found.id)
    return Empty()
