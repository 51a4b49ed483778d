"""Certificates: kept by the certificate service, presented by listeners."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alb_clients import Albs
from alibabacloud_cas20200407 import models
from alibabacloud_cas20200407.client import Client
from services.self_signed import self_signed

Refused = Callable[..., str]
Upload = Callable[..., str]


def test_a_certificate_is_kept_with_what_it_says(cas: Client, refused: Refused) -> None:
    certificate, key = self_signed("kept.example", "www.kept.example")
    asked = models.UploadUserCertificateRequest(name="kept", cert=certificate, key=key)
    made = cas.upload_user_certificate(asked).body
    shown = cas.get_user_certificate_detail(models.GetUserCertificateDetailRequest(cert_id=made.cert_id)).body
    assert (shown.id, shown.name, shown.cert, shown.key) == (made.cert_id, "kept", certificate, key)
    assert shown.common == "kept.example"
    assert shown.sans == "kept.example,www.kept.example"
    assert shown.cert_identifier == f"{made.cert_id}-cn-hangzhou"
    assert (shown.algorithm, shown.expired) == ("ECC_256", False)
    assert refused(cas.upload_user_certificate, asked) == "NameRepeat"
    listed = cas.list_user_certificate_order(
        models.ListUserCertificateOrderRequest(order_type="UPLOAD", keyword="www.kept")
    ).body
    assert [each.certificate_id for each in listed.certificate_order_list] == [made.cert_id]
    cas.delete_user_certificate(models.DeleteUserCertificateRequest(cert_id=made.cert_id))
    gone = models.GetUserCertificateDetailRequest(cert_id=made.cert_id)
    assert refused(cas.get_user_certificate_detail, gone) == "NotFound"


def test_texts_that_do_not_belong_together_are_refused(cas: Client, refused: Refused) -> None:
    certificate, key = self_signed("one.example")
    _, other = self_signed("two.example")
    for cert, private in ((certificate, other), ("nonsense", key), (certificate, "nonsense")):
        asked = models.UploadUserCertificateRequest(name="wrong", cert=cert, key=private)
        assert refused(cas.upload_user_certificate, asked) == "InvalidParameter"


def test_a_listener_presents_several_certificates(
    albs: Albs, cas: Client, upload: Upload, refused: Refused
) -> None:
    balancer, group = albs.balancer(), albs.group()
    first, second, third = upload("a.example"), upload("b.example"), upload("c.example")
    secure = {"listener_protocol": "HTTPS"}
    assert refused(albs.listener, balancer, group, 443, **secure) == "MissingParam.Certificates"
    unknown = [{"certificate_id": "1-cn-hangzhou"}]
    wrong = refused(albs.listener, balancer, group, 443, certificates=unknown, **secure)
    assert wrong == "ResourceNotFound.Certificate"
    listener = albs.listener(balancer, group, 443, certificates=[{"certificate_id": first}], **secure)
    shown = albs.do("GetListenerAttribute", listener_id=listener)
    assert [each.certificate_id for each in shown.certificates] == [first]
    assert shown.security_policy_id == "tls_cipher_policy_1_0"
    additional = {
        "listener_id": listener,
        "certificates": [{"certificate_id": second}, {"certificate_id": third}],
    }
    albs.do("AssociateAdditionalCertificatesWithListener", **additional)
    again = refused(albs.do, "AssociateAdditionalCertificatesWithListener", **additional)
    assert again == "ResourceAlreadyAssociated.Certificate"
    listed = albs.do("ListListenerCertificates", listener_id=listener, certificate_type="Server").certificates
    assert {each.certificate_id: each.is_default for each in listed} == {
        first: True,
        second: False,
        third: False,
    }
    used = models.DeleteUserCertificateRequest(cert_id=int(second.partition("-")[0]))
    assert refused(cas.delete_user_certificate, used) == "CertificateInUse"
    albs.do("DissociateAdditionalCertificatesFromListener", **additional)
    cas.delete_user_certificate(used)
    default = {"listener_id": listener, "certificates": [{"certificate_id": first}]}
    assert (
        refused(albs.do, "DissociateAdditionalCertificatesFromListener", **default)
        == "OperationDenied.DefaultCertificate"
    )


WITH_TLS: list[dict[str, object]] = [
    {"certificates": [{"certificate_id": "1-cn-hangzhou"}]},
    {"security_policy_id": "tls_cipher_policy_1_2"},
]


@pytest.mark.parametrize("given", WITH_TLS)
def test_plain_listeners_take_no_certificates(albs: Albs, refused: Refused, given: dict[str, object]) -> None:
    assert refused(albs.listener, albs.balancer(), albs.group(), **given) == "Mismatch.Protocol"
