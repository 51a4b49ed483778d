"""Additional certificates and ACLs of listeners. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Request, Shape
from yunbox.services.alb.acls.model import Acl
from yunbox.services.alb.errors import (
    already_associated,
    conflict,
    denied,
    mismatch,
    not_associated,
    not_found,
    quota_exceeded,
)
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.listeners.listeners import listener_of
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.listeners.settings import CertificateNamed, check_secure
from yunbox.services.alb.pages import Listed, Listing, part_of
from yunbox.services.alb.product import alb

ACLS_PER_LISTENER = 3
CERTIFICATES_PER_LISTENER = 25

_ON = "listener/{listener_id}"
Named = Annotated[list[CertificateNamed], Meta(min_length=1, max_length=15)]
AclIds = Annotated[list[str], Meta(min_length=1, max_length=ACLS_PER_LISTENER)]


class AssociateAdditionalCertificatesWithListener(Request):
    """Give a listener certificates for further names."""

    listener_id: str
    certificates: Named


class DissociateAdditionalCertificatesFromListener(Request):
    """Take additional certificates off a listener."""

    listener_id: str
    certificates: Named


class ListListenerCertificates(Listing, kw_only=True):
    """List the certificates of a listener."""

    listener_id: str
    certificate_type: Literal["", "Server", "Ca"] = ""
    certificate_ids: Annotated[list[str], Meta(max_length=20)] = []


class CertificateShown(Shape):
    """A certificate of a listener."""

    certificate_id: str
    certificate_type: str
    is_default: bool
    status: str = "Associated"


class CertificatesListed(Listed, kw_only=True):
    """A page of certificates."""

    certificates: list[CertificateShown]


class AssociateAclsWithListener(Request):
    """Let only those of some ACLs connect, or all but them."""

    listener_id: str
    acl_ids: AclIds
    acl_type: Literal["White", "Black"]


class DissociateAclsFromListener(Request):
    """Take ACLs off a listener."""

    listener_id: str
    acl_ids: AclIds


@alb.action(AssociateAdditionalCertificatesWithListener, on=_ON)
def associate_certificates(request: AssociateAdditionalCertificatesWithListener, call: Call) -> Started:
    """Add them all, or none.

    Raises CloudError: ResourceNotFound.*, ResourceAlreadyAssociated.Certificate, QuotaExceeded.ListenerCertificates.
    """
    found = _secure(call, request.listener_id)
    certificates = found.certificates
    for each in request.certificates:
        if each.certificate_id in certificates:
            raise already_associated("Certificate", each.certificate_id, found.id)
        certificates = (*certificates, each.certificate_id)
    if len(certificates) > CERTIFICATES_PER_LISTENER + 1:
        raise quota_exceeded("ListenerCertificates", CERTIFICATES_PER_LISTENER, found.id)
    changed = msgspec.structs.replace(found, certificates=certificates)
    check_secure(call, changed)
    return _store(call, changed)


@alb.action(DissociateAdditionalCertificatesFromListener, on=_ON)
def dissociate_certificates(request: DissociateAdditionalCertificatesFromListener, call: Call) -> Started:
    """Take them all off, or none. Raises CloudError: ResourceNotFound.Listener, ResourceNotAssociated.Certificate."""
    found = _secure(call, request.listener_id)
    certificates = list(found.certificates)
    for each in request.certificates:
        if each.certificate_id not in certificates:
            raise not_associated("Certificate", each.certificate_id, found.id)
        if each.certificate_id == found.certificates[0]:
            raise denied("DefaultCertificate", f"{each.certificate_id} is the default certificate.")
        certificates.remove(each.certificate_id)
    return _store(call, msgspec.structs.replace(found, certificates=tuple(certificates)))


@alb.action(ListListenerCertificates, on=_ON)
def list_listener_certificates(request: ListListenerCertificates, call: Call) -> CertificatesListed:
    """Answer with a page of certificates. Raises CloudError: ResourceNotFound.Listener."""
    found = _secure(call, request.listener_id)
    kinds = {each: "Server" for each in found.certificates if request.certificate_type != "Ca"}
    if found.ca_certificate and request.certificate_type != "Server":
        kinds[found.ca_certificate] = "Ca"
    ids = sorted(each for each in kinds if not request.certificate_ids or each in request.certificate_ids)
    page, listed = part_of(ids, request)
    return CertificatesListed(
        certificates=[
            CertificateShown(
                certificate_id=each,
                certificate_type=kinds[each],
                is_default=each in (found.certificates[0], found.ca_certificate),
            )
            for each in page
        ],
        **listed,
    )


@alb.action(AssociateAclsWithListener, on=_ON)
def associate_acls(request: AssociateAclsWithListener, call: Call) -> Started:
    """Add them all, or none.

    Raises CloudError: ResourceNotFound.*, ResourceAlreadyAssociated.Acl, Conflict.AclType,
    QuotaExceeded.ListenerAclsNum.
    """
    found = listener_of(call, request.listener_id)
    if found.acls and found.acl_type != request.acl_type:
        raise conflict("AclType", found.id)
    acls = found.acls
    for id_ in request.acl_ids:
        call.require(Acl, id_, not_found("Acl"))
        if id_ in acls:
            raise already_associated("Acl", id_, found.id)
        acls = (*acls, id_)
    if len(acls) > ACLS_PER_LISTENER:
        raise quota_exceeded("ListenerAclsNum", ACLS_PER_LISTENER, found.id)
    return _store(call, msgspec.structs.replace(found, acls=acls, acl_type=request.acl_type))


@alb.action(DissociateAclsFromListener, on=_ON)
def dissociate_acls(request: DissociateAclsFromListener, call: Call) -> Started:
    """Take them all off, or none. Raises CloudError: ResourceNotFound.Listener, ResourceNotAssociated.Acl."""
    found = listener_of(call, request.listener_id)
    acls = list(found.acls)
    for id_ in request.acl_ids:
        if id_ not in acls:
            raise not_associated("Acl", id_, found.id)
        acls.remove(id_)
    type_ = found.acl_type if acls else ""
    return _store(call, msgspec.structs.replace(found, acls=tuple(acls), acl_type=type_))


def _secure(call: Call, id_: str) -> Listener:
    found = listener_of(call, id_)
    if found.protocol != "HTTPS":
        raise mismatch(
            "Protocol", f"Certificates go with HTTPS listeners: {found.id} is of {found.protocol}."
        )
    return found


def _store(call: Call, listener: Listener) -> Started:
    call.change.replace(listener)
    return Started(job_id=begin_job(call, "listener", listener.id, listener.parent))
