"""ListUserCertificateOrder, which lists uploaded certificates too. Wire shapes: CAS API 2020-04-07."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.cas.certificates import day
from yunbox.services.cas.model import Certificate
from yunbox.services.cas.product import cas


class ListUserCertificateOrder(Request):
    """List certificates; those that were bought there are none of."""

    order_type: Literal["", "CPACK", "BUY", "UPLOAD", "CERT"] = "CPACK"
    keyword: str = ""
    status: str = ""
    resource_group_id: str = ""
    current_page: Annotated[int, Meta(ge=1)] = 1
    show_size: Annotated[int, Meta(ge=1, le=1000)] = 50


class CertificateListed(Shape):
    """A certificate."""

    certificate_id: int
    instance_id: str
    name: str
    common_name: str
    sans: str
    issuer: str
    serial_no: str
    fingerprint: str
    start_date: str
    end_date: str
    cert_start_time: int
    cert_end_time: int
    expired: bool
    status: str
    resource_group_id: str
    upload: bool = True


class CertificatesListed(Answer):
    """A page of certificates."""

    certificate_order_list: list[CertificateListed]
    total_count: int
    current_page: int
    show_size: int


@cas.action(ListUserCertificateOrder, on="*")
def list_user_certificate_order(request: ListUserCertificateOrder, call: Call) -> CertificatesListed:
    """Answer with a page of the certificates that the filters keep."""
    found = []
    if request.order_type in ("UPLOAD", "CERT"):
        found = [
            each
            for each in call.find(Certificate, descending=True)
            if (not request.keyword or any(request.keyword in text for text in (each.id, *each.domains)))
            and request.resource_group_id in ("", each.resource_group)
            and request.status in ("", _status(each, call.now))
        ]
    first = (request.current_page - 1) * request.show_size
    return CertificatesListed(
        certificate_order_list=[_shown(each, call.now) for each in found[first : first + request.show_size]],
        total_count=len(found),
        current_page=request.current_page,
        show_size=request.show_size,
    )


def _status(each: Certificate, now: float) -> str:
    return "EXPIRED" if now > each.not_after else "ISSUED"


def _shown(each: Certificate, now: float) -> CertificateListed:
    return CertificateListed(
        certificate_id=int(each.id),
        instance_id=f"cas-upload-{each.id}",
        name=each.name,
        common_name=each.common_name,
        sans=",".join(each.domains),
        issuer=each.issuer,
        serial_no=each.serial,
        fingerprint=each.fingerprint,
        start_date=day(each.not_before),
        end_date=day(each.not_after),
        cert_start_time=int(each.not_before * 1000),
        cert_end_time=int(each.not_after * 1000),
        expired=now > each.not_after,
        status=_status(each, now),
        resource_group_id=each.resource_group,
    )
