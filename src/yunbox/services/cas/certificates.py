"""Certificates are uploaded, shown and deleted. Wire shapes: CAS API 2020-04-07."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Tag
from yunbox.api.tagging import check_tags
from yunbox.errors import CloudError
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.cas.find import identifier_of
from yunbox.services.cas.model import Certificate
from yunbox.services.cas.product import cas
from yunbox.services.cas.reading import UnusableCertificateError, read_certificate
from yunbox.services.resourcemanager.model import default_group

MAX_PEM = 64 * 1024
Pem = Annotated[str, Meta(max_length=MAX_PEM)]


class UploadUserCertificate(Request):
    """Keep a certificate with its private key."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    cert: Pem = ""
    key: Pem = ""
    resource_group_id: Annotated[str, Meta(max_length=64)] = ""
    tags: Annotated[list[Tag], Meta(max_length=20)] = []


class CertificateUploaded(Answer):
    """The certificate."""

    cert_id: int
    resource_id: str


class DeleteUserCertificate(Request):
    """Delete a certificate that no listener presents."""

    cert_id: int


class GetUserCertificateDetail(Request):
    """Ask for one certificate."""

    cert_id: int
    cert_filter: bool = False


class CertificateTag(Shape):
    """A tag."""

    tag_key: str
    tag_value: str


class CertificateDescribed(Answer):
    """One certificate, with its private key unless that was not wanted. Times are in milliseconds, or dates."""

    id: int
    name: str
    cert: str
    key: str
    cert_identifier: str
    common: str
    sans: str
    issuer: str
    serial_no: str
    algorithm: str
    fingerprint: str
    start_date: str
    end_date: str
    not_before: int
    not_after: int
    expired: bool
    resource_group_id: str
    tags: list[CertificateTag]
    instance_id: str
    buy_in_aliyun: bool = False


def missing(id_: int | str) -> CloudError:
    """Return the refusal of a certificate that does not exist."""
    return CloudError("NotFound", 404, f"The certificate {id_} does not exist.")


@cas.action(UploadUserCertificate, on="*", partial="Certificates of national ciphers (SM2) are refused.")
def upload_user_certificate(request: UploadUserCertificate, call: Call) -> CertificateUploaded:
    """Store it. Raises CloudError: NameRepeat, InvalidParameter for texts that do not belong together."""
    if not request.cert:
        raise missing_parameter("Cert")
    if call.find(Certificate, name=request.name, limit=1):
        raise CloudError("NameRepeat", 400, f"There is a certificate named {request.name} already.")
    try:
        facts = read_certificate(request.cert, request.key)
    except UnusableCertificateError as error:
        raise invalid_parameter("Cert", str(error)) from error
    made = call.change.create(
        Certificate(
            id=_new_number(call),
            account=call.account,
            name=request.name,
            created=call.now,
            tags=check_tags(request.tags),
            resource_group=request.resource_group_id or default_group(call.account).id,
            chain=request.cert,
            key=request.key,
            **facts,
        )
    )
    return CertificateUploaded(cert_id=int(made.id), resource_id=f"cas-upload-{made.id}")


def _new_number(call: Call) -> str:
    while True:
        number = str(10_000_000 + int.from_bytes(call.cloud.ids.random(4)) % 90_000_000)
        if call.view.get(Certificate, number) is None:
            return number


@cas.action(DeleteUserCertificate, on="*")
def delete_user_certificate(request: DeleteUserCertificate, call: Call) -> Empty:
    """Delete it. Raises CloudError: NotFound, CertificateInUse."""
    found = call.require(Certificate, str(request.cert_id), missing)
    for listener in call.view.find(Listener, account=call.account):
        used = (*listener.certificates, listener.ca_certificate)
        if any(each.partition("-")[0] == found.id for each in used):
            raise CloudError("CertificateInUse", 400, f"The listener {listener.id} uses it.")
    call.change.delete(Certificate, found.id)
    return Empty()


@cas.action(GetUserCertificateDetail, on="*")
def get_user_certificate_detail(request: GetUserCertificateDetail, call: Call) -> CertificateDescribed:
    """Answer with one certificate. Raises CloudError: NotFound."""
    found = call.require(Certificate, str(request.cert_id), missing)
    return CertificateDescribed(
        id=int(found.id),
        name=found.name,
        cert="" if request.cert_filter else found.chain,
        key="" if request.cert_filter else found.key,
        cert_identifier=identifier_of(found.id),
        common=found.common_name,
        sans=",".join(found.domains),
        issuer=found.issuer,
        serial_no=found.serial,
        algorithm=found.algorithm,
        fingerprint=found.fingerprint,
        start_date=day(found.not_before),
        end_date=day(found.not_after),
        not_before=int(found.not_before * 1000),
        not_after=int(found.not_after * 1000),
        expired=call.now > found.not_after,
        resource_group_id=found.resource_group,
        tags=[CertificateTag(tag_key=key, tag_value=value) for key, value in sorted(found.tags.items())],
        instance_id=f"cas-upload-{found.id}",
    )


def day(moment: float) -> str:
    """Return a time as a date."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
