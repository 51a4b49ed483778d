"""What is stored of certificates and of TLS cipher policies."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.resource import CloudResource
from yunbox.errors import CloudError
from yunbox.services.slb.errors import not_found


class Certificate(CloudResource, kw_only=True):
    """What is known of any certificate. `expires` is in seconds since the epoch."""

    fingerprint: str
    common_name: str
    expires: float = 0.0


class ServerCertificate(Certificate, kind="slb.server_certificate", kw_only=True):
    """A server's certificate with its chain and private key, in PEM. The key is shown nowhere."""

    chain: str
    key: str
    names: tuple[str, ...] = ()


class CaCertificate(Certificate, kind="slb.ca_certificate", kw_only=True):
    """A certificate of an authority, in PEM: clients must show one that it signed."""

    pem: str


class TlsPolicy(CloudResource, kind="slb.tls_cipher_policy", kw_only=True):
    """Which versions of TLS and which ciphers an HTTPS listener speaks."""

    versions: tuple[str, ...]
    ciphers: tuple[str, ...]


def server_certificate_not_found(id_: str) -> CloudError:
    """Return the refusal of a server certificate that does not exist."""
    return not_found("ServerCertificateId.NotFound", "ServerCertificateId", id_)


def ca_certificate_not_found(id_: str) -> CloudError:
    """Return the refusal of an authority's certificate that does not exist."""
    return not_found("CACertificateId.NotFound", "CACertificateId", id_)


def require_server_certificate(call: Call, id_: str) -> ServerCertificate:
    """Return a server certificate of the caller. Raises CloudError: ServerCertificateId.NotFound."""
    return call.require(ServerCertificate, id_, server_certificate_not_found)


def require_ca_certificate(call: Call, id_: str) -> CaCertificate:
    """Return an authority's certificate of the caller. Raises CloudError: CACertificateId.NotFound."""
    return call.require(CaCertificate, id_, ca_certificate_not_found)
