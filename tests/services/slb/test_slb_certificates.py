"""Certificates, TLS cipher policies and domain extensions, through the SDK."""

from __future__ import annotations

from alibabacloud_slb20140515 import models
from services.self_signed import RSA, self_signed
from services.slb.slb_clients import Slbs

SECRET = "PRIVATE KEY"


def test_a_server_certificate(slbs: Slbs) -> None:
    chain, key = self_signed("a.example.com", "b.example.com", key=RSA)
    made = slbs.do(
        "UploadServerCertificate", server_certificate=chain, private_key=key, server_certificate_name="one"
    )
    assert made.common_name == "a.example.com"
    assert made.subject_alternative_names.subject_alternative_name == ["a.example.com", "b.example.com"]
    assert len(made.fingerprint.split(":")) == 20
    id_ = made.server_certificate_id
    slbs.do("SetServerCertificateName", server_certificate_id=id_, server_certificate_name="anew")
    listed = slbs.do("DescribeServerCertificates", server_certificate_id=id_)
    [found] = listed.server_certificates.server_certificate
    assert (found.server_certificate_name, found.region_id) == ("anew", "cn-hangzhou")
    assert SECRET not in str(listed.to_map())
    balancer = slbs.balancer()
    slbs.listen(balancer, 443, "HTTPS", server_certificate_id=id_)
    shown = slbs.listener(balancer, 443, "HTTPS")
    assert (shown.server_certificate_id, shown.enable_http_2) == (id_, "on")
    assert shown.tlscipher_policy == "tls_cipher_policy_1_0"
    assert (
        slbs.refused("DeleteServerCertificate", server_certificate_id=id_)
        == "CertificateAndPrivateKeyIsRefered"
    )
    slbs.do("DeleteLoadBalancer", load_balancer_id=balancer)
    slbs.do("DeleteServerCertificate", server_certificate_id=id_)
    none = slbs.do("DescribeServerCertificates", server_certificate_id=id_)
    assert none.server_certificates.server_certificate == []


def test_what_no_certificate_can_be(slbs: Slbs) -> None:
    chain, key = self_signed("a.example.com", key=RSA)
    _, other = self_signed("b.example.com", key=RSA)

    def refused(certificate: str, private_key: str) -> str:
        given = {"server_certificate": certificate, "private_key": private_key}
        return slbs.refused("UploadServerCertificate", **given)

    assert refused(chain, other) == "CertificateNotMatchPrivateKey"
    assert refused("nonsense", key) == "CertificateFormatError"
    assert refused(chain, "nonsense") == "PrivateKeyFormatError"
    assert refused(chain, "") == "MissingParameter"
    assert slbs.refused("UploadCACertificate", cacertificate="nonsense") == "CACertificateFormatError"


def test_an_authoritys_certificate(slbs: Slbs) -> None:
    chain, _ = self_signed("authority", key=RSA)
    made = slbs.do("UploadCACertificate", cacertificate=chain, cacertificate_name="one")
    id_ = made.cacertificate_id
    slbs.do("SetCACertificateName", cacertificate_id=id_, cacertificate_name="anew")
    tag = [models.TagResourcesRequestTag(key="a", value="1")]
    slbs.do("TagResources", resource_type="certificate", resource_id=[id_], tag=tag)
    [found] = slbs.do("DescribeCACertificates", cacertificate_id=id_).cacertificates.cacertificate
    assert [(each.tag_key, each.tag_value) for each in found.tags.tag] == [("a", "1")]
    assert (found.cacertificate_name, found.common_name) == ("anew", "authority")
    slbs.do("DeleteCACertificate", cacertificate_id=id_)
    assert slbs.refused("DeleteCACertificate", cacertificate_id=id_) == "CACertificateId.NotFound"


def test_domain_extensions(slbs: Slbs) -> None:
    chain, key = self_signed("a.example.com", key=RSA)
    given = {"server_certificate": chain, "private_key": key}
    one = slbs.do("UploadServerCertificate", **given).server_certificate_id
    two = slbs.do("UploadServerCertificate", **given).server_certificate_id
    balancer = slbs.balancer()
    slbs.listen(balancer, 443, "HTTPS", server_certificate_id=one)
    slbs.listen(balancer, 80)
    at = {"load_balancer_id": balancer, "listener_port": 443}
    wanted = {"domain": "*.example.com", "server_certificate_id": two}
    made = slbs.do("CreateDomainExtension", **at, **wanted).domain_extension_id
    assert slbs.refused("CreateDomainExtension", **at, **wanted) == "DomainExtensionExist"
    plain = at | {"listener_port": 80}
    assert slbs.refused("CreateDomainExtension", **plain, **wanted) == "InvalidParameter"
    slbs.do("SetDomainExtensionAttribute", domain_extension_id=made, server_certificate_id=one)
    found = slbs.do("DescribeDomainExtensionAttribute", domain_extension_id=made)
    assert (found.domain, found.server_certificate_id, found.listener_port) == ("*.example.com", one, 443)
    listed = slbs.do("DescribeDomainExtensions", **at).domain_extensions.domain_extension
    assert [each.domain_extension_id for each in listed] == [made]
    shown = slbs.listener(balancer, 443, "HTTPS").domain_extensions.domain_extension
    assert [each.domain for each in shown] == ["*.example.com"]
    slbs.do("DeleteDomainExtension", domain_extension_id=made)
    gone = slbs.refused("DescribeDomainExtensionAttribute", domain_extension_id=made)
    assert gone == "InvalidParameter.DomainExtensionId"


def test_tls_cipher_policies(slbs: Slbs) -> None:
    ciphers = ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"]
    wanted = {"name": "mine", "tlsversions": ["TLSv1.2", "TLSv1.3"], "ciphers": ciphers}
    made = slbs.do("CreateTLSCipherPolicy", **wanted).tlscipher_policy_id
    assert (
        slbs.refused("CreateTLSCipherPolicy", **(wanted | {"tlsversions": ["TLSv1.1"]})) == "InvalidParameter"
    )
    slbs.do("SetTLSCipherPolicyAttribute", tlscipher_policy_id=made, **(wanted | {"name": "anew"}))
    chain, key = self_signed("a.example.com", key=RSA)
    uploaded = slbs.do("UploadServerCertificate", server_certificate=chain, private_key=key)
    balancer = slbs.balancer()
    secure = {"server_certificate_id": uploaded.server_certificate_id, "tlscipher_policy": made}
    slbs.listen(balancer, 443, "HTTPS", **secure)
    listed = slbs.do("ListTLSCipherPolicies", tlscipher_policy_id=made, include_listener=True)
    [found] = listed.tlscipher_policies
    assert (found.name, found.ciphers) == ("anew", ciphers)
    assert [each.port for each in found.relate_listeners] == [443]
    assert slbs.refused("DeleteTLSCipherPolicy", tlscipher_policy_id=made) == "TLSCipherPolicy.InUse"
    slbs.do("DeleteLoadBalancer", load_balancer_id=balancer)
    slbs.do("DeleteTLSCipherPolicy", tlscipher_policy_id=made)
    assert slbs.refused("DeleteTLSCipherPolicy", tlscipher_policy_id=made) == "TLSCipherPolicy.NotExist"
